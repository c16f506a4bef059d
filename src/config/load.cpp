#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/document.h"
#include "config/ini.h"
#include "config/mqtt_rules.h"
#include "config/old_keys.h"
#include "config/rules.h"
#include "config/text.h"
#include "config/upgrade.h"
#include "util/file.h"

namespace bmsd::config {
namespace {

std::string file_name(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
}

/// What may have been meant by a value that is not of its type.
std::string hint_for(const Key& key, const IniEntry& entry)
{
    if (entry.continued) return "line is indented and so goes on with the value above it";
    if (entry.value.find_first_of(";#") != std::string::npos) return "a comment needs a line of its own";
    const auto comma = entry.value.find(',');
    if (type_of(key) == "float" && comma != std::string::npos) {
        std::string point = entry.value;
        point[comma] = '.';
        if (parse_float(point)) return fmt::format("did you mean {}", point);
    }
    const auto end = entry.value.find_last_of("0123456789.");
    if (type_of(key) == "float" || type_of(key) == "int") {  // "0.2V", "100 A"
        const auto bare = end == std::string::npos ? "" : entry.value.substr(0, end + 1);
        if (bare != entry.value && parse_float(bare)) return fmt::format("without a unit: {}", bare);
    }
    return {};
}

/// A limit nobody can read may have been meant to be low: until it is mended a quarter of its default counts
/// (core/charge-control.md section 15, number 17).
std::optional<double> careful_limit(const Key& key)
{
    constexpr double share = 0.25;
    if (key.name != "MAX_BATTERY_CHARGE_CURRENT" && key.name != "MAX_BATTERY_DISCHARGE_CURRENT") return std::nullopt;
    return share * std::get<double>(value_of(defaults(), key));
}

class Loader {
  public:
    explicit Loader(std::string_view path) : file_(file_name(path)) {}

    Loaded run(const Ini& ini, const Abilities* abilities)
    {
        for (const IniProblem& problem : ini.problems) unreadable(problem);
        for (const IniEntry& entry : last_of_each(ini.entries)) sort_in(entry);
        for (const Key* key : keys()) {
            if (const auto found = known_.find(key->name); found != known_.end()) use(*key, found->second);
        }
        for (const OldCurve& curve : old_curves()) upgrade(curve);
        for (const OldKey& old : old_keys()) {
            if (old.conversion != Conversion::curve && old_.contains(old.name)) upgrade(old, old_.at(old.name));
        }
        std::ranges::stable_sort(issues_, {}, &Issue::line);
        for (const auto apply : {apply_rules, apply_mqtt_rules}) {
            auto more = apply(config_, written_);
            issues_.insert(issues_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        }
        if (abilities != nullptr) {
            auto not_here = beyond(*abilities, config_, written_);
            issues_.insert(issues_.end(), std::make_move_iterator(not_here.begin()),
                           std::make_move_iterator(not_here.end()));
        }
        return {std::move(config_), std::move(issues_), std::move(today_)};
    }

  private:
    Issue& tell(std::string_view rule, const IniEntry& entry, std::string_view key, std::string message)
    {
        Issue issue;
        issue.severity = severity_of(rule);
        issue.rule = rule;
        issue.line = entry.line;
        issue.key = key;
        issue.message = std::move(message);
        return issues_.emplace_back(std::move(issue));
    }

    void unreadable(const IniProblem& problem)
    {
        IniEntry place;
        place.line = problem.line;
        if (problem.kind == IniProblem::unreadable) {
            tell("R01", place, "", fmt::format("{} line {}: {}.", file_, problem.line, problem.text));
        } else if (problem.kind == IniProblem::unknown_section) {
            tell("R02", place, "",
                 fmt::format("{}: section [{}] is not known; only [DEFAULT] is read.", file_, problem.text));
        } else {
            tell("", place, "", fmt::format("{}: {}.", file_, problem.text)).severity = Severity::warning;
        }
    }

    /// R08: of an option that is set more than once, in any letter case, the last one.
    std::vector<IniEntry> last_of_each(const std::vector<IniEntry>& entries)
    {
        std::map<std::string, std::size_t> at;
        std::vector<IniEntry> last;
        for (const IniEntry& entry : entries) {
            const auto [found, is_new] = at.emplace(upper(entry.name), last.size());
            if (is_new) {
                last.push_back(entry);
                continue;
            }
            today_[last[found->second].line] = {};
            last[found->second] = entry;
            tell("R08", entry, entry.name,
                 fmt::format("{} line {}: option {} is set more than once; the last value is used.", file_, entry.line,
                             entry.name));
        }
        return last;
    }

    /// A known key, an old one, one that is gone (R06), or none (R03).
    void sort_in(const IniEntry& entry)
    {
        const Key* key = find_any_case(entry.name);
        if (key != nullptr && key->family && key->name != entry.name) {
            add_to_family(*key, entry);
        } else if (key != nullptr) {
            known_[key->name] = entry;
            if (key->name == entry.name) return;
            write_today(entry, *key, entry.value);
            tell("R04", entry, key->name,
                 fmt::format("{}: option {} should be written {}.", file_, entry.name, key->name));
        } else if (const OldKey* old = find_old(entry.name)) {
            old_[old->name] = entry;
        } else if (const RemovedKey* gone = find_removed(entry.name)) {
            no_longer(entry, gone->name, gone->hint);
        } else {
            std::vector<std::string_view> names;
            for (const Key* row : keys()) names.push_back(row->name);
            const auto near = nearest(entry.name, names);
            auto& issue = tell("R03", entry, entry.name, fmt::format("{}: option {} is not known.", file_, entry.name));
            if (!near.empty()) issue.hint = fmt::format("did you mean {}", near);
        }
    }

    /// The items of PREFIX_X become items of the one key of the family, each with its X before it.
    void add_to_family(const Key& key, const IniEntry& entry)
    {
        const std::string name = upper(entry.name.substr(key.name.find('<')));
        IniEntry& all = known_.try_emplace(key.name, IniEntry{std::string(key.name), {}, entry.line}).first->second;
        for (const auto line : split(entry.value, '\n')) {
            for (const auto item : split(line, ',')) all.value += fmt::format("{} {}\n", name, item);
        }
    }

    void no_longer(const IniEntry& entry, std::string_view name, std::string_view hint)
    {
        today_.try_emplace(entry.line);
        tell("R06", entry, name, fmt::format("{}: option {} no longer exists ({}).", file_, name, hint));
    }

    void use(const Key& key, IniEntry entry)
    {
        rename_values(key, entry);
        auto reading = read_value(key, entry.value);
        const auto careful = unreadable(reading) ? careful_limit(key) : std::nullopt;
        std::string used = careful ? to_text(*careful) : std::string(key.initial);
        if (reading.value) used = to_text(*reading.value);
        Written& written = written_[key.name];
        written.line = entry.line;
        written.state = reading.value ? Written::used : Written::refused;
        for (const Fault& fault : reading.faults) {
            Issue issue = issue_of(key, fault, used);
            issue.line = entry.line;
            if (fault.rule == "R09") issue.hint = hint_for(key, entry);
            if (fault.rule == "R11") written.state = Written::empty;
            issues_.push_back(std::move(issue));
        }
        if (careful) set_value(config_, key, *careful);
        if (reading.value) set_value(config_, key, std::move(*reading.value));
    }

    static bool unreadable(const Reading& reading)
    {
        return !reading.value && std::ranges::any_of(reading.faults, [](const Fault& f) { return f.rule == "R09"; });
    }

    /// Values that have another name today, and the one sensor number that meant all of them.
    void rename_values(const Key& key, IniEntry& entry)
    {
        const auto told = [&](std::string_view old, std::string_view renamed) {
            tell("R05", entry, key.name,
                 fmt::format("{}: option {}: the value {} is now {}; {} is used.", file_, key.name, old, renamed,
                             renamed));
        };
        const std::string written = entry.value;
        if (key.name == "TEMPERATURE_SOURCE_BATTERY") {
            const auto sensors = *convert(Conversion::sensors, entry.value, config_);
            if (sensors != entry.value) told(entry.value, sensors);
            entry.value = sensors;
        }
        std::string renamed;  // of single items
        bool changed = false;
        for (const auto item : split(entry.value, ',')) {
            const auto today = new_value(key.name, item);
            if (today != item) told(item, today);
            changed = changed || today != item;
            renamed += fmt::format("{}{}", renamed.empty() ? "" : ", ", today);
        }
        if (changed) entry.value = renamed;
        if (entry.value == written) return;
        today_[entry.line].clear();  // its name may have been set right
        write_today(entry, key, entry.value);
    }

    /// R05, R07: an old key, unless the new one stands in the file or a later old name of it.
    void upgrade(const OldKey& old, const IniEntry& entry)
    {
        const Key& key = *find(old.renamed);
        if (known_.contains(key.name)) return both_set(entry, old.name, key.name);
        if (const auto* later = later_name(old, entry)) return both_set(entry, old.name, later->name);
        if (is_idle_default(old.conversion, entry.value, config_)) {
            return no_longer(entry, old.name, fmt::format("it is now {}; the old default is left out", key.name));
        }
        IniEntry converted = entry;
        if (const auto text = convert(old.conversion, entry.value, config_)) {
            converted.value = *text;
            now_called(entry, old.name, key, *text);
            write_today(entry, key, *text);
            return use(key, std::move(converted));
        }
        const auto careful = careful_limit(key);
        if (careful) set_value(config_, key, *careful);
        not_valid(entry, old.name, old_type_of(old.conversion), careful ? to_text(*careful) : std::string(key.initial));
        written_[key.name] = {entry.line, Written::refused};
    }

    /// nullptr also when the later one says the same: then there is nothing to choose.
    const OldKey* later_name(const OldKey& old, const IniEntry& entry) const
    {
        const OldKey* later = nullptr;
        for (const OldKey& other : old_keys()) {
            if (&other > &old && other.renamed == old.renamed && old_.contains(other.name)) later = &other;
        }
        return later == nullptr || old_.at(later->name).value == entry.value ? nullptr : later;
    }

    /// C1, C2: up to six old keys make the two lists of a curve.
    void upgrade(const OldCurve& curve)
    {
        std::array<double, 3> limits = curve.limits;
        std::array<double, 3> fractions = curve.old_fractions;
        const auto new_name = known_.contains(curve.points) ? curve.points : curve.fractions;
        const bool replaced = known_.contains(new_name);
        std::vector<const IniEntry*> entries;
        const auto take = [&](std::string_view name, double& number) {
            const auto found = old_.find(name);
            if (found == old_.end()) return;
            if (replaced) return both_set(found->second, name, new_name);
            entries.push_back(&found->second);
            if (const auto value = parse_float(found->second.value)) {
                number = *value;
            } else {
                not_valid(found->second, name, "float", to_text(number));
            }
        };
        for (std::size_t i = 0; i < 3; ++i) take(curve.limit_names[i], limits[i]);
        for (std::size_t i = 0; i < 3; ++i) take(curve.fraction_names[i], fractions[i]);
        if (entries.empty()) return;
        use_curve(*find(curve.points), points_text(curve, limits), entries);
        use_curve(*find(curve.fractions), fractions_text(curve, fractions), entries);
    }

    void use_curve(const Key& key, std::string text, const std::vector<const IniEntry*>& entries)
    {
        const IniEntry* first = nullptr;  // the list takes the place of the first of its numbers
        for (const IniEntry* entry : entries) {
            const OldKey& old = *find_old(entry->name);
            today_.try_emplace(entry->line);
            if (old.renamed != key.name) continue;
            now_called(*entry, old.name, key, text);
            if (first == nullptr || entry->line < first->line) first = entry;
        }
        write_today(first == nullptr ? *entries.front() : *first, key, text);
        IniEntry made = *entries.front();
        made.value = std::move(text);
        use(key, std::move(made));
    }

    void now_called(const IniEntry& entry, std::string_view old, const Key& key, std::string_view text)
    {
        const std::string value = in_one_line(entry.value);
        tell("R05", entry, old,
             fmt::format("{}: option {} is now {}; the value {} is used as {} = {}.", file_, old, key.name, value,
                         key.name, in_one_line(text)))
            .value = entry.value;
    }

    void write_today(const IniEntry& entry, const Key& key, std::string_view text)
    {
        std::string line = to_line(key, std::string(text));
        for (std::size_t at = 0; (at = line.find('\n', at)) != line.npos; at += 3) line.replace(at, 1, "\n  ");
        today_[entry.line].push_back(std::move(line));
    }

    void both_set(const IniEntry& entry, std::string_view old, std::string_view name)
    {
        today_.try_emplace(entry.line);
        tell("R07", entry, old, fmt::format("{}: {} and {} are both set; {} is ignored.", file_, old, name, old));
    }

    void not_valid(const IniEntry& entry, std::string_view old, std::string_view type, std::string_view used)
    {
        tell("R09", entry, old,
             fmt::format("{}: \"{}\" is not a valid {}; {} is used.", old, in_one_line(entry.value), type,
                         used.empty() ? "(empty)" : used))
            .value = entry.value;
    }

    std::string file_;
    Config config_ = defaults();
    std::vector<Issue> issues_;
    std::map<std::string_view, IniEntry> known_;  // by the name of the table
    std::map<std::string_view, IniEntry> old_;
    WrittenKeys written_;
    std::map<std::size_t, std::vector<std::string>> today_;
};

}  // namespace

bool Loaded::has_errors() const
{
    return std::ranges::any_of(issues, [](const Issue& issue) { return issue.severity == Severity::error; });
}

Loaded load(std::string_view text, std::string_view file, const Abilities* abilities)
{
    Loaded loaded = Loader(file).run(read_ini(text), abilities);
    for (Issue& issue : loaded.issues) issue.file = file;
    return loaded;
}

Result<std::string> read_configuration(const std::string& path)
{
    constexpr std::size_t most = 1U << 20;  // bytes
    return read_regular_file(path, most);
}

Loaded load_file(const std::string& path, const Abilities* abilities)
{
    std::error_code error;
    if (!std::filesystem::exists(path, error) && !error) return {defaults(), {}};
    const auto text = read_configuration(path);
    if (text) return load(*text, path, abilities);
    Issue issue;
    issue.rule = "R01";
    issue.file = path;
    issue.message = fmt::format("{}; the defaults are used.", text.error());
    return {defaults(), {std::move(issue)}};
}

std::string upgraded(std::string_view text)
{
    const auto today = load(text).today;
    std::string out;
    bool replaced = false;  // the entry this line may go on with
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find_first_of("\r\n"), text.size());
        const auto whole = std::min(text.size(), end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
        const auto line = text.substr(0, end), line_end = text.substr(end, whole - end);
        const auto found = today.find(number);
        const auto words = trimmed(line);
        const bool comment = words.empty() || words.front() == ';' || words.front() == '#';
        const bool goes_on = replaced && !comment && words.data() != line.data();
        if (found != today.end()) {
            for (const auto& entry : found->second) out.append(entry).append(line_end);
        } else if (!goes_on) {
            out += text.substr(0, whole);
        }
        if (!comment) replaced = found != today.end() || goes_on;
        text.remove_prefix(whole);
    }
    return out;
}

}  // namespace bmsd::config
