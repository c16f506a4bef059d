// EG4 LifePower and relatives on RS485. What the bytes mean: docs/bms/eg4_lifepower.md
#include "bms/language/word_groups.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t usual_address = 1;

constexpr std::array more_sensors{groups::sensor_word(4, &Telemetry::temperature_mosfet),
                                  groups::sensor_word(5, &Telemetry::temperature_ambient)};
constexpr auto all_sensors = [] {
    std::array<Field, groups::sensor_table.size() + more_sensors.size()> fields{
        groups::sensor_table[0], groups::sensor_table[1], groups::sensor_table[2],
        groups::sensor_table[3], more_sensors[0],         more_sensors[1]};
    return fields;
}();

// Over-current has one bit for both directions; directed() makes one for each out of it, above the word.
constexpr unsigned charging_bit = 0, discharging_bit = 1, over_current_bit = 3;
constexpr unsigned charge_current_bit = 16, discharge_current_bit = 17;
constexpr std::array alarm_bits{
    AlarmBit{2, Alarm::high_discharge_current, 2},
    AlarmBit{discharge_current_bit, Alarm::high_discharge_current, 2},
    AlarmBit{charge_current_bit, Alarm::high_charge_current, 2},
    AlarmBit{4, Alarm::high_voltage, 2},
    AlarmBit{5, Alarm::low_voltage, 2},
    AlarmBit{6, Alarm::high_charge_temperature, 2},
    AlarmBit{7, Alarm::low_charge_temperature, 2},
};

/// Where it is not clear which direction is meant, it is both.
std::uint64_t directed(std::uint64_t word)
{
    if ((word >> over_current_bit & 1) == 0) return word;
    const bool charging = (word >> charging_bit & 1) != 0, discharging = (word >> discharging_bit & 1) != 0;
    if (charging || !discharging) word |= std::uint64_t{1} << charge_current_bit;
    if (discharging || !charging) word |= std::uint64_t{1} << discharge_current_bit;
    return word;
}

std::uint64_t undirected(std::uint64_t word)
{
    const bool charge = (word >> charge_current_bit & 1) != 0;
    return (word & 0xFFFF) | (charge ? 1U << over_current_bit | 1U << charging_bit : 0);
}

constexpr std::array<std::uint8_t, 5> needed{1, 2, 3, 4, 8};
constexpr groups::Dialect dialect{.type = "EG4 Lifepower",
                                  .start = "\x7E",
                                  .first = 250ms,
                                  .rest = 1s,
                                  .tries = 2,
                                  .last_group = groups::Groups::most,
                                  .needed = needed,
                                  .sensors = all_sensors,
                                  .alarms = alarm_bits,
                                  .read_status = directed,
                                  .write_status = undirected,
                                  .fets_count_as_on = true,
                                  .plain_address = usual_address};

constexpr Line lines[]{{9600, usual_address}};
constexpr std::string_view delivers[]{"address",
                                      "hardware_version",
                                      "firmware_version",
                                      "cell_count",
                                      "voltage",
                                      "current",
                                      "soc",
                                      "soh",
                                      "capacity",
                                      "cycles",
                                      "cell_voltages",
                                      "temperatures",
                                      "temperature_mosfet",
                                      "temperature_ambient",
                                      "alarms"};
constexpr std::string_view assumed[]{"charge_fet", "discharge_fet"};

}  // namespace

extern const Entry eg4_lifepower;
const Entry eg4_lifepower{
    .name = "EG4_Lifepower",
    .type = "EG4 Lifepower",
    .sheet = "eg4_lifepower",
    .brands = "EG4 LifePower and LifePower4, Tian-Power and Narada style packs",
    .wiring = "RS485 port of the pack; several packs on one pair, addresses 0..15 by DIP switch",
    .lines = lines,
    .interval = 2s,
    .commands = {},
    .delivers = delivers,
    .assumed = assumed,
    .make = [](const Setup& setup) { return groups::protocol(dialect, setup.address); },
    .device = [](Reading& truth, const Line& line) { return groups::device(dialect, truth, line.address); },
    .unchecked = groups::weak_check,
};

}  // namespace bmsd::bms
