// Growatt's low-voltage frames, which are a family of their own: big endian. Source: core/can-out.md section 4.
#include "inverter/tables.h"

#include <algorithm>

namespace bmsd::inverter::tables {
namespace {

using V = Values;
using enum Coding;
using enum Rounding;

constexpr bool needed = true;

constexpr NumberRow limits[]{
    {0, u16, 0.1, &V::cvl, needed, down},
    {2, u16, 0.1, &V::ccl, needed, down},
    {4, u16, 0.1, &V::dcl, needed, down},
};
constexpr FlagRow state_flags[]{{7, 3, &V::balancing}, {7, 5, &V::discharge_allowed}, {7, 6, &V::charge_allowed}};

/// Bits 0 and 1 of the state: what flows now. Bit 2: a protection is on.
void put_state(const Values& values, CanFrame& frame)
{
    constexpr double flowing = 0.1;  // A, the resolution of the frame
    constexpr std::uint8_t standby = 1, charging = 2, discharging = 3, error = 1U << 2;
    const double current = values.current.value_or(0);
    std::uint8_t state = current >= flowing ? charging : current <= -flowing ? discharging : standby;
    if (std::any_of(values.alarms.levels.begin(), values.alarms.levels.end(), [](Level level) { return level == 2; }))
        state |= error;
    frame.data[7] = static_cast<std::uint8_t>(frame.data[7] | state);
}

// The meaning of the alarm bits in 0x312 is not known: none is set, the error bit of 0x311 and the limits say it.
constexpr NumberRow packs[]{{4, u8, 1, &V::modules_online}, {7, u8, 1, &V::cell_count}};

constexpr NumberRow measured[]{
    {0, u16, 0.01, &V::voltage, needed}, {2, s16, 0.1, &V::current, needed}, {4, s16, 0.1, &V::max_temperature},
    {6, u8, 1, &V::soc, needed, down},   {7, u8, 1, &V::soh, false, down},
};
constexpr NumberRow charge[]{
    {0, u16, 0.01, &V::capacity_remaining, needed, down},
    {2, u16, 0.01, &V::capacity, needed},
    {4, u16, 0.001, &V::cell_difference},
    {6, u16, 1, &V::cycles},
};

constexpr CellRow cells_1[]{{0, 0}, {2, 1}, {4, 2}, {6, 3}};
constexpr CellRow cells_5[]{{0, 4}, {2, 5}, {4, 6}, {6, 7}};
constexpr CellRow cells_9[]{{0, 8}, {2, 9}, {4, 10}, {6, 11}};
constexpr CellRow cells_13[]{{0, 12}, {2, 13}, {4, 14}, {6, 15}};

constexpr FlagRow requests[]{{0, 7, &V::charge_allowed}, {0, 6, &V::discharge_allowed}, {0, 4, &V::force_charge}};
constexpr NumberRow extremes[]{
    {1, u16, 0.001, &V::max_cell_voltage, needed},
    {3, u16, 0.001, &V::min_cell_voltage, needed},
    {5, u8, 1, &V::max_cell_number},
    {6, u8, 1, &V::min_cell_number},
};

constexpr Frame frames[]{
    {.id = 0x311, .numbers = limits, .flags = state_flags, .big_endian = true, .more = put_state},
    {.id = 0x312, .numbers = packs, .big_endian = true},
    {.id = 0x313, .numbers = measured, .big_endian = true},
    {.id = 0x314, .numbers = charge, .big_endian = true},
    {.id = 0x315, .cells = cells_1, .big_endian = true},
    {.id = 0x316, .cells = cells_5, .big_endian = true},
    {.id = 0x317, .cells = cells_9, .big_endian = true},
    {.id = 0x318, .cells = cells_13, .big_endian = true},
    {.id = 0x319, .numbers = extremes, .flags = requests, .big_endian = true},
};

}  // namespace

std::span<const Frame> growatt()
{
    return frames;
}

}  // namespace bmsd::inverter::tables
