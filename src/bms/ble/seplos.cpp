// Seplos V3 boards over Bluetooth: the registers of RS485, asked of the system unit. What the bytes mean:
// docs/bms/seplosv3.md
#include "bms/language/ble_modbus.h"
#include "bms/language/fitted.h"
#include "bms/language/told.h"
#include "bms/types/seplosv3.h"

namespace bmsd::bms::ble {
namespace {

using modbus::Function;
using modbus::Row;
using namespace seplosv3_tables;

constexpr std::uint8_t system_unit = 0x00, first_pack = 0x01;

constexpr std::array system_table{
    Field{0, u32be_low_first, 0.01, &Telemetry::voltage},
    Field{4, i32be_low_first, 0.1, &Telemetry::current},
    Field{8, u32be_low_first, 0.01, &Telemetry::capacity_remaining},
    Field{12, u32be_low_first, 0.01, &Telemetry::capacity},
    Field{44, u16be, 1, &Telemetry::pack_count, 0, 0},
    Field{46, u16be, 1, &Telemetry::cycles},
    Field{48, u16be, 0.1, &Telemetry::soc},
    Field{50, u16be, 0.1, &Telemetry::soh},
};
constexpr std::array extreme_table{Field{0, u16be, 0.001, &Telemetry::max_cell_voltage},
                                   Field{2, u16be, 0.001, &Telemetry::min_cell_voltage}};

// The states of the system are those of a pack without its first eight bytes.
constexpr std::size_t states_cut = 8;
constexpr auto system_bits = [] {
    auto bits = switch_bits;
    for (Bit& bit : bits) bit.offset -= states_cut;
    return bits;
}();
constexpr auto system_events = [] {
    auto places = event_places;
    for (std::uint8_t& place : places) place = static_cast<std::uint8_t>(place - states_cut);
    return places;
}();

constexpr std::int64_t most_packs = 16;

Reply<void> take_system(ByteView, Reading& reading)
{
    Count& packs = reading.telemetry.pack_count;
    if (packs) packs = std::min(*packs, most_packs);
    return {};
}

Reply<void> take_states(ByteView data, Reading& reading)
{
    decode(event_bits, gather(data, system_events), reading.telemetry.alarms);
    return {};
}

void fill_states(Bytes& data, const Reading& reading)
{
    scatter(encode(event_bits, reading.telemetry.alarms), system_events, data);
}

void forget_states(Reading& reading)
{
    reading.telemetry.alarms = {};
}

constexpr ListField cell_lists[]{cell_list};

constexpr Row system_rows[]{
    {{"Seplos V3 system (2000)"}, {0x2000, 26, Function::read_input}, {.fields = system_table, .take = take_system}},
    {{"Seplos V3 highest and lowest (2100)"}, {0x2100, 22, Function::read_input}, {.fields = extreme_table}},
    {{"Seplos V3 system states (2200)", Need::required, forget_states},
     {0x2200, 0x50, Function::read_coils},
     {.bits = system_bits, .take = take_states, .fill = fill_states}},
};
constexpr Row pack_rows[]{
    {{"Seplos V3 cells (1100)"},
     {0x1100, 26, Function::read_input},
     {.fields = sensor_table, .lists = cell_lists, .cell_places = static_cast<std::size_t>(most_cells)}},
};
static_assert(fits(system_table, system_rows[0].block.size()) && apart(system_table));

class Seplos final : public ModbusHost {
  public:
    Seplos(const Entry& entry, const Setup& setup) : ModbusHost(entry, setup, system_unit, system_rows, true) {}

  private:
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(ModbusHost::read(channel, reading));
        for (const Row& row : pack_rows) co_await must(take(channel, first_pack, row, reading));
        Telemetry& t = reading.telemetry;
        for (std::size_t i = 0; i < sensor_count; ++i) fitted_.keep(i, t.temperatures[i]);
        co_return Reply<void>{};
    }

    Fitted<sensor_count> fitted_;  // an empty place reads 0.0 degC
};

class SeplosDevice final : public modbus::ModbusDevice {
  public:
    explicit SeplosDevice(Reading& truth) : ModbusDevice(truth, system_unit, system_rows) {}

  private:
    std::span<const Row> rows(std::uint8_t address) const override
    {
        if (address == system_unit) return system_rows;
        return address == first_pack ? std::span<const Row>(pack_rows) : std::span<const Row>();
    }
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2"}};
constexpr Told delivers = Told{"alarms"}.add(system_rows).add(pack_rows);

}  // namespace

extern const Entry seplos_bms;
constinit const Entry seplos_bms{
    .name = "aiobmsble_seplos_bms",
    .type = "Seplos smart BMS V3",
    .sheet = "ble/seplos",
    .brands = "Seplos V3 boards (SP..., CSY, XZHX)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Seplos, seplos_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<SeplosDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
