#pragma once
// The 140 byte frame of older ANT boards, the same on a serial port and over Bluetooth, and the codes of all ANT
// boards. What the bytes mean: docs/bms/ant.md
#include <bit>

#include "bms/language/envelope.h"
#include "bms/language/layout.h"
#include "bms/language/told.h"

namespace bmsd::bms::ant_rows {

inline constexpr std::size_t frame_size = 140, summed_from = 4, sum_at = 138;
using Question = std::array<std::uint8_t, 6>;
inline constexpr Question question{0xDB, 0xDB};

inline constexpr std::array frame_table{
    Field{4, u16be, 0.1, &Telemetry::voltage},
    Field{70, i32be, -0.1, &Telemetry::current},  // discharging counts positive
    Field{74, u8, 1, &Telemetry::soc},
    Field{75, u32be, 0.000001, &Telemetry::capacity, 0, 0},
    Field{79, u32be, 0.000001, &Telemetry::capacity_remaining},
    Field{83, u32be, 0.001, &Telemetry::total_ah_drawn},
    Field{91, i16be, 1, &Telemetry::temperature_mosfet, 0, -40},
    Field{95, i16be, 1, sensor(1), 0, -40},
    Field{97, i16be, 1, sensor(2), 0, -40},
    Field{123, u8, 1, &Telemetry::cell_count},
};
static_assert(fits(frame_table, sum_at) && apart(frame_table));
inline constexpr std::array cell_list{ListField{6, 2, u16be, 0.001, &Telemetry::cell_voltages}};
inline constexpr std::array balance_mask{BalanceMask{132, u32be}};
inline constexpr std::size_t charge_code_at = 103, discharge_code_at = 104, balancer_code_at = 105;

// The state of a FET is a code: on, off, or why it is off. As a word: bit 0..31 = charge code, 32..63 = discharge code.
inline constexpr std::uint8_t fet_off = 0, fet_on = 1, most_code = 31, automatic_balancing = 4;
inline constexpr unsigned discharge_from = 32;
inline constexpr std::uint64_t balancing_codes = 1U << 1 | 1U << 2 | 1U << automatic_balancing;
constexpr AlarmBit charge(unsigned code, Alarm alarm)
{
    return {static_cast<std::uint8_t>(code), alarm, 2};
}
constexpr AlarmBit discharge(unsigned code, Alarm alarm)
{
    return {static_cast<std::uint8_t>(discharge_from + code), alarm, 2};
}
inline constexpr std::array alarm_codes{
    charge(2, Alarm::high_cell_voltage),
    charge(5, Alarm::high_voltage),
    charge(2, Alarm::high_voltage),
    charge(3, Alarm::high_charge_current),
    charge(6, Alarm::high_charge_temperature),
    charge(7, Alarm::high_internal_temperature),
    charge(10, Alarm::high_internal_temperature),
    charge(8, Alarm::internal_failure),
    charge(9, Alarm::internal_failure),
    charge(13, Alarm::internal_failure),
    discharge(2, Alarm::low_cell_voltage),
    discharge(5, Alarm::low_voltage),
    discharge(2, Alarm::low_voltage),
    discharge(3, Alarm::high_discharge_current),
    discharge(12, Alarm::high_discharge_current),
    discharge(6, Alarm::high_temperature),
    discharge(7, Alarm::high_internal_temperature),
    discharge(10, Alarm::high_internal_temperature),
    discharge(8, Alarm::internal_failure),
    discharge(9, Alarm::internal_failure),
    discharge(13, Alarm::internal_failure),
    discharge(14, Alarm::internal_failure),
};

constexpr std::uint64_t code_bit(std::uint8_t code)
{
    return code <= most_code ? std::uint64_t{1} << code : 0;
}

/// What the three codes say; `codes` says it about alarms.
inline void take_codes(std::uint8_t charge, std::uint8_t discharge, std::uint8_t balancer,
                       std::span<const AlarmBit> codes, Telemetry& t)
{
    t.charge_fet = charge == fet_on;
    t.discharge_fet = discharge == fet_on;
    t.balancing = (balancing_codes & code_bit(balancer)) != 0;
    decode(codes, code_bit(charge) | code_bit(discharge) << discharge_from, t.alarms);
}

inline std::uint8_t fet_code(Flag on, std::uint64_t reasons)
{
    if (on.value_or(true)) return fet_on;
    return reasons == 0 ? fet_off : static_cast<std::uint8_t>(std::countr_zero(reasons));
}

/// The other way round: charge, discharge, balancer.
inline std::array<std::uint8_t, 3> fill_codes(std::span<const AlarmBit> codes, const Telemetry& t)
{
    const std::uint64_t word = encode(codes, t.alarms);
    return {fet_code(t.charge_fet, word & 0xFFFFFFFF), fet_code(t.discharge_fet, word >> discharge_from),
            t.balancing.value_or(false) ? automatic_balancing : std::uint8_t{0}};
}

inline constexpr Envelope frames{.start = "\xAA\x55\xAA\xFF",
                                 .head = 0,  // the sheet counts from the first byte of the frame
                                 .size = sum_at,
                                 .summed_from = summed_from,
                                 .sum = big_endian<checksum::sum16>};

inline Reply<void> take_rest(ByteView frame, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.cycles.reset();
    if (t.capacity) t.cycles = static_cast<std::int64_t>(*t.total_ah_drawn / *t.capacity);
    take_codes(frame[charge_code_at], frame[discharge_code_at], frame[balancer_code_at], alarm_codes, t);
    return {};
}

inline void fill_rest(Bytes& frame, const Reading& reading)
{
    std::copy(frames.start.begin(), frames.start.end(), frame.begin());
    const auto codes = fill_codes(alarm_codes, reading.telemetry);
    std::copy(codes.begin(), codes.end(), &frame[charge_code_at]);
}

inline constexpr Layout layout{.least = sum_at,
                               .fields = frame_table,
                               .lists = cell_list,
                               .most_cells = 32,
                               .balancing = balance_mask,
                               .take = take_rest,
                               .fill = fill_rest};

/// What a frame tells, and `others`.
constexpr Told told(std::initializer_list<std::string_view> others = {})
{
    constexpr std::string_view by_code[]{"cycles", "balancing", "charge_fet", "discharge_fet", "alarms"};
    return Told(others).add(by_code).add(layout);
}

}  // namespace bmsd::bms::ant_rows
