#pragma once
// What is wrong with a configuration, in the words of the rules of core/config.md section 5.
#include <string>
#include <string_view>

#include "config/value.h"

namespace bmsd::config {

/// error: every battery shows state 10 and error code 119 (core/alarms-and-errors.md section 2). warning: log only.
enum class Severity { warning, error };

struct Issue {
    Severity severity = Severity::error;
    std::string_view rule{};  // "R01" to "R35"; empty for the one that has no number
    std::string file{};
    std::size_t line = 0;  // 0: no single line
    std::string key{};
    std::string value{};    // as written; never that of a sensitive key
    std::string message{};  // the whole sentence, one line
    std::string allowed{};  // range and unit of the key
    std::string hint{};     // what may have been meant

    bool operator==(const Issue&) const = default;
};

/// The severity the rule has, unless a case says otherwise.
Severity severity_of(std::string_view rule);

/// Message of a fault of one key; `used` is what takes the place of the value. A sensitive value is not shown.
std::string message_of(const Key& key, const Fault& fault, std::string_view used);

/// An issue of one key without its place in the file.
Issue issue_of(const Key& key, const Fault& fault, std::string_view used);

/// What may stand there, for people: "0..2000 A", "1, 2", "names that begin with can, vecan or vcan".
std::string allowed_for(const Key& key);

/// One line a text of any content can stand in: control characters are shown as "\n", "\x01".
std::string in_one_line(std::string_view text);

/// "config.ini:12: error: the message Allowed: 0..2000 A. Hint: ..." for a terminal.
std::string describe(const Issue& issue);

}  // namespace bmsd::config
