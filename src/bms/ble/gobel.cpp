// Gobel Power batteries: Modbus over Bluetooth. What the bytes mean: docs/bms/ble/gobel.md
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"
#include "model/fields.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Row;

constexpr std::uint8_t address = 0x01;
constexpr std::int64_t most_cells = 30;

constexpr std::array texts{TextField{0, 20, &Identity::firmware_version}, TextField{20, 20, &Identity::serial_number},
                           TextField{40, 20, &Identity::model_name}};
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{4, u16be, 1, &Telemetry::soc},
    Field{6, u16be, 1, &Telemetry::soh},
    Field{8, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{10, u16be, 0.01, &Telemetry::capacity},
    Field{12, u16be, 0.01, &Telemetry::design_capacity},
    Field{14, u16be, 1, &Telemetry::cycles},
    Field{31, u8, 1, &Telemetry::cell_count},
    Field{114, i16be, 0.1, &Telemetry::temperature_mosfet, 0, -1},
};
constexpr ProblemWord problem{16, u48be};
constexpr std::array fet_bits{Bit{28, 6, &Telemetry::charge_fet}, Bit{28, 7, &Telemetry::discharge_fet}};
constexpr std::array cell_list{ListField{32, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};
constexpr SensorList sensors{
    .count_at = 93, .count = u8, .most = 8, .offset = 94, .stride = 2, .wire = i16be, .scale = 0.1};

constexpr Row rows[]{
    {{"Gobel identity (00AA)", Need::setting}, {0x00AA, 35}, {.texts = texts}},
    {{"Gobel status (0000)"},
     {0x0000, 59},
     {.fields = pack_table,
      .bits = fet_bits,
      .lists = cell_list,
      .most_cells = most_cells,
      .sensors = &sensors,
      .problem = &problem}},
};
static_assert(fits(pack_table, rows[1].block.size()) && apart(pack_table));

class Gobel final : public ModbusHost {
  public:
    Gobel(const Entry& entry, const Setup& setup) : ModbusHost(entry, setup, address, rows, false) {}

  private:
    /// The device information service only knows what the battery did not tell itself.
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await must(ModbusHost::greet(channel, reading));
        Identity service;
        co_await device_information(channel, service);
        for (const IdentityField& field : identity_fields())
            if (Text& text = reading.identity.*field.member; !text) text = service.*field.member;
        co_return Reply<void>{};
    }
};

constexpr Gatt gatt[]{{.service = "00002760-08c2-11e1-9073-0e8ac72e1001",
                       .notify = "00002760-08c2-11e1-9073-0e8ac72e0002",
                       .write = "00002760-08c2-11e1-9073-0e8ac72e0001"}};
constexpr Told delivers = Told{}.add(rows);

}  // namespace

extern const Entry gobel_bms;
const Entry gobel_bms{
    .name = "aiobmsble_gobel_bms",
    .type = "Gobel Power BLE BMS",
    .sheet = "ble/gobel",
    .brands = "Gobel Power (BMS-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Gobel, gobel_bms>,
    .device = modbus_device<rows, address>,
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
