// Revov R-series and TianPower packs that answer to 7C. What the bytes mean: docs/bms/revov.md
#include "bms/language/word_groups.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::array alarm_bits{
    AlarmBit{3, Alarm::high_charge_current, 2},
    AlarmBit{4, Alarm::high_voltage, 2},
    AlarmBit{5, Alarm::low_voltage, 2},
    AlarmBit{6, Alarm::high_charge_temperature, 2},
    AlarmBit{7, Alarm::low_charge_temperature, 2},
};

constexpr std::array<std::uint8_t, 8> needed{1, 2, 3, 4, 5, 6, 7, 8};
constexpr groups::Dialect dialect{.type = "Revov",
                                  .start = "\x7C",
                                  .first = 500ms,
                                  .rest = 500ms,
                                  .tries = 1,
                                  .last_group = 9,  // those above have words of other sizes
                                  .needed = needed,
                                  .sensors = groups::sensor_table,
                                  .alarms = alarm_bits};

constexpr Line lines[]{{9600, 0x01}};
constexpr std::string_view delivers[]{
    "address", "hardware_version", "firmware_version", "cell_count",    "voltage",      "current", "soc",
    "soh",     "capacity",         "cycles",           "cell_voltages", "temperatures", "alarms",
};

}  // namespace

extern const Entry revov;
const Entry revov{
    .name = "Revov",
    .type = "Revov",
    .sheet = "revov",
    .brands = "TianPower and Revov R-series boards that answer to 7C (TP-BD16S48V150)",
    .wiring = "RS485 port of the pack; several packs on one pair, addresses 1..15 by DIP switch",
    .lines = lines,
    .interval = 2s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) { return groups::protocol(dialect, setup.address); },
    .device = [](Reading& truth, const Line& line) { return groups::device(dialect, truth, line.address); },
    .only_when_named = true,
    .warning =
        "Revov: parts of this protocol are taken from its relative EG4_Lifepower and not confirmed on a real pack",
    .unchecked = groups::weak_check,
};

}  // namespace bmsd::bms
