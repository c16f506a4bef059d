// ECS GreenMeter with LiPro cell modules on RS485. What the bytes mean: docs/bms/ecs.md
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "util/log.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Block;
using modbus::Layout;
using modbus::row;
using enum Alarm;

// The connection test asks the meter twice: 0.2 s on a silent line.
constexpr modbus::Timing timing{.first = 100ms, .rest = 100ms, .gap = 2ms, .tries = 2};

constexpr std::uint16_t least_meter = 500, most_meter = 502, least_module = 100, most_module = 104;
constexpr std::array<std::string_view, 3> meter_sizes{"500A", "250A", "125A"};
constexpr std::int64_t balancing_load = 50;  // %, a module that bleeds more than this balances its cell

/// Below 65.536 % some meters fill the high word of the state of charge with ones.
constexpr std::int64_t get_soc(const std::uint8_t* data)
{
    return read_be(data + 2, 2) == 0xFFFF ? u16be.get(data) : u32be_low_first.get(data);
}
constexpr Wire soc_wire{4, get_soc, u32be_low_first.put, u32be_low_first.least, u32be_low_first.most};
constexpr std::array discharge_limit_table{Field{0, i16be, 1, &Telemetry::max_discharge_current}};
constexpr std::array charge_limit_table{Field{0, i16be, 1, &Telemetry::max_charge_current}};
constexpr std::array capacity_table{Field{0, u32be_low_first, 0.001, &Telemetry::capacity}};
constexpr std::array voltage_table{Field{0, i32be_low_first, 0.001, &Telemetry::voltage}};
constexpr std::array current_table{Field{0, i32be_low_first, 0.001, &Telemetry::current}};
constexpr std::array soc_table{Field{0, soc_wire, 0.001, &Telemetry::soc}};
constexpr std::array first_sensor_table{Field{0, i16be, 0.01, sensor(1)}};
constexpr std::array second_sensor_table{Field{0, i16be, 0.01, sensor(2)}};

Reply<void> take_id(ByteView data, Reading& reading)
{
    const auto id = read_be(data.data(), 2);
    if (id < least_meter || id > most_meter) return refuse(Refusal::bad_content);
    reading.identity.hardware_version =
        fmt::format("Greenmeter-{}", meter_sizes.at(static_cast<std::size_t>(id - least_meter)));
    return {};
}

void fill_id(MutableBytes data, const Reading&)
{
    write_be(data.data(), 2, least_meter);
}

/// Some meters send it negative.
Reply<void> take_discharge_limit(ByteView, Reading& reading)
{
    Number& limit = reading.telemetry.max_discharge_current;
    limit = std::abs(*limit);
    return {};
}

Reply<void> take_production(ByteView data, Reading&)
{
    log::debug("GreenMeter: production word {}", u32be_low_first.get(data.data()));
    return {};
}

/// One side of the meter: its code says why it is switched off.
struct Side {
    Flag Telemetry::*fet;
    std::array<Alarm, 4> alarms;  // voltage, current, heat, cold
};
constexpr Side charging{&Telemetry::charge_fet,
                        {high_voltage, high_charge_current, high_charge_temperature, low_charge_temperature}};
constexpr Side discharging{&Telemetry::discharge_fet,
                           {low_voltage, high_discharge_current, high_temperature, low_temperature}};
constexpr std::array<std::size_t, 7> alarm_of_code{4, 0, 1, 2, 2, 3, 3};  // 4: on, no alarm

template <const Side& side>
Reply<void> take_code(ByteView data, Reading& reading)
{
    const auto told = read_be(data.data(), 2);
    Telemetry& t = reading.telemetry;
    t.*side.fet = told == 0;
    for (std::size_t i = 0; i < side.alarms.size(); ++i) {
        const bool raised = told < alarm_of_code.size() && alarm_of_code[told] == i;
        t.alarms[side.alarms[i]] = static_cast<std::uint8_t>(!raised ? 0 : i == 0 ? 2 : 1);
    }
    return {};
}

template <const Side& side>
void forget_code(Reading& reading)
{
    (reading.telemetry.*side.fet).reset();
    for (const Alarm alarm : side.alarms) reading.telemetry.alarms[alarm].reset();
}

template <const Side& side>
void fill_code(MutableBytes data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    std::size_t code = alarm_of_code.size() - 1;
    while (code > 1 && t.alarms[side.alarms[alarm_of_code[code]]].value_or(0) == 0) --code;
    write_be(data.data(), 2, (t.*side.fet).value_or(true) ? 0 : code);
}

// None is as long as the one before it at the same address: the modules are asked between them.
constexpr std::array meter{
    row("GreenMeter id (0)", Need::required, {0, 1}, take_id, fill_id),
    row("GreenMeter capacity (46)", Need::setting, {46, 2}, capacity_table),
    row("GreenMeter discharge limit (30)", Need::setting, {30, 1}, discharge_limit_table, take_discharge_limit),
    row("GreenMeter production (2)", Need::setting, {2, 2}, take_production),
    row("GreenMeter charge limit (31)", Need::setting, {31, 1}, charge_limit_table),
    row("GreenMeter voltage (108)", Need::required, {108, 2}, voltage_table, modbus::take_plausible),
    row("GreenMeter charging side (130)", Need::optional, {130, 1}, take_code<charging>, fill_code<charging>,
        forget_code<charging>),
    row("GreenMeter current (114)", Need::optional, {114, 2}, current_table),
    row("GreenMeter discharging side (131)", Need::optional, {131, 1}, take_code<discharging>, fill_code<discharging>,
        forget_code<discharging>),
    row("GreenMeter first temperature (102)", Need::optional, {102, 1}, first_sensor_table),
    row("GreenMeter state of charge (128)", Need::optional, {128, 2}, soc_table),
    row("GreenMeter second temperature (103)", Need::optional, {103, 1}, second_sensor_table),
};
constexpr std::span<const Layout> all(meter), id = all.first(1), settings = all.subspan(1, 4),
                                              state = all.subspan(5, 4), more_state = all.subspan(9);
constexpr std::array apart_rows{meter[0], meter[5]};

// A module knows its cell only, so what it says goes into the list by its place in the range of addresses.
constexpr Block module_id{0, 1}, module_voltage{100, 1}, module_load{102, 1};
constexpr std::array module_layouts{Layout{.block = module_id}, Layout{.block = module_voltage},
                                    Layout{.block = module_load}};

class Ecs final : public Protocol {
  public:
    explicit Ecs(const Setup& setup)
        : config_(setup.config),
          mine_(setup.address == 0 || setup.address == setup.config.greenmeter_address),
          meter_(static_cast<std::uint8_t>(setup.config.greenmeter_address), timing, apart_rows)
    {
    }

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        if (!mine_) co_return refuse(Refusal::unsupported);
        meter_.anew();
        co_await must(meter_.read(channel, id, reading));
        const Text size = reading.identity.hardware_version;
        co_await find_modules(channel);
        reading.telemetry.cell_count = config_.lipro_cell_count;
        co_await must(poll(channel, reading));
        Identity& identity = reading.identity;
        identity.type = "ECS LiPro";
        identity.hardware_version = fmt::format("{} {}S", *size, config_.lipro_cell_count);
        identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(meter_.read(channel, settings, reading));
        co_await must(meter_.read(channel, state, reading));
        co_await must(read_cells(channel, reading.telemetry));
        co_await must(meter_.read(channel, more_state, reading));
        co_await read_loads(channel, reading.telemetry);
        co_return Reply<void>{};
    }

  private:
    using Word = Reply<std::int64_t>;

    static Task<Word> read_word(Channel& channel, modbus::Host& module, Block block)
    {
        std::int64_t word = 0;
        const auto take_it = [&](ByteView data) -> Reply<void> {
            word = u16be.get(data.data());
            return {};
        };
        co_await must(module.read(channel, block, take_it));
        co_return word;
    }

    /// One that does not answer leaves its place empty; when none does, there is no reading.
    Task<Reply<void>> read_cells(Channel& channel, Telemetry& t)
    {
        Reply<void> heard = modules_.empty() ? Reply<void>{} : refuse(Refusal::silence);
        t.cell_voltages.clear();
        for (modbus::Host& module : modules_) {
            const auto voltage = co_await read_word(channel, module, module_voltage);
            t.cell_voltages.push_back(voltage ? Number(scaled(*voltage, 0.001)) : std::nullopt);
            if (voltage) heard = {};
            if (!heard) heard = refuse(voltage.error());
        }
        co_return heard;
    }

    Task<void> read_loads(Channel& channel, Telemetry& t)
    {
        t.cell_balancing.clear();
        for (std::size_t i = 0; i < modules_.size(); ++i) {
            const auto load = t.cell_voltages[i] ? co_await read_word(channel, modules_[i], module_load)
                                                 : Word(refuse(Refusal::silence));
            t.cell_balancing.push_back(load ? Flag(*load > balancing_load) : std::nullopt);
        }
        const bool all_told =
            std::find(t.cell_balancing.begin(), t.cell_balancing.end(), Flag()) == t.cell_balancing.end();
        t.balancing = any(t.cell_balancing);
        if (!all_told && !*t.balancing) t.balancing.reset();
    }

    /// Those of the configured range that answer as a module does; it may be none.
    Task<void> find_modules(Channel& channel)
    {
        modules_.clear();
        for (auto address = config_.lipro_start_address; address <= config_.lipro_end_address; ++address) {
            if (address == config_.greenmeter_address) continue;
            modbus::Host module(static_cast<std::uint8_t>(address), timing);
            const auto told = co_await read_word(channel, module, module_id);
            if (told && *told >= least_module && *told <= most_module) modules_.push_back(module);
        }
        if (static_cast<std::int64_t>(modules_.size()) != config_.lipro_cell_count)
            log::info("GreenMeter: {} LiPro modules for {} cells", modules_.size(), config_.lipro_cell_count);
    }

    const config::Config& config_;
    bool mine_;
    modbus::Host meter_;
    std::vector<modbus::Host> modules_;
};

/// A GreenMeter at the usual address and a module for each cell behind it.
class EcsDevice final : public modbus::ModbusDevice {
  public:
    explicit EcsDevice(Reading& truth) : ModbusDevice(truth, meter_address, meter) {}

  protected:
    std::span<const Layout> layouts(std::uint8_t address) const override
    {
        if (address == meter_address) return meter;
        return cell(address) < truth().telemetry.cell_voltages.size() ? module_layouts : std::span<const Layout>();
    }

    Bytes content(std::uint8_t address, const Layout& layout) const override
    {
        if (address == meter_address) return ModbusDevice::content(address, layout);
        const Telemetry& t = truth().telemetry;
        const std::size_t i = cell(address);
        const bool balances = i < t.cell_balancing.size() && t.cell_balancing[i].value_or(false);
        const std::int64_t word = layout.block == module_id ? most_module
                                  : layout.block == module_voltage
                                      ? unscaled(t.cell_voltages[i].value_or(0), 0.001, u16be)
                                      : (balances ? 100 : 0);
        Bytes data(layout.block.size());
        u16be.put(data.data(), word);
        return data;
    }

  private:
    static constexpr std::uint8_t meter_address = 1, first_module = 2;
    static std::size_t cell(std::uint8_t address) { return static_cast<std::size_t>(address) - first_module; }
};

constexpr Line lines[]{{.baud = 19200, .parity = Parity::even}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "charge_fet",
    "discharge_fet",
    "max_charge_current",
    "max_discharge_current",
    "alarms",
};

}  // namespace

extern const Entry ecs;
const Entry ecs{
    .name = "Ecs",
    .type = "ECS LiPro",
    .sheet = "ecs",
    .brands = "ECS electronics GreenMeter with LiPro cell modules",
    .wiring =
        "RS485; addresses in GREENMETER_ADDRESS and LIPRO_START_ADDRESS to LIPRO_END_ADDRESS, cells in "
        "LIPRO_CELL_COUNT",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Ecs>(setup); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<EcsDevice>(truth); },
    .addressable = false,
    .addressed = false,
    .unproven = true,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
