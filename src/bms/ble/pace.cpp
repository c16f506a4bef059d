// PACEEX boards over Bluetooth; nothing of the serial PACE protocol. What the bytes mean: docs/bms/ble/pace.md
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// Both ways: 9A, six bytes of command, n, n data bytes, CRC with its high byte first, 9D.
constexpr Envelope frames{.start = "\x9A",
                          .head = 8,
                          .count_at = 7,
                          .echo_at = 1,
                          .echo_size = 6,
                          .sum = big_endian<checksum::crc16_modbus>,
                          .end = "\x9D"};
// Of the command its third and fourth byte count; a row's code has both.
constexpr std::uint8_t cells_of_a_pack = 0xA2;
constexpr std::uint8_t first_pack[]{0x01, 0x01};

Bytes request(const Row& row)
{
    const ByteView data = row.code == cells_of_a_pack ? ByteView(first_pack) : ByteView();
    return frames.frame(data, 0, 0, row.code >> 4, row.code & 15, 0, 0);
}

// A text stands behind a byte that counts it.
constexpr std::size_t serial_at = 0, firmware_at = 1, hardware_at = 56, versions_size = 67;

Text text_at(ByteView data, std::size_t at)
{
    if (at >= data.size() || at + 1 + data[at] > data.size()) return std::nullopt;
    std::string text = printable(data.subspan(at + 1, data[at]));
    return text.empty() ? std::nullopt : Text(std::move(text));
}

void put_text(Bytes& data, std::size_t at, const Text& text)
{
    const std::string& characters = text.value_or("");
    if (at >= data.size()) data.resize(at + 1);
    const std::size_t room = std::max(characters.size(), data.size() - at - 1);
    data.resize(at + 1 + room);
    data[at] = static_cast<std::uint8_t>(characters.size());
    std::copy(characters.begin(), characters.end(), data.begin() + static_cast<std::ptrdiff_t>(at + 1));
}

Reply<void> take_serial(ByteView data, Reading& reading)
{
    reading.identity.serial_number = text_at(data, serial_at);
    return {};
}

void fill_serial(Bytes& data, const Reading& reading)
{
    put_text(data, serial_at, reading.identity.serial_number);
}

void forget_serial(Reading& reading)
{
    reading.identity.serial_number.reset();
}

Reply<void> take_versions(ByteView data, Reading& reading)
{
    reading.identity.firmware_version = text_at(data, firmware_at);
    reading.identity.hardware_version = text_at(data, hardware_at);
    return {};
}

void fill_versions(Bytes& data, const Reading& reading)
{
    data.resize(hardware_at);
    put_text(data, firmware_at, reading.identity.firmware_version);
    data.resize(hardware_at);
    put_text(data, hardware_at, reading.identity.hardware_version);
    data.resize(std::max(data.size(), versions_size));
}

void forget_versions(Reading& reading)
{
    reading.identity.firmware_version.reset();
    reading.identity.hardware_version.reset();
}

constexpr std::array system_table{
    Field{0, u8, 1, &Telemetry::pack_count, 0, 0},
    Field{1, i32be, 0.01, &Telemetry::current},
    Field{5, u32be, 0.01, &Telemetry::voltage},
    Field{9, u32be, 0.01, &Telemetry::capacity_remaining},
    Field{13, u32be, 0.01, &Telemetry::capacity},
    Field{21, u8, 1, &Telemetry::soc},
    Field{22, u8, 1, &Telemetry::soh},
    Field{23, u32be, 1, &Telemetry::cycles},
};
constexpr std::size_t system_size = 27;
static_assert(fits(system_table, system_size) && apart(system_table));

// A cell and a sensor take turns.
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {6 + 4 * index, u16be, 0.1, target, 2731, 0};
}
constexpr std::array cells_table{Field{3, u8, 1, &Telemetry::cell_count},
                                 sensor_field(0, sensor(1)),
                                 sensor_field(1, sensor(2)),
                                 sensor_field(2, sensor(3)),
                                 sensor_field(3, sensor(4)),
                                 sensor_field(4, &Telemetry::temperature_mosfet),
                                 sensor_field(5, &Telemetry::temperature_ambient)};
constexpr ListField cell_lists[]{{4, 4, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};

/// Room for the sensors between the cells, of which the last one has its own too.
void fill_cells(Bytes& data, const Reading& reading)
{
    data.resize(4 + 4 * reading.telemetry.cell_voltages.size());
    encode(cells_table, data, reading.telemetry);
}

constexpr Row rows[]{
    {{"PACEEX serial number", Need::setting, forget_serial},
     0x02,
     {.least = 1, .take = take_serial, .fill = fill_serial}},
    {{"PACEEX versions", Need::setting, forget_versions},
     0x01,
     {.least = 1, .take = take_versions, .fill = fill_versions}},
    {{"PACEEX system"}, 0xA0, {.least = system_size, .fields = system_table}},
    {{"PACEEX cells"},
     cells_of_a_pack,
     {.least = 4, .fields = cells_table, .lists = cell_lists, .most_cells = max_cells, .fill = fill_cells}},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};
constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2"}};
constexpr Told delivers = Told{"serial_number", "firmware_version", "hardware_version"}.add(rows);

}  // namespace

extern const Entry pace_bms;
constinit const Entry pace_bms{
    .name = "aiobmsble_pace_bms",
    .type = "PeiCheng Technology PACEEX Smart BMS",
    .sheet = "ble/pace",
    .brands = "PACEEX boards such as P16S100A (PC-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_rows<speech, pace_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
