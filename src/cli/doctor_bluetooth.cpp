// What bmsd doctor looks at where batteries are read over Bluetooth: BlueZ, the adapters, each battery. At length:
// docs/bluetooth.md.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor_checks.h"
#include "config/ble_entry.h"
#include "config/text.h"

namespace bmsd::cli {
namespace {

using config::BleEntry;

bool a_daemon_runs(const DoctorFacts& facts)
{
    return facts.machine.daemon_cpu.has_value() || !facts.other_daemons.empty();
}

/// As a battery on the bus; the name of its service ends with its address.
const Items* service_of(const DoctorFacts& facts, const std::string& mac)
{
    std::string bare;
    for (const char c : mac)
        if (c != ':') bare += c;
    for (const auto& [name, items] : facts.bus.batteries)
        if (name.size() > bare.size() && config::same_letters(name.substr(name.size() - bare.size()), bare))
            return &items;
    return nullptr;
}

bool is_read(const DoctorFacts& facts, const std::string& mac)
{
    const Items* items = service_of(facts, mac);
    return items != nullptr && number(*items, "/System/NrOfModulesOnline").value_or(0) > 0;
}

Answer bluez(const DoctorFacts& facts)
{
    const auto all = config::ble_entries(facts.config);
    if (all.empty()) return {};
    const std::string& problem = facts.bluetooth.problem;
    if (problem.empty()) return Answered{Verdict::ok, "BlueZ answers"};
    if (problem.find("AccessDenied") != std::string::npos) {
        const bool others_may = std::ranges::any_of(all, [&](const auto& one) { return is_read(facts, one.mac); });
        return Answered{others_may ? Verdict::warning : Verdict::problem, "the bus lets this user not speak to BlueZ",
                        "run doctor as the daemon's user, or join the group bluetooth"};
    }
    if (problem.starts_with("no D-Bus"))
        return Answered{Verdict::problem, "the system bus cannot be reached", "BlueZ is there: does dbus-daemon run?"};
    const bool venus = !facts.machine.venus.empty();
    return Answered{Verdict::problem, problem,
                    venus ? "/etc/init.d/bluetooth start" : "apt install bluez, then systemctl enable --now bluetooth"};
}

/// The one a battery would be connected with; nullptr: there is none.
const RadioAdapter* adapter_for(const BluetoothFacts& facts, const BleEntry& entry)
{
    const auto& all = facts.adapters;
    auto found = all.end();
    if (!entry.adapter.empty()) {
        found = std::ranges::find(all, entry.adapter, &RadioAdapter::name);
    } else {
        found = std::ranges::find(all, true, &RadioAdapter::powered);
        if (found == all.end()) found = all.begin();
    }
    return found != all.end() ? &*found : nullptr;
}

const RadioBlock* block_of(const BluetoothFacts& facts, const std::string& adapter)
{
    const auto of_it = [&](const RadioBlock& one) {  // the switch of a notebook has no name of an adapter
        return one.name == adapter || !one.name.starts_with("hci");
    };
    const auto found = std::ranges::find_if(facts.blocks, of_it);
    return found != facts.blocks.end() ? &*found : nullptr;
}

Answered blocked(const std::string& adapter, const RadioBlock& block)
{
    if (block.hard)
        return {Verdict::problem, adapter + " is switched off by hardware (rfkill: hard)",
                "its switch, key or firmware setting; no program can do it"};
    return {Verdict::problem, adapter + " is blocked (rfkill: soft)", "rfkill unblock bluetooth"};
}

Answered adapter_of(const DoctorFacts& facts, const BleEntry& entry)
{
    const BluetoothFacts& radio = facts.bluetooth;
    const RadioAdapter* adapter = adapter_for(radio, entry);
    const RadioBlock* block = block_of(radio, adapter != nullptr ? adapter->name : entry.adapter);
    if (adapter == nullptr && block != nullptr) return blocked("the adapter", *block);  // some vanish while blocked
    if (adapter == nullptr && entry.adapter.empty())
        return {Verdict::problem, "there is none", "plug one in; lsusb and dmesg show whether its driver loads"};
    if (adapter == nullptr)
        return {Verdict::problem, "there is no " + entry.adapter,
                "ls /sys/class/bluetooth names them; mend adapter= in BLUETOOTH_BMS"};
    if (adapter->powered) return {Verdict::ok, adapter->name + " is on"};
    if (block != nullptr) return blocked(adapter->name, *block);
    if (!radio.problem.empty()) return {Verdict::ok, adapter->name + " is there"};
    if (!adapter->in_bluez)
        return {Verdict::problem, adapter->name + " is there, BlueZ does not have it",
                "restart bluetoothd; dmesg may tell of missing firmware"};
    if (!a_daemon_runs(facts)) return {Verdict::ok, adapter->name + " is off; bmsd switches it on"};
    return {Verdict::problem, adapter->name + " is off, and bmsd could not switch it on",
            "the log says why; pull and plug it, or bluetoothctl power on"};
}

/// Each that is needed, once; the advice is that of the worst.
Answer adapters(const DoctorFacts& facts)
{
    std::vector<Answered> told;
    for (const BleEntry& entry : config::ble_entries(facts.config)) {
        Answered one = adapter_of(facts, entry);
        if (std::ranges::find(told, one.found, &Answered::found) == told.end()) told.push_back(std::move(one));
    }
    if (told.empty()) return {};
    Answered all = *std::ranges::max_element(told, {}, &Answered::verdict);
    all.found.clear();
    for (const Answered& one : told) all.found += (all.found.empty() ? "" : "\n") + one.found;
    return all;
}

std::string strength(const RadioDevice& device)
{
    return device.rssi ? fmt::format(", {} dBm", *device.rssi) : "";
}

/// By the adapter it is to be read with.
const RadioDevice* device_of(const BluetoothFacts& facts, const BleEntry& entry)
{
    const auto is_it = [&](const RadioDevice& one) {
        return one.mac == entry.mac && (entry.adapter.empty() || one.adapter == entry.adapter);
    };
    auto found = std::ranges::find_if(facts.devices, [&](const auto& one) { return is_it(one) && one.connected; });
    if (found == facts.devices.end()) found = std::ranges::find_if(facts.devices, is_it);
    return found != facts.devices.end() ? &*found : nullptr;
}

Answer connection(const DoctorFacts& facts, const BleEntry& entry)
{
    const RadioDevice* device = device_of(facts.bluetooth, entry);
    const bool runs = a_daemon_runs(facts);
    if (is_read(facts, entry.mac)) return Answered{Verdict::ok, "read" + (device ? strength(*device) : "")};
    if (!facts.bluetooth.problem.empty()) return {};  // nobody knows; that is a finding of its own
    if (device == nullptr) {
        const auto other = std::ranges::find(facts.bluetooth.devices, entry.mac, &RadioDevice::mac);
        if (other != facts.bluetooth.devices.end())
            return Answered{runs ? Verdict::problem : Verdict::warning,
                            fmt::format("seen by {}, not by {}", other->adapter, entry.adapter),
                            "change adapter= in BLUETOOTH_BMS, or bring that adapter nearer"};
        return Answered{runs ? Verdict::problem : Verdict::warning, "BlueZ does not see it",
                        "phone app closed? on, near, right address? see bmsd scan --ble"};
    }
    if (device->connected && !runs)
        return Answered{Verdict::problem, "another program has connected it",
                        fmt::format("end that program, or bluetoothctl disconnect {}", entry.mac)};
    if (device->connected)
        return Answered{Verdict::warning, "connected, but not read" + strength(*device),
                        "another program has it, or type or password is wrong: see the log"};
    if (!runs) return Answered{Verdict::ok, "in range" + strength(*device)};
    return Answered{Verdict::problem, "in range, not connected" + strength(*device),
                    "close the phone app; the log says what BlueZ answers"};
}

constexpr MachineCheck checks[]{
    {"Bluetooth", bluez, ""},
    {"BLE adapter", adapters, ""},
};

}  // namespace

std::span<const MachineCheck> bluetooth_checks()
{
    return checks;
}

std::vector<Finding> bluetooth_batteries(const DoctorFacts& facts)
{
    std::vector<Finding> findings;
    for (const BleEntry& entry : config::ble_entries(facts.config))
        if (const Answer answer = connection(facts, entry))
            findings.push_back({"BLE battery", entry.mac, answer->verdict, answer->found, answer->advice});
    return findings;
}

}  // namespace bmsd::cli
