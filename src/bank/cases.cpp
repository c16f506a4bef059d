#include "bank/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "bank/bank.h"
#include "bank/document_battery.h"
#include "bank/lost.h"
#include "bank/virtual_member.h"
#include "config/value.h"

namespace bmsd::bank {
namespace {

namespace json = boost::json;

Number number_of(const json::value& value)
{
    if (value.is_bool()) return value.get_bool() ? 1 : 0;
    return value.is_number() ? Number(value.to_number<double>()) : std::nullopt;
}

std::string text_of(const json::object& object, std::string_view name, std::string_view otherwise = {})
{
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string(otherwise);
}

Number number_in(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    return value != nullptr ? number_of(*value) : std::nullopt;
}

Flag flag_in(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() ? Flag(value->get_bool()) : std::nullopt;
}

const json::object& object_in(const json::object& parent, std::string_view name)
{
    static const json::object none;
    const json::value* value = parent.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

/// Paths the bank does not know are left out.
Values values_of(const json::object& object)
{
    Values out;
    for (const auto& [path, value] : object) {
        const auto slot = path.starts_with('/') ? slot_of(path) : std::nullopt;
        if (!slot) continue;
        if (slot->word) {
            if (value.is_string()) out[*slot->word] = std::string(value.get_string());
        } else {
            put(out, *slot, number_of(value));
        }
    }
    return out;
}

Standing standing_of(std::string_view word)
{
    if (word == "lost") return Standing::lost;
    if (word == "absent") return Standing::absent;
    return word == "grace" ? Standing::grace : Standing::online;
}

Member member_of(const json::object& object, std::size_t number, const config::Config& config)
{
    Member member;
    member.identity = text_of(object, "identity", fmt::format("b{}", number));
    member.service = member.identity;
    member.standing = standing_of(text_of(object, "state"));
    member.charge_fet = flag_in(object, "charge_fet");
    member.discharge_fet = flag_in(object, "discharge_fet");
    member.values = values_of(object);
    const std::string& name = member.values[Word::custom_name];
    member.name = name.empty() ? member.identity : name;
    if (member.standing == Standing::lost) {
        member.values[Item::max_cell] = number_in(object, "last_max_cell");
        member.values[Item::min_cell] = number_in(object, "last_min_cell");
        mark_lost(member, config);
    }
    return member;
}

std::vector<Member> members_of(const json::object& step, const config::Config& config)
{
    std::vector<Member> out;
    const json::value* list = step.if_contains("batteries");
    if (list == nullptr || !list->is_array()) return out;
    for (const json::value& item : list->get_array()) {
        if (item.is_object()) out.push_back(member_of(item.get_object(), out.size() + 1, config));
    }
    return out;
}

std::vector<Service> services_of(const json::object& object)
{
    std::vector<Service> out;
    for (const auto& [name, values] : object) {
        if (values.is_object()) out.push_back({std::string(name), {}, false, values_of(values.get_object())});
    }
    return out;
}

Surroundings surroundings_of(const json::object& object)
{
    Surroundings out;
    const json::object& others = object_in(object, "others");
    out.services = services_of(others);
    const Number dvcc = number_in(object_in(others, "com.victronenergy.system"), "/Control/Dvcc");
    if (dvcc) out.dvcc = *dvcc == 1;
    const json::object& settings = object_in(others, "com.victronenergy.settings");
    out.user_voltage = number_in(settings, "/Settings/SystemSetup/MaxChargeVoltage");
    out.user_current = number_in(settings, "/Settings/SystemSetup/MaxChargeCurrent");
    const Number feed_in = number_in(settings, "/Settings/CGwacs/OvervoltageFeedIn");
    if (feed_in) out.feed_in = *feed_in == 1;
    out.today = read_date(text_of(object, "date"));
    return out;
}

/// Strings come as lists of lists of identities.
json::value config_value(const json::value& value)
{
    if (!value.is_array() || value.get_array().empty() || !value.get_array().front().is_array()) return value;
    json::array lines;
    for (const json::value& string : value.get_array()) {
        std::string line;
        for (const json::value& part : string.get_array()) {
            line += (line.empty() ? "" : " + ") + std::string(part.as_string());
        }
        lines.push_back(json::value(line));
    }
    return lines;
}

Result<config::Config> config_of(const json::object& object, config::Config config)
{
    for (const auto& [key, value] : object_in(object, "config")) {
        const auto set = config::set_from_json(config, key, config_value(value));
        if (!set) return Failure(set.error());
    }
    return config;
}

Stored stored_of(const json::object& object)
{
    Stored out;
    out.charge = number_in(object, "charge_ah");
    out.own.balancing.state = static_cast<int>(number_in(object, "balancing_state").value_or(0));
    out.own.balancing.last = read_date(text_of(object, "last_balancing"));
    out.own.empty = flag_in(object, "empty_latch").value_or(false);
    return out;
}

json::value to_json(const Number& value, int decimals)
{
    if (!value) return nullptr;
    if (decimals == 0) return static_cast<std::int64_t>(*value);
    return *value;
}

json::value to_json(const std::string& text)
{
    return text.empty() ? json::value() : json::value(text);
}

json::object to_json(const Values& values)
{
    json::object out;
    for (const ItemRow& row : item_rows()) {
        if (row.parallel != Rule::none) out[row.path] = to_json(values[row.item], row.decimals);
    }
    for (const WordRow& row : word_rows()) {
        if (row.word > Word::serial) out[row.path] = to_json(values[row.word]);
    }
    return out;
}

const json::object* expected_in(const json::object& object)
{
    const json::value* value = object.if_contains("expect");
    return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

using OnStep = std::function<void(const CaseStep& step)>;

Result<void> run_aggregate(const json::object& object, const config::Config& base, const OnStep& on_step)
{
    const auto config = config_of(object, base);
    if (!config) return Failure(config.error());
    Bank bank(*config, stored_of(object));
    std::size_t number = 0;
    const auto one = [&](const json::object& step) {
        const json::object& around = step.contains("others") ? step : object;
        Surroundings surroundings = surroundings_of(around);
        surroundings.today = read_date(text_of(step, "date", text_of(object, "date")));
        const double t = number_in(step, "t").value_or(0);
        const Output& out = bank.step(members_of(step, *config), surroundings, {t, 0});
        json::object values = to_json(out.values);
        values["bank_state"] = out.phase ? json::value(text(*out.phase)) : json::value();
        values["charge_ah"] = to_json(out.charge, -1);
        on_step({number++, std::move(values), expected_in(step)});
    };
    const json::value* steps = object.if_contains("steps");
    if (steps == nullptr || !steps->is_array()) {
        one(object);
        return {};
    }
    for (const json::value& step : steps->get_array()) {
        if (!step.is_object()) return Failure("a step is no object");
        one(step.get_object());
    }
    return {};
}

Result<void> run_virtual(const json::object& object, const OnStep& on_step)
{
    VirtualMember member;
    for (const json::value& line : object.at("virtual").as_array()) {
        const std::string text(line.as_string());
        if (!read_virtual_line(text, member)) return Failure("cannot be read: " + text);
    }
    on_step({0, to_json(compose(member, services_of(object_in(object, "services")))), expected_in(object)});
    return {};
}

Result<void> run_resistance(const json::object& object, const config::Config& base, const OnStep& on_step)
{
    std::vector<Sample> samples;
    for (const json::value& pair : object.at("samples").as_array()) {
        const json::array& numbers = pair.as_array();
        if (numbers.size() != 2) return Failure("a sample is a voltage and a current");
        samples.push_back({number_of(numbers[0]).value_or(NAN), number_of(numbers[1]).value_or(NAN)});
    }
    const auto found = fit(samples);
    json::object values;
    values["resistance"] = found ? json::value(found->value) : json::value();
    values["error"] = found ? json::value(found->error) : json::value();
    values["accepted"] = found && found->accepted(base.aggregate_ir_max_error);
    on_step({0, std::move(values), expected_in(object)});
    return {};
}

json::object to_json(const DocumentBattery& battery)
{
    json::object out;
    for (const auto& [path, value] : battery.values()) {
        json::value& shown = out[path];
        if (const auto* number = std::get_if<double>(&value)) shown = *number;
        if (const auto* text = std::get_if<std::string>(&value)) shown = json::value(*text);
    }
    return out;
}

/// A second between two messages.
Result<void> run_document(const json::object& object, const OnStep& on_step)
{
    DocumentBattery battery(DocumentOptions{});
    control::Now now;
    Result<void> taken;
    for (const json::value& message : object.at("messages").as_array()) {
        taken = battery.take(message.is_string() ? std::string(message.get_string()) : json::serialize(message), now);
        now.steady += 1;
    }
    on_step({0, to_json(battery), expected_in(object), !taken, flag_in(object, "rejects").value_or(false)});
    return {};
}

double tolerance(std::string_view path)
{
    if (path == "resistance" || path == "error") return 1e-5;
    const bool cell = path.starts_with("/Voltages/") || path.find("Cell") != std::string_view::npos;
    return cell ? 0.001 : 0.01;
}

bool same(std::string_view path, const json::value& expected, const json::value& found)
{
    if (!expected.is_number() || !found.is_number()) return expected == found;
    return std::abs(expected.to_number<double>() - found.to_number<double>()) <= tolerance(path) + 1e-9;
}

}  // namespace

json::object to_case(const Member& member)
{
    constexpr std::string_view states[]{"online", "grace", "lost", "absent"};
    json::object out;
    for (const ItemRow& row : item_rows()) {
        if (const Number& value = member.values[row.item]) out[row.path] = *value;
    }
    for (const WordRow& row : word_rows()) {
        if (!member.values[row.word].empty()) out[row.path] = member.values[row.word];
    }
    for (std::size_t i = 0; i < member.values.cells.size(); ++i) {
        if (const Number& cell = member.values.cells[i]) out[fmt::format("/Voltages/Cell{}", i + 1)] = *cell;
    }
    out["identity"] = member.identity;
    out["state"] = states[static_cast<std::size_t>(member.standing)];
    out["/CustomName"] = member.name;
    if (member.charge_fet) out["charge_fet"] = *member.charge_fet;
    if (member.discharge_fet) out["discharge_fet"] = *member.discharge_fet;
    if (member.standing != Standing::lost) return out;
    out["last_max_cell"] = to_json(member.values[Item::max_cell], -1);
    out["last_min_cell"] = to_json(member.values[Item::min_cell], -1);
    return out;
}

bool is_bank_case(const json::object& object)
{
    for (const char* name : {"batteries", "samples", "virtual", "messages"}) {
        if (object.contains(name)) return true;
    }
    const json::value* steps = object.if_contains("steps");
    if (steps == nullptr || !steps->is_array() || steps->get_array().empty()) return false;
    const json::value& first = steps->get_array().front();
    return first.is_object() && first.get_object().contains("batteries");
}

Result<void> run_bank_case(const json::object& object, const config::Config& base, const OnStep& on_step)
{
    try {
        if (object.contains("samples")) return run_resistance(object, base, on_step);
        if (object.contains("virtual")) return run_virtual(object, on_step);
        if (object.contains("messages")) return run_document(object, on_step);
        return run_aggregate(object, base, on_step);
    } catch (const std::exception& e) {  // of Boost.JSON: something is not of its type
        return Failure(e.what());
    }
}

std::vector<std::string> differences(const CaseStep& step)
{
    std::vector<std::string> out;
    if (step.refused != step.must_be_refused) out.push_back(step.refused ? "refused" : "not refused");
    if (step.expected == nullptr) return out;
    static const json::value none;
    for (const auto& [path, expected] : *step.expected) {
        const json::value* found = step.values.if_contains(path);
        if (same(path, expected, found != nullptr ? *found : none)) continue;
        out.push_back(fmt::format("{}: expected {}, found {}", std::string_view(path), json::serialize(expected),
                                  found != nullptr ? json::serialize(*found) : "nothing"));
    }
    return out;
}

}  // namespace bmsd::bank
