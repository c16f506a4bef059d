// Seplos V3 boards on RS485. What the bytes mean: docs/bms/seplosv3.md
#include <algorithm>
#include <cmath>

#include "bms/language/fitted.h"
#include "bms/language/identity.h"
#include "bms/language/modbus.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Function;
using modbus::Layout;
using modbus::row;

// The connection test asks once at each of the 16 addresses: 3.2 s on a silent line.
constexpr modbus::Timing timing{.first = 400ms, .rest = 400ms, .gap = 10ms};
constexpr modbus::Timing test_timing{.first = 200ms, .rest = 400ms, .gap = 10ms};
constexpr Duration parameters_every = 30s;

constexpr std::string_view maker = "XZH-ElecTech Co.,Ltd";
constexpr std::int64_t most_cells = 16;
constexpr std::int64_t freezing = 2731;  // 0 degC in 0.1 K

constexpr std::array model_text{TextField{0, 20, &Identity::hardware_version}};
constexpr std::array serial_text{TextField{0, 30, &Identity::serial_number}};

constexpr std::array parameter_table{
    Field{2 * 0x01, u16be, 1, &Telemetry::cell_count},
    Field{2 * 0x05, u16be, 0.01, &Telemetry::max_battery_voltage},
    Field{2 * 0x09, u16be, 0.01, &Telemetry::min_battery_voltage},
    Field{2 * 0x59, u16be, 0.01, &Telemetry::capacity},
    Field{2 * 0x65, u16be, 0.01, &Telemetry::requested_charge_voltage},
    Field{2 * 0x66, u16be, 1, &Telemetry::requested_charge_current},
    Field{2 * 0x67, i16be, -1, &Telemetry::requested_discharge_current},  // the amount counts
};
constexpr std::array pack_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, 0.01, &Telemetry::current},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{8, u16be, 10, &Telemetry::total_ah_drawn},
    Field{10, u16be, 0.1, &Telemetry::soc},
    Field{12, u16be, 0.1, &Telemetry::soh},
    Field{14, u16be, 1, &Telemetry::cycles},
    Field{30, u16be, 1, &Telemetry::max_discharge_current},
    Field{32, u16be, 1, &Telemetry::max_charge_current},
};
constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::array sensor_table{
    Field{32, u16be, 0.1, sensor(1), freezing},
    Field{34, u16be, 0.1, sensor(2), freezing},
    Field{36, u16be, 0.1, sensor(3), freezing},
    Field{38, u16be, 0.1, sensor(4), freezing},
    Field{48, u16be, 0.1, &Telemetry::temperature_ambient, freezing},
    Field{50, u16be, 0.1, &Telemetry::temperature_mosfet, freezing},
};

constexpr std::size_t balancing_at = 6;
constexpr std::array switch_bits{Bit{15, 0, &Telemetry::discharge_fet}, Bit{15, 1, &Telemetry::charge_fet},
                                 Bit{15, 3, &Telemetry::heating}};
constexpr std::array<std::uint8_t, 7> event_places{9, 10, 11, 12, 13, 14, 17};
constexpr std::uint8_t voltage = 0, temperature = 8, board = 16, current = 24, latched = 32, charge = 40, fault = 48;
constexpr std::array event_bits{AlarmBit{voltage + 0, Alarm::high_cell_voltage, 1},
                                AlarmBit{voltage + 1, Alarm::high_cell_voltage, 2},
                                AlarmBit{voltage + 2, Alarm::low_cell_voltage, 1},
                                AlarmBit{voltage + 3, Alarm::low_cell_voltage, 2},
                                AlarmBit{voltage + 4, Alarm::high_voltage, 1},
                                AlarmBit{voltage + 5, Alarm::high_voltage, 2},
                                AlarmBit{voltage + 6, Alarm::low_voltage, 1},
                                AlarmBit{voltage + 7, Alarm::low_voltage, 2},
                                AlarmBit{temperature + 0, Alarm::high_charge_temperature, 1},
                                AlarmBit{temperature + 1, Alarm::high_charge_temperature, 2},
                                AlarmBit{temperature + 2, Alarm::low_charge_temperature, 1},
                                AlarmBit{temperature + 3, Alarm::low_charge_temperature, 2},
                                AlarmBit{temperature + 4, Alarm::high_temperature, 1},
                                AlarmBit{temperature + 5, Alarm::high_temperature, 2},
                                AlarmBit{temperature + 6, Alarm::low_temperature, 1},
                                AlarmBit{temperature + 7, Alarm::low_temperature, 2},
                                AlarmBit{board + 4, Alarm::high_internal_temperature, 1},
                                AlarmBit{board + 5, Alarm::high_internal_temperature, 2},
                                AlarmBit{current + 0, Alarm::high_charge_current, 1},
                                AlarmBit{current + 1, Alarm::high_charge_current, 2},
                                AlarmBit{current + 2, Alarm::high_charge_current, 2},
                                AlarmBit{latched + 2, Alarm::high_charge_current, 2},
                                AlarmBit{current + 3, Alarm::high_discharge_current, 1},
                                AlarmBit{current + 4, Alarm::high_discharge_current, 2},
                                AlarmBit{current + 5, Alarm::high_discharge_current, 2},
                                AlarmBit{current + 6, Alarm::high_discharge_current, 2},
                                AlarmBit{latched + 0, Alarm::high_discharge_current, 2},
                                AlarmBit{latched + 3, Alarm::high_discharge_current, 2},
                                AlarmBit{charge + 2, Alarm::low_soc, 1},
                                AlarmBit{charge + 3, Alarm::low_soc, 2},
                                AlarmBit{charge + 4, Alarm::cell_imbalance, 1},
                                AlarmBit{fault + 4, Alarm::cell_imbalance, 2},
                                AlarmBit{fault + 0, Alarm::internal_failure, 2},
                                AlarmBit{fault + 1, Alarm::internal_failure, 2},
                                AlarmBit{fault + 2, Alarm::internal_failure, 2},
                                AlarmBit{fault + 3, Alarm::internal_failure, 2},
                                AlarmBit{fault + 5, Alarm::internal_failure, 2},
                                AlarmBit{fault + 6, Alarm::internal_failure, 2},
                                AlarmBit{fault + 7, Alarm::internal_failure, 2}};

Reply<void> take_maker(ByteView data, Reading&)
{
    return printable(data).contains(maker) ? Reply<void>{} : refuse(Refusal::bad_content);
}

void fill_maker(MutableBytes data, const Reading&)
{
    std::copy(maker.begin(), maker.end(), data.begin());
}

Reply<void> take_version(ByteView data, Reading& reading)
{
    const std::string text = printable(data);
    reading.identity.firmware_version = text.size() == 2 ? Text(text.substr(0, 1) + '.' + text[1]) : Text();
    return {};
}

void fill_version(MutableBytes data, const Reading& reading)
{
    std::string version = reading.identity.firmware_version.value_or("");
    std::erase(version, '.');
    std::copy_n(version.begin(), std::min(version.size(), data.size()), data.begin());
}

constexpr std::size_t sensors_at = 0;  // of the parameters

Reply<void> take_parameters(ByteView, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.requested_discharge_current = std::abs(*t.requested_discharge_current);
    return {};
}

void fill_parameters(MutableBytes data, const Reading&)
{
    write_be(&data[sensors_at], 2, sensor_count);
}

/// A board that does not tell its parameters has as many cells as there are voltages.
Reply<void> take_cells(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    if (!t.cell_count) {
        std::int64_t count = 0;
        while (count < most_cells && read_be(&data[2 * static_cast<std::size_t>(count)], 2) != 0) ++count;
        if (count == 0) return refuse(Refusal::bad_content);
        t.cell_count = count;
    }
    decode(cell_list, data, static_cast<std::size_t>(*t.cell_count), t);
    return {};
}

void fill_cells(MutableBytes data, const Reading& reading)
{
    encode(cell_list, data, reading.telemetry);
}

Reply<void> take_states(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode(event_bits, gather(data, event_places), t.alarms);
    decode_balancing(read_le(&data[balancing_at], 2), static_cast<std::size_t>(*t.cell_count), t);
    t.balancing = any(t.cell_balancing);
    return {};
}

void forget_states(Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.alarms = {};
    t.cell_balancing.clear();
    t.balancing.reset();
}

void fill_states(MutableBytes data, const Reading& reading)
{
    scatter(encode(event_bits, reading.telemetry.alarms), event_places, data);
    write_le(&data[balancing_at], 2, encode_balancing(reading.telemetry));
}

// None is as long as the one before it.
constexpr modbus::Block input(std::uint16_t start, std::uint16_t count)
{
    return {start, count, Function::read_input};
}
constexpr std::array rows{
    row("Seplos V3 maker (1700)", Need::required, input(0x1700, 10), take_maker, fill_maker),
    row("Seplos V3 serial number (1715)", Need::setting, input(0x1715, 15), serial_text, 2),
    row("Seplos V3 model (170A)", Need::setting, input(0x170A, 10), model_text, 2),
    row("Seplos V3 firmware (1714)", Need::setting, input(0x1714, 1), take_version, fill_version, nullptr, 2),
    row("Seplos V3 parameters (1300)", Need::optional, input(0x1300, 0x6A), parameter_table, take_parameters,
        fill_parameters),
    row("Seplos V3 pack (1000)", Need::required, input(0x1000, 0x12), pack_table, modbus::take_plausible),
    row("Seplos V3 cells (1100)", Need::required, input(0x1100, 0x1A), sensor_table, take_cells, fill_cells),
    Layout{.name = "Seplos V3 states (1200)",
           .need = Need::optional,
           .block = {0x1200, 0x90, Function::read_coils},
           .bits = switch_bits,
           .take = take_states,
           .forget = forget_states,
           .fill = fill_states},
};
constexpr std::span<const Layout> all(rows), texts = all.subspan(1, 3), state = all.subspan(5);
constexpr const Layout &factory = rows[0], &parameters = rows[4];
static_assert(fits(parameter_table, parameters.block.size()) && apart(parameter_table));
static_assert(fits(pack_table, state[0].block.size()) && apart(pack_table));
static_assert(fits(sensor_table, state[1].block.size()) && apart(sensor_table));

class Seplosv3 final : public Protocol {
  public:
    explicit Seplosv3(const Setup& setup) : test_(setup.address, test_timing), host_(setup.address, timing) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.anew();
        parameters_at_.reset();
        cells_.reset();
        auto there = co_await test_.read(channel, factory, reading);
        if (!there && there.error() != Refusal::silence) there = co_await host_.read(channel, factory, reading);
        co_await must(there);
        reading.telemetry.cell_count.reset();
        co_await must(poll(channel, reading));
        Identity& identity = reading.identity;
        identity.type = "Seplos v3";
        identity.unique_id = identity.serial_number ? *identity.serial_number : common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(host_.read(channel, texts, reading));
        co_await must(read_parameters(channel, reading));
        co_await must(host_.read(channel, state, reading));
        Telemetry& t = reading.telemetry;
        cells_ = t.cell_count;
        for (std::size_t i = 0; i < sensor_count; ++i) {
            if (i >= sensors_) t.temperatures[i].reset();
            fitted_.keep(i, t.temperatures[i]);
        }
        co_return Reply<void>{};
    }

  private:
    /// From time to time. The number of cells stays known when they are not told any more.
    Task<Reply<void>> read_parameters(Channel& channel, Reading& reading)
    {
        const Instant now = channel.steady();
        if (parameters_at_ && now - *parameters_at_ < parameters_every) co_return Reply<void>{};
        const modbus::Take count_sensors = [this](ByteView data) -> Reply<void> {
            const auto told = static_cast<std::size_t>(read_be(&data[sensors_at], 2));
            sensors_ = told == 0 ? sensor_count : std::min(told, sensor_count);
            return {};
        };
        co_await must(host_.read(channel, parameters, reading, count_sensors));
        Count& cells = reading.telemetry.cell_count;
        if (!cells) cells = cells_;
        if (cells && (*cells < 1 || *cells > most_cells)) {
            channel.refused(Refusal::bad_content);
            co_return refuse(Refusal::bad_content);
        }
        parameters_at_ = now;
        co_return Reply<void>{};
    }

    modbus::Host test_, host_;
    std::optional<Instant> parameters_at_;  // when they were read last
    Count cells_;                           // once it was told
    std::size_t sensors_ = sensor_count;
    Fitted<sensor_count> fitted_;  // an empty place reads 0.0 degC
};

/// The switches of a board set any of these.
constexpr auto lines = [] {
    std::array<Line, 16> all_addresses{};
    for (std::size_t i = 0; i < all_addresses.size(); ++i) all_addresses[i] = {19200, static_cast<std::uint8_t>(i)};
    return all_addresses;
}();
constexpr std::string_view delivers[]{"hardware_version",
                                      "firmware_version",
                                      "serial_number",
                                      "cell_count",
                                      "voltage",
                                      "current",
                                      "soc",
                                      "soh",
                                      "capacity",
                                      "capacity_remaining",
                                      "cycles",
                                      "total_ah_drawn",
                                      "cell_voltages",
                                      "cell_balancing",
                                      "balancing",
                                      "temperatures",
                                      "temperature_mosfet",
                                      "temperature_ambient",
                                      "charge_fet",
                                      "discharge_fet",
                                      "heating",
                                      "max_charge_current",
                                      "max_discharge_current",
                                      "max_battery_voltage",
                                      "min_battery_voltage",
                                      "requested_charge_voltage",
                                      "requested_charge_current",
                                      "requested_discharge_current",
                                      "alarms"};

}  // namespace

extern const Entry seplosv3;
const Entry seplosv3{
    .name = "Seplosv3",
    .type = "Seplos v3",
    .sheet = "seplosv3",
    .brands = "Seplos V3 boards of XZH-ElecTech (BMS48100, BMS48200, SP05B, SG16S200A)",
    .wiring = "RS485 port; addresses 0 to 15 as the DIP switches say, the lowest that answers is taken",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Seplosv3>(setup); },
    .device = modbus::device<rows>,
    .addressed = false,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
