#include "mqtt/commands.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "config/text.h"
#include "config/value.h"
#include "model/json.h"

namespace bmsd::mqtt {
namespace {

namespace json = boost::json;

constexpr std::size_t longest = 1024;  // bytes of a payload

std::optional<Command::Kind> kind_of(std::string_view command)
{
    if (command == "soc") return Command::Kind::set_soc;
    for (std::size_t i = 0; i < std::size(command_names); ++i)
        if (command_names[i] == command) return static_cast<Command::Kind>(i);
    return std::nullopt;
}

/// 1, "1", true, "ON".
std::optional<double> number_of(const json::value& value)
{
    if (value.is_bool()) return value.get_bool() ? 1 : 0;
    if (value.is_number()) return value.to_number<double>();
    if (!value.is_string()) return std::nullopt;
    const std::string_view text(value.get_string());
    if (config::same_letters(text, "on") || config::same_letters(text, "true")) return 1;
    if (config::same_letters(text, "off") || config::same_letters(text, "false")) return 0;
    return config::parse_float(text);
}

/// The payload as JSON, or as a text where it is none.
json::value read(std::string_view payload)
{
    boost::system::error_code none;
    json::value value = json::parse(payload, none);
    return none ? json::value(payload) : value;
}

}  // namespace

std::optional<CommandTopic> parse_command_topic(std::string_view topic, std::string_view prefix)
{
    if (!topic.starts_with(prefix) || topic.size() <= prefix.size() || topic[prefix.size()] != '/') return std::nullopt;
    topic.remove_prefix(prefix.size() + 1);
    const auto slash = topic.find('/');
    constexpr std::string_view set = "/set/";
    if (slash == topic.npos || !topic.substr(slash).starts_with(set)) return std::nullopt;
    return CommandTopic{topic.substr(0, slash), topic.substr(slash + set.size())};
}

Result<Asked> parse_command(std::string_view command, std::string_view payload)
{
    if (payload.size() > longest) return Failure("the message is too long");
    json::value value = read(payload), reference;
    if (value.is_object()) {
        const json::object object = value.get_object();
        if (const auto* given = object.if_contains("reference")) reference = *given;
        const auto* inner = object.if_contains("value");
        if (inner == nullptr) return Failure("no value");
        json::value kept = *inner;
        value = std::move(kept);
    }
    if (command == "name") {
        if (!value.is_string() && !value.is_number()) return Failure("a name is a text");
        return Asked{site::Rename{value.is_string() ? std::string(value.get_string()) : std::string(payload)},
                     reference};
    }
    const auto number = number_of(value);
    if (!number) return Failure("the value is no number");
    if (command == "clear_history") {
        if (*number != static_cast<int>(*number)) return Failure("there is no such group");
        return Asked{site::ClearHistory{static_cast<int>(*number)}, reference};
    }
    const auto kind = kind_of(command);
    if (!kind) return Failure("there is no such command");
    return Asked{Command{*kind, *number}, reference};
}

std::string answer(std::string_view command, const site::Outcome& outcome, const json::value& reference)
{
    json::object out{{"command", command}, {"done", outcome.done}};
    if (!outcome.reason.empty()) out["reason"] = outcome.reason;
    if (!reference.is_null()) out["reference"] = reference;
    return to_text(out);
}

}  // namespace bmsd::mqtt
