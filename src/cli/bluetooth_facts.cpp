#include "cli/bluetooth_facts.h"

#include <algorithm>
#include <filesystem>

#include "config/ble_entry.h"
#include "config/text.h"
#include "link/ble/bluez.h"
#include "util/first_line.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

constexpr Duration patience = std::chrono::seconds(2);

std::string last_part(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

/// hci0, not one of its connections (hci0:64).
bool is_adapter(const std::string& name)
{
    return name.starts_with("hci") && name.size() > 3 && name.find_first_not_of("0123456789", 3) == std::string::npos;
}

void look_at_kernel(const std::string& root, BluetoothFacts& facts)
{
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root + "/sys/class/bluetooth", error)) {
        const std::string name = entry.path().filename().string();
        if (is_adapter(name)) facts.adapters.push_back({name});
    }
    for (const auto& entry : fs::directory_iterator(root + "/sys/class/rfkill", error)) {
        if (first_line(entry.path() / "type") != "bluetooth") continue;
        const bool hard = first_line(entry.path() / "hard") == "1";
        if (hard || first_line(entry.path() / "soft") == "1")
            facts.blocks.push_back({first_line(entry.path() / "name"), hard});
    }
}

void look_at_bluez(link::Bluez& bluez, const std::vector<config::BleEntry>& wanted, BluetoothFacts& facts)
{
    for (const auto& [path, adapter] : bluez.adapters()) {
        const std::string name = last_part(path);
        auto known = std::ranges::find(facts.adapters, name, &RadioAdapter::name);
        if (known == facts.adapters.end()) known = facts.adapters.insert(known, {name});
        known->in_bluez = true;
        known->powered = adapter.powered;
    }
    for (const auto& [path, device] : bluez.devices()) {
        const auto is_it = [&](const config::BleEntry& one) { return config::same_letters(one.mac, device.address); };
        const auto entry = std::ranges::find_if(wanted, is_it);
        if (entry == wanted.end()) continue;
        facts.devices.push_back({entry->mac, last_part(device.adapter), device.connected, device.rssi});
    }
}

}  // namespace

BluetoothFacts look_at_bluetooth(RealLoop& loop, const std::string& address, const std::string& root,
                                 const config::Config& config)
{
    const auto wanted = config::ble_entries(config);
    BluetoothFacts facts;
    if (wanted.empty()) return facts;
    look_at_kernel(root, facts);
    link::Bluez bluez(loop, address);
    const auto refused = [&] { return bluez.problem().find("AccessDenied") != std::string::npos; };
    const Instant end = loop.now() + patience;
    while (!bluez.running() && !refused() && loop.now() < end) loop.run_for(std::chrono::milliseconds(20));
    if (bluez.running())
        look_at_bluez(bluez, wanted, facts);
    else
        facts.problem = bluez.problem();
    std::ranges::sort(facts.adapters, {}, &RadioAdapter::name);
    return facts;
}

}  // namespace bmsd::cli
