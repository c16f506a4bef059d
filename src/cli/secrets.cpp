#include "cli/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/ble_entry.h"
#include "config/credentials.h"
#include "config/old_keys.h"
#include "config/schema.h"
#include "config/text.h"
#include "config/value.h"

namespace bmsd::cli {
namespace {

using config::Key;

constexpr std::string_view removed = config::hidden;
// Shorter ones stand in every text: what was called a secret, and what only stands where none should.
constexpr std::size_t shortest_secret = 4, shortest_other = 8;

bool is_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Whether a name is that of a secret: a part that says so anywhere in it, or a short word as one of its parts.
bool names_a_secret(std::string_view name)
{
    static constexpr std::array anywhere{"PASSW", "USERNAME", "TOKEN", "SECRET", "LOGIN", "CREDENTIAL", "APIKEY"};
    static constexpr std::array parts{"PASS", "PW", "PWD", "KEY", "PSK", "PIN", "USER", "AUTH"};
    const std::string upper = config::upper(name);
    if (std::ranges::any_of(anywhere, [&](std::string_view word) { return upper.find(word) != upper.npos; }))
        return true;
    for (std::size_t begin = 0; begin <= upper.size();) {
        const auto end = std::min(upper.find_first_of("_-", begin), upper.size());
        const auto part = std::string_view(upper).substr(begin, end - begin);
        if (std::ranges::find(parts, part) != parts.end()) return true;
        begin = end + 1;
    }
    return false;
}

/// The setting a name stands for, today or in an older release.
const Key* known(std::string_view name)
{
    if (const Key* key = config::find_any_case(name)) return key;
    const config::OldKey* old = config::find_old(name);
    return old == nullptr ? nullptr : config::find(old->renamed);
}

/// A number with at most a short unit, or a word of a switch: what people write wrong and a helper must see.
bool is_plain(std::string_view value)
{
    static constexpr std::array words{"TRUE", "FALSE", "YES", "NO", "ON", "OFF"};
    constexpr std::size_t longest_unit = 4, longest = 200;
    if (std::ranges::find(words, config::upper(value)) != words.end()) return true;
    std::size_t letters = 0;
    for (const char c : value) {
        letters = std::isalpha(static_cast<unsigned char>(c)) != 0 ? letters + 1 : 0;
        if (letters > longest_unit || (letters == 0 && std::string_view("0123456789.,+-% ").find(c) == value.npos))
            return false;
    }
    return value.size() <= longest && !value.empty() && std::isalpha(static_cast<unsigned char>(value.front())) == 0;
}

bool is_usable(const Key& key, std::string_view value)
{
    return value.find_first_of(";#") == value.npos && config::read_value(key, value).faults.empty();
}

/// What stands behind `NAME =`, `"name": ` or `name:` of a secret, up to the end of the word or of the quotes.
std::string without_named(std::string_view line)
{
    std::string out;
    std::size_t at = 0;
    while (at < line.size()) {
        if (!is_word(line[at])) {
            out += line[at++];
            continue;
        }
        const auto begin = at;
        while (at < line.size() && is_word(line[at])) ++at;
        const auto name = line.substr(begin, at - begin);
        out += name;
        if (!names_a_secret(name)) continue;
        auto sign = std::min(line.find_first_not_of(" \t\"'", at), line.size());
        if (sign == line.size() || (line[sign] != '=' && line[sign] != ':')) continue;
        sign = std::min(line.find_first_not_of(" \t", sign + 1), line.size());
        if (sign == line.size()) continue;
        const bool quoted = line[sign] == '"' || line[sign] == '\'';
        const auto end = quoted ? line.find(line[sign], sign + 1) : line.find_first_of(" \t,;", sign);
        out += line.substr(at, sign - at);
        out += removed;
        at = end == line.npos ? line.size() : end + (quoted ? 1 : 0);
    }
    return out;
}

}  // namespace

void Secrets::remember(std::string_view value, std::size_t shortest)
{
    value = config::trimmed(value);
    if (value.size() >= shortest && !is_plain(value)) seen_.emplace_back(value);
}

std::string Secrets::option(std::string_view text, std::size_t delimiter)
{
    const auto name = config::trimmed(text.substr(0, delimiter));
    const auto value = config::trimmed(text.substr(delimiter + 1));
    const Key* key = known(name);
    const bool open = key != nullptr && !key->sensitive;
    list_ = open && config::is_list(*key) ? key : nullptr;
    if (value.empty()) return std::string(text);
    const std::string begin = std::ranges::all_of(name, is_word) ? std::string(name) + " = " : "(an option) = ";
    if (open && key->item == config::Item::ble) return begin + config::without_passwords(value);
    if (open && (is_usable(*key, value) || is_plain(value))) return begin + config::without_credentials(value);
    remember(value, open || (key == nullptr && !names_a_secret(name)) ? shortest_other : shortest_secret);
    return begin + std::string(removed);
}

std::string Secrets::line(std::string_view raw)
{
    const auto text = config::trimmed(raw);
    if (text.empty()) return {};
    if (text.front() == ';' || text.front() == '#') {  // a setting that is switched off is shown like one that is on
        const auto inside = text.substr(std::min(text.find_first_not_of(";# \t"), text.size()));
        const auto delimiter = inside.find_first_of("=:");
        if (delimiter == inside.npos || known(config::trimmed(inside.substr(0, delimiter))) == nullptr)
            return "; " + std::string(removed);
        const Key* const list = list_;
        std::string shown = "; " + option(inside, delimiter);
        list_ = list;
        return shown;
    }
    const auto indent = static_cast<std::size_t>(text.data() - raw.data());
    if (open_ && indent > indent_) {  // goes on with the value above
        if (list_ != nullptr && list_->item == config::Item::ble) return config::without_passwords(raw);
        if (list_ != nullptr && (is_usable(*list_, text) || is_plain(text))) return std::string(raw);
        remember(text, shortest_secret);
        return "  " + std::string(removed);
    }
    open_ = false;
    indent_ = indent;
    if (text.front() == '[') return text == "[DEFAULT]" ? std::string(text) : "[" + std::string(removed) + "]";
    open_ = true;
    const auto delimiter = text.find_first_of("=:");
    if (delimiter != text.npos) return option(text, delimiter);
    list_ = nullptr;
    for (const auto word : config::split(text, ' '))
        if (!names_a_secret(word)) remember(word, shortest_other);
    return std::string(removed);
}

std::string Secrets::configuration(std::string_view configuration)
{
    std::string out;
    while (!configuration.empty()) {
        const auto end = std::min(configuration.find_first_of("\r\n"), configuration.size());
        out += line(configuration.substr(0, end)) + "\n";
        const bool both = configuration.substr(end).starts_with("\r\n");
        configuration.remove_prefix(std::min(configuration.size(), end + (both ? 2 : 1)));
    }
    std::ranges::sort(seen_, std::greater<>(), &std::string::size);  // a secret that contains another goes first
    return out;
}

std::string Secrets::text(std::string_view text) const
{
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out += config::without_credentials(without_named(text.substr(0, end)));
        if (end < text.size()) out += '\n';
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    for (const auto& secret : seen_)
        for (std::size_t at = 0; (at = out.find(secret, at)) != out.npos; at += removed.size())
            out.replace(at, secret.size(), removed);
    return out;
}

}  // namespace bmsd::cli
