#include "bms/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bms/language/identity.h"
#include "bms/language/radio.h"
#include "util/duration_text.h"

namespace bmsd::bms {
namespace {

/// A column of the feature table: there when one of the fields is.
struct Feature {
    std::string_view name;
    std::vector<std::string_view> fields;
};

const std::vector<Feature>& features()
{
    static const std::vector<Feature> all{
        {"Voltage", {"voltage"}},
        {"Current", {"current"}},
        {"SoC", {"soc"}},
        {"Temp.",
         {"temperatures", "cell_temperatures", "temperature_mosfet", "temperature_ambient", "temperature_balancer"}},
        {"Capacity", {"capacity"}},
        {"Cells", {"cell_voltages"}},
        {"Balancing", {"cell_balancing", "balancing"}},
        {"FETs", {"charge_fet", "discharge_fet"}},
        {"Alarms", {"alarms"}},
        {"Cycles", {"cycles"}},
        {"Limits",
         {"max_charge_current", "max_discharge_current", "requested_charge_current", "requested_discharge_current",
          "max_battery_voltage", "requested_charge_voltage"}},
    };
    return all;
}

bool has_any(std::span<const std::string_view> fields, const std::vector<std::string_view>& wanted)
{
    return std::find_first_of(fields.begin(), fields.end(), wanted.begin(), wanted.end()) != fields.end();
}

std::string_view mark(const Entry& entry, const Feature& feature)
{
    if (has_any(entry.delivers, feature.fields)) return "yes";
    return has_any(entry.assumed, feature.fields) ? "derived" : "-";
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator = ", ")
{
    return fmt::format("{}", fmt::join(parts, separator));
}

/// Several addresses one behind the other are a range.
std::string addresses(const Entry& entry)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < entry.lines.size();) {
        std::size_t last = i;
        while (last + 1 < entry.lines.size() && entry.lines[last + 1].address == entry.lines[last].address + 1) ++last;
        std::string part = address_text(entry.lines[i].address);
        if (last > i + 1) part += " to " + address_text(entry.lines[last].address);
        if (last == i + 1) last = i;
        if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
        i = last + 1;
    }
    return joined(parts);
}

std::string speeds(const Entry& entry)
{
    std::vector<std::string> parts;
    for (const Line& line : entry.lines) {
        std::string part = entry.transport == Transport::spi ? fmt::format("SPI {} kHz", line.baud / 1000)
                           : line.parity == Parity::even     ? fmt::format("{} 8E1", line.baud)
                                                             : fmt::format("{} 8N1", line.baud);
        if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
    }
    return joined(parts);
}

std::vector<std::string> controls(const Entry& entry)
{
    struct Row {
        Command::Kind kind;
        std::string_view name;
    };
    static constexpr Row rows[]{{Command::Kind::force_charging_off, "charging off"},
                                {Command::Kind::force_discharging_off, "discharging off"},
                                {Command::Kind::turn_balancing_off, "balancing off"},
                                {Command::Kind::turn_heating_off, "heating off"},
                                {Command::Kind::set_soc, "SoC"}};
    std::vector<std::string> names;
    for (const Row& row : rows) {
        if (entry.commands.has(row.kind)) names.emplace_back(row.name);
    }
    return names;
}

/// On one line.
bool several(const Entry& entry)
{
    return entry.addressable && entry.transport != Transport::ble;
}

std::string feature_table(std::span<const Entry* const> entries)
{
    std::string text = "| Type |", rule = "|---|";
    for (const Feature& feature : features()) {
        text += fmt::format(" {} |", feature.name);
        rule += "---|";
    }
    text += " Controls | Daisy chain | |\n" + rule + "---|---|---|\n";
    for (const Entry* entry : entries) {
        text += fmt::format("| [{0}](bms/{1}.md) |", entry->name, entry->sheet);
        for (const Feature& feature : features()) text += fmt::format(" {} |", mark(*entry, feature));
        text += fmt::format(" {} | {} | {} |\n", entry->commands.empty() ? "-" : "yes", several(*entry) ? "yes" : "-",
                            entry->unproven ? "unproven" : "");
    }
    return text;
}

/// Service: where it notifies, where it is written.
std::string characteristics(const Entry& entry)
{
    std::vector<std::string> sets;
    for (const Gatt& set : entry.gatt)
        sets.push_back(fmt::format("service {}, notify {}{}", set.service, set.notify,
                                   set.write.empty() ? ", it is not written" : fmt::format(", write {}", set.write)));
    return fmt::format("{}", fmt::join(sets, "; or "));
}

std::string paragraph(const Entry& entry)
{
    std::string text = fmt::format("## {}\n\n{}.\n\n", entry.name, entry.brands);
    const auto row = [&](std::string_view name, std::string_view value) {
        text += fmt::format("- {}: {}\n", name, value);
    };
    if (entry.transport == Transport::ble) {
        row("Characteristics", characteristics(entry));
    } else {
        row("Wiring", entry.wiring);
        row("Line", speeds(entry));
        if (entry.addressed || entry.lines.size() > 1) row("Address", addresses(entry));
        row("Several on one line", several(entry) ? "yes, `BATTERY_ADDRESSES`" : "no");
    }
    if (entry.only_when_named) row("Looked for", "only when `BMS_TYPE` names it");
    row("Read every", fmt::format("{:g} s", to_seconds(entry.interval)));
    const auto names = controls(entry);
    row("Controls", names.empty() ? "none" : joined(names));
    row("Tells", fmt::format("{}", fmt::join(entry.delivers, ", ")));
    if (!entry.assumed.empty())
        row("Derived or constant, not told by the device", fmt::format("{}", fmt::join(entry.assumed, ", ")));
    if (entry.unproven)
        row("Unproven", "written from documents; nobody has sent a recording of a real one yet (docs/add-a-bms.md)");
    return text + "\n";
}

}  // namespace

std::string document(std::span<const Entry* const> wired, std::span<const Entry* const> ble)
{
    std::string text =
        "# Supported BMS\n\n"
        "Printed by `bmsd bms --markdown`; not to be edited by hand. The names are those of `BMS_TYPE`. A port is "
        "searched in\n"
        "this order; nothing has to be configured for that. What the bytes mean stands in the page behind each "
        "name.\n\n"
        "`yes`: the device tells it. `derived`: bmsd works it out. `unproven`: no recording of a real device has been "
        "read yet.\n\n";
    text += feature_table(wired) + "\n";
    for (const Entry* entry : wired) text += paragraph(*entry);
    text +=
        "# Bluetooth\n\n"
        "Each battery is an entry of `BLUETOOTH_BMS`: its type and its address, e.g. `aiobmsble_jbd_bms "
        "A4:C1:38:00:00:02`.\n"
        "`bmsd scan --ble` finds those in range and prints the entries. Adapters, range, what to do when: "
        "[bluetooth.md](bluetooth.md).\n\n";
    text += feature_table(ble) + "\n";
    for (const Entry* entry : ble) text += paragraph(*entry);
    text.pop_back();
    return text;
}

std::string table(std::span<const Entry* const> wired, std::span<const Entry* const> ble)
{
    std::string text = fmt::format("{:<14} {:<22} {:<14} {:<9} {}\n", "TYPE", "LINE", "ADDRESS", "CONTROLS", "BRANDS");
    for (const Entry* entry : wired) {
        std::string name(entry->name);
        if (entry->only_when_named) name += '*';
        text += fmt::format("{:<14} {:<22} {:<14} {:<9} {}\n", name, speeds(*entry),
                            entry->addressed ? addresses(*entry) : "-", entry->commands.empty() ? "-" : "yes",
                            entry->brands);
    }
    text += "* looked for only when BMS_TYPE names it\n\nBluetooth, for BLUETOOTH_BMS:\n";
    for (const Entry* entry : ble)
        text += fmt::format("{:<25} {:<34} {:<9} {}\n", entry->name, entry->type, entry->commands.empty() ? "-" : "yes",
                            entry->brands);
    return text;
}

}  // namespace bmsd::bms
