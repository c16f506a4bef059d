// Pylontech RT batteries: Modbus over Bluetooth. What the bytes mean: docs/bms/pylontech.md
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0x01;

constexpr std::array serial_text{TextField{0, 16, &Identity::serial_number}};
constexpr std::array value_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, 0.1, &Telemetry::current},
    Field{4, u16be, 0.001, &Telemetry::max_cell_voltage},
    Field{6, u16be, 0.001, &Telemetry::min_cell_voltage},
    Field{8, i16be, 0.1, sensor(1)},   // the warmest
    Field{10, i16be, 0.1, sensor(2)},  // the coldest
    Field{12, u16be, 1, &Telemetry::soc},
    Field{14, u16be, 1, &Telemetry::soh},
    Field{24, u16be, 0.1, &Telemetry::capacity},
};

constexpr Row rows[]{
    {{"Pylontech RT serial number (2000)", Need::setting}, {0x2000, 8}, {.texts = serial_text}},
    {{"Pylontech RT values (1016)"}, {0x1016, 13}, {.fields = value_table}},
};
static_assert(fits(value_table, rows[1].block.size()) && apart(value_table));

constexpr Gatt gatt[]{{.service = "00010203-0405-0607-0809-0a0b0c0d1910",
                       .notify = "00010203-0405-0607-0809-0a0b0c0d2b10",
                       .write = "00010203-0405-0607-0809-0a0b0c0d2b11"}};
constexpr Told delivers = Told{}.add(rows);

}  // namespace

extern const Entry pylontech_bms;
constinit const Entry pylontech_bms{
    .name = "aiobmsble_pylontech_bms",
    .type = "Pylontech RT series",
    .sheet = "ble/pylontech",
    .brands = "Pylontech RT12100, RT12200, RT24100",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_modbus<rows, address, pylontech_bms>,
    .device = modbus_device<rows, address>,
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
