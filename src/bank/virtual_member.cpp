#include "bank/virtual_member.h"

#include <algorithm>

#include "config/text.h"

namespace bmsd::bank {
namespace {

struct StepWord {
    std::string_view word;
    Item limit, by;
};
constexpr StepWord step_words[]{
    {"ccl_by_voltage", Item::charge_current, Item::voltage},
    {"dcl_by_voltage", Item::discharge_current, Item::voltage},
    {"ccl_by_temperature", Item::charge_current, Item::temperature},
    {"dcl_by_temperature", Item::discharge_current, Item::temperature},
};

/// "13:15 12:10" into points.
bool read_points(std::span<const std::string_view> words, Steps& steps)
{
    for (const auto word : words) {
        const auto colon = word.find(':');
        if (colon == std::string_view::npos) return false;
        const auto at = config::parse_float(word.substr(0, colon));
        const auto limit = config::parse_float(word.substr(colon + 1));
        if (!at || !limit || *limit < 0) return false;
        steps.points.emplace_back(*at, *limit);
    }
    std::ranges::sort(steps.points);
    return !steps.points.empty();
}

bool read_fixed(std::span<const std::string_view> words, VirtualLine& line)
{
    if (words.empty()) return false;
    const auto slot = slot_of(words[0]);
    if (!slot) return false;
    line.kind = VirtualLine::Kind::fixed;
    line.slot = *slot;
    for (const auto word : words.subspan(1)) line.text += (line.text.empty() ? "" : " ") + std::string(word);
    if (slot->word) return true;
    line.number = config::parse_float(line.text);
    return line.text.empty() || line.number;
}

Number step_value(const Steps& steps, const Values& values)
{
    const Number& present = values[steps.by];
    Number out;
    for (const auto& [at, limit] : steps.points) {
        if (present && at <= *present) out = limit;
    }
    return out;
}

/// The first service the selector means.
const Service* find(const Selector& selector, std::span<const Service> services)
{
    const auto found = std::ranges::find_if(services, [&](const Service& s) { return matches(selector, s); });
    return found == services.end() ? nullptr : &*found;
}

/// The number at `slot`, without the lines that need what is merged already when `steps` is false.
Number number_of(const VirtualMember& member, std::span<const Service> services, const Slot& slot, const Values* made)
{
    for (const VirtualLine& line : member.lines) {
        if (line.kind == VirtualLine::Kind::fixed && line.slot.item == slot.item && line.slot.cell == slot.cell) {
            return line.number;
        }
        if (line.kind == VirtualLine::Kind::steps && made != nullptr && slot.item == line.steps.limit) {
            if (const Number value = step_value(line.steps, *made)) return value;
        }
        if (line.kind != VirtualLine::Kind::source || !covers(line.source, slot)) continue;
        const Service* service = find(line.source.selector, services);
        if (service == nullptr) continue;
        if (const Number value = number_at(service->values, slot)) return value;
    }
    return std::nullopt;
}

std::string text_of(const VirtualMember& member, std::span<const Service> services, const Slot& slot)
{
    for (const VirtualLine& line : member.lines) {
        if (line.kind == VirtualLine::Kind::fixed && line.slot.word == slot.word) return line.text;
        if (line.kind != VirtualLine::Kind::source || !covers(line.source, slot)) continue;
        const Service* service = find(line.source.selector, services);
        if (service != nullptr && !service->values[*slot.word].empty()) return service->values[*slot.word];
    }
    return {};
}

}  // namespace

bool read_virtual_line(std::string_view text, VirtualMember& out)
{
    const auto words = words_of(text);
    if (words.empty()) return false;
    if (words[0] == "publish" && words.size() == 1) return out.publish = true;
    VirtualLine line;
    if (words[0] == "fixed") {
        if (!read_fixed(std::span(words).subspan(1), line)) return false;
        out.lines.push_back(std::move(line));
        return true;
    }
    for (const StepWord& step : step_words) {
        if (words[0] != step.word) continue;
        line.kind = VirtualLine::Kind::steps;
        line.steps = {step.limit, step.by, {}};
        if (!read_points(std::span(words).subspan(1), line.steps)) return false;
        out.lines.push_back(std::move(line));
        return true;
    }
    auto source = read_source(text);
    if (!source) return false;
    line.source = std::move(*source);
    out.lines.push_back(std::move(line));
    return true;
}

std::vector<VirtualMember> read_virtual(const std::vector<std::string>& lines)
{
    std::vector<VirtualMember> all;
    for (const std::string& line : lines) {
        const auto blank = line.find(' ');
        const std::string name = line.substr(0, blank);
        auto member = std::ranges::find(all, name, &VirtualMember::name);
        if (member == all.end()) {
            all.push_back({name, false, {}, {}});
            member = all.end() - 1;
        }
        const auto rest = blank == std::string::npos ? std::string() : line.substr(blank + 1);
        if (!read_virtual_line(rest, *member)) member->unusable.push_back(rest);
    }
    return all;
}

Values compose(const VirtualMember& member, std::span<const Service> services)
{
    Values out;
    for (const ItemRow& row : item_rows()) out[row.item] = number_of(member, services, {row.item, {}, 0}, nullptr);
    for (const WordRow& row : word_rows()) out[row.word] = text_of(member, services, {{}, row.word, 0});
    for (std::uint16_t cell = 1; cell <= max_cells; ++cell) {
        const Slot slot{{}, {}, cell};
        if (const Number value = number_of(member, services, slot, nullptr)) put(out, slot, value);
    }
    const Values made = out;  // the steps look at voltage and temperature as merged
    for (const Item limit : {Item::charge_current, Item::discharge_current}) {
        out[limit] = number_of(member, services, {limit, {}, 0}, &made);
    }
    return out;
}

bool uses(const VirtualMember& member, const Service& service)
{
    return std::ranges::any_of(member.lines, [&](const VirtualLine& line) {
        return line.kind == VirtualLine::Kind::source && matches(line.source.selector, service);
    });
}

}  // namespace bmsd::bank
