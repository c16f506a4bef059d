// ECS GreenMeter with LiPro cell modules on RS485. What the bytes mean: docs/bms/ecs.md
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"
#include "util/log.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Block;
using modbus::Row;
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

Reply<void> take_module_id(ByteView data, Reading&)
{
    const auto id = read_be(data.data(), 2);
    return id >= least_module && id <= most_module ? Reply<void>{} : refuse(Refusal::bad_content);
}

void fill_id(Bytes& data, const Reading&)
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
void fill_code(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    std::size_t code = alarm_of_code.size() - 1;
    while (code > 1 && t.alarms[side.alarms[alarm_of_code[code]]].value_or(0) == 0) --code;
    write_be(data.data(), 2, (t.*side.fet).value_or(true) ? 0 : code);
}

// None is as long as the one before it at the same address: the modules are asked between them.
constexpr Row meter[]{
    {{"GreenMeter id (0)"}, {0, 1}, {.take = take_id, .fill = fill_id}},
    {{"GreenMeter capacity (46)", Need::setting}, {46, 2}, {.fields = capacity_table}},
    {{"GreenMeter discharge limit (30)", Need::setting},
     {30, 1},
     {.fields = discharge_limit_table, .take = take_discharge_limit}},
    {{"GreenMeter production (2)", Need::setting}, {2, 2}, {.take = take_production}},
    {{"GreenMeter charge limit (31)", Need::setting}, {31, 1}, {.fields = charge_limit_table}},
    {{"GreenMeter voltage (108)"}, {108, 2}, {.fields = voltage_table, .take = modbus::take_plausible}},
    {{"GreenMeter charging side (130)", Need::optional, forget_code<charging>},
     {130, 1},
     {.take = take_code<charging>, .fill = fill_code<charging>}},
    {{"GreenMeter current (114)", Need::optional}, {114, 2}, {.fields = current_table}},
    {{"GreenMeter discharging side (131)", Need::optional, forget_code<discharging>},
     {131, 1},
     {.take = take_code<discharging>, .fill = fill_code<discharging>}},
    {{"GreenMeter first temperature (102)", Need::optional}, {102, 1}, {.fields = first_sensor_table}},
    {{"GreenMeter state of charge (128)", Need::optional}, {128, 2}, {.fields = soc_table}},
    {{"GreenMeter second temperature (103)", Need::optional}, {103, 1}, {.fields = second_sensor_table}},
};
constexpr std::span<const Row> all(meter), id = all.first(1), settings = all.subspan(1, 4), state = all.subspan(5, 4),
                                           more_state = all.subspan(9);
constexpr std::array apart_rows{meter[0], meter[5]};

// A module knows its cell only, so what it says goes into the list by its place in the range of addresses.
constexpr Block module_id{0, 1}, module_voltage{100, 1}, module_load{102, 1};
constexpr Row module_rows[]{{{"LiPro module (0)", Need::setting}, module_id, {.take = take_module_id}},
                            {{}, module_voltage},
                            {{}, module_load}};
constexpr const Row& module_there = module_rows[0];

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
        modules_.clear();
        for (auto address = config_.lipro_start_address; address <= config_.lipro_end_address; ++address)
            if (address != config_.greenmeter_address)
                modules_.emplace_back(static_cast<std::uint8_t>(address), timing);
        reading.telemetry.cell_count = config_.lipro_cell_count;
        co_await must(poll(channel, reading));
        Identity& identity = reading.identity;
        identity.type = "ECS LiPro";
        identity.hardware_version = fmt::format("{} {}S", *size, config_.lipro_cell_count);
        identity.unique_id = common_unique_id(reading);
        const auto there = static_cast<std::int64_t>(reading.telemetry.cell_voltages.size());
        if (there != config_.lipro_cell_count)
            log::info("GreenMeter: {} LiPro modules for {} cells", there, config_.lipro_cell_count);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        for (modbus::Host& module : modules_)
            if (!module.answers(module_there)) co_await module.read(channel, module_there, reading);
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

    /// Of the modules that were there once; one that does not answer leaves its place empty. When none does, there is
    /// no reading.
    Task<Reply<void>> read_cells(Channel& channel, Telemetry& t)
    {
        Reply<void> heard;
        t.cell_voltages.clear();
        for (modbus::Host& module : modules_) {
            if (!module.answers(module_there)) continue;
            const auto voltage = co_await read_word(channel, module, module_voltage);
            if (t.cell_voltages.empty() || voltage) heard = voltage ? Reply<void>{} : refuse(voltage.error());
            t.cell_voltages.push_back(voltage ? Number(scaled(*voltage, 0.001)) : std::nullopt);
        }
        co_return heard;
    }

    Task<void> read_loads(Channel& channel, Telemetry& t)
    {
        t.cell_balancing.clear();
        for (modbus::Host& module : modules_) {
            if (!module.answers(module_there)) continue;
            const Number& voltage = t.cell_voltages[t.cell_balancing.size()];
            const Word load =
                voltage ? co_await read_word(channel, module, module_load) : Word(refuse(Refusal::silence));
            t.cell_balancing.push_back(load ? Flag(*load > balancing_load) : std::nullopt);
        }
        const auto& flags = t.cell_balancing;
        t.balancing = any(flags);
        const bool all_told = !flags.empty() && std::find(flags.begin(), flags.end(), Flag()) == flags.end();
        if (!*t.balancing && !all_told) t.balancing.reset();
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
    std::span<const Row> rows(std::uint8_t address) const override
    {
        if (address == meter_address) return meter;
        return cell(address) < truth().telemetry.cell_voltages.size() ? module_rows : std::span<const Row>();
    }

    Bytes content(std::uint8_t address, const Row& row) const override
    {
        if (address == meter_address) return ModbusDevice::content(address, row);
        const Telemetry& t = truth().telemetry;
        const std::size_t i = cell(address);
        const bool balances = i < t.cell_balancing.size() && t.cell_balancing[i].value_or(false);
        const std::int64_t word = row.block == module_id        ? most_module
                                  : row.block == module_voltage ? unscaled(t.cell_voltages[i].value_or(0), 0.001, u16be)
                                                                : (balances ? 100 : 0);
        Bytes data(row.block.size());
        u16be.put(data.data(), word);
        return data;
    }

  private:
    static constexpr std::uint8_t meter_address = 1, first_module = 2;
    static std::size_t cell(std::uint8_t address) { return static_cast<std::size_t>(address) - first_module; }
};

constexpr Line lines[]{{.baud = 19200, .parity = Parity::even}};
constexpr Told delivers = Told{"hardware_version", "cell_count", "cell_voltages", "cell_balancing",
                               "balancing",        "charge_fet", "discharge_fet", "alarms"}
                              .add(meter);

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
