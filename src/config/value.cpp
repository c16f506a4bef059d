#include "config/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/value_from.hpp>

#include "config/issue.h"

namespace bmsd::config {
namespace {

template <class T>
Value taken(const T& member)
{
    return member;
}

template <class T>
Value taken(const std::optional<T>& member)
{
    if (member) return *member;
    return {};
}

Value taken(const std::optional<std::string>& member)
{
    return member.value_or("");
}

template <class T>
void put(T& member, Value& value)
{
    if (T* held = std::get_if<T>(&value)) member = std::move(*held);
}

template <class T>
void put(std::optional<T>& member, Value& value)
{
    member.reset();
    if (T* held = std::get_if<T>(&value)) member = std::move(*held);
}

void put(std::optional<std::string>& member, Value& value)
{
    member.reset();
    if (auto* held = std::get_if<std::string>(&value); held != nullptr && !held->empty()) member = std::move(*held);
}

struct Printer {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(const std::string& value) const { return value; }
    template <class T>
    std::string operator()(const std::vector<T>& value) const
    {
        return fmt::format("{}", fmt::join(value, ", "));
    }
};

struct JsonMaker {
    boost::json::value operator()(std::monostate) const { return nullptr; }
    template <class T>
    boost::json::value operator()(const T& value) const
    {
        return boost::json::value_from(value);
    }
};

/// As it would stand in the file; nullopt for what no setting can be.
std::optional<std::string> text_of(const boost::json::value& value)
{
    if (value.is_null()) return "";
    if (value.is_bool()) return to_text(Value(value.get_bool()));
    if (value.is_double()) return to_text(value.get_double());
    if (value.is_int64()) return to_text(Value(value.get_int64()));
    if (value.is_uint64()) return fmt::format("{}", value.get_uint64());
    if (value.is_string()) return std::string(value.get_string());
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> items;
    for (const auto& item : value.get_array()) {
        auto text = item.is_array() ? std::nullopt : text_of(item);
        if (!text) return std::nullopt;
        items.push_back(std::move(*text));
    }
    return to_text(Value(items));
}

}  // namespace

Value value_of(const Config& config, const Key& key)
{
    return std::visit([&](auto member) { return taken(config.*member); }, key.member);
}

Value value_of(const Config& config, std::string_view key)
{
    const Key* row = find(key);
    return row == nullptr ? Value() : value_of(config, *row);
}

void set_value(Config& config, const Key& key, Value value)
{
    std::visit([&](auto member) { put(config.*member, value); }, key.member);
}

std::string to_text(const Value& value)
{
    return std::visit(Printer{}, value);
}

std::string to_text(double value)
{
    return Printer{}(value);
}

boost::json::value to_json(const Value& value)
{
    return std::visit(JsonMaker{}, value);
}

Result<void> set_from_text(Config& config, std::string_view key, std::string_view text)
{
    const Key* row = find(key);
    if (row == nullptr) return Failure(fmt::format("{} is no key of the configuration", key));
    auto reading = read_value(*row, text);
    for (const Fault& fault : reading.faults) {
        if (fault.rule == "R11") {
            set_value(config, *row, value_of(defaults(), *row));
            return {};
        }
        const auto issue = issue_of(*row, fault, to_text(value_of(config, *row)));
        return Failure(fmt::format("{} Allowed: {}.", issue.message, issue.allowed));
    }
    set_value(config, *row, std::move(*reading.value));
    return {};
}

Result<void> set_from_json(Config& config, std::string_view key, const boost::json::value& value)
{
    const auto text = text_of(value);
    if (!text) return Failure(fmt::format("{}: no setting can be an object or a list of lists", key));
    return set_from_text(config, key, *text);
}

std::vector<std::string_view> diff(const Config& before, const Config& after)
{
    std::vector<std::string_view> names;
    for (const Key* key : keys()) {
        if (value_of(before, *key) != value_of(after, *key)) names.push_back(key->name);
    }
    return names;
}

}  // namespace bmsd::config
