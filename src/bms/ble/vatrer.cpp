// Vatrer batteries: Modbus over Bluetooth. What the bytes mean: docs/bms/vatrer.md
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0x02;

constexpr std::array value_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},   Field{2, i32be, 0.01, &Telemetry::current},
    Field{6, u16be, 1, &Telemetry::soc},          Field{8, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{10, u16be, 0.01, &Telemetry::capacity}, Field{12, u16be, 1, &Telemetry::cycles},
    Field{14, u16be, 1, &Telemetry::soh},
};

constexpr Target behind_the_cells[]{&Telemetry::temperature_ambient, &Telemetry::temperature_mosfet};
constexpr SensorList sensors{.count_at = 0,
                             .count = u16be,
                             .most = sensor_count,
                             .offset = 2,
                             .stride = 2,
                             .wire = i16be,
                             .scale = 1,
                             .behind = behind_the_cells};
constexpr std::array state_table{Field{32, u32be, 1, &Telemetry::balancing}};
constexpr std::array fet_bits{Bit{29, 4, &Telemetry::charge_fet}, Bit{29, 5, &Telemetry::discharge_fet}};
constexpr std::size_t alarms_at = 14, alarms_size = 15;  // bits that nobody can name

Reply<void> take_state(ByteView data, Reading& reading)
{
    const ByteView bits = data.subspan(alarms_at, alarms_size);
    const bool any = std::any_of(bits.begin(), bits.end(), [](std::uint8_t byte) { return byte != 0; });
    reading.telemetry.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>(any ? 1 : 0);
    return {};
}

void fill_state(Bytes& data, const Reading& reading)
{
    data[alarms_at] = static_cast<std::uint8_t>(reading.telemetry.alarms[Alarm::internal_failure].value_or(0) != 0);
}

void forget_state(Reading& reading)
{
    reading.telemetry.alarms[Alarm::internal_failure].reset();
}

constexpr std::array count_table{Field{0, u16be, 1, &Telemetry::cell_count}};
constexpr ListField cell_lists[]{{2, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};

constexpr Row rows[]{
    {{"Vatrer values (0000)"}, {0x0000, 20}, {.fields = value_table}},
    {{"Vatrer temperatures and state (0034)", Need::required, forget_state},
     {0x0034, 18},
     {.fields = state_table, .bits = fet_bits, .sensors = &sensors, .take = take_state, .fill = fill_state}},
    {{"Vatrer cells (0015)"}, {0x0015, 31}, {.fields = count_table, .lists = cell_lists, .most_cells = 30}},
};
static_assert(fits(value_table, rows[0].block.size()) && apart(value_table));

constexpr Gatt gatt[]{{.service = "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
                       .notify = "6e400003-b5a3-f393-e0a9-e50e24dcca9e",
                       .write = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"}};
constexpr Told delivers = Told{"alarms"}.add(rows);

}  // namespace

extern const Entry vatrer_bms;
constinit const Entry vatrer_bms{
    .name = "aiobmsble_vatrer_bms",
    .type = "Vatrer smart BMS",
    .sheet = "ble/vatrer",
    .brands = "Vatrer 51.2 V batteries",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_modbus<rows, address, vatrer_bms>,
    .device = modbus_device<rows, address>,
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
