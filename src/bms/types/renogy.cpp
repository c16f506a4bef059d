// Renogy smart lithium batteries on RS485. What the bytes mean: docs/bms/renogy.md
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Layout;

// The connection test is one request: 0.3 s of silence at each of the two addresses.
constexpr modbus::Timing timing{.first = 300ms, .rest = 1s, .gap = 20ms};
constexpr std::uint16_t most_cells = 16;

constexpr std::array capacity_table{Field{0, u32be, 0.001, &Telemetry::capacity}};
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.1, &Telemetry::voltage},
    Field{4, u32be, 0.001, &Telemetry::capacity_remaining},
};
constexpr std::array board_table{Field{0, i16be, 0.1, sensor(1)}};
constexpr std::array second_table{Field{0, i16be, 0.1, sensor(2)}};
constexpr std::array count_table{Field{0, u16be, 1, &Telemetry::cell_count}};
constexpr std::array model_text{TextField{0, 16, &Identity::model_name}};
constexpr std::array maker_text{TextField{0, 16, &Identity::manufacturer}};
constexpr std::array serial_text{TextField{0, 16, &Identity::serial_number}};

constexpr ListField cell_list{0, 2, u16be, 0.1, &Telemetry::cell_voltages};
constexpr ListField sensor_list{0, 2, i16be, 0.1, &Telemetry::cell_temperatures};

template <const ListField& list>
Reply<void> take_list(ByteView data, Reading& reading)
{
    decode(list, data, static_cast<std::size_t>(*reading.telemetry.cell_count), reading.telemetry);
    return {};
}

template <const ListField& list>
void fill_list(MutableBytes data, const Reading& reading)
{
    encode(list, data, reading.telemetry);
}

Reply<void> take_model(ByteView data, Reading&)
{
    return is_text(data) ? Reply<void>{} : refuse(Refusal::bad_content);
}

Reply<void> take_count(ByteView, Reading& reading)
{
    const auto count = *reading.telemetry.cell_count;
    return count >= 1 && count <= most_cells ? Reply<void>{} : refuse(Refusal::bad_content);
}

Reply<void> take_capacity(ByteView, Reading& reading)
{
    return *reading.telemetry.capacity > 0 ? Reply<void>{} : refuse(Refusal::bad_content);
}

/// Four characters, two of the major and two of the minor version.
Reply<void> take_version(ByteView data, Reading& reading)
{
    const std::string text = printable(data);
    if (text.size() == data.size()) reading.identity.firmware_version = text.substr(0, 2) + '.' + text.substr(2);
    return {};
}

void fill_version(MutableBytes data, const Reading& reading)
{
    std::string version = reading.identity.firmware_version.value_or("");
    std::erase(version, '.');
    version.resize(data.size(), '0');
    std::copy(version.begin(), version.end(), data.begin());
}

Reply<void> take_pack(ByteView, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.soc = soc_in_range(std::round(*t.capacity_remaining / *t.capacity * 10000) / 100);
    return plausible(t);
}

constexpr Layout model{.block = {0x1402, 8}, .texts = model_text, .take = take_model};
constexpr Layout maker{.block = {0x140C, 8}, .texts = maker_text};
constexpr Layout serial{.block = {0x13F6, 8}, .texts = serial_text};
constexpr Layout version{.block = {0x140A, 2}, .take = take_version, .fill = fill_version};
constexpr Layout cell_number{.block = {0x1388, 1}, .fields = count_table, .take = take_count};
constexpr Layout capacity{.block = {0x13B6, 2}, .fields = capacity_table, .take = take_capacity};
constexpr Layout pack{.block = {0x13B2, 4}, .fields = pack_table, .take = take_pack};
constexpr Layout cells{.block = {0x1389, most_cells}, .take = take_list<cell_list>, .fill = fill_list<cell_list>};
constexpr Layout cell_sensors{
    .block = {0x139A, most_cells}, .take = take_list<sensor_list>, .fill = fill_list<sensor_list>};
constexpr Layout board{.block = {0x13AD, 1}, .fields = board_table};
constexpr Layout second{.block = {0x13B0, 1}, .fields = second_table};
static_assert(apart(pack_table) && fits(pack_table, pack.block.size()));

constexpr std::array all{model, maker, serial,       version, cell_number, capacity,
                         pack,  cells, cell_sensors, board,   second};

class Renogy final : public Protocol {
  public:
    explicit Renogy(const Setup& setup) : host_(setup.address, timing) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Identity& identity = reading.identity;
        const auto named = co_await host_.read(channel, model, reading);
        if (!named) co_return named;
        identity.type = "Renogy";
        co_await host_.read(channel, maker, reading);
        identity.hardware_version =
            identity.manufacturer ? *identity.manufacturer + ' ' + *identity.model_name : identity.model_name;
        const auto counted = co_await host_.read(channel, cell_number, reading);
        if (!counted) co_return counted;
        co_await host_.read(channel, version, reading);
        const auto full = co_await host_.read(channel, capacity, reading);
        if (!full) co_return full;
        co_await host_.read(channel, serial, reading, 3);  // the unique id, so not given up at once
        identity.unique_id = identity.serial_number;
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto count = static_cast<std::uint16_t>(*reading.telemetry.cell_count);
        const std::array blocks{pack, cells.first(count), cell_sensors.first(count), board, second};
        co_return co_await host_.read(channel, blocks, reading);
    }

  private:
    modbus::Host host_;
};

constexpr Line lines[]{{9600, 0x30}, {9600, 0xF7}};
constexpr std::string_view delivers[]{
    "model_name",
    "manufacturer",
    "hardware_version",
    "firmware_version",
    "serial_number",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "capacity_remaining",
    "cell_voltages",
    "cell_temperatures",
    "temperatures",
};

}  // namespace

extern const Entry renogy;
const Entry renogy{
    .name = "Renogy",
    .type = "Renogy",
    .sheet = "renogy",
    .brands = "Renogy smart lithium batteries (RBT50LFP48S, RBT100LFP12SH-G1, RBT100LFP12-BT, RBT200LFP12)",
    .wiring = "RS485 port of the battery; delivered with address 0x30 or 0xF7",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Renogy>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<modbus::ModbusDevice>(truth, line.address, all);
    },
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
