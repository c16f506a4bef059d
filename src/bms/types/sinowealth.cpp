// Boards with a SinoWealth chip. What the bytes mean: docs/bms/sinowealth.md
#include <cmath>

#include "bms/language/field.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "util/checksum.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

// Request: 0A, register, number of data bytes. Reply: the data and a CRC-8 over request and data.
constexpr std::uint8_t start = 0x0A;
constexpr std::size_t request_size = 3;

struct Register {
    std::uint8_t number;
    Field field;  // at 0; its size is the number of data bytes
};
constexpr Register capacity{0x11, {0, i32be, 0.001, &Telemetry::capacity}};
constexpr Register soc{0x13, {0, u16be, 1, &Telemetry::soc}};
constexpr Register voltage{0x0B, {0, u16be, 0.001, &Telemetry::voltage}};
constexpr Register current{0x10, {0, i32be, 0.001, &Telemetry::current}};
constexpr Register sensors[]{{0x0C, {0, u16be, 0.1, sensor(1), 2731}}, {0x0D, {0, u16be, 0.1, sensor(2), 2731}}};
constexpr Register remaining{0x12, {0, i32be, 0.001, &Telemetry::capacity_remaining}};
constexpr Register cycles{0x14, {0, u16be, 1, &Telemetry::cycles}};
constexpr Register registers[]{capacity, soc, voltage, current, sensors[0], sensors[1], remaining, cycles};

constexpr std::uint8_t first_cell = 0x01, pack_status = 0x15, battery_status = 0x16, configuration = 0x17;
constexpr std::size_t word_size = 2, least_cells = 3, most_cells = 10;
constexpr std::uint8_t cells_mask = 7, two_sensors = 1U << 6;
constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
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

/// What no pack can be.
bool possible(const Telemetry& t)
{
    return t.soc.value_or(0) <= 100 && t.capacity.value_or(1) > 0 && std::abs(t.current.value_or(0)) <= 1000;
}

class Sinowealth final : public Protocol {
  public:
    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const auto data = co_await read(channel, configuration, word_size);
        if (!data) co_return refuse(data.error());
        const std::uint8_t bits = (*data)[1];
        t.cell_count = (bits & cells_mask) + least_cells;
        sensor_count_ = (bits & two_sensors) != 0 ? 2 : 1;
        const auto rated = co_await read(channel, capacity, t);
        if (!rated) co_return rated;
        const auto polled = co_await poll(channel, reading);
        if (!polled) co_return polled;
        reading.identity.type = "Sinowealth";
        reading.identity.hardware_version = "Daly/Sinowealth BMS " + std::to_string(*t.cell_count) + 'S';
        reading.identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        auto taken = co_await read(channel, soc, t);
        if (taken) taken = co_await read_status(channel, t);
        if (taken) taken = co_await read(channel, voltage, t);
        if (taken) taken = co_await read(channel, current, t);
        if (taken) taken = co_await read_cells(channel, t);
        t.temperatures = {};  // a sensor that is no longer there leaves nothing behind
        for (std::size_t i = 0; i < sensor_count_ && taken; ++i) taken = co_await read(channel, sensors[i], t);
        if (taken) taken = co_await read(channel, remaining, t);
        if (taken) taken = co_await read(channel, cycles, t);
        co_return taken;
    }

  private:
    /// Each register has one repeat; `judge` says what its data may not be.
    template <class Judge>
    static Task<Reply<ByteView>> ask_register(Channel& channel, std::uint8_t number, std::uint8_t size, Judge judge)
    {
        const Bytes request{start, number, size};
        const Exchange exchange{
            .request = request, .length = exactly(size + 1U), .first = 300ms, .rest = 300ms, .gap = 10ms};
        const auto check = [&](ByteView reply) -> Reply<ByteView> {
            const auto data = open(reply, request);
            if (data && !judge(*data)) return refuse(Refusal::implausible);
            return data;
        };
        co_return co_await ask(channel, exchange, check, 2);
    }

    static Task<Reply<ByteView>> read(Channel& channel, std::uint8_t number, std::uint8_t size)
    {
        return ask_register(channel, number, size, [](ByteView) { return true; });
    }

    static Task<Reply<void>> read(Channel& channel, const Register& what, Telemetry& t)
    {
        const std::span<const Field> fields(&what.field, 1);
        const auto judge = [fields](ByteView data) {
            Telemetry told;
            decode(fields, data, told);
            return possible(told);
        };
        const auto data = co_await ask_register(channel, what.number, what.field.wire.size, judge);
        if (!data) co_return refuse(data.error());
        decode(fields, *data, t);
        co_return Reply<void>{};
    }

    static Task<Reply<void>> read_status(Channel& channel, Telemetry& t)
    {
        const auto pack = co_await read(channel, pack_status, word_size);
        if (!pack) co_return refuse(pack.error());
        decode(fet_bits, *pack, t);
        const auto battery = co_await read(channel, battery_status, word_size);
        if (!battery) co_return refuse(battery.error());
        decode(alarm_bits, read_be(battery->data(), word_size), t.alarms);
        co_return Reply<void>{};
    }

    static Task<Reply<void>> read_cells(Channel& channel, Telemetry& t)
    {
        const auto count = static_cast<std::uint8_t>(*t.cell_count);
        Bytes all;
        for (std::uint8_t i = 0; i < count; ++i) {
            const auto cell = co_await read(channel, static_cast<std::uint8_t>(first_cell + i), word_size);
            if (!cell) co_return refuse(cell.error());
            append(all, *cell);
        }
        decode(cell_list, all, count, t);
        co_return Reply<void>{};
    }

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
        const Telemetry& t = truth_.telemetry;
        Bytes data(4);
        for (const Register& known : registers)
            if (known.number == number) encode(std::span(&known.field, 1), data, t);
        if (number == pack_status) encode(fet_bits, data, t);
        if (number == battery_status) write_be(data.data(), word_size, encode(alarm_bits, t.alarms));
        if (number == configuration)
            data[1] = static_cast<std::uint8_t>(((t.cell_voltages.size() - least_cells) & cells_mask) |
                                                (t.temperatures[1] ? two_sensors : 0U));
        if (number >= first_cell && number < first_cell + most_cells) {
            Bytes cells(2 * std::max(most_cells, t.cell_voltages.size()));
            encode(cell_list, cells, t);
            std::copy_n(cells.begin() + 2 * (number - first_cell), 2, data.begin());
        }
        return data;
    }

    Reading& truth_;
};

constexpr Line lines[]{{9600}};
constexpr std::string_view delivers[]{
    "hardware_version", "cell_count",         "voltage", "current",       "soc",
    "capacity",         "capacity_remaining", "cycles",  "cell_voltages", "temperatures",
    "charge_fet",       "discharge_fet",      "alarms",
};

}  // namespace

extern const Entry sinowealth;
const Entry sinowealth{
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
