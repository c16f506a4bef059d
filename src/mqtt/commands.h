#pragma once
// Commands as messages: what is asked, and the answer. Pure. Source: core/outputs.md section 2.
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "site/gate.h"

namespace bmsd::mqtt {

/// <prefix>/<id>/set/<command>
struct CommandTopic {
    std::string_view id, command;
};
std::optional<CommandTopic> parse_command_topic(std::string_view topic, std::string_view prefix);

struct Asked {
    site::Wish wish;
    boost::json::value reference;  // of the asker, comes back with the answer; null: none
};

/// `payload`: the value alone, or {"value": ..., "reference": ...}. Commands: those of the model, "soc" (%),
/// "clear_history" (1 to 7), "name".
Result<Asked> parse_command(std::string_view command, std::string_view payload);

/// {"command": ..., "done": ..., "reason": ..., "reference": ...}
std::string answer(std::string_view command, const site::Outcome& outcome, const boost::json::value& reference);

}  // namespace bmsd::mqtt
