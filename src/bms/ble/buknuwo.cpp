// Buknuwo batteries: Modbus over Bluetooth, without cells. What the bytes mean: docs/bms/ble/buknuwo.md
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0x01;

constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{4, u16be, 1, &Telemetry::soc},
    Field{6, u16be, 1, &Telemetry::soh},
    Field{8, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{10, u16be, 0.01, &Telemetry::capacity},
    Field{12, u16be, 0.01, &Telemetry::design_capacity},
    Field{14, u16be, 1, &Telemetry::cycles},
};
constexpr std::size_t warnings_at = 18, protections_at = 20, state_at = 22;
constexpr std::array fet_bits{Bit{state_at, 2, &Telemetry::charge_fet}, Bit{state_at, 3, &Telemetry::discharge_fet}};
constexpr std::array warning_bits{
    AlarmBit{0, Alarm::high_cell_voltage, 1},
    AlarmBit{1, Alarm::low_cell_voltage, 1},
    AlarmBit{2, Alarm::high_voltage, 1},
    AlarmBit{3, Alarm::low_voltage, 1},
    AlarmBit{4, Alarm::high_charge_current, 1},
    AlarmBit{5, Alarm::high_discharge_current, 1},
    AlarmBit{8, Alarm::high_charge_temperature, 1},
    AlarmBit{9, Alarm::high_temperature, 1},
    AlarmBit{10, Alarm::low_charge_temperature, 1},
    AlarmBit{11, Alarm::low_temperature, 1},
    AlarmBit{12, Alarm::high_temperature, 1},  // environment
    AlarmBit{13, Alarm::low_temperature, 1},   // environment
    AlarmBit{14, Alarm::high_internal_temperature, 1},
    AlarmBit{15, Alarm::low_soc, 1},
};
constexpr std::array protection_bits{
    AlarmBit{0, Alarm::high_cell_voltage, 2},
    AlarmBit{1, Alarm::low_cell_voltage, 2},
    AlarmBit{2, Alarm::high_voltage, 2},
    AlarmBit{3, Alarm::low_voltage, 2},
    AlarmBit{4, Alarm::high_charge_current, 2},
    AlarmBit{5, Alarm::high_discharge_current, 2},
    AlarmBit{6, Alarm::high_discharge_current, 2},  // short circuit
    AlarmBit{7, Alarm::high_voltage, 2},            // of the charger
    AlarmBit{8, Alarm::high_charge_temperature, 2},
    AlarmBit{9, Alarm::high_temperature, 2},
    AlarmBit{10, Alarm::low_charge_temperature, 2},
    AlarmBit{11, Alarm::low_temperature, 2},
    AlarmBit{12, Alarm::high_internal_temperature, 2},
    AlarmBit{13, Alarm::high_temperature, 2},  // environment
    AlarmBit{14, Alarm::low_temperature, 2},   // environment
};
constexpr std::array fault_bits{AlarmBit{0, Alarm::internal_failure, 2}, AlarmBit{1, Alarm::internal_failure, 2},
                                AlarmBit{2, Alarm::internal_failure, 2}, AlarmBit{4, Alarm::internal_failure, 2},
                                AlarmBit{5, Alarm::internal_failure, 2}};
constexpr std::array words{AlarmWord{warnings_at, u16be, warning_bits},
                           AlarmWord{protections_at, u16be, protection_bits}, AlarmWord{state_at, u16be, fault_bits}};
/// All three words once more, as they came.
constexpr ProblemWord problem{warnings_at, u48be, 0xFF3FFF7F007F, 0};

Reply<void> take_problem(ByteView data, Reading& reading)
{
    decode(problem, data, reading.telemetry);
    return {};
}

constexpr std::array mosfet_table{Field{0, i16be, 0.1, &Telemetry::temperature_mosfet}};
constexpr SensorList sensors{
    .count_at = 0, .count = u16be, .most = 10, .offset = 2, .stride = 2, .wire = i16be, .scale = 0.1};

constexpr Row rows[]{
    {{"Buknuwo pack (0000)", Need::required, [](Reading& reading) { reading.telemetry.problem_code.reset(); }},
     {0x0000, 13},
     {.fields = pack_table, .bits = fet_bits, .alarms = words, .take = take_problem}},
    {{"Buknuwo MOSFET temperature (0039)"}, {0x0039, 1}, {.fields = mosfet_table}},
    {{"Buknuwo temperatures (002E)"}, {0x002E, 11}, {.sensors = &sensors}},
};
static_assert(fits(pack_table, warnings_at) && apart(pack_table));

constexpr Gatt gatt[]{{.service = "00002760-08c2-11e1-9073-0e8ac72e1001",
                       .notify = "00002760-08c2-11e1-9073-0e8ac72e0002",
                       .write = "00002760-08c2-11e1-9073-0e8ac72e0001"}};
constexpr Told delivers = Told{}.add(rows);
constexpr std::string_view assumed[]{"problem_code"};  // the words of the alarms as one number

}  // namespace

extern const Entry buknuwo_bms;
const Entry buknuwo_bms{
    .name = "aiobmsble_buknuwo_bms",
    .type = "Buknuwo smart battery",
    .sheet = "ble/buknuwo",
    .brands = "Buknuwo (CDZG...)",
    .wiring = "Bluetooth; it tells no cells: their number stands in the configuration",
    .lines = lines,
    .delivers = delivers,
    .assumed = assumed,
    .make = make_modbus<rows, address, buknuwo_bms>,
    .device = modbus_device<rows, address>,
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
