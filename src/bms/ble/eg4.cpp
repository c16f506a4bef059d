// EG4 LL batteries over Bluetooth: the registers of RS485 in other units. What the bytes mean: docs/bms/ble/eg4.md
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"
#include "bms/types/eg4_ll_rows.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0x01;
constexpr std::int64_t not_fitted = -56;

constexpr std::array table{
    eg4::coarse_voltage,
    eg4::current(0.1),
    eg4::board_temperature,
    eg4::unless(eg4::remaining(0.1), 0),
    eg4::health,
    eg4::charge,
    eg4::unless(eg4::cycle_count, 0),
    eg4::unless(eg4::cell_sensor(1), not_fitted),
    eg4::unless(eg4::cell_sensor(2), not_fitted),
    eg4::unless(eg4::cell_sensor(3), not_fitted),
    eg4::unless(eg4::cell_sensor(4), not_fitted),
    eg4::cell_count,
    Field{74, u16be, 0.1, &Telemetry::capacity, 0, 0},
    Field{76, u16be, 1, &Telemetry::balancing},
};
constexpr ProblemWord problem{eg4::status_at, u48be};

/// A sensor that is not fitted may read 0, too; the first one always is.
Reply<void> take_rest(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    for (std::size_t i = 1; i < sensor_count; ++i)
        if (t.temperatures[i] == 0.0) t.temperatures[i].reset();
    return eg4::take_cells(data, t);
}

void fill_rest(Bytes& data, const Reading& reading)
{
    encode(eg4::cell_list, data, reading.telemetry);
}

constexpr Row rows[]{
    {{"EG4 LL telemetry (0)"},
     {0x0000, eg4::telemetry_registers},
     {.fields = table, .bits = eg4::heater_bit, .problem = &problem, .take = take_rest, .fill = fill_rest}}};
static_assert(fits(table, rows[0].block.size()) && apart(table));

constexpr Gatt gatt[]{{.service = "1000", .notify = "1002", .write = "1001"}};
constexpr Told delivers = Told{"cell_voltages"}.add(rows);

}  // namespace

extern const Entry eg4_bms;
const Entry eg4_bms{
    .name = "aiobmsble_eg4_bms",
    .type = "EG4 electronics LL",
    .sheet = "ble/eg4",
    .brands = "EG4 LL, SunGoldPower",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_modbus<rows, address, eg4_bms>,
    .device = modbus_device<rows, address>,
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
