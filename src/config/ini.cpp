#include "config/ini.h"

#include <algorithm>
#include <utility>

#include "config/text.h"

namespace bmsd::config {
namespace {

constexpr std::string_view only_section = "DEFAULT";

/// Length of the UTF-8 sequence at the beginning of `bytes`; 0 when it is none (too long, cut, surrogate, overlong).
std::size_t utf8_length(std::string_view bytes)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const unsigned char second = byte(1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return length;
}

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto length = utf8_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string from_latin1(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 8);
    for (const char letter : bytes) {
        const auto code = static_cast<unsigned char>(letter);
        if (code < 0x80) {
            text += letter;
        } else {
            text += static_cast<char>(0xC0 | (code >> 6));
            text += static_cast<char>(0x80 | (code & 0x3F));
        }
    }
    return text;
}

bool has_control_characters(std::string_view line)
{
    return std::ranges::any_of(line, [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return (code < 0x20 && letter != '\t') || code == 0x7F;
    });
}

/// Takes the next line off `text`; ends are LF, CRLF and CR.
std::string_view next_line(std::string_view& text)
{
    const auto end = text.find_first_of("\r\n");
    const auto line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
    } else {
        const bool both = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
        text.remove_prefix(end + (both ? 2 : 1));
    }
    return line;
}

std::string without_doubled_percent(std::string_view value)
{
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        out += value[i];
        if (value[i] == '%' && i + 1 < value.size() && value[i + 1] == '%') ++i;
    }
    return out;
}

class Reader {
  public:
    Ini take(std::string_view text)
    {
        while (!text.empty()) {
            ++number_;
            line(next_line(text));
        }
        for (IniEntry& entry : ini_.entries) entry.value = without_doubled_percent(entry.value);
        return std::move(ini_);
    }

    void problem(IniProblem::Kind kind, std::size_t line, std::string text)
    {
        ini_.problems.push_back({kind, line, std::move(text)});
    }

  private:
    enum class Place { before_sections, inside, elsewhere };

    void line(std::string_view raw)
    {
        const auto text = trimmed(raw);
        if (text.empty() || text.starts_with(';') || text.starts_with('#')) return;
        const auto indent = static_cast<std::size_t>(text.data() - raw.data());
        if (has_control_characters(raw)) return damaged();
        if (open_ && indent > indent_) return continued(text);
        open_ = false;
        indent_ = indent;
        if (text.starts_with('[')) return section(text);
        option(text);
    }

    /// The rest of a value; belongs to nothing when its key was not read.
    void continued(std::string_view text)
    {
        if (entry_ == none) return;
        IniEntry& entry = ini_.entries[entry_];
        if (!entry.value.empty()) entry.value += '\n';
        entry.value += text;
        entry.continued = true;
    }

    void section(std::string_view text)
    {
        const auto end = text.rfind(']');
        if (end == std::string_view::npos) {
            place_ = Place::elsewhere;
            return problem(IniProblem::unreadable, number_, "the ] of the section is missing");
        }
        const std::string name(text.substr(1, end - 1));
        place_ = name == only_section ? Place::inside : Place::elsewhere;
        if (place_ == Place::inside || std::ranges::find(unknown_, name) != unknown_.end()) return;
        unknown_.push_back(name);
        problem(IniProblem::unknown_section, number_, name);
    }

    void option(std::string_view text)
    {
        open_ = true;
        entry_ = none;
        if (place_ == Place::elsewhere) return;
        if (place_ == Place::before_sections) {
            place_ = Place::elsewhere;
            return problem(IniProblem::unreadable, number_,
                           "an option before the first section; put [DEFAULT] above it");
        }
        const auto delimiter = text.find_first_of("=:");
        if (delimiter == std::string_view::npos) {
            return problem(IniProblem::unreadable, number_, "an option without = and value");
        }
        const auto name = trimmed(text.substr(0, delimiter));
        if (name.empty()) return problem(IniProblem::unreadable, number_, "a value without the name of an option");
        entry_ = ini_.entries.size();
        ini_.entries.push_back({std::string(name), std::string(trimmed(text.substr(delimiter + 1))), number_, false});
    }

    void damaged()
    {
        open_ = false;
        if (!std::exchange(damage_told_, true)) {
            problem(IniProblem::unreadable, number_, "control characters (a damaged file, or UTF-16)");
        }
    }

    static constexpr auto none = static_cast<std::size_t>(-1);

    Ini ini_;
    std::size_t number_ = 0;
    Place place_ = Place::before_sections;
    bool open_ = false;         // an indented line goes on with the value of the option above
    std::size_t entry_ = none;  // that option, when it counts
    std::size_t indent_ = 0;    // of its line
    bool damage_told_ = false;
    std::vector<std::string> unknown_;
};

}  // namespace

Ini read_ini(std::string_view bytes)
{
    Reader reader;
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (is_utf8(bytes)) return reader.take(bytes);
    reader.problem(IniProblem::not_utf8, 0, "not UTF-8; read as Latin-1");
    return reader.take(from_latin1(bytes));
}

}  // namespace bmsd::config
