// RoyPow batteries. What the bytes mean: docs/bms/ble/roypow.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// Both ways: EA D1 01, what follows counted, FF, type, data, exclusive or, F5.
constexpr std::uint8_t counted_too = 4;  // FF, type, sum and end
constexpr Envelope frames{.start = "\xEA\xD1\x01",
                          .head = 6,
                          .count_at = 3,
                          .count_more = counted_too,
                          .echo_at = 4,
                          .echo_size = 2,
                          .summed_from = 3,
                          .sum = big_endian<checksum::xor8>,
                          .end = "\xF5"};

Bytes request(const Row& row)
{
    return frames.frame({}, 0, 0xFF, row.code);
}

// The number of cells follows from the length.
constexpr std::size_t cells_at = 3, most_cells = 32;
constexpr ListField cell_list{cells_at, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0};

Reply<void> take_cells(ByteView data, Reading& reading)
{
    const std::size_t size = data.size() - cells_at;
    if (size % 2 != 0) return refuse(Refusal::bad_length);
    if (size == 0 || size / 2 > most_cells) return refuse(Refusal::bad_content);
    reading.telemetry.cell_count = static_cast<std::int64_t>(size / 2);
    decode(cell_list, data, size / 2, reading.telemetry);
    return {};
}

void fill_cells(Bytes& data, const Reading& reading)
{
    const Cells& cells = reading.telemetry.cell_voltages;
    data.assign(cells_at, static_cast<std::uint8_t>(cells.size()));
    data.resize(cells_at + 2 * cells.size());
    encode(cell_list, data, reading.telemetry);
}

/// Bit 0 of the first byte: it discharges; then the amount.
constexpr Wire amount_behind_sign{3,
                                  [](const std::uint8_t* data) {
                                      const std::int64_t amount = u16be.get(data + 1);
                                      return (data[0] & 1) != 0 ? -amount : amount;
                                  },
                                  [](std::uint8_t* data, std::int64_t raw) {
                                      data[0] = static_cast<std::uint8_t>(raw < 0);
                                      u16be.put(data + 1, std::abs(raw));
                                  },
                                  -0xFFFF, 0xFFFF};
constexpr std::array state_table{Field{0, amount_behind_sign, 0.01, &Telemetry::current}};
constexpr std::array fet_bits{Bit{18, 2, &Telemetry::charge_fet}, Bit{18, 1, &Telemetry::discharge_fet}};
constexpr ProblemWord problem{3, u24be};
constexpr SensorList sensors{
    .count_at = 7, .count = u8, .most = 10, .offset = 8, .stride = 1, .wire = u8, .scale = 1, .zero = 40, .absent = 0};
constexpr std::size_t state_size = 22, counters_size = 53;

// Each word of the counters stands behind its number; a charge is two of them, the high one first.
constexpr Wire two_numbered{5, [](const std::uint8_t* data) { return u16be.get(data) << 16 | u16be.get(data + 3); },
                            [](std::uint8_t* data, std::int64_t raw) {
                                u16be.put(data, raw >> 16);
                                u16be.put(data + 3, raw & 0xFFFF);
                            },
                            0, 0xFFFFFFFF};
constexpr std::array counter_table{
    Field{1, u8, 1, &Telemetry::soc},
    Field{3, u16be, 1, &Telemetry::cycles},
    Field{6, two_numbered, 0.001, &Telemetry::capacity},
    Field{18, two_numbered, 0.001, &Telemetry::capacity_remaining},
    Field{41, u16be, 0.01, &Telemetry::voltage},
};
static_assert(fits(counter_table, counters_size) && apart(counter_table));
struct Number8 {
    std::uint8_t at, number;
};
constexpr Number8 numbers[]{{0, 1}, {2, 2}, {5, 3}, {8, 4}, {17, 7}, {20, 8}};

Reply<void> take_counters(ByteView data, Reading&)
{
    const bool numbered = std::all_of(std::begin(numbers), std::end(numbers),
                                      [&](const Number8& place) { return data[place.at] == place.number; });
    return numbered ? Reply<void>{} : refuse(Refusal::bad_content);
}

void fill_counters(Bytes& data, const Reading&)
{
    for (const Number8& place : numbers) data[place.at] = place.number;
}

void forget_cells(Reading& reading)
{
    reading.telemetry.cell_count.reset();
    reading.telemetry.cell_voltages.clear();
}

constexpr Row rows[]{
    {{"RoyPow cells (02)", Need::required, forget_cells},
     0x02,
     {.least = cells_at, .take = take_cells, .fill = fill_cells}},
    {{"RoyPow state (03)"},
     0x03,
     {.least = state_size, .fields = state_table, .bits = fet_bits, .sensors = &sensors, .problem = &problem}},
    {{"RoyPow counters (04)"},
     0x04,
     {.least = counters_size, .fields = counter_table, .take = take_counters, .fill = fill_counters}},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows, .information = true};
constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1"}};
constexpr Told delivers = Told{"cell_count", "cell_voltages"}.add(rows);

}  // namespace

extern const Entry roypow_bms;
constinit const Entry roypow_bms{
    .name = "aiobmsble_roypow_bms",
    .type = "RoyPow smart BMS",
    .sheet = "ble/roypow",
    .brands = "RoyPow batteries ( B12..., S24..., UT...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_rows<speech, roypow_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
