#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace bmsd::cli {
namespace {

constexpr std::array<std::string_view, 5> secret_words{"PASSWORD", "USERNAME", "TOKEN", "SECRET", "LOGIN"};

bool names_a_secret(std::string key)
{
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return std::ranges::any_of(secret_words, [&](std::string_view word) { return key.find(word) != key.npos; });
}

bool is_blank(char c)
{
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

std::string without_secrets(const std::string& configuration)
{
    std::string text;
    std::istringstream lines(configuration);
    bool secret = false;  // of the value this line may go on with
    for (std::string line; std::getline(lines, line);) {
        const bool goes_on = !line.empty() && is_blank(line.front());
        if (goes_on && secret) continue;
        const auto sign = line.find_first_of("=:");
        secret = names_a_secret(line.substr(0, sign));
        if (secret && sign != line.npos) line = line.substr(0, sign) + "= (removed)";
        text += line + "\n";
    }
    return text;
}

std::string batteries_text(const BusFacts& bus)
{
    std::string text;
    for (const auto& [service, items] : bus.batteries) {
        text += service + "\n";
        for (const auto& [path, item] : items)
            text += fmt::format("  {:40} {}   {}\n", path, bus::text(item.value), item.text);
    }
    return text;
}

}  // namespace bmsd::cli
