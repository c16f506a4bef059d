// bmsd bms: the catalogue.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <vector>

#include "bms/catalogue.h"
#include "bms/document.h"
#include "cli/commands.h"
#include "model/json.h"

namespace bmsd::cli {
namespace {

std::string json()
{
    boost::json::array types;
    const auto wired = bms::catalogue(), ble = bms::ble_catalogue();
    std::vector<const bms::Entry*> entries(wired.begin(), wired.end());
    entries.insert(entries.end(), ble.begin(), ble.end());
    for (const bms::Entry* entry : entries) {
        boost::json::array lines, delivers;
        for (const auto& line : entry->lines)
            lines.push_back(boost::json::object{{"baud", line.baud}, {"address", line.address}});
        for (const auto& field : entry->delivers) delivers.emplace_back(field);
        types.push_back(boost::json::object{{"name", entry->name},
                                            {"type", entry->type},
                                            {"transport", entry->transport == bms::Transport::ble   ? "ble"
                                                          : entry->transport == bms::Transport::spi ? "spi"
                                                                                                    : "serial"},
                                            {"brands", entry->brands},
                                            {"lines", std::move(lines)},
                                            {"delivers", std::move(delivers)},
                                            {"only_when_named", entry->only_when_named}});
    }
    return to_text(types);
}

}  // namespace

int bms(const BmsOptions& options)
{
    const std::string text = options.json       ? json() + "\n"
                             : options.markdown ? bms::document(bms::catalogue(), bms::ble_catalogue())
                                                : bms::table(bms::catalogue(), bms::ble_catalogue());
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

}  // namespace bmsd::cli
