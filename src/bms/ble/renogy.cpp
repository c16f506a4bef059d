// Renogy batteries over Bluetooth, and what they share with the Pro ones. What the bytes mean:
// docs/bms/ble/renogy.md
#include <cmath>

#include "bms/ble/renogy.h"

namespace bmsd::bms::ble {
namespace renogy {
namespace {

constexpr double full_enough = 1.005;  // of remaining over full charge
constexpr std::size_t voltages_at = 0, temperatures_at = 4;
constexpr unsigned fed_by_cells_and_fets = 0x0E;  // bits 1 to 3 of status 1: older batteries leave all at 0
enum State : std::uint8_t { normal, low, high, other };

/// What is wrong with any cell, a bit for each State.
unsigned states(ByteView data, std::size_t at)
{
    unsigned seen = 0;
    for (std::uint64_t word = read_be(&data[at], 4); word != 0; word >>= 2) seen |= 1U << (word & 3);
    return seen;
}

void raise(unsigned seen, Alarm if_low, Alarm if_high, Alarms& alarms)
{
    if ((seen >> low & 1) != 0) alarms.raise(if_low, 1);
    if ((seen >> high & 1) != 0) alarms.raise(if_high, 1);
    if ((seen >> other & 1) != 0) alarms.raise(Alarm::internal_failure, 1);
}

}  // namespace

Reply<void> take_values(ByteView, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const double full = *t.capacity;
    if (!(full > 0) || *t.capacity_remaining / full > full_enough) return refuse(Refusal::implausible);
    t.soc = std::min(100.0, std::round(*t.capacity_remaining / full * 10000) / 100);
    return {};
}

Reply<void> take_status(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    if ((data[status1_at + 1] & fed_by_cells_and_fets) == 0) t.charge_fet = t.discharge_fet = std::nullopt;
    t.alarms[Alarm::internal_failure] = std::uint8_t{0};
    raise(states(data, voltages_at), Alarm::low_cell_voltage, Alarm::high_cell_voltage, t.alarms);
    raise(states(data, temperatures_at), Alarm::low_temperature, Alarm::high_temperature, t.alarms);
    return {};
}

void fill_status(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    if (t.charge_fet) data[status1_at + 1] |= 1U << 3;
    if (t.alarms[Alarm::internal_failure].value_or(0) != 0) data[voltages_at + 3] = other;
}

void forget_status(Reading& reading)
{
    reading.telemetry.alarms[Alarm::internal_failure].reset();
}

}  // namespace renogy

namespace {

constexpr auto rows = renogy::rows(renogy::hundredths);
constexpr Told delivers = Told{"soc"}.add(rows);

}  // namespace

extern const Entry renogy_bms;
constinit const Entry renogy_bms{
    .name = "aiobmsble_renogy_bms",
    .type = "Renogy Bluetooth battery",
    .sheet = "ble/renogy",
    .brands = "Renogy batteries with a BT-1 or BT-2 module or built-in Bluetooth (RBT100LFP12-BT)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_modbus<rows, renogy::address, renogy_bms, false>,
    .device = modbus_device<rows, renogy::address>,
    .gatt = renogy::gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
