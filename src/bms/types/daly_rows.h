#pragma once
// What Daly boards can be asked, the same on a serial port and over Bluetooth. What the bytes mean: docs/bms/daly.md
#include "bms/language/alarm_masks.h"
#include "bms/language/identity.h"
#include "bms/language/layout.h"
#include "bms/language/requests.h"
#include "bms/types/daly_frame.h"

namespace bmsd::bms::a5 {

inline constexpr std::size_t most_cells = 48, cells_a_frame = 3, sensors_at = 1;
inline constexpr double least_voltage = 8, most_voltage = 100;

// 90, 91, 92, 93, 94, 50
inline constexpr std::array pack_table{
    Field{0, u16be, 0.1, &Telemetry::voltage},
    Field{4, u16be, -0.1, &Telemetry::current, 30000},
    Field{6, u16be, 0.1, &Telemetry::soc},
};
inline constexpr std::array extremes_table{
    Field{0, u16be, 0.001, &Telemetry::max_cell_voltage, 0, 0},
    Field{3, u16be, 0.001, &Telemetry::min_cell_voltage, 0, 0},
};
inline constexpr std::array temperature_table{
    Field{0, u8, 1, sensor(2), 40, 0},  // the highest; 0: no sensor
    Field{2, u8, 1, sensor(1), 40, 0},  // the lowest
};
inline constexpr std::array switches_table{
    Field{1, u8, 1, &Telemetry::charge_fet},
    Field{2, u8, 1, &Telemetry::discharge_fet},
    Field{4, u32be, 0.001, &Telemetry::capacity_remaining},
};
inline constexpr std::array info_table{
    Field{0, u8, 1, &Telemetry::cell_count},
    Field{5, u16be, 1, &Telemetry::cycles},
};
inline constexpr std::array rated_table{Field{0, u32be, 0.001, &Telemetry::capacity}};
static_assert(fits(pack_table, data_size) && apart(pack_table) && fits(switches_table, data_size));
inline constexpr std::array cell_list{
    ListField{0, 2, u16be, 0.001, &Telemetry::cell_voltages}};          // of the assembled frames
inline constexpr std::array balance_mask{BalanceMask{0, alarm_bytes}};  // 97: 48 cells
inline constexpr std::array date_field{DateField{2, three_bytes}};      // 53

// 98
inline constexpr AlarmMask alarm_rows[]{
    {Alarm::high_cell_voltage, 0, 0x01, 0x02},
    {Alarm::low_cell_voltage, 0, 0x04, 0x08},
    {Alarm::high_voltage, 0, 0x10, 0x20},
    {Alarm::low_voltage, 0, 0x40, 0x80},
    {Alarm::high_charge_temperature, 1, 0x01, 0x02},
    {Alarm::low_charge_temperature, 1, 0x04, 0x08},
    {Alarm::high_temperature, 1, 0x10, 0x20},
    {Alarm::low_temperature, 1, 0x40, 0x80},
    {Alarm::high_charge_current, 2, 0x01, 0x02},
    {Alarm::high_discharge_current, 2, 0x04, 0x08},
    {Alarm::low_soc, 2, 0x40, 0x80},
    {Alarm::cell_imbalance, 3, 0x01, 0x02},
    {Alarm::high_internal_temperature, 4, 0, 0x03},
    {Alarm::internal_failure, 4, 0, 0xFC},
    {Alarm::internal_failure, 5, 0, 0xAF},
    {Alarm::internal_failure, 6, 0, 0x03},
    {Alarm::high_discharge_current, 6, 0, 0x04},
};
inline constexpr std::array alarm_words{AlarmWord{0, alarm_bytes, alarm_bits_of<alarm_rows>}};

/// Byte 2 with the bits of charging and discharging exchanged, for shunts that count the other way round.
constexpr std::uint8_t exchanged(std::uint8_t byte)
{
    return static_cast<std::uint8_t>((byte & 0xF0) | (byte & 0x03) << 2 | (byte >> 2 & 0x03));
}

/// Without a voltage a battery can have the reply is asked for again; other impossible values cost only themselves.
inline Reply<void> judge_pack(ByteView, Reading& reading)
{
    const double volts = *reading.telemetry.voltage;
    if (volts < least_voltage || volts > most_voltage) return refuse(Refusal::implausible);
    return {};
}

inline Reply<void> judge_info(ByteView, Reading& reading)
{
    const auto cells = *reading.telemetry.cell_count;
    if (cells < 1 || cells > static_cast<std::int64_t>(most_cells)) return refuse(Refusal::bad_content);
    return {};
}

inline Reply<void> take_label(ByteView data, Reading& reading)
{
    std::string label = collapsed(data);
    reading.identity.user_label = label.empty() ? std::nullopt : Text(std::move(label));
    return {};
}

inline void fill_info(Bytes& data, const Reading& reading)
{
    for (const Number& sensor : reading.telemetry.temperatures)
        if (sensor) data[sensors_at] = 2;
}

inline void fill_label(Bytes& data, const Reading& reading)
{
    const std::string& label = reading.identity.user_label.value_or("");
    data.assign(label.begin(), label.end());
}

struct Row : Request {
    std::uint8_t what;
    Layout layout;
    int tries = 1;
    std::size_t pieces = 0;  // a series of so many frames; 0: one frame
};
inline constexpr std::size_t label_pieces = 5, label_piece = 7, cell_piece = 2 * cells_a_frame;
inline constexpr Row info_row{{"Daly cells and cycles (94)"},
                              0x94,
                              {.least = data_size, .fields = info_table, .take = judge_info, .fill = fill_info},
                              3};
inline constexpr Row pack_row{
    {"Daly voltage and current (90)"}, 0x90, {.least = data_size, .fields = pack_table, .take = judge_pack}, 3};
inline constexpr Row settings[]{
    {{"Daly battery code (57)", Need::setting, [](Reading& r) { r.identity.user_label.reset(); }},
     0x57,
     {.take = take_label, .fill = fill_label},
     3,
     label_pieces},
    {{"Daly rated capacity (50)", Need::setting}, 0x50, {.least = data_size, .fields = rated_table}, 3},
    {{"Daly production date (53)", Need::setting}, 0x53, {.least = data_size, .dates = date_field}, 3},
};
inline constexpr Row polled[]{
    {{"Daly switches and charge (93)", Need::optional}, 0x93, {.least = data_size, .fields = switches_table}},
    {{"Daly lowest and highest cell (91)", Need::optional}, 0x91, {.least = data_size, .fields = extremes_table}},
    {{"Daly alarms (98)", Need::optional}, 0x98, {.least = data_size, .alarms = alarm_words}},
    {{"Daly temperatures (92)", Need::optional}, 0x92, {.least = data_size, .fields = temperature_table}},
    {{"Daly balancing (97)", Need::optional}, 0x97, {.least = data_size, .balancing = balance_mask}},
    {{"Daly cell voltages (95)", Need::optional}, 0x95, {.lists = cell_list}, 1, most_cells / cells_a_frame},
};
inline constexpr const Row &switches_row = polled[0], &alarms_row = polled[2], &cells_row = polled[5];

inline const Row* row_of(std::uint8_t what)
{
    for (const Row* row : {&info_row, &pack_row})
        if (row->what == what) return row;
    for (const auto& rows : {std::span<const Row>(settings), std::span<const Row>(polled)})
        for (const Row& row : rows)
            if (row.what == what) return &row;
    return nullptr;
}

/// How the content of a row is spread over frames, if it is.
inline std::optional<Series> series_of(const Row& row, std::size_t cells)
{
    if (row.pieces == 0) return std::nullopt;
    if (&row != &cells_row) return Series{row.pieces, label_piece};
    return Series{(cells + cells_a_frame - 1) / cells_a_frame, cell_piece};
}

}  // namespace bmsd::bms::a5
