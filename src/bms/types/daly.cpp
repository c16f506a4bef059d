// Daly smart BMS, "A5" protocol. What the bytes mean: docs/bms/daly.md
#include <algorithm>
#include <bit>
#include <cmath>
#include <ctime>

#include "bms/language/field.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/daly_frame.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using namespace a5;

namespace id {
constexpr std::uint8_t rated = 0x50, date = 0x53, label = 0x57, pack = 0x90, extremes = 0x91, temperatures = 0x92;
constexpr std::uint8_t switches = 0x93, info = 0x94, cells = 0x95, balancing = 0x97, alarms = 0x98;
constexpr std::uint8_t set_soc = 0x21, discharge_fet = 0xD9, charge_fet = 0xDA;
}  // namespace id

constexpr std::size_t most_cells = 48, cells_a_frame = 3;
constexpr Series label_series{5, 7};

constexpr Series cell_series(std::size_t cells)
{
    return {(cells + cells_a_frame - 1) / cells_a_frame, 2 * cells_a_frame};
}

constexpr int tries_of_weak_reads = 3;
constexpr std::uint8_t polled[]{id::pack,   id::switches,     id::extremes,
                                id::alarms, id::temperatures, id::balancing};  // then the cells

constexpr std::array pack_table{
    Field{0, u16be, 0.1, &Telemetry::voltage},
    Field{4, u16be, -0.1, &Telemetry::current, 30000},
    Field{6, u16be, 0.1, &Telemetry::soc},
};
constexpr std::array extremes_table{
    Field{0, u16be, 0.001, &Telemetry::max_cell_voltage},
    Field{3, u16be, 0.001, &Telemetry::min_cell_voltage},
};
constexpr std::array temperature_table{
    Field{0, u8, 1, sensor(2), 40},  // the highest
    Field{2, u8, 1, sensor(1), 40},  // the lowest
};
constexpr std::array switches_table{
    Field{1, u8, 1, &Telemetry::charge_fet},
    Field{2, u8, 1, &Telemetry::discharge_fet},
    Field{4, u32be, 0.001, &Telemetry::capacity_remaining},
};
constexpr std::array info_table{
    Field{0, u8, 1, &Telemetry::cell_count},
    Field{5, u16be, 1, &Telemetry::cycles},
};
constexpr std::array rated_table{Field{0, u32be, 0.001, &Telemetry::capacity}};
struct Block {
    std::uint8_t what;
    std::span<const Field> fields;
};
constexpr Block blocks[]{
    {id::pack, pack_table},         {id::extremes, extremes_table}, {id::temperatures, temperature_table},
    {id::switches, switches_table}, {id::info, info_table},         {id::rated, rated_table},
};
static_assert(fits(pack_table, data_size) && apart(pack_table) && fits(switches_table, data_size));
constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};  // of the assembled frames

constexpr std::size_t alarm_bytes = 7, balancing_bytes = 6;

/// Bit 0 of a data word is bit 0 of its first byte.
constexpr AlarmBit alarm_at(unsigned byte, unsigned bit, Alarm alarm, std::uint8_t level)
{
    return {static_cast<std::uint8_t>(8 * byte + bit), alarm, level};
}

// Most alarms have a bit for level 1 and the next one for level 2.
struct TwoLevels {
    Alarm alarm;
    unsigned byte, bit;
};
constexpr TwoLevels two_levels[]{
    {Alarm::high_cell_voltage, 0, 0},
    {Alarm::low_cell_voltage, 0, 2},
    {Alarm::high_voltage, 0, 4},
    {Alarm::low_voltage, 0, 6},
    {Alarm::high_charge_temperature, 1, 0},
    {Alarm::low_charge_temperature, 1, 2},
    {Alarm::high_temperature, 1, 4},
    {Alarm::low_temperature, 1, 6},
    {Alarm::high_charge_current, 2, 0},
    {Alarm::high_discharge_current, 2, 2},
    {Alarm::low_soc, 2, 6},
    {Alarm::cell_imbalance, 3, 0},
};
// Single bits of one level; each bit of the mask raises the alarm.
struct Failure {
    Alarm alarm;
    unsigned byte, mask;
};
constexpr Failure failures[]{
    {Alarm::high_internal_temperature, 4, 0x03}, {Alarm::internal_failure, 4, 0xFC},
    {Alarm::internal_failure, 5, 0xAF},          {Alarm::internal_failure, 6, 0x03},
    {Alarm::high_discharge_current, 6, 0x04},
};
constexpr std::size_t failure_bits = [] {
    std::size_t count = 0;
    for (const Failure& row : failures) count += static_cast<std::size_t>(std::popcount(row.mask));
    return count;
}();
constexpr auto alarm_bits = [] {
    std::array<AlarmBit, 2 * std::size(two_levels) + failure_bits> bits{};
    auto next = bits.begin();
    for (const TwoLevels& row : two_levels) {
        *next++ = alarm_at(row.byte, row.bit, row.alarm, 1);
        *next++ = alarm_at(row.byte, row.bit + 1, row.alarm, 2);
    }
    for (const Failure& row : failures) {
        for (unsigned bit = 0; bit < 8; ++bit)
            if ((row.mask >> bit & 1) != 0) *next++ = alarm_at(row.byte, bit, row.alarm, 2);
    }
    return bits;
}();

/// The current alarms with charging and discharging exchanged, for shunts that count the other way round.
constexpr std::uint64_t exchange_current_bits(std::uint64_t word)
{
    constexpr unsigned charge = 16, discharge = 18;
    const std::uint64_t charging = word >> charge & 3, discharging = word >> discharge & 3;
    return (word & ~(std::uint64_t{0xF} << charge)) | discharging << charge | charging << discharge;
}

/// What no board may tell.
Reply<ByteView> sensible(std::uint8_t what, ByteView data)
{
    if (what == id::info && (data[0] < 1 || data[0] > most_cells)) return refuse(Refusal::bad_content);
    if (what != id::pack) return data;
    Telemetry t;
    decode(pack_table, data, t);
    const bool possible = *t.voltage >= 8 && *t.voltage <= 100 && std::abs(*t.current) < 1000 && *t.soc <= 100;
    if (!possible) return refuse(Refusal::implausible);
    return data;
}

/// The date and time of day the board is set to with the SoC; local time.
Bytes clock_bytes(double wall)
{
    const auto seconds = static_cast<std::time_t>(wall);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    Bytes bytes;
    for (const int part :
         {local.tm_year - 100, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec})
        bytes.push_back(static_cast<std::uint8_t>(part));
    return bytes;
}

class Daly final : public Protocol {
  public:
    explicit Daly(const Setup& setup) : config_(setup.config), address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        const auto info = co_await read(channel, id::info, tries_of_weak_reads);
        if (!info) co_return refuse(info.error());
        decode(info_table, *info, reading.telemetry);
        const auto pack = co_await read(channel, id::pack, tries_of_weak_reads);
        if (!pack) co_return refuse(pack.error());
        co_await read_identity(channel, reading);
        co_return co_await poll(channel, reading);
    }

    /// Every read is tried, whatever became of the others.
    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        Reply<void> result;
        for (const auto what : polled) {
            const auto data = co_await read(channel, what, what == id::pack ? tries_of_weak_reads : 1);
            if (data) {
                take(what, *data, reading.telemetry);
            } else if (result) {
                result = refuse(data.error());
            }
        }
        const auto cells = co_await read_cells(channel, reading.telemetry);
        if (!cells && result) result = cells;
        co_return result;
    }

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        const auto on = static_cast<std::uint8_t>(command.value == 0 ? 1 : 0);
        switch (command.kind) {
            case Command::Kind::force_charging_off:
                return write(channel, id::charge_fet, {on}, on);
            case Command::Kind::force_discharging_off:
                return write(channel, id::discharge_fet, {on}, on);
            case Command::Kind::set_soc:
                return set_soc(channel, command.value);
            case Command::Kind::turn_balancing_off:
            case Command::Kind::turn_heating_off:
                break;
        }
        return Protocol::command(channel, reading, command);
    }

  private:
    Task<Reply<ByteView>> read(Channel& channel, std::uint8_t what, int tries) const
    {
        const Bytes request = frame(address_, what, {});
        const Exchange exchange{
            .request = request, .length = exactly(frame_size), .first = 100ms, .rest = 500ms, .gap = 20ms};
        const auto judge = [this, what](ByteView reply) {
            const auto data = open(reply, board_number(address_), what);
            return data ? sensible(what, *data) : data;
        };
        co_return co_await ask(channel, exchange, judge, tries);
    }

    Task<Reply<Bytes>> read_series(Channel& channel, std::uint8_t what, Series series, int tries) const
    {
        const Bytes request = frame(address_, what, {});
        const Exchange exchange{.request = request,
                                .length = [series](ByteView so_far) { return series.length(so_far); },
                                .first = 100ms,
                                .rest = most_frames * 100ms,
                                .gap = 20ms,
                                .idle = 500ms};
        Bytes content;
        const auto judge = [&](ByteView stream) -> Reply<ByteView> {
            auto assembled = series.assemble(stream, board_number(address_), what);
            if (!assembled) return refuse(assembled.error());
            content = std::move(*assembled);
            return stream;
        };
        const auto reply = co_await ask(channel, exchange, judge, tries);
        if (!reply) co_return refuse(reply.error());
        co_return content;
    }

    /// All of it may fail; what stands in the id is asked for three times.
    Task<void> read_identity(Channel& channel, Reading& reading) const
    {
        Identity& identity = reading.identity;
        Telemetry& t = reading.telemetry;
        identity.type = "Daly";
        identity.address = address_text(address_);
        identity.hardware_version = "DalyBMS " + std::to_string(*t.cell_count) + 'S';
        identity.user_label.reset();
        const auto label = co_await read_series(channel, id::label, label_series, tries_of_weak_reads);
        if (label) {
            if (auto text = collapsed(*label); !text.empty()) identity.user_label = std::move(text);
        }
        t.capacity.reset();
        const auto rated = co_await read(channel, id::rated, tries_of_weak_reads);
        if (rated) decode(rated_table, *rated, t);
        if (!t.capacity || *t.capacity == 0) t.capacity = config_.battery_capacity;
        identity.production_date.reset();
        const auto date = co_await read(channel, id::date, tries_of_weak_reads);
        if (date) identity.production_date = date_text(2000 + (*date)[2], (*date)[3], (*date)[4]);
        identity.unique_id = unique_id(reading);
    }

    static std::string unique_id(const Reading& reading)
    {
        const Identity& identity = reading.identity;
        if (identity.user_label) {
            std::string id = *identity.user_label;
            std::replace(id.begin(), id.end(), ' ', '_');
            return id;
        }
        if (!identity.production_date) return common_unique_id(reading);
        return *identity.production_date + '_' + std::to_string(static_cast<long>(*reading.telemetry.capacity));
    }

    bool inverted() const { return config_.invert_current_measurement < 0; }

    void take(std::uint8_t what, ByteView data, Telemetry& t) const
    {
        for (const Block& block : blocks)
            if (block.what == what) decode(block.fields, data, t);
        if (what == id::pack && inverted()) t.current = 0.0 - *t.current;
        if (what == id::balancing)
            decode_balancing(read_le(data.data(), balancing_bytes), static_cast<std::size_t>(*t.cell_count), t);
        if (what == id::alarms) {
            const auto word = read_le(data.data(), alarm_bytes);
            decode(alarm_bits, inverted() ? exchange_current_bits(word) : word, t.alarms);
            if (config_.soc_calculation) t.alarms[Alarm::low_soc].reset();
        }
    }

    /// Boards send a broken series now and then: known voltages stay for one poll.
    Task<Reply<void>> read_cells(Channel& channel, Telemetry& t)
    {
        const auto count = static_cast<std::size_t>(*t.cell_count);
        const auto content = co_await read_series(channel, id::cells, cell_series(count), 1);
        if (!content) {
            if (t.cell_voltages.empty() || std::exchange(forgiven_, true)) co_return refuse(content.error());
            co_return Reply<void>{};
        }
        forgiven_ = false;
        decode(cell_list, *content, count, t);
        const double least = config_.min_cell_voltage / 2;
        for (Number& cell : t.cell_voltages)
            if (cell && *cell < least) cell.reset();
        co_return Reply<void>{};
    }

    /// Sent once. The board answers with the same id; its first data byte must be `expected`.
    Task<Reply<void>> write(Channel& channel, std::uint8_t what, Bytes data, std::uint8_t expected) const
    {
        const Bytes request = frame(address_, what, data);
        const Exchange exchange{
            .request = request, .length = exactly(frame_size), .first = 500ms, .rest = 500ms, .gap = 20ms};
        const auto judge = [&](ByteView reply) -> Reply<ByteView> {
            const auto answer = open(reply, board_number(address_), what);
            if (answer && (*answer)[0] != expected) return refuse(Refusal::device_error);
            return answer;
        };
        const auto acknowledged = co_await ask(channel, exchange, judge);
        if (!acknowledged) co_return refuse(acknowledged.error());
        co_return Reply<void>{};
    }

    /// Sets the board's clock, too.
    Task<Reply<void>> set_soc(Channel& channel, double percent) const
    {
        if (!(percent >= 0 && percent <= 100)) co_return refuse(Refusal::implausible);
        Bytes data = clock_bytes(channel.wall());
        data.resize(data_size);
        write_be(&data[data_size - 2], 2, static_cast<std::uint64_t>(std::lround(percent * 10)));
        co_return co_await write(channel, id::set_soc, std::move(data), 1);
    }

    const config::Config& config_;
    std::uint8_t address_;
    bool forgiven_ = false;  // the latest read of the cells failed and the one before was good
};

class DalyDevice final : public Device {
  public:
    DalyDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input[0] != start) return 1;
        if (input.size() < frame_size) return 0;
        const std::uint8_t what = input[id_at];
        if (checksum::sum8(input.first(frame_size - 1)) != input[frame_size - 1] || input[size_at] != data_size)
            return 1;
        if (input[number_at] != address_) return frame_size;
        const ByteView data = input.subspan(data_at, data_size);
        if (what == id::label || what == id::cells) {
            series(what, reply);
        } else if (const auto answer = answer_to(what, data)) {
            append(reply, frame(board_number(address_), what, *answer));
        }
        return frame_size;
    }

  private:
    void series(std::uint8_t what, Bytes& reply) const
    {
        const std::size_t cells = truth_.telemetry.cell_voltages.size();
        const Series series = what == id::label ? label_series : cell_series(cells);
        Bytes content(series.needed * series.piece);
        if (what == id::cells) {
            encode(cell_list, content, truth_.telemetry);
        } else {
            const std::string& label = truth_.identity.user_label.value_or("");
            std::copy_n(label.begin(), std::min(label.size(), content.size()), content.begin());
        }
        const bool all = what == id::cells && address_ == bluetooth_host;
        for (std::size_t i = 0; i < (all ? most_frames : series.needed); ++i) {
            Bytes data(data_size);
            data[0] = static_cast<std::uint8_t>(i + 1);
            if (i < series.needed)
                std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(i * series.piece), series.piece,
                            data.begin() + 1);
            append(reply, frame(board_number(address_), what, data));
        }
    }

    std::optional<Bytes> answer_to(std::uint8_t what, ByteView data)
    {
        const Telemetry& t = truth_.telemetry;
        Bytes answer(data_size);
        for (const Block& block : blocks) {
            if (block.what != what) continue;
            encode(block.fields, answer, t);
            return answer;
        }
        if (what == id::balancing) {
            write_le(answer.data(), balancing_bytes, encode_balancing(t));
        } else if (what == id::alarms) {
            write_le(answer.data(), alarm_bytes, encode(alarm_bits, t.alarms));
        } else if (what == id::date) {
            put_date(answer);
        } else {
            return carry_out(what, data);
        }
        return answer;
    }

    void put_date(Bytes& answer) const
    {
        const std::string& date = truth_.identity.production_date.value_or("");
        if (date.size() != 8) return;
        for (std::size_t i = 0; i < 3; ++i)
            answer[2 + i] = static_cast<std::uint8_t>(std::stoi(date.substr(2 + 2 * i, 2)));
    }

    std::optional<Bytes> carry_out(std::uint8_t what, ByteView data)
    {
        Telemetry& t = truth_.telemetry;
        Bytes answer(data_size);
        answer[0] = data[0];
        if (what == id::charge_fet) {
            t.charge_fet = data[0] != 0;
        } else if (what == id::discharge_fet) {
            t.discharge_fet = data[0] != 0;
        } else if (what == id::set_soc) {
            t.soc = static_cast<double>(read_be(&data[data_size - 2], 2)) / 10;
            if (t.capacity) t.capacity_remaining = *t.capacity * *t.soc / 100;
            answer[0] = 1;
        } else {
            return std::nullopt;
        }
        return answer;
    }

    Reading& truth_;
    std::uint8_t address_;
};

constexpr Line lines[]{{9600, 0x40}, {9600, bluetooth_host}};
constexpr std::string_view delivers[]{
    "address",          "hardware_version",
    "production_date",  "user_label",
    "cell_count",       "voltage",
    "current",          "soc",
    "capacity",         "capacity_remaining",
    "cycles",           "cell_voltages",
    "cell_balancing",   "min_cell_voltage",
    "max_cell_voltage", "temperatures",
    "charge_fet",       "discharge_fet",
    "alarms",
};

}  // namespace

extern const Entry daly;
const Entry daly{
    .name = "Daly",
    .type = "Daly",
    .sheet = "daly",
    .brands = "Daly smart BMS with UART or RS485 (red boards, Y series); not the H, K, M, S boards that speak Modbus",
    .wiring = "UART, RS485 or the maker's USB cable; address 0x40 + board number - 1, or 0x80 on a Bluetooth-type port",
    .lines = lines,
    .commands = {Command::Kind::force_charging_off, Command::Kind::force_discharging_off, Command::Kind::set_soc},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Daly>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<DalyDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
