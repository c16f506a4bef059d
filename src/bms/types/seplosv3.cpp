// Seplos V3 boards on RS485. What the bytes mean: docs/bms/seplosv3.md
#include <algorithm>
#include <cmath>

#include "bms/language/fitted.h"
#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"
#include "bms/types/seplosv3.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using namespace seplosv3_tables;
using modbus::Function;
using modbus::Row;

// The connection test asks once at each of the 16 addresses: 3.2 s on a silent line.
constexpr modbus::Timing timing{.first = 400ms, .rest = 400ms, .gap = 10ms};
constexpr modbus::Timing test_timing{.first = 200ms, .rest = 400ms, .gap = 10ms};
constexpr Duration parameters_every = 30s;

Reply<void> take_maker(ByteView data, Reading&)
{
    return printable(data).contains(maker) ? Reply<void>{} : refuse(Refusal::bad_content);
}

void fill_maker(Bytes& data, const Reading&)
{
    std::copy(maker.begin(), maker.end(), data.begin());
}

Reply<void> take_version(ByteView data, Reading& reading)
{
    const std::string text = printable(data);
    reading.identity.firmware_version = text.size() == 2 ? Text(text.substr(0, 1) + '.' + text[1]) : Text();
    return {};
}

void fill_version(Bytes& data, const Reading& reading)
{
    std::string version = reading.identity.firmware_version.value_or("");
    std::erase(version, '.');
    std::copy_n(version.begin(), std::min(version.size(), data.size()), data.begin());
}

Reply<void> take_parameters(ByteView, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.requested_discharge_current = std::abs(*t.requested_discharge_current);
    return {};
}

void fill_parameters(Bytes& data, const Reading&)
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

void fill_cells(Bytes& data, const Reading& reading)
{
    encode(cell_list, data, reading.telemetry);
}

Reply<void> take_states(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode(event_bits, gather(data, event_places), t.alarms);
    t.balancing = any(t.cell_balancing);
    return {};
}

void forget_states(Reading& reading)
{
    Telemetry& t = reading.telemetry;
    t.alarms = {};
    t.balancing.reset();
}

void fill_states(Bytes& data, const Reading& reading)
{
    scatter(encode(event_bits, reading.telemetry.alarms), event_places, data);
}

// None is as long as the one before it.
constexpr modbus::Block input(std::uint16_t start, std::uint16_t count)
{
    return {start, count, Function::read_input};
}
constexpr Row rows[]{
    {{"Seplos V3 maker (1700)"}, input(0x1700, 10), {.take = take_maker, .fill = fill_maker}},
    {{"Seplos V3 serial number (1715)", Need::setting}, input(0x1715, 15), {.texts = serial_text}, 2},
    {{"Seplos V3 model (170A)", Need::setting}, input(0x170A, 10), {.texts = model_text}, 2},
    {{"Seplos V3 firmware (1714)", Need::setting}, input(0x1714, 1), {.take = take_version, .fill = fill_version}, 2},
    {{"Seplos V3 parameters (1300)", Need::optional},
     input(0x1300, 0x6A),
     {.fields = parameter_table, .take = take_parameters, .fill = fill_parameters}},
    {{"Seplos V3 pack (1000)"}, input(0x1000, 0x12), {.fields = pack_table, .take = modbus::take_plausible}},
    {{"Seplos V3 cells (1100)"}, input(0x1100, 0x1A), {.fields = sensor_table, .take = take_cells, .fill = fill_cells}},
    {{"Seplos V3 states (1200)", Need::optional, forget_states},
     {0x1200, 0x90, Function::read_coils},
     {.bits = switch_bits, .balancing = balance_masks, .take = take_states, .fill = fill_states}},
};
constexpr std::span<const Row> all(rows), texts = all.subspan(1, 3), state = all.subspan(5);
constexpr const Row &factory = rows[0], &parameters = rows[4];
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
constexpr Told delivers = Told{"firmware_version", "cell_voltages", "balancing", "alarms"}.add(rows);

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
