// Greenway packs of motorcycles. What the bytes mean: docs/bms/ble/greenway.md
#include <fmt/format.h>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using checksum::sum8;

constexpr Envelope frames{.start = "\x47\x16\x01", .head = 5, .count_at = 4, .echo_at = 3, .sum = big_endian<sum8>};

/// It says how much is wanted; the sum stands where the reply has its data.
Bytes request(const Row& row)
{
    Bytes bytes{0x46, 0x16, 0x01, row.code, static_cast<std::uint8_t>(row.size)};
    bytes.push_back(sum8(bytes));
    return bytes;
}

constexpr std::array voltage_table{Field{0, u32le, 0.001, &Telemetry::voltage}};
constexpr std::array current_table{Field{0, i32le, 0.001, &Telemetry::current}};
constexpr std::array soc_table{Field{0, u32le, 1, &Telemetry::soc}};
constexpr std::array soh_table{Field{0, u32le, 1, &Telemetry::soh}};
constexpr std::array remaining_table{Field{0, u32le, 0.001, &Telemetry::capacity_remaining}};
constexpr std::array cycle_table{Field{0, u32le, 1, &Telemetry::cycles}};
constexpr std::array capacity_table{Field{0, u32le, 0.001, &Telemetry::capacity}};
constexpr std::array sensor_table{Field{0, i8, 1, sensor(1)}, Field{1, i8, 1, sensor(2)}, Field{2, i8, 1, sensor(3)},
                                  Field{3, i8, 1, sensor(4)}};
constexpr ProblemWord problem{2, bits64le};
constexpr std::array model_text{TextField{0, 32, &Identity::model_name}};
constexpr std::array serial_text{TextField{0, 32, &Identity::serial_number}};

// 32 places of cells in two replies.
constexpr std::size_t places = 16;
constexpr std::array first_cells{ListField{0, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0}};

/// All places; how many of them are cells the last reply tells.
Reply<void> take_first(ByteView data, Reading& reading)
{
    decode(first_cells[0], data, places, reading.telemetry);
    return {};
}

Reply<void> take_second(ByteView data, Reading& reading)
{
    Telemetry behind;
    decode(first_cells[0], data, places, behind);
    for (const Number& cell : behind.cell_voltages) reading.telemetry.cell_voltages.push_back(cell);
    return {};
}

void fill_first(Bytes& data, const Reading& reading)
{
    encode(first_cells[0], data, reading.telemetry);
}

void fill_second(Bytes& data, const Reading& reading)
{
    const Cells& cells = reading.telemetry.cell_voltages;
    Telemetry behind;
    for (std::size_t i = places; i < cells.size(); ++i) behind.cell_voltages.push_back(cells[i]);
    encode(first_cells[0], data, behind);
}

Reply<void> take_versions(ByteView data, Reading& reading)
{
    reading.identity.firmware_version = fmt::format("{}.{}", data[1], data[0]);
    reading.identity.hardware_version = fmt::format("{}.{}", data[3], data[2]);
    return {};
}

void fill_versions(Bytes& data, const Reading&)
{
    data = {63, 3, 3, 0, 'U', 'D', '0', '1'};
}

void forget_versions(Reading& reading)
{
    reading.identity.firmware_version.reset();
    reading.identity.hardware_version.reset();
}

constexpr Row rows[]{
    {{"Greenway versions (1A)", Need::setting, forget_versions},
     0x1A,
     {.take = take_versions, .fill = fill_versions},
     8},
    {{"Greenway model (21)", Need::setting}, 0x21, {.least = 32, .texts = model_text}, 32},
    {{"Greenway serial number (23)", Need::setting}, 0x23, {.least = 32, .texts = serial_text}, 32},
    {{"Greenway voltage (09)"}, 0x09, {.least = 4, .fields = voltage_table}, 4},
    {{"Greenway current (0A)"}, 0x0A, {.least = 4, .fields = current_table}, 4},
    {{"Greenway state of charge (0D)"}, 0x0D, {.least = 4, .fields = soc_table}, 4},
    {{"Greenway health (0E)"}, 0x0E, {.least = 4, .fields = soh_table}, 4},
    {{"Greenway remaining charge (0F)"}, 0x0F, {.least = 4, .fields = remaining_table}, 4},
    {{"Greenway problems (16)"}, 0x16, {.least = 16, .problem = &problem}, 16},
    {{"Greenway cycles (17)"}, 0x17, {.least = 4, .fields = cycle_table}, 4},
    {{"Greenway capacity (18)"}, 0x18, {.least = 4, .fields = capacity_table}, 4},
    {{"Greenway temperatures (08)"}, 0x08, {.least = 32, .fields = sensor_table}, 32},
    {{"Greenway cells (24)"}, 0x24, {.least = 32, .take = take_first, .fill = fill_first}, 32},
    {{"Greenway further cells (25)"}, 0x25, {.least = 32, .take = take_second, .fill = fill_second}, 32},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};

class Greenway final : public RowHost {
  public:
    Greenway(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(RowHost::read(channel, reading));
        co_return settle_cells(reading.telemetry);
    }
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff1"}};
constexpr Told delivers = Told{"hardware_version", "firmware_version", "cell_count", "cell_voltages"}.add(rows);

}  // namespace

extern const Entry greenway_bms;
const Entry greenway_bms{
    .name = "aiobmsble_greenway_bms",
    .type = "Greenway BMS",
    .sheet = "ble/greenway",
    .brands = "Greenway (Talaria and other motorcycles)",
    .wiring = "Bluetooth",
    .lines = lines,
    .interval = 2s,
    .delivers = delivers,
    .make = make<Greenway, greenway_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
