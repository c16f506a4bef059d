// TianPwr batteries: replies of one size. What the bytes mean: docs/bms/ble/tianpwr.md
#include "bms/language/alarm_masks.h"
#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// A request is 55 04, type, AA; its reply 55 14, type, 16 bytes, AA.
constexpr std::size_t data_size = 16;
constexpr Envelope frames{
    .start = "\x55\x14", .head = 3, .size = data_size, .echo_at = 2, .sum = no_checksum, .end = "\xAA"};

Bytes request(const Row& row)
{
    return {0x55, 0x04, static_cast<std::uint8_t>(row.code), 0xAA};
}

constexpr TextField software[]{{0, data_size, &Identity::firmware_version}};
constexpr TextField hardware[]{{0, data_size, &Identity::hardware_version}};
constexpr std::array pack_table{
    Field{0, u16be, 1, &Telemetry::soc},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{6, i16be, 0.1, &Telemetry::temperature_ambient},
    Field{8, i16be, 0.1, &Telemetry::temperature_mosfet},
    Field{10, i16be, 0.01, &Telemetry::current},
    Field{14, u16be, 1, &Telemetry::soh},
};

constexpr std::int64_t most_cells = 24;
constexpr std::size_t cells_a_frame = 8, sensors_at = 1, most_sensors = 8;
constexpr std::array status_table{
    Field{0, u8, 1, &Telemetry::cell_count},
    Field{2, u16be, 0.01, &Telemetry::capacity},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{6, u16be, 1, &Telemetry::cycles},
};
// Words of two bytes, the high one first: byte 0 of a mask is the low one.
constexpr AlarmMask voltage_masks[]{{Alarm::high_cell_voltage, 0, 0x10, 0x01},
                                    {Alarm::low_cell_voltage, 0, 0x20, 0x02},
                                    {Alarm::high_voltage, 0, 0x40, 0x04},
                                    {Alarm::low_voltage, 0, 0x80, 0x08},
                                    {Alarm::cell_imbalance, 1, 0x01, 0}};
constexpr AlarmMask current_masks[]{{Alarm::high_charge_current, 0, 0x10, 0x01},
                                    {Alarm::high_discharge_current, 0, 0x20, 0x0E}};
constexpr AlarmMask temperature_masks[]{
    {Alarm::high_charge_temperature, 0, 0, 0x01},   {Alarm::high_charge_temperature, 1, 0x01, 0},
    {Alarm::low_charge_temperature, 0, 0, 0x02},    {Alarm::low_charge_temperature, 1, 0x02, 0},
    {Alarm::high_temperature, 0, 0, 0x04},          {Alarm::high_temperature, 1, 0x04, 0},
    {Alarm::low_temperature, 0, 0, 0x08},           {Alarm::low_temperature, 1, 0x08, 0},
    {Alarm::high_internal_temperature, 0, 0, 0x40}, {Alarm::high_internal_temperature, 1, 0x40, 0},
};
constexpr AlarmMask fault_masks[]{{Alarm::high_internal_temperature, 1, 0x02, 0x01},
                                  {Alarm::internal_failure, 0, 0, 0x1A},
                                  {Alarm::internal_failure, 1, 0, 0xFC},
                                  {Alarm::cell_imbalance, 0, 0x01, 0},
                                  {Alarm::low_soc, 0, 0x80, 0}};
constexpr AlarmWord alarm_words[]{{8, u16be, alarm_bits_of<voltage_masks>},
                                  {10, u16be, alarm_bits_of<current_masks>},
                                  {12, u16be, alarm_bits_of<temperature_masks>},
                                  {14, u16be, alarm_bits_of<fault_masks>}};

// How many sensors there are stands beside the number of cells, what they read comes in another reply. Between the two
// every fitted one reads this.
constexpr double to_come = 0;

Reply<void> take_status(ByteView data, Reading& reading)
{
    if (data[sensors_at] > most_sensors) return refuse(Refusal::bad_content);
    auto& sensors = reading.telemetry.temperatures;
    for (std::size_t i = 0; i < sensor_count; ++i) sensors[i] = i < data[sensors_at] ? Number(to_come) : std::nullopt;
    return {};
}

void fill_status(Bytes& data, const Reading& reading)
{
    const auto& sensors = reading.telemetry.temperatures;
    for (std::size_t i = 0; i < sensor_count; ++i)
        if (sensors[i]) data[sensors_at] = static_cast<std::uint8_t>(i + 1);
}

constexpr std::array fet_bits{Bit{1, 0, &Telemetry::charge_fet}, Bit{1, 1, &Telemetry::discharge_fet}};
constexpr std::array balance_table{Field{10, u16be, 1, &Telemetry::balancing}};
constexpr BalanceMask balance_mask[]{{10, u16be}};
constexpr std::array sensor_table{Field{0, i16be, 0.1, sensor(1)}, Field{2, i16be, 0.1, sensor(2)},
                                  Field{4, i16be, 0.1, sensor(3)}, Field{6, i16be, 0.1, sensor(4)}};

Reply<void> take_sensors(ByteView data, Reading& reading)
{
    for (const Field& row : sensor_table)
        if (present(row, reading.telemetry)) decode(std::span(&row, 1), data, reading.telemetry);
    return {};
}

void fill_sensors(Bytes& data, const Reading& reading)
{
    encode(sensor_table, data, reading.telemetry);
}

/// The cells of one frame into their places.
constexpr Wire cell_wire = u16be;
Reply<void> take_cells(ByteView data, std::size_t first, Cells& cells)
{
    for (std::size_t i = 0; i < cells_a_frame && first + i < cells.size(); ++i) {
        const std::int64_t raw = cell_wire.get(&data[2 * i]);
        cells[first + i] = raw != 0 ? Number(scaled(raw, 0.001)) : std::nullopt;
    }
    return {};
}

template <std::size_t first>
Reply<void> take_cells_from(ByteView data, Reading& reading)
{
    return take_cells(data, first, reading.telemetry.cell_voltages);
}

template <std::size_t first>
void fill_cells_from(Bytes& data, const Reading& reading)
{
    const Cells& cells = reading.telemetry.cell_voltages;
    for (std::size_t i = 0; i < cells_a_frame && first + i < cells.size(); ++i)
        cell_wire.put(&data[2 * i], unscaled(cells[first + i].value_or(0), 0.001, cell_wire));
}

constexpr Row rows[]{
    {{"TianPwr software (81)", Need::setting}, 0x81, {.least = data_size, .texts = software}},
    {{"TianPwr hardware (82)", Need::setting}, 0x82, {.least = data_size, .texts = hardware}},
    {{"TianPwr pack (83)"}, 0x83, {.least = data_size, .fields = pack_table}},
    {{"TianPwr status (84)"},
     0x84,
     {.least = data_size,
      .fields = status_table,
      .alarms = alarm_words,
      .most_cells = most_cells,
      .take = take_status,
      .fill = fill_status}},
    {{"TianPwr switches (85)"},
     0x85,
     {.least = data_size, .fields = balance_table, .bits = fet_bits, .balancing = balance_mask}},
    {{"TianPwr temperatures (87)"}, 0x87, {.least = data_size, .take = take_sensors, .fill = fill_sensors}},
    {{"TianPwr cells 1 to 8 (88)"}, 0x88, {.least = data_size, .take = take_cells_from<0>, .fill = fill_cells_from<0>}},
    {{"TianPwr cells 9 to 16 (89)"},
     0x89,
     {.least = data_size, .take = take_cells_from<8>, .fill = fill_cells_from<8>}},
    {{"TianPwr cells 17 to 24 (8A)"},
     0x8A,
     {.least = data_size, .take = take_cells_from<16>, .fill = fill_cells_from<16>}},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};
constexpr std::size_t first_cells_row = 6;

class Tianpwr final : public RowHost {
  public:
    Tianpwr(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        for (const Row& row : std::span(rows).first(first_cells_row))
            if (row.need != Need::setting) co_await must(take(channel, row, reading));
        t.cell_voltages.assign(static_cast<std::size_t>(*t.cell_count), std::nullopt);
        const std::size_t frames_of_cells = (t.cell_voltages.size() + cells_a_frame - 1) / cells_a_frame;
        for (const Row& row : std::span(rows).subspan(first_cells_row, frames_of_cells))
            co_await must(take(channel, row, reading));
        co_return Reply<void>{};
    }
};

constexpr Gatt gatt[]{{.service = "ff00", .notify = "ff01", .write = "ff02"}};
constexpr Told delivers = Told{"temperatures", "cell_voltages"}.add(rows);

}  // namespace

extern const Entry tianpwr_bms;
constinit const Entry tianpwr_bms{
    .name = "aiobmsble_tianpwr_bms",
    .type = "TianPwr smart BMS",
    .sheet = "ble/tianpwr",
    .brands = "TianPwr (TP_...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Tianpwr, tianpwr_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "no checksum",
};

}  // namespace bmsd::bms::ble
