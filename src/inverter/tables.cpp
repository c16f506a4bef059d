#include "inverter/tables.h"

namespace bmsd::inverter::tables {
namespace {

using V = Values;
using enum Coding;
using enum Rounding;

constexpr bool needed = true;
constexpr double kelvin = 273.15;

// What inverters call one thing and a BMS tells as several. A low SoC is none of them: an alarm of it would take the
// charger away from the battery that needs it.
constexpr AlarmGroup over_voltage = group(Alarm::high_voltage, Alarm::high_cell_voltage);
constexpr AlarmGroup under_voltage = group(Alarm::low_voltage, Alarm::low_cell_voltage);
constexpr AlarmGroup hot = group(Alarm::high_temperature, Alarm::high_internal_temperature);
constexpr AlarmGroup cold = group(Alarm::low_temperature);
constexpr AlarmGroup hot_charging = group(Alarm::high_charge_temperature);
constexpr AlarmGroup cold_charging = group(Alarm::low_charge_temperature);
constexpr AlarmGroup discharge_current = group(Alarm::high_discharge_current);
constexpr AlarmGroup charge_current = group(Alarm::high_charge_current);
constexpr AlarmGroup internal = group(Alarm::internal_failure, Alarm::fuse_blown);
constexpr AlarmGroup imbalance = group(Alarm::cell_imbalance);
constexpr AlarmGroup none = 0;

constexpr NumberRow limits[]{
    {0, u16, 0.1, &V::cvl, needed, down},
    {2, s16, 0.1, &V::ccl, needed, down},
    {4, s16, 0.1, &V::dcl, needed, down},
    {6, u16, 0.1, &V::low_voltage, false, up},
};
constexpr NumberRow state_of_charge[]{
    {0, u16, 1, &V::soc, needed, down},
    {2, u16, 1, &V::soh, false, down},
    {4, u16, 0.01, &V::soc, needed, down},
};
constexpr NumberRow lux_state_of_charge[]{
    {0, u16, 1, &V::soc, needed, down},
    {2, u16, 1, &V::soh, false, down},
    {4, u16, 0.001, &V::max_cell_voltage},
    {6, u16, 0.001, &V::min_cell_voltage},
};
constexpr NumberRow measured[]{
    {0, s16, 0.01, &V::voltage, needed},
    {2, s16, 0.1, &V::current, needed},
    {4, s16, 0.1, &V::temperature},
};
constexpr NumberRow lux_measured[]{
    {0, s16, 0.01, &V::voltage, needed},
    {2, s16, 0.1, &V::current, needed},
    {4, s16, 0.1, &V::max_temperature},
    {6, s16, 0.1, &V::min_temperature},
};

// 0x359: protections in bytes 0 and 1, warnings in 2 and 3
constexpr AlarmGroup any_hot = hot | hot_charging, any_cold = cold | cold_charging;
constexpr AlarmRow pylon_alarms[]{
    {0, 1, over_voltage, 2},      {0, 2, under_voltage, 2},  {0, 3, any_hot, 2},  {0, 4, any_cold, 2},
    {0, 7, discharge_current, 2}, {1, 0, charge_current, 2}, {1, 3, internal, 2}, {2, 1, over_voltage, 1},
    {2, 2, under_voltage, 1},     {2, 3, any_hot, 1},        {2, 4, any_cold, 1}, {2, 7, discharge_current, 1},
    {3, 0, charge_current, 1},    {3, 3, internal, 1},
};
constexpr NumberRow pylon_modules[]{{4, u8, 1, &V::modules_online}};
constexpr ByteRow pylon_letters[]{{5, 'P'}, {6, 'N'}};
constexpr NumberRow lux_modules[]{{4, u8, 1, &V::modules_online}, {5, u16, 1, &V::capacity}};

// 0x35A: alarms in bytes 0 to 3, warnings in the same order in 4 to 7
constexpr PairRow pair_alarms[]{
    {0, 0, none, 2},
    {0, 2, over_voltage, 2},
    {0, 4, under_voltage, 2},
    {0, 6, hot, 2},
    {1, 0, cold, 2},
    {1, 2, hot_charging, 2},
    {1, 4, cold_charging, 2},
    {1, 6, discharge_current, 2},
    {2, 0, charge_current, 2},
    {2, 2, none, 2},
    {2, 4, none, 2},
    {2, 6, internal, 2},
    {3, 0, imbalance, 2},
    {4, 0, none, 1},
    {4, 2, over_voltage, 1},
    {4, 4, under_voltage, 1},
    {4, 6, hot, 1},
    {5, 0, cold, 1},
    {5, 2, hot_charging, 1},
    {5, 4, cold_charging, 1},
    {5, 6, discharge_current, 1},
    {6, 0, charge_current, 1},
    {6, 2, none, 1},
    {6, 4, none, 1},
    {6, 6, internal, 1},
    {7, 0, imbalance, 1},
};

constexpr FlagRow requests[]{
    {0, 7, &V::charge_allowed}, {0, 6, &V::discharge_allowed}, {0, 4, &V::force_charge}, {0, 3, &V::full_charge}};
constexpr NumberRow lux_cycles[]{{2, u16, 1, &V::cycles}};

constexpr NumberRow modules[]{
    {0, u16, 1, &V::modules_online, needed},
    {2, u16, 1, &V::modules_no_charge},
    {4, u16, 1, &V::modules_no_discharge},
    {6, u16, 1, &V::modules_offline},
};
constexpr NumberRow extremes[]{
    {0, u16, 0.001, &V::min_cell_voltage, needed},
    {2, u16, 0.001, &V::max_cell_voltage, needed},
    {4, u16, 1, &V::min_temperature, needed, nearest, kelvin},
    {6, u16, 1, &V::max_temperature, needed, nearest, kelvin},
};
constexpr TextRow min_cell[]{{&V::min_cell_name}}, max_cell[]{{&V::max_cell_name}};
constexpr TextRow min_sensor[]{{&V::min_temperature_name}}, max_sensor[]{{&V::max_temperature_name}};
constexpr TextRow name_begin[]{{&V::name, 0}}, name_rest[]{{&V::name, 8}};
constexpr TextRow serial_begin[]{{&V::serial, 0}}, serial_rest[]{{&V::serial, 8}};
constexpr NumberRow energies[]{
    {0, u32, 0.1, &V::charged_energy, needed, down},
    {4, u32, 0.1, &V::discharged_energy, needed, down},
};
constexpr NumberRow installed[]{{0, u16, 1, &V::installed_capacity, needed}};
constexpr NumberRow product[]{{4, u16, 1, &V::capacity}};
constexpr ByteRow version[]{{2, 0}, {3, 1}};
constexpr ByteRow byd_product[]{{0, 0x4C}, {1, 0x69}, {2, 0}, {3, 1}};

constexpr Frame limits_frame{.id = 0x351, .numbers = limits};
constexpr Frame soc_frame{.id = 0x355, .numbers = state_of_charge};
constexpr Frame measured_frame{.id = 0x356, .numbers = measured};
constexpr Frame alarm_frame{.id = 0x359, .numbers = pylon_modules, .bytes = pylon_letters, .alarms = pylon_alarms};
constexpr Frame pair_frame{.id = 0x35A, .pairs = pair_alarms};
constexpr Frame request_frame{.id = 0x35C, .flags = requests};
constexpr Frame modules_frame{.id = 0x372, .numbers = modules};
constexpr Frame extremes_frame{.id = 0x373, .numbers = extremes};
constexpr Frame min_cell_frame{.id = 0x374, .texts = min_cell}, max_cell_frame{.id = 0x375, .texts = max_cell};
constexpr Frame min_sensor_frame{.id = 0x376, .texts = min_sensor}, max_sensor_frame{.id = 0x377, .texts = max_sensor};
constexpr Frame installed_frame{.id = 0x379, .numbers = installed};

constexpr Frame maker(std::string_view name)
{
    return {.id = 0x35E, .literal = name};
}

constexpr Frame pylontech_frames[]{limits_frame, soc_frame, measured_frame, alarm_frame, request_frame, maker("PYLON")};

constexpr Frame pylontech_plus_frames[]{
    limits_frame,  soc_frame,      measured_frame, alarm_frame,    pair_frame,       request_frame,    maker("PYLON"),
    modules_frame, extremes_frame, min_cell_frame, max_cell_frame, min_sensor_frame, max_sensor_frame, installed_frame,
};

constexpr Frame name_frame{.id = 0x370, .texts = name_begin}, name_rest_frame{.id = 0x371, .texts = name_rest};
constexpr Frame energy_frame{.id = 0x378, .numbers = energies};
constexpr Frame serial_frame{.id = 0x380, .texts = serial_begin}, serial_rest_frame{.id = 0x381, .texts = serial_rest};

void put_force(const Values& values, CanFrame& frame)
{
    constexpr std::uint8_t force_now = 0xFF;
    if (values.force_charge.value_or(false)) frame.data[0] = force_now;
}

/// Victron's set, which BYD's batteries send, too: they differ in who they say they are, and BYD never asks to be
/// charged.
constexpr auto victron_set(std::string_view name, std::string_view family, std::span<const ByteRow> product_bytes,
                           void (*force)(const Values&, CanFrame&))
{
    return std::to_array<Frame>({
        limits_frame,
        soc_frame,
        measured_frame,
        pair_frame,
        maker(name),
        {.id = 0x35F, .numbers = product, .bytes = product_bytes},
        {.id = 0x360, .more = force},
        name_frame,
        name_rest_frame,
        modules_frame,
        extremes_frame,
        min_cell_frame,
        max_cell_frame,
        min_sensor_frame,
        max_sensor_frame,
        energy_frame,
        installed_frame,
        serial_frame,
        serial_rest_frame,
        {.id = 0x382, .literal = family},
    });
}
constexpr auto victron_frames = victron_set("BMSD", "BMSD", version, put_force);
constexpr auto byd_frames = victron_set("BYD", "PREMIUM", byd_product, nullptr);

constexpr Frame sma_frames[]{
    {.id = 0x351, .numbers = limits, .mark_absent = true},
    {.id = 0x355, .numbers = state_of_charge, .mark_absent = true},
    {.id = 0x356, .numbers = measured, .mark_absent = true},
    pair_frame,
    {.id = 0x35B},  // no event
    maker("SMA"),
    {.id = 0x35F, .numbers = product, .bytes = version, .mark_absent = true},
};

constexpr Frame luxpower_frames[]{
    limits_frame,
    {.id = 0x355, .numbers = lux_state_of_charge},
    {.id = 0x356, .numbers = lux_measured},
    {.id = 0x359, .numbers = lux_modules, .alarms = pylon_alarms},
    {.id = 0x35C, .numbers = lux_cycles, .flags = requests},
    maker("PYLON"),
};

}  // namespace

std::span<const Frame> pylontech()
{
    return pylontech_frames;
}
std::span<const Frame> pylontech_plus()
{
    return pylontech_plus_frames;
}
std::span<const Frame> victron()
{
    return victron_frames;
}
std::span<const Frame> byd()
{
    return byd_frames;
}
std::span<const Frame> sma()
{
    return sma_frames;
}
std::span<const Frame> luxpower()
{
    return luxpower_frames;
}

}  // namespace bmsd::inverter::tables
