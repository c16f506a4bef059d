#include "cli/report.h"

#include <fmt/format.h>

namespace bmsd::cli {

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
