// LLT/JBD on a serial port. What the bytes mean: docs/bms/lltjbd.md
#include <algorithm>
#include <array>
#include <cmath>

#include "bms/language/field.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/requests.h"
#include "util/checksum.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t read_code = 0xA5, write_code = 0x5A, start = 0xDD, end = 0x77;
constexpr std::uint8_t general_register = 0x03, cells_register = 0x04, name_register = 0x05, functions_register = 0x2D;
constexpr std::uint8_t factory_register = 0x00, leave_register = 0x01, remaining_register = 0xE0, fets_register = 0xE1;
constexpr std::uint16_t enter_factory = 0x5678, leave_unsaved = 0x0000, leave_saved = 0x2828;
constexpr std::uint16_t balancer_enabled = 1U << 2;

// Register 03. 23 bytes are what every firmware sends; the sensors and whatever newer firmware appends come behind.
constexpr std::size_t general_size = 23, cells_at = 21, sensors_at = 22, date_at = 10, version_at = 18;
constexpr std::array general_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, 0.01, &Telemetry::current},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{6, u16be, 0.01, &Telemetry::capacity},
    Field{8, u16be, 1, &Telemetry::cycles},
    Field{19, u8, 1, &Telemetry::soc},
    Field{21, u8, 1, &Telemetry::cell_count},
};
static_assert(fits(general_table, general_size) && apart(general_table));

constexpr std::array fet_bits{Bit{20, 0, &Telemetry::charge_fet}, Bit{20, 1, &Telemetry::discharge_fet}};

constexpr std::size_t balancing_at = 12, protection_at = 16;
constexpr unsigned software_lock_bit = 12;  // of the protection word: FETs are held off by register E1
constexpr std::array protection_bits{
    AlarmBit{0, Alarm::high_cell_voltage, 2},
    AlarmBit{1, Alarm::low_cell_voltage, 2},
    AlarmBit{2, Alarm::high_voltage, 2},
    AlarmBit{3, Alarm::low_voltage, 2},
    AlarmBit{4, Alarm::high_charge_temperature, 1},
    AlarmBit{5, Alarm::low_charge_temperature, 1},
    AlarmBit{6, Alarm::high_temperature, 1},
    AlarmBit{7, Alarm::low_temperature, 1},
    AlarmBit{8, Alarm::high_charge_current, 1},
    AlarmBit{9, Alarm::high_discharge_current, 1},
    AlarmBit{10, Alarm::high_discharge_current, 2},
    AlarmBit{11, Alarm::internal_failure, 2},
};

constexpr Field sensor_field(std::size_t index, Target target)
{
    return {general_size + 2 * index, u16be, 0.1, target, 2731};
}
// One sensor is "1"; of several the first sits on the MOSFETs.
constexpr std::array single_sensor{sensor_field(0, sensor(1))};
constexpr std::array several_sensors{sensor_field(0, &Telemetry::temperature_mosfet), sensor_field(1, sensor(1)),
                                     sensor_field(2, sensor(2)), sensor_field(3, sensor(3)),
                                     sensor_field(4, sensor(4))};

constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};

// Settings: one value a register, readable in factory mode only. Discharging counts negative on the wire.
constexpr std::array charge_limit{Field{0, i16be, 0.01, &Telemetry::max_charge_current}};
constexpr std::array discharge_limit{Field{0, i16be, -0.01, &Telemetry::max_discharge_current}};

struct Row : Request {
    std::uint8_t reg;
    std::size_t least;  // bytes of data
    std::span<const Field> fields = {};
};
constexpr Row name_row{{"LltJbd model name (05)", Need::setting}, name_register, 0};
constexpr Row general_row{{"LltJbd general information (03)"}, general_register, general_size};
constexpr Row cells_row{{"LltJbd cell voltages (04)"}, cells_register, 2};
constexpr Row settings[]{
    {{"LltJbd charge current limit (28)", Need::setting}, 0x28, 2, charge_limit},
    {{"LltJbd discharge current limit (29)", Need::setting}, 0x29, 2, discharge_limit},
    {{"LltJbd function bits (2D)", Need::setting, [](Reading& r) { r.telemetry.balance_fet.reset(); }},
     functions_register,
     2},
};

std::span<const Field> sensor_table(std::size_t sensors)
{
    if (sensors == 0) return {};
    if (sensors == 1) return single_sensor;
    return std::span(several_sensors).first(std::min(sensors, several_sensors.size()));
}

Bytes frame(std::uint8_t second, std::uint8_t third, ByteView data, std::size_t summed_from)
{
    Bytes bytes{start, second, third, static_cast<std::uint8_t>(data.size())};
    append(bytes, data);
    const auto sum = checksum::negated_sum16(ByteView(bytes).subspan(summed_from));
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum), end});
    return bytes;
}

Bytes request(std::uint8_t code, std::uint8_t reg, ByteView data = {})
{
    return frame(code, reg, data, 2);
}

/// Checks the envelope of a reply, in one order, one reason each. Early boards echo A5 instead of the register.
Reply<ByteView> open(ByteView reply, std::uint8_t reg, std::size_t least)
{
    if (reply.size() < 7 || reply[0] != start) return refuse(Refusal::bad_start);
    if (reply.size() != reply[3] + 7U) return refuse(Refusal::bad_length);
    if (reply.back() != end) return refuse(Refusal::bad_end);
    const ByteView summed = reply.subspan(2, reply.size() - 5);
    if (checksum::negated_sum16(summed) != read_be(&reply[reply.size() - 3], 2)) return refuse(Refusal::bad_checksum);
    if (reply[1] != reg && reply[1] != read_code) return refuse(Refusal::wrong_echo);
    if (reply[2] != 0) return refuse(Refusal::device_error);
    if (reply[3] < least) return refuse(Refusal::bad_length);
    return reply.subspan(4, reply[3]);
}

Task<Reply<ByteView>> transact(Channel& channel, Bytes bytes, std::size_t least, int tries = 1)
{
    const std::uint8_t reg = bytes[2];
    const Exchange exchange{.request = bytes, .length = counted(3, 7), .starts = "\xDD"};
    co_return co_await ask(
        channel, exchange, [=](ByteView reply) { return open(reply, reg, least); }, tries);
}

Task<Reply<ByteView>> read(Channel& channel, std::uint8_t reg, std::size_t least, int tries = 1)
{
    return transact(channel, request(read_code, reg), least, tries);
}

Task<Reply<void>> write(Channel& channel, std::uint8_t reg, std::uint16_t value, int tries = 1)
{
    std::uint8_t data[2];
    write_be(data, 2, value);
    co_await must(transact(channel, request(write_code, reg, data), 0, tries));
    co_return Reply<void>{};
}

/// A board that stays in factory mode answers nothing else properly, so this is tried three times.
Task<Reply<void>> leave_factory_mode(Channel& channel, std::uint16_t how)
{
    Reply<void> left;
    for (int i = 0; i < 3; ++i) {
        left = co_await write(channel, leave_register, how);
        if (left) break;
    }
    co_return left;
}

Reply<void> take_general(ByteView data, Reading& reading)
{
    const std::size_t cells = data[cells_at];
    if (cells == 0 || cells > 32) return refuse(Refusal::bad_content);
    Telemetry& t = reading.telemetry;
    decode(general_table, data, t);
    decode(fet_bits, data, t);
    decode(protection_bits, read_be(&data[protection_at], 2), t.alarms);
    decode_balancing(read_be(&data[balancing_at], 2) | read_be(&data[balancing_at + 2], 2) << 16, cells, t);
    t.temperature_mosfet.reset();
    t.temperatures = {};
    decode(sensor_table(data[sensors_at]), data, t);

    const auto date = static_cast<int>(read_be(&data[date_at], 2));
    reading.identity.production_date = date_text(2000 + (date >> 9), date >> 5 & 15, date & 31);
    const auto version = data[version_at];
    reading.identity.hardware_version = std::to_string(version >> 4) + '.' + std::to_string(version & 15);
    return {};
}

class LltJbd final : public Protocol {
  public:
    explicit LltJbd(const Setup& setup) : config_(setup.config), address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        if (address_ != 0) co_return refuse(Refusal::unsupported);
        tries_ = 3;  // a sleeping board loses or cuts the first reply
        const auto read_all = co_await poll(channel, reading);
        tries_ = 1;
        if (!read_all) co_return read_all;
        reading.identity.type = "LLT/JBD";
        std::string version = *reading.identity.hardware_version;
        std::erase(version, '.');
        reading.identity.unique_id = version + '_' + decimal_text(*reading.telemetry.capacity) + "Ah";
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        co_await must(requests_.read_one(channel, general_row, reading, ask));
        co_await must(requests_.read_one(channel, name_row, reading, ask));
        co_await must(read_settings(channel, reading));
        co_return co_await requests_.read_one(channel, cells_row, reading, ask);
    }

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        const bool off = command.value != 0;
        switch (command.kind) {
            case Command::Kind::force_charging_off:
                return force_fets(channel, reading, &Forced::charging, off);
            case Command::Kind::force_discharging_off:
                return force_fets(channel, reading, &Forced::discharging, off);
            case Command::Kind::turn_balancing_off:
                return switch_balancer(channel, reading, !off);
            case Command::Kind::set_soc:
                return set_soc(channel, reading, command.value);
            case Command::Kind::turn_heating_off:
                break;
        }
        return Protocol::command(channel, reading, command);
    }

  private:
    /// What register E1 is to hold: the wish of the user, never the state of a FET, which a protection may have opened.
    struct Forced {
        bool charging = false, discharging = false;
    };

    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        Telemetry& t = reading.telemetry;
        const std::size_t cells = static_cast<std::size_t>(t.cell_count.value_or(0));
        const std::size_t least = &row == &cells_row ? 2 * cells : row.least;
        const auto data = co_await must(read(channel, row.reg, least, tries_));
        decode(row.fields, data, t);
        // the largest current is the amount, whatever sign a firmware gives it
        for (auto* limit : {&t.max_charge_current, &t.max_discharge_current})
            if (*limit) *limit = std::abs(**limit);
        if (row.reg == functions_register) t.balance_fet = (read_be(data.data(), 2) & balancer_enabled) != 0;
        if (row.reg == cells_register) decode(cell_list, data, cells, t);
        if (row.reg == name_register) {
            if (auto text = printable(data); !text.empty()) reading.identity.model_name = std::move(text);
        }
        if (row.reg != general_register) co_return Reply<void>{};
        const auto taken = take_general(data, reading);
        if (!taken) channel.refused(taken.error());
        if (taken) judge(data, t);
        co_return taken;
    }

    /// What follows from general information and the configuration.
    void judge(ByteView data, Telemetry& t)
    {
        const bool locked = (read_be(&data[protection_at], 2) >> software_lock_bit & 1) != 0;
        if (!forced_) forced_ = Forced{locked && !*t.charge_fet, locked && !*t.discharge_fet};
        Level& low_soc = t.alarms[Alarm::low_soc];
        low_soc.reset();
        if (config_.soc_calculation) return;
        low_soc = static_cast<std::uint8_t>(*t.soc < config_.soc_low_alarm     ? 2
                                            : *t.soc < config_.soc_low_warning ? 1
                                                                               : 0);
    }

    /// Those that have not come yet. Factory mode is left again, also when the reply to entering it was lost.
    Task<Reply<void>> read_settings(Channel& channel, Reading& reading)
    {
        if (!requests_.any_due(std::span<const Row>(settings), channel.steady())) co_return Reply<void>{};
        const auto entered = co_await write(channel, factory_register, enter_factory, tries_);
        const auto ask = [&](const Row& row) -> Task<Reply<void>> {
            if (!entered) co_return entered;
            co_return co_await take(channel, row, reading);
        };
        const auto taken = co_await requests_.read(channel, settings, reading, ask);
        if (entered || entered.error() != Refusal::device_error) {
            co_await leave_factory_mode(channel, leave_unsaved);
        }
        co_return taken;
    }

    Task<Reply<void>> force_fets(Channel& channel, Reading& reading, bool Forced::*which, bool off)
    {
        Forced wished = forced_.value_or(Forced{});
        wished.*which = off;
        co_await must(write(channel, fets_register,
                            static_cast<std::uint16_t>((wished.charging ? 1 : 0) | (wished.discharging ? 2 : 0))));
        forced_ = wished;
        // read back: a FET that is to be off and is not was not switched
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        co_await must(requests_.read_one(channel, general_row, reading, ask));
        const Telemetry& t = reading.telemetry;
        if ((wished.charging && *t.charge_fet) || (wished.discharging && *t.discharge_fet))
            co_return refuse(Refusal::device_error);
        co_return Reply<void>{};
    }

    /// Writes a register in factory mode, which is left again whatever happens on the way; saved only when it was
    /// written.
    template <class Body>
    static Task<Reply<void>> in_factory_mode(Channel& channel, Body body)
    {
        const auto entered = co_await write(channel, factory_register, enter_factory);
        bool changed = false;
        Reply<void> written = entered;
        if (entered) written = co_await body(changed);
        if (!entered && entered.error() == Refusal::device_error) co_return entered;
        const auto left = co_await leave_factory_mode(channel, written && changed ? leave_saved : leave_unsaved);
        co_return written ? left : written;
    }

    static Task<Reply<void>> switch_balancer(Channel& channel, Reading& reading, bool on)
    {
        const auto body = [&](bool& changed) -> Task<Reply<void>> {
            const auto functions = co_await must(read(channel, functions_register, 2));
            const auto before = static_cast<std::uint16_t>(read_be(functions.data(), 2));
            const auto wanted = static_cast<std::uint16_t>(on ? before | balancer_enabled : before & ~balancer_enabled);
            changed = wanted != before;
            if (changed) co_await must(write(channel, functions_register, wanted));
            co_return Reply<void>{};
        };
        co_await must(in_factory_mode(channel, body));
        reading.telemetry.balance_fet = on;
        co_return Reply<void>{};
    }

    static Task<Reply<void>> set_soc(Channel& channel, Reading& reading, double percent)
    {
        if (!(percent >= 0 && percent <= 100)) co_return refuse(Refusal::implausible);
        if (!reading.telemetry.capacity) co_return refuse(Refusal::unsupported);
        const double remaining = std::round(*reading.telemetry.capacity * percent);  // 10 mAh
        const auto body = [&](bool& changed) -> Task<Reply<void>> {
            changed = true;
            co_return co_await write(channel, remaining_register,
                                     static_cast<std::uint16_t>(std::min(remaining, 65535.0)));
        };
        co_return co_await in_factory_mode(channel, body);
    }

    const config::Config& config_;
    std::uint8_t address_;
    int tries_ = 1;
    Requests requests_;
    std::optional<Forced> forced_;  // known once general information came
};

class LltJbdDevice final : public Device {
  public:
    explicit LltJbdDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input[0] != start) return 1;
        if (input.size() < 4 || input.size() < input[3] + 7U) return 0;
        const ByteView bytes = input.first(input[3] + 7U);
        const ByteView summed = bytes.subspan(2, bytes.size() - 5);
        if (bytes.back() != end || checksum::negated_sum16(summed) != read_be(&bytes[bytes.size() - 3], 2)) return 1;
        const std::uint8_t reg = bytes[2];
        const ByteView data = bytes.subspan(4, bytes[3]);
        const auto answer = bytes[1] == read_code ? answer_read(reg) : answer_write(reg, data);
        append(reply, answer ? frame(reg, 0x00, *answer, 2) : frame(reg, 0x80, {}, 2));
        return bytes.size();
    }

  private:
    std::optional<Bytes> answer_read(std::uint8_t reg) const
    {
        const Telemetry& t = truth_.telemetry;
        if (reg == name_register) {
            const std::string& name = truth_.identity.model_name.value_or("");
            return Bytes(name.begin(), name.end());
        }
        if (reg == general_register) return general();
        if (reg == cells_register) {
            Bytes data(2 * t.cell_voltages.size());
            encode(cell_list, data, t);
            return data;
        }
        if (!factory_) return std::nullopt;
        Bytes data(2);
        if (reg == functions_register) {
            write_be(data.data(), 2, t.balance_fet.value_or(true) ? balancer_enabled : 0);
            return data;
        }
        for (const Row& row : settings) {
            if (row.reg != reg) continue;
            encode(row.fields, data, t);
            return data;
        }
        return std::nullopt;
    }

    Bytes general() const
    {
        const Telemetry& t = truth_.telemetry;
        std::size_t sensors = 0;
        for (std::size_t i = 0; i < sensor_count; ++i)
            if (t.temperatures[i]) sensors = i + 1;
        if (sensors > 1 || t.temperature_mosfet) ++sensors;
        Bytes data(general_size + 2 * sensors);
        encode(general_table, data, t);
        encode(fet_bits, data, t);
        write_be(&data[balancing_at], 2, encode_balancing(t) & 0xFFFF);
        write_be(&data[balancing_at + 2], 2, encode_balancing(t) >> 16);
        write_be(&data[protection_at], 2, encode(protection_bits, t.alarms));
        const std::string& date = truth_.identity.production_date.value_or("");
        if (date.size() == 8) {
            const int year = std::stoi(date.substr(0, 4)), month = std::stoi(date.substr(4, 2)),
                      day = std::stoi(date.substr(6));
            write_be(&data[date_at], 2, static_cast<std::uint64_t>((year - 2000) << 9 | month << 5 | day));
        }
        data[version_at] = 0x80;
        data[sensors_at] = static_cast<std::uint8_t>(sensors);
        encode(sensor_table(sensors), data, t);
        return data;
    }

    std::optional<Bytes> answer_write(std::uint8_t reg, ByteView data)
    {
        if (data.size() != 2) return std::nullopt;
        const auto value = static_cast<std::uint16_t>(read_be(data.data(), 2));
        Telemetry& t = truth_.telemetry;
        if (reg == factory_register) {
            factory_ = value == enter_factory;
            return factory_ ? std::optional<Bytes>(Bytes{}) : std::nullopt;
        }
        if (reg == fets_register) {
            t.charge_fet = (value & 1) == 0;
            t.discharge_fet = (value & 2) == 0;
            return Bytes{};
        }
        if (!factory_) return std::nullopt;
        if (reg == leave_register) {
            factory_ = false;
        } else if (reg == functions_register) {
            t.balance_fet = (value & balancer_enabled) != 0;
        } else if (reg == remaining_register) {
            t.capacity_remaining = value / 100.0;
            if (t.capacity && *t.capacity > 0) t.soc = std::round(100 * *t.capacity_remaining / *t.capacity);
        } else {
            return std::nullopt;
        }
        return Bytes{};
    }

    Reading& truth_;
    bool factory_ = false;
};

constexpr Line lines[]{{9600, 0x00}};
constexpr std::string_view delivers[]{
    "model_name",
    "hardware_version",
    "production_date",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "capacity_remaining",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "balance_fet",
    "max_charge_current",
    "max_discharge_current",
    "alarms",
};

}  // namespace

extern const Entry lltjbd;
const Entry lltjbd{
    .name = "LltJbd",
    .type = "LLT/JBD",
    .sheet = "lltjbd",
    .brands = "JBD, LLT Power, Overkill Solar, Xiaoxiang (SP04S..SP25S, AP, DP series)",
    .wiring = "UART, RS232 or RS485 port of the board; a 3.3 V USB-UART adapter, isolated when other grounds meet",
    .lines = lines,
    .commands = {Command::Kind::force_charging_off, Command::Kind::force_discharging_off,
                 Command::Kind::turn_balancing_off, Command::Kind::set_soc},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<LltJbd>(setup); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<LltJbdDevice>(truth);
    },
    .addressable = false,
};

}  // namespace bmsd::bms
