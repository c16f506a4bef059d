#include "config/ble_entry.h"

#include <algorithm>

#include "config/bms_types.h"

namespace bmsd::config {
namespace {

constexpr std::string_view blanks = " \t", adapter_key = "adapter=";

/// The first word of `text`, which begins behind it then.
std::string_view take_word(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::string> mac_of(std::string_view text)
{
    constexpr std::size_t size = 17;
    if (text.size() != size) return std::nullopt;
    std::string mac(text);
    for (std::size_t i = 0; i < size; ++i) {
        char& c = mac[i];
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
        const bool digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
        if (i % 3 == 2 ? c != ':' : !digit) return std::nullopt;
    }
    return mac;
}

bool is_adapter(std::string_view name)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return name.size() > 3 && name.size() < 8 && name.starts_with("hci") &&
           std::all_of(name.begin() + 3, name.end(), digit);
}

}  // namespace

std::optional<BleEntry> parse_ble_entry(std::string_view text)
{
    if (text.find('\n') != std::string_view::npos) return std::nullopt;
    BleEntry entry;
    entry.type = take_word(text);
    auto mac = mac_of(take_word(text));
    if (!is_ble_type(entry.type) || !mac) return std::nullopt;
    entry.mac = std::move(*mac);
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        const bool adapter = word.starts_with(adapter_key);
        std::string& place = adapter ? entry.adapter : entry.secret;
        if (!place.empty()) return std::nullopt;
        place = adapter ? word.substr(adapter_key.size()) : word;
        const bool printable = std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < 0x7F; });
        if (!printable || (adapter && !is_adapter(place))) return std::nullopt;
    }
    return entry;
}

std::vector<BleEntry> ble_entries(const Config& config)
{
    std::vector<BleEntry> all;
    for (const auto& text : config.bluetooth_bms)
        if (auto entry = parse_ble_entry(text)) all.push_back(std::move(*entry));
    return all;
}

std::string without_passwords(std::string_view entries)
{
    constexpr std::string_view ends = " \t\n,";
    std::string shown;
    int words = 0;  // of the entry
    while (!entries.empty()) {
        const auto word = entries.substr(0, entries.find_first_of(ends));
        if (!word.empty()) {
            const bool open = ++words <= 2 || word.starts_with(adapter_key);
            shown += open ? word : "***";
            entries.remove_prefix(word.size());
        } else {
            if (entries.front() == ',') words = 0;
            shown += entries.front();
            entries.remove_prefix(1);
        }
    }
    return shown;
}

}  // namespace bmsd::config
