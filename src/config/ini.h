#pragma once
// The dialect of config.ini (core/config.md section 2): one section that counts, values that may go on in indented
// lines, no comments behind a value.
// A reader of its own, because inih as Debian builds it cuts lines at 200 characters, takes " ;" inside a value (a
// password) for a comment, and knows neither CR as a line end nor "which line was this".
#include <string>
#include <string_view>
#include <vector>

namespace bmsd::config {

struct IniEntry {
    std::string name{};   // as written
    std::string value{};  // lines joined with '\n', "%%" made "%"
    std::size_t line = 0;
    bool continued = false;  // indented lines were added to the value
};

struct IniProblem {
    enum Kind { unreadable, unknown_section, not_utf8 };
    Kind kind = unreadable;
    std::size_t line = 0;  // 0 for the file as a whole
    std::string text;      // what is wrong, or the name of the section
};

struct Ini {
    std::vector<IniEntry> entries;  // of [DEFAULT], in the order of the file, repeated ones too
    std::vector<IniProblem> problems;
};

/// Any bytes are accepted; what cannot be read is a problem and left out. A cause that many lines share (no section, a
/// section that is not known, control characters) is told once.
Ini read_ini(std::string_view bytes);

}  // namespace bmsd::config
