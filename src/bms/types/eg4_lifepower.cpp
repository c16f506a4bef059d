// EG4 LifePower and relatives on RS485. What the bytes mean: docs/bms/eg4_lifepower.md
#include <fmt/format.h>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/word_groups.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t start = 0x7E, usual_address = 1;
constexpr double most_cell_volts = 5;

constexpr std::array more_sensors{groups::sensor_word(4, &Telemetry::temperature_mosfet),
                                  groups::sensor_word(5, &Telemetry::temperature_ambient)};
constexpr auto all_sensors = [] {
    std::array<Field, groups::sensor_table.size() + more_sensors.size()> fields{
        groups::sensor_table[0], groups::sensor_table[1], groups::sensor_table[2],
        groups::sensor_table[3], more_sensors[0],         more_sensors[1]};
    return fields;
}();

// Over-current has one bit for both directions; directed() makes one for each out of it, above the word.
constexpr unsigned charging_bit = 0, discharging_bit = 1, over_current_bit = 3;
constexpr unsigned charge_current_bit = 16, discharge_current_bit = 17;
constexpr std::array alarm_bits{
    AlarmBit{2, Alarm::high_discharge_current, 2},
    AlarmBit{discharge_current_bit, Alarm::high_discharge_current, 2},
    AlarmBit{charge_current_bit, Alarm::high_charge_current, 2},
    AlarmBit{4, Alarm::high_voltage, 2},
    AlarmBit{5, Alarm::low_voltage, 2},
    AlarmBit{6, Alarm::high_charge_temperature, 2},
    AlarmBit{7, Alarm::low_charge_temperature, 2},
};

/// Where it is not clear which direction is meant, it is both.
std::uint64_t directed(std::uint64_t word)
{
    if ((word >> over_current_bit & 1) == 0) return word;
    const bool charging = (word >> charging_bit & 1) != 0, discharging = (word >> discharging_bit & 1) != 0;
    if (charging || !discharging) word |= std::uint64_t{1} << charge_current_bit;
    if (discharging || !charging) word |= std::uint64_t{1} << discharge_current_bit;
    return word;
}

std::uint64_t undirected(std::uint64_t word)
{
    const bool charge = (word >> charge_current_bit & 1) != 0;
    return (word & 0xFFFF) | (charge ? 1U << over_current_bit | 1U << charging_bit : 0);
}

/// Version texts hold stray bytes: what a version may be made of is kept.
std::string version_text(ByteView data)
{
    constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._ ";
    Bytes text;
    for (const auto byte : data)
        if (kept.find(static_cast<char>(byte)) != std::string_view::npos) text.push_back(byte);
    return printable(text);
}

Reply<void> take_telemetry(ByteView data, Telemetry& t)
{
    const auto groups = groups::Groups::of(data, groups::Groups::most);
    if (!groups) return refuse(groups.error());
    for (const std::size_t number : {1U, 2U, 3U, 4U, 8U})
        if ((*groups)[number].empty()) return refuse(Refusal::bad_content);
    groups::take(*groups, t);
    decode(more_sensors, (*groups)[groups::sensors_group], t);
    if (t.cell_voltages.size() > groups::most_cells) return refuse(Refusal::bad_content);
    for (const Number& cell : t.cell_voltages)
        if (*cell > most_cell_volts) return refuse(Refusal::implausible);
    if (*t.soc > 100 || *t.voltage > 100 || *t.capacity > 5000) return refuse(Refusal::implausible);
    t.charge_fet = t.discharge_fet = true;  // the pack does not tell; charging and discharging stay allowed
    t.alarms = {};
    if (const auto word = groups::status_word(*groups)) decode(alarm_bits, directed(*word), t.alarms);
    return {};
}

class Eg4Lifepower final : public Protocol {
  public:
    explicit Eg4Lifepower(const Setup& setup) : address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        const auto polled = co_await poll(channel, reading);
        if (!polled) co_return polled;
        Identity& identity = reading.identity;
        identity.type = "EG4 Lifepower";
        identity.address = address_text(address_);
        identity.hardware_version = co_await read_version(channel, groups::hardware);
        identity.firmware_version = co_await read_version(channel, groups::firmware);
        identity.unique_id = common_unique_id(reading);
        if (address_ != usual_address) *identity.unique_id += fmt::format("_{:02x}", address_);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto data = co_await read(channel, groups::telemetry, 2);
        if (!data) co_return refuse(data.error());
        const auto taken = take_telemetry(*data, reading.telemetry);
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }

  private:
    Task<Reply<ByteView>> read(Channel& channel, std::uint8_t command, int tries) const
    {
        const Bytes request = groups::frame(start, address_, command, {});
        const Exchange exchange{.request = request,
                                .length = counted(groups::size_at, groups::around),
                                .first = 250ms,
                                .rest = 1s,
                                .gap = 50ms};
        const auto judge = [=, this](ByteView reply) { return groups::open(reply, start, address_, command); };
        co_return co_await ask(channel, exchange, judge, tries);
    }

    /// Absent when it is not answered, which is normal; the id stands in it, so it is asked for three times.
    Task<Text> read_version(Channel& channel, std::uint8_t command) const
    {
        const auto data = co_await read(channel, command, 3);
        if (!data) co_return std::nullopt;
        std::string text = version_text(*data);
        if (text.empty()) co_return std::nullopt;
        co_return text;
    }

    std::uint8_t address_;
};

class Eg4LifepowerDevice final : public Device {
  public:
    Eg4LifepowerDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        ByteView request;
        const std::size_t used = groups::take_request(input, start, request);
        if (request.empty() || request[1] != address_) return used;
        const std::uint8_t command = request[2];
        if (const auto data = answer(command)) append(reply, groups::frame(start, address_, command, *data));
        return used;
    }

  private:
    std::optional<Bytes> answer(std::uint8_t command) const
    {
        const Telemetry& t = truth_.telemetry;
        const auto bytes = [](const Text& text) {
            const std::string& known = text.value_or("");
            return Bytes(known.begin(), known.end());
        };
        if (command == groups::hardware) return bytes(truth_.identity.hardware_version);
        if (command == groups::firmware) return bytes(truth_.identity.firmware_version);
        if (command != groups::telemetry) return std::nullopt;
        return groups::encode_groups(t, all_sensors, undirected(encode(alarm_bits, t.alarms)));
    }

    Reading& truth_;
    std::uint8_t address_;
};

constexpr Line lines[]{{9600, usual_address}};
constexpr std::string_view delivers[]{
    "address",
    "hardware_version",
    "firmware_version",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "cycles",
    "cell_voltages",
    "temperatures",
    "temperature_mosfet",
    "temperature_ambient",
    "alarms",
};
constexpr std::string_view assumed[]{"charge_fet", "discharge_fet"};

}  // namespace

extern const Entry eg4_lifepower;
const Entry eg4_lifepower{
    .name = "EG4_Lifepower",
    .type = "EG4 Lifepower",
    .sheet = "eg4_lifepower",
    .brands = "EG4 LifePower and LifePower4, Tian-Power and Narada style packs",
    .wiring = "RS485 port of the pack; several packs on one pair, addresses 0..15 by DIP switch",
    .lines = lines,
    .interval = 2s,
    .commands = {},
    .delivers = delivers,
    .assumed = assumed,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Eg4Lifepower>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<Eg4LifepowerDevice>(truth, line.address);
    },
    .unchecked = groups::weak_check,
};

}  // namespace bmsd::bms
