// Revov R-series and TianPower packs that answer to 7C. What the bytes mean: docs/bms/revov.md
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/word_groups.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t start = 0x7C;
constexpr std::size_t last_group = 9, last_required_group = 8;  // groups above 9 have words of other sizes

constexpr std::array alarm_bits{
    AlarmBit{3, Alarm::high_charge_current, 2},
    AlarmBit{4, Alarm::high_voltage, 2},
    AlarmBit{5, Alarm::low_voltage, 2},
    AlarmBit{6, Alarm::high_charge_temperature, 2},
    AlarmBit{7, Alarm::low_charge_temperature, 2},
};

Reply<void> take_telemetry(ByteView data, Telemetry& t)
{
    const auto groups = groups::Groups::of(data, last_group);
    if (!groups) return refuse(groups.error());
    for (std::size_t number = 1; number <= last_required_group; ++number)
        if ((*groups)[number].empty()) return refuse(Refusal::bad_content);
    groups::take(*groups, t);
    if (t.cell_voltages.size() > groups::most_cells) return refuse(Refusal::bad_content);
    if (*t.soc > 100 || *t.voltage > 100) return refuse(Refusal::implausible);
    t.alarms = {};
    if (const auto word = groups::status_word(*groups)) decode(alarm_bits, *word, t.alarms);
    return {};
}

class Revov final : public Protocol {
  public:
    explicit Revov(const Setup& setup) : address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Identity& identity = reading.identity;
        identity.type = "Revov";
        identity.address = address_text(address_);
        for (const auto& [command, member] : texts) {
            const auto data = co_await read(channel, command);
            if (!data) co_return refuse(data.error());
            Text& text = identity.*member;
            text.reset();
            if (auto told = printable(*data); !told.empty()) text = std::move(told);
        }
        const auto polled = co_await poll(channel, reading);
        if (!polled) co_return polled;
        identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto data = co_await read(channel, groups::telemetry);
        if (!data) co_return refuse(data.error());
        const auto taken = take_telemetry(*data, reading.telemetry);
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }

    struct VersionText {
        std::uint8_t command;
        Text Identity::*member;
    };
    static constexpr VersionText texts[]{{groups::firmware, &Identity::firmware_version},
                                         {groups::hardware, &Identity::hardware_version}};

  private:
    Task<Reply<ByteView>> read(Channel& channel, std::uint8_t command) const
    {
        const Bytes request = groups::frame(start, address_, command, {});
        const Exchange exchange{.request = request,
                                .length = counted(groups::size_at, groups::around),
                                .first = 500ms,
                                .rest = 500ms,
                                .gap = 50ms};
        co_return co_await ask(channel, exchange,
                               [=, this](ByteView reply) { return groups::open(reply, start, address_, command); });
    }

    std::uint8_t address_;
};

class RevovDevice final : public Device {
  public:
    RevovDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        ByteView request;
        const std::size_t used = groups::take_request(input, start, request);
        if (request.empty() || request[1] != address_) return used;
        const std::uint8_t command = request[2];
        const Telemetry& t = truth_.telemetry;
        if (command == groups::telemetry) {
            const Bytes data = groups::encode_groups(t, groups::sensor_table, encode(alarm_bits, t.alarms));
            append(reply, groups::frame(start, address_, command, data));
        }
        for (const auto& [known, member] : Revov::texts) {
            if (known != command) continue;
            const std::string& text = (truth_.identity.*member).value_or("");
            append(reply, groups::frame(start, address_, command, Bytes(text.begin(), text.end())));
        }
        return used;
    }

  private:
    Reading& truth_;
    std::uint8_t address_;
};

constexpr Line lines[]{{9600, 0x01}};
constexpr std::string_view delivers[]{
    "address", "hardware_version", "firmware_version", "cell_count",    "voltage",      "current", "soc",
    "soh",     "capacity",         "cycles",           "cell_voltages", "temperatures", "alarms",
};

}  // namespace

extern const Entry revov;
const Entry revov{
    .name = "Revov",
    .type = "Revov",
    .sheet = "revov",
    .brands = "TianPower and Revov R-series boards that answer to 7C (TP-BD16S48V150)",
    .wiring = "RS485 port of the pack; several packs on one pair, addresses 1..15 by DIP switch",
    .lines = lines,
    .interval = 2s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Revov>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<RevovDevice>(truth, line.address);
    },
    .only_when_named = true,
    .warning =
        "Revov: parts of this protocol are taken from its relative EG4_Lifepower and not confirmed on a real pack",
    .unchecked = groups::weak_check,
};

}  // namespace bmsd::bms
