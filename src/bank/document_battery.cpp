#include "bank/document_battery.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <cmath>

#include "config/text.h"
#include "config/value.h"

namespace bmsd::bank {
namespace {

namespace json = boost::json;

constexpr std::size_t longest = 64 * 1024;  // bytes
constexpr int deepest = 5;
constexpr std::size_t most_told = 100;  // paths

Result<json::value> read_json(std::string_view text)
{
    json::parse_options options;
    options.max_depth = deepest + 2;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) return Failure("not JSON: " + error.message());
    return value;
}

/// What is inside the outer form: the document itself or its member `value`, which may be a text of JSON.
Result<json::value> content_of(std::string_view text)
{
    if (text.size() > longest) return Failure("longer than 64 KiB");
    auto outer = read_json(text);
    if (!outer) return outer;
    if (!outer->is_object()) return Failure("no JSON object");
    const json::value* inner = outer->get_object().if_contains("value");
    if (inner == nullptr) return outer;
    json::value content = *inner;
    if (content.is_string()) {
        auto again = read_json(content.get_string());
        if (!again) return again;
        content = std::move(*again);
    }
    if (!content.is_object() && !content.is_null()) return Failure("value is no JSON object");
    return content;
}

/// Nested names joined; inside Dc the level 0 may be missing. False: nested too deep.
bool flatten(const json::object& object, const std::string& prefix, int depth, const auto& found)
{
    if (depth > deepest) return false;
    for (const auto& [name, value] : object) {
        std::string path = prefix + "/" + std::string(name);
        if (value.is_object()) {
            if (!flatten(value.get_object(), path, depth + 1, found)) return false;
            continue;
        }
        if (path.starts_with("/Dc/") && !path.starts_with("/Dc/0/")) path.insert(3, "/0");
        found(std::move(path), value);
    }
    return true;
}

}  // namespace

DocumentBattery::DocumentBattery(const DocumentOptions& options) : options_(options)
{
    for (const DocumentPath& row : document_paths()) {
        values_[std::string(row.path)] = row.start ? DocumentValue(*row.start) : DocumentValue();
    }
}

Number DocumentBattery::number(std::string_view path) const
{
    const auto found = values_.find(path);
    const double* value = found == values_.end() ? nullptr : std::get_if<double>(&found->second);
    return value != nullptr ? Number(*value) : std::nullopt;
}

void DocumentBattery::warn(const std::string& path, const std::string& what)
{
    if (told_.size() >= most_told || !told_.insert(path).second) return;
    warnings_.push_back(fmt::format("{}: {}", path, what));
}

void DocumentBattery::sort_in(std::string path, const json::value& value, Update& update)
{
    const auto kind = document_kind(path);
    if (!kind) {
        if (!is_ignored(path)) warn(path, "not known, ignored");
        return;
    }
    const bool is_text = *kind == DocumentKind::text;
    DocumentValue taken;
    if (value.is_bool()) {
        taken = value.get_bool() ? 1.0 : 0.0;
    } else if (value.is_number()) {
        taken = value.to_number<double>();
    } else if (value.is_string()) {
        const std::string text(value.get_string());
        const auto number = is_text ? std::nullopt : config::parse_float(text);
        if (!is_text && !number && *kind != DocumentKind::any) return warn(path, "a text where a number must be");
        taken = number ? DocumentValue(*number) : DocumentValue(text);
    } else if (!value.is_null()) {
        return warn(path, "neither number nor text");
    }
    if (const double* number = std::get_if<double>(&taken)) {
        if (is_text) {
            taken = config::to_text(*number);
        } else if (!std::isfinite(*number) || !is_plausible(*kind, *number)) {
            warn(path, fmt::format("{} cannot be", *number));
            taken = DocumentValue();
        }
    }
    update[std::move(path)] = std::move(taken);
}

Result<void> DocumentBattery::take(std::string_view document, const control::Now& now)
{
    if (document.empty()) return Failure("empty");
    const auto content = content_of(document);
    if (!content) return Failure(content.error());
    if (content->is_null()) {
        go_offline(now);
        return {};
    }
    Update update;
    bool gone = false;
    const bool fits = flatten(content->get_object(), "", 1, [&](std::string path, const json::value& value) {
        if (path == "/Connected") gone = value == json::value(0) || value == json::value(false);
        sort_in(std::move(path), value, update);
    });
    if (!fits) return Failure("nested too deep");
    if (gone) {
        go_offline(now);
        return {};
    }
    return apply(std::move(update), now);
}

Result<void> DocumentBattery::apply(Update update, const control::Now& now)
{
    const auto known = [&](std::string_view path) {
        const auto given = update.find(path);
        if (given != update.end()) return std::holds_alternative<double>(given->second);
        return number(path).has_value();
    };
    if (!known("/Soc")) return Failure("no state of charge");
    if (!known("/Dc/0/Voltage")) return Failure("no voltage");
    if (!known("/Dc/0/Power") && !known("/Dc/0/Current")) return Failure("neither power nor current");
    if (state_ != State::online) {
        values_["/System/NrOfModulesOnline"] = 1.0;
        values_["/System/NrOfModulesOffline"] = 0.0;
        values_["/Alarms/BmsCable"] = DocumentValue();
    }
    for (const auto& [path, value] : update) values_[path] = value;
    derive_flow(update);
    derive_charge(update);
    derive_cells(update);
    derive_blocking(update);
    derive_times(update, now);
    state_ = State::online;
    counted_at_ = now.steady;
    return {};
}

void DocumentBattery::step(const control::Now& now)
{
    if (state_ == State::online && options_.timeout > 0 && now.steady - counted_at_ > options_.timeout) go_offline(now);
    if (state_ == State::offline && now.steady - offline_at_ >= options_.remove_after) state_ = State::removed;
}

/// Nothing that was measured is kept; limits that were given are 0.
void DocumentBattery::go_offline(const control::Now& now)
{
    if (state_ != State::online) return;
    state_ = State::offline;
    offline_at_ = now.steady;
    using enum DocumentKind;
    for (auto& [path, value] : values_) {
        const auto kind = document_kind(path);
        const bool limit = path == "/Info/MaxChargeCurrent" || path == "/Info/MaxDischargeCurrent";
        const bool measured = path.starts_with("/Dc/") || path.starts_with("/Voltages/") || path == "/Soc" ||
                              path == "/CurrentAvg" || path == "/TimeToGo" ||
                              (path.starts_with("/System/") && (kind == cell || kind == temperature));
        if (limit && std::holds_alternative<double>(value)) value = 0.0;
        if (measured) value = DocumentValue();
    }
    currents_.clear();
    time_to_go_at_.reset();
    values_["/Alarms/BmsCable"] = 2.0;
    values_["/System/NrOfModulesOnline"] = 0.0;
    values_["/System/NrOfModulesOffline"] = 1.0;
}

}  // namespace bmsd::bank
