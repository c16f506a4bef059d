// Saihang (Anenji) batteries: one Modbus reply behind two bytes of their own. What the bytes mean:
// docs/bms/ble/saihang.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::uint8_t read_registers = 0x03;
constexpr std::size_t data_size = 144;
// A5 A5, device, function, n, n data bytes, CRC of what is behind A5 A5.
constexpr Envelope frames{.start = "\xA5\xA5",
                          .head = 5,
                          .count_at = 4,
                          .echo_at = 3,
                          .summed_from = 2,
                          .sum = little_endian<checksum::crc16_modbus>};

/// Device 0, register 0, all of the registers.
Bytes request(const Row& row)
{
    Bytes bytes{0xA5, 0xA5, 0x00, static_cast<std::uint8_t>(row.code), 0x00, 0x00, 0x00, data_size / 2};
    const auto sum = checksum::crc16_modbus(ByteView(bytes).subspan(frames.summed_from));
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(sum), static_cast<std::uint8_t>(sum >> 8)});
    return bytes;
}

constexpr std::int64_t freezing = 2730, not_fitted = 0xFFFF;
constexpr std::array table{
    Field{0, i32be, 0.01, &Telemetry::current},
    Field{4, u32be, 0.01, &Telemetry::voltage},
    Field{8, u16be, 1, &Telemetry::soc},
    Field{10, u16be, 1, &Telemetry::soh},
    Field{12, u32be, 0.01, &Telemetry::capacity_remaining},
    Field{16, u32be, 0.01, &Telemetry::capacity},  // the learned one
    Field{24, u16be, 1, &Telemetry::cycles},
    Field{36, u16be, 1, &Telemetry::balancing},
    Field{38, u16be, 1, &Telemetry::cell_count},
    Field{102, u16be, 0.1, &Telemetry::temperature_mosfet, freezing, not_fitted},
    Field{104, u16be, 0.1, &Telemetry::temperature_ambient, freezing, not_fitted},
};
static_assert(fits(table, data_size) && apart(table));
constexpr std::array fet_bits{Bit{32, 1, &Telemetry::charge_fet}, Bit{32, 2, &Telemetry::discharge_fet}};
constexpr ListField cell_lists[]{{40, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, not_fitted}};
constexpr SensorList sensors{.count_at = 80,
                             .count = u16be,
                             .most = 10,
                             .offset = 82,
                             .stride = 2,
                             .wire = u16be,
                             .scale = 0.1,
                             .zero = freezing,
                             .absent = not_fitted};
// All bits are set while nothing is wrong.
constexpr Wire inverted{2, [](const std::uint8_t* data) { return u16be.get(data) ^ 0xFFFF; },
                        [](std::uint8_t* data, std::int64_t raw) { u16be.put(data, raw ^ 0xFFFF); }, 0, 0xFFFF};
constexpr ProblemWord problem{26, inverted};

Reply<void> take_cells(ByteView, Reading& reading)
{
    for (Number& cell : reading.telemetry.cell_voltages)
        if (cell == 0.0) cell.reset();
    return {};
}

constexpr Row rows[]{{{"Saihang registers"},
                      read_registers,
                      {.least = data_size,
                       .fields = table,
                       .bits = fet_bits,
                       .lists = cell_lists,
                       .most_cells = 20,
                       .sensors = &sensors,
                       .problem = &problem,
                       .take = take_cells},
                      data_size}};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows, .information = true};
constexpr Gatt gatt[]{{.service = "fffa", .notify = "fffc", .write = "fffb"}};
constexpr Told delivers = Told{}.add(rows);

}  // namespace

extern const Entry saihang_bms;
constinit const Entry saihang_bms{
    .name = "aiobmsble_saihang_bms",
    .type = "Saihang Technology intelligent BMS",
    .sheet = "ble/saihang",
    .brands = "Saihang, Anenji (SH...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_rows<speech, saihang_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
