// Renogy smart lithium batteries on RS485. What the bytes mean: docs/bms/renogy.md
#include <cmath>

#include "bms/identity.h"
#include "bms/modbus.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Block;
using modbus::Layout;

// The connection test is one request: 0.3 s of silence at each of the two addresses.
constexpr modbus::Timing timing{.first = 300ms, .rest = 1s, .gap = 20ms};
constexpr std::uint16_t most_cells = 16;
constexpr double most_soc = 100.5;  // a little more than full counts as full

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

constexpr Layout model{{0x1402, 8}, {}, model_text}, maker{{0x140C, 8}, {}, maker_text};
constexpr Layout serial{{0x13F6, 8}, {}, serial_text};
constexpr Layout cell_number{{0x1388, 1}, count_table}, capacity{{0x13B6, 2}, capacity_table};
constexpr Layout pack{{0x13B2, 4}, pack_table}, board{{0x13AD, 1}, board_table}, second{{0x13B0, 1}, second_table};
constexpr Block firmware{0x140A, 2}, cells{0x1389, most_cells}, cell_sensors{0x139A, most_cells};
constexpr ListField cell_list{0, 2, u16be, 0.1, &Telemetry::cell_voltages};
constexpr ListField sensor_list{0, 2, i16be, 0.1, &Telemetry::cell_temperatures};
static_assert(apart(pack_table) && fits(pack_table, pack.block.size()));

/// Four characters, two of the major and two of the minor version.
Text firmware_text(ByteView data)
{
    const std::string text = printable(data);
    if (text.size() != 4) return std::nullopt;
    return text.substr(0, 2) + '.' + text.substr(2);
}

class Renogy final : public Protocol {
  public:
    explicit Renogy(const Setup& setup) : host_(setup.address, timing) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Identity& identity = reading.identity;
        const auto name = co_await host_.read(channel, model.block);
        if (!name) co_return refuse(name.error());
        if (!is_text(*name)) co_return reject(channel);
        take(model, *name, reading);
        identity.type = "Renogy";
        co_await host_.read(channel, maker, reading);
        identity.hardware_version =
            identity.manufacturer ? *identity.manufacturer + ' ' + *identity.model_name : identity.model_name;

        const auto counted = co_await host_.read(channel, cell_number, reading);
        if (!counted) co_return counted;
        const auto count = *reading.telemetry.cell_count;
        if (count < 1 || count > most_cells) co_return reject(channel);
        const auto version = co_await host_.read(channel, firmware);
        if (version) identity.firmware_version = firmware_text(*version);
        const auto full = co_await host_.read(channel, capacity, reading);
        if (!full) co_return full;
        if (*reading.telemetry.capacity == 0) co_return reject(channel);
        co_await host_.read(channel, serial, reading, 3);  // the unique id, so not given up at once
        identity.unique_id = identity.serial_number;
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const auto count = static_cast<std::uint16_t>(*t.cell_count);
        const auto read = co_await host_.read(channel, pack, reading);
        if (!read) co_return read;
        const double soc = std::round(*t.capacity_remaining / *t.capacity * 10000) / 100;
        t.soc = std::min(soc, 100.0);
        if (soc > most_soc || !plausible(t)) co_return reject(channel, Refusal::implausible);
        for (const auto& [block, list] : {std::pair(cells, cell_list), std::pair(cell_sensors, sensor_list)}) {
            const auto data = co_await host_.read(channel, Block{block.start, count});
            if (!data) co_return refuse(data.error());
            decode(list, *data, count, t);
        }
        for (const Layout& layout : {board, second}) {
            const auto sensed = co_await host_.read(channel, layout, reading);
            if (!sensed) co_return sensed;
        }
        co_return Reply<void>{};
    }

  private:
    static Reply<void> reject(Channel& channel, Refusal reason = Refusal::bad_content)
    {
        channel.refused(reason);
        return refuse(reason);
    }

    modbus::Host host_;
};

constexpr std::array layouts_of_device{
    model,
    maker,
    serial,
    cell_number,
    capacity,
    pack,
    board,
    second,
    Layout{firmware},
    Layout{cells},
    Layout{cell_sensors},
};

class RenogyDevice final : public modbus::ModbusDevice {
  public:
    using ModbusDevice::ModbusDevice;

  protected:
    std::span<const Layout> layouts(std::uint8_t asked) const override
    {
        return asked == address() ? layouts_of_device : std::span<const Layout>();
    }

    void fill(std::uint8_t, const Block& block, MutableBytes data) const override
    {
        if (block == cells) encode(cell_list, data, truth().telemetry);
        if (block == cell_sensors) encode(sensor_list, data, truth().telemetry);
        if (block == firmware) {
            std::string version = truth().identity.firmware_version.value_or("");
            std::erase(version, '.');
            version.resize(4, '0');
            std::copy(version.begin(), version.end(), data.begin());
        }
    }
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
        return std::make_unique<RenogyDevice>(truth, line.address);
    },
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
