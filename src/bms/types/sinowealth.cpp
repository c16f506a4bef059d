// Boards with a SinoWealth chip. What the bytes mean: docs/bms/sinowealth.md
#include "bms/language/identity.h"
#include "bms/language/layout.h"
#include "bms/language/protocol.h"
#include "bms/language/requests.h"
#include "bms/language/told.h"
#include "util/checksum.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

// Request: 0A, register, number of data bytes. Reply: the data and a CRC-8 over request and data.
constexpr std::uint8_t start = 0x0A;
constexpr std::size_t request_size = 3;

constexpr std::array capacity{Field{0, i32be, 0.001, &Telemetry::capacity}};
constexpr std::array soc{Field{0, u16be, 1, &Telemetry::soc}};
constexpr std::array voltage{Field{0, u16be, 0.001, &Telemetry::voltage}};
constexpr std::array current{Field{0, i32be, 0.001, &Telemetry::current}};
constexpr std::array first_sensor{Field{0, u16be, 0.1, sensor(1), 2731, 0}};
constexpr std::array second_sensor{Field{0, u16be, 0.1, sensor(2), 2731, 0}};
constexpr std::array remaining{Field{0, i32be, 0.001, &Telemetry::capacity_remaining}};
constexpr std::array cycles{Field{0, u16be, 1, &Telemetry::cycles}};
constexpr std::array fet_bits{Bit{1, 0, &Telemetry::charge_fet}, Bit{1, 1, &Telemetry::discharge_fet}};
constexpr std::array alarm_bits{
    AlarmBit{0, Alarm::high_voltage, 2},
    AlarmBit{1, Alarm::low_voltage, 2},
    AlarmBit{2, Alarm::high_charge_current, 2},
    AlarmBit{3, Alarm::high_discharge_current, 2},
    AlarmBit{13, Alarm::high_discharge_current, 2},
    AlarmBit{8, Alarm::high_charge_temperature, 2},
    AlarmBit{9, Alarm::high_temperature, 2},
    AlarmBit{10, Alarm::low_charge_temperature, 2},
    AlarmBit{11, Alarm::low_temperature, 2},
    AlarmBit{12, Alarm::high_cell_voltage, 2},
    AlarmBit{14, Alarm::internal_failure, 2},
};
constexpr std::array alarm_word{AlarmWord{0, u16be, alarm_bits}};

constexpr std::uint8_t first_cell = 0x01;
constexpr std::size_t word_size = 2, least_cells = 3, most_cells = 10;
constexpr std::uint8_t cells_mask = 7, two_sensors = 1U << 6;
constexpr ListField cell_list{0, word_size, u16be, 0.001, &Telemetry::cell_voltages};

Reply<void> take_configuration(ByteView data, Reading& reading)
{
    reading.telemetry.cell_count = (data[1] & cells_mask) + least_cells;
    return {};
}

void fill_configuration(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    data[1] = static_cast<std::uint8_t>(((t.cell_voltages.size() - least_cells) & cells_mask) |
                                        (t.temperatures[1] ? two_sensors : 0U));
}

Reply<void> judge_capacity(ByteView, Reading& reading)
{
    return *reading.telemetry.capacity > 0 ? Reply<void>{} : refuse(Refusal::implausible);
}

struct Row : Request {
    std::uint8_t number;
    Layout layout;  // `least` is the number of data bytes
};
constexpr Row configuration_row{
    {"Sinowealth configuration (17)"}, 0x17, {.least = 2, .take = take_configuration, .fill = fill_configuration}};
constexpr Row capacity_row{
    {"Sinowealth capacity (11)"}, 0x11, {.least = 4, .fields = capacity, .take = judge_capacity}};
constexpr Row before_cells[]{
    {{"Sinowealth state of charge (13)", Need::optional}, 0x13, {.least = 2, .fields = soc}},
    {{"Sinowealth FETs (15)", Need::optional}, 0x15, {.least = 2, .bits = fet_bits}},
    {{"Sinowealth alarms (16)", Need::optional}, 0x16, {.least = 2, .alarms = alarm_word}},
    {{"Sinowealth voltage (0B)"}, 0x0B, {.least = 2, .fields = voltage}},
    {{"Sinowealth current (10)", Need::optional}, 0x10, {.least = 4, .fields = current}},
};
constexpr Row behind_cells[]{
    {{"Sinowealth remaining capacity (12)", Need::optional}, 0x12, {.least = 4, .fields = remaining}},
    {{"Sinowealth cycles (14)", Need::optional}, 0x14, {.least = 2, .fields = cycles}},
};
constexpr Row sensors[]{
    {{"Sinowealth sensor 1 (0C)", Need::optional}, 0x0C, {.least = 2, .fields = first_sensor}},
    {{"Sinowealth sensor 2 (0D)", Need::optional}, 0x0D, {.least = 2, .fields = second_sensor}},
};

std::uint8_t check_byte(ByteView request, ByteView data)
{
    Bytes all(request.begin(), request.end());
    append(all, data);
    return checksum::crc8(all);
}

Reply<ByteView> open(ByteView reply, ByteView request)
{
    const ByteView data = reply.first(reply.size() - 1);
    if (check_byte(request, data) != reply.back()) return refuse(Refusal::bad_checksum);
    return data;
}

/// A register's data; each has one repeat. `judge` also may refuse them.
template <class Judge>
Task<Reply<void>> ask_register(Channel& channel, std::uint8_t number, std::size_t size, Judge judge)
{
    const std::uint8_t request[]{start, number, static_cast<std::uint8_t>(size)};
    const Exchange exchange{
        .request = request, .length = exactly(size + 1), .first = 300ms, .rest = 300ms, .gap = 10ms};
    const auto check = [&](ByteView reply) -> Reply<void> {
        const auto data = open(reply, request);
        return data ? judge(*data) : refuse(data.error());
    };
    co_return co_await ask(channel, exchange, check, 2);
}

class Sinowealth final : public Protocol {
  public:
    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        co_await must(take(channel, configuration_row, reading));
        co_await must(take(channel, capacity_row, reading));
        co_await must(poll(channel, reading));
        reading.identity.type = "Sinowealth";
        reading.identity.hardware_version =
            "Daly/Sinowealth BMS " + std::to_string(*reading.telemetry.cell_count) + 'S';
        reading.identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        co_await must(requests_.read(channel, before_cells, reading, ask));
        co_await must(read_cells(channel, reading.telemetry));
        reading.telemetry.temperatures = {};  // a sensor that is no longer there leaves nothing behind
        co_await must(requests_.read(channel, std::span<const Row>(sensors).first(sensor_count_), reading, ask));
        co_return co_await requests_.read(channel, behind_cells, reading, ask);
    }

  private:
    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        const auto judge = [&](ByteView data) {
            if (&row == &configuration_row) sensor_count_ = (data[1] & two_sensors) != 0 ? 2 : 1;
            return bms::take(row.layout, data, reading);
        };
        co_return co_await ask_register(channel, row.number, row.layout.least, judge);
    }

    static Task<Reply<void>> read_cells(Channel& channel, Telemetry& t)
    {
        const auto count = static_cast<std::size_t>(*t.cell_count);
        Bytes all;
        const auto add = [&](ByteView data) {
            append(all, data);
            return Reply<void>{};
        };
        for (std::size_t i = 0; i < count; ++i)
            co_await must(ask_register(channel, static_cast<std::uint8_t>(first_cell + i), word_size, add));
        decode(cell_list, all, count, t);
        co_return Reply<void>{};
    }

    Requests requests_;
    std::size_t sensor_count_ = 1;
};

class SinowealthDevice final : public Device {
  public:
    explicit SinowealthDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input[0] != start) return 1;
        if (input.size() < request_size) return 0;
        const ByteView request = input.first(request_size);
        if (request[2] != 2 && request[2] != 4) return 1;
        Bytes data = answer(request[1]);
        data.resize(request[2]);
        append(reply, data);
        reply.push_back(check_byte(request, data));
        return request_size;
    }

  private:
    Bytes answer(std::uint8_t number) const
    {
        for (const auto& rows :
             {std::span<const Row>(before_cells), std::span<const Row>(sensors), std::span<const Row>(behind_cells),
              std::span(&configuration_row, 1), std::span(&capacity_row, 1)})
            for (const Row& row : rows)
                if (row.number == number) return fill(row.layout, truth_);
        Bytes cells(word_size * std::max(most_cells, truth_.telemetry.cell_voltages.size()));
        if (number < first_cell || number >= first_cell + most_cells) return {};
        encode(cell_list, cells, truth_.telemetry);
        cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(word_size * (number - first_cell)));
        return cells;
    }

    Reading& truth_;
};

constexpr Line lines[]{{9600}};
constexpr Told delivers = Told{"hardware_version", "cell_count", "cell_voltages"}
                              .add(before_cells)
                              .add(capacity_row.layout)
                              .add(behind_cells)
                              .add(sensors);

}  // namespace

extern const Entry sinowealth;
constinit const Entry sinowealth{
    .name = "Sinowealth",
    .type = "Sinowealth",
    .sheet = "sinowealth",
    .brands = "3S..10S boards with a SinoWealth SH3673xx, SH39F003, SH39F004 or BMS_10 chip, sold by Daly and others",
    .wiring = "TTL or RS232 port of the board; one board a port",
    .lines = lines,
    .interval = 2s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup&) -> std::unique_ptr<Protocol> { return std::make_unique<Sinowealth>(); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<SinowealthDevice>(truth);
    },
    .only_when_named = true,
    .addressable = false,
    .addressed = false,
    .alike = "a reply does not name its register, and one in 256 fits the CRC of another by chance",
};

}  // namespace bmsd::bms
