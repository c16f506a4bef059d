#include "config/text.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace bmsd::config {
namespace {

constexpr std::string_view blanks = " \t\n\v\f\r";

char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

bool same(char a, char b)
{
    return upper(a) == upper(b);
}

/// Letters to insert, drop, replace or swap with their neighbour (Levenshtein, Damerau); `limit` when it is that or
/// more.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit)
{
    std::vector<std::size_t> above(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            next[j] = std::min({row[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1), row[j] + 1, next[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped) next[j] = std::min(next[j], above[j - 2] + 1);
        }
        if (std::ranges::min(next) >= limit) return limit;
        above.swap(row);
        row.swap(next);
    }
    return row[b.size()];
}

/// from_chars knows no "+"; and for floats it knows "inf" and "nan", which are no settings.
template <class Number>
std::optional<Number> number(std::string_view text)
{
    const auto digits = text.substr(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
    if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return std::nullopt;
    if (text.starts_with('+')) text = digits;
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::int64_t> parse_int(std::string_view text)
{
    return number<std::int64_t>(text);
}

std::optional<double> parse_float(std::string_view text)
{
    return number<double>(text);
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string upper(std::string_view text)
{
    std::string out(text);
    for (char& letter : out) letter = upper(letter);
    return out;
}

bool same_letters(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        if (const auto part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> names)
{
    constexpr std::size_t longest = 100;  // no name is near anything longer, and the work grows with the length
    if (text.size() > longest) return {};
    std::string_view best;
    std::size_t least = text.size() / 3 + 1;
    for (const auto name : names) {
        const auto longer = std::max(text.size(), name.size()) - std::min(text.size(), name.size());
        if (longer >= least) continue;
        if (const auto changes = distance(text, name, least); changes < least) {
            least = changes;
            best = name;
        }
    }
    return best;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view prefix)
{
    std::string out;
    std::string line;
    for (const auto word : split(text, ' ')) {
        if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > width) {
            out += std::string(prefix) + line + '\n';
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    return out + std::string(prefix) + line + '\n';
}

}  // namespace bmsd::config
