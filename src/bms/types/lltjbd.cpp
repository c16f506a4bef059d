// LLT/JBD on a serial port. What the bytes mean: docs/bms/lltjbd.md
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/read_back.h"
#include "bms/language/told.h"
#include "bms/types/jbd_frame.h"
#include "bms/types/jbd_rows.h"

namespace bmsd::bms {
namespace {

using namespace jbd;

class LltJbd final : public Protocol {
  public:
    explicit LltJbd(const Setup& setup) : config_(setup.config), address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        if (address_ != 0) co_return refuse(Refusal::unsupported);
        requests_.anew();
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

    /// Both FETs are switched by one register.
    bool joins(const Command& first, const Command& waiting) override
    {
        const auto fet = [](Command::Kind kind) {
            return kind == Command::Kind::force_charging_off || kind == Command::Kind::force_discharging_off;
        };
        if (!fet(first.kind) || !fet(waiting.kind)) return false;
        wish(waiting);
        return true;
    }

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        const bool off = command.value != 0;
        switch (command.kind) {
            case Command::Kind::force_charging_off:
            case Command::Kind::force_discharging_off:
                wish(command);
                return force_fets(channel, reading);
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

    void wish(const Command& command)
    {
        if (!wished_) wished_ = forced_.value_or(Forced{});
        const bool charging = command.kind == Command::Kind::force_charging_off;
        (charging ? wished_->charging : wished_->discharging) = command.value != 0;
    }

    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        const auto data = co_await must(read(channel, row.reg, tries_));
        const auto taken = bms::take(row.layout, data, reading);
        if (!taken) channel.refused(taken.error());
        if (taken && &row == &general_row) judge(data, reading.telemetry);
        co_return taken;
    }

    /// What follows from general information and the configuration.
    void judge(ByteView data, Telemetry& t)
    {
        const bool locked = (read_be(&data[protection_at], 2) >> software_lock_bit & 1) != 0;
        if (!forced_) forced_ = Forced{locked && !*t.charge_fet, locked && !*t.discharge_fet};
        judge_soc(config_, t);
    }

    /// Those that have not come yet. What came counts, also when the board does not acknowledge leaving factory mode.
    Task<Reply<void>> read_settings(Channel& channel, Reading& reading)
    {
        if (!requests_.any_due(settings, channel.steady())) co_return Reply<void>{};
        Reply<void> taken;
        const auto body = [&](Reply<void> entered, bool&) -> Task<Reply<void>> {
            const auto ask = [&](const Row& row) -> Task<Reply<void>> {
                // over Bluetooth boards tell them without it, too
                if (channel.radio() == nullptr) co_await must(entered);
                co_return co_await take(channel, row, reading);
            };
            taken = co_await requests_.read(channel, settings, reading, ask);
            co_return taken;
        };
        co_await in_factory_mode(channel, body, tries_);
        co_return taken;
    }

    Task<Reply<void>> force_fets(Channel& channel, Reading& reading)
    {
        const Forced wished = std::exchange(wished_, std::nullopt).value_or(Forced{});
        co_await must(write(channel, fets_register,
                            static_cast<std::uint16_t>((wished.charging ? 1 : 0) | (wished.discharging ? 2 : 0))));
        forced_ = wished;
        const Telemetry& t = reading.telemetry;
        co_return co_await read_back(
            channel, [&] { return take(channel, general_row, reading); },
            [&] { return obeys(wished.charging, t.charge_fet) && obeys(wished.discharging, t.discharge_fet); });
    }

    Task<Reply<void>> switch_balancer(Channel& channel, Reading& reading, bool on)
    {
        const auto body = [&](Reply<void> entered, bool& changed) -> Task<Reply<void>> {
            co_await must(entered);
            const auto functions = co_await must(read(channel, functions_row.reg));
            if (functions.size() < 2) co_return refuse(Refusal::bad_length);
            const auto before = static_cast<unsigned>(read_be(functions.data(), 2));
            const unsigned wanted = on ? before | balancer_enabled : before & ~balancer_enabled;
            changed = wanted != before;
            if (changed) co_await must(write(channel, functions_row.reg, static_cast<std::uint16_t>(wanted)));
            co_await must(take(channel, functions_row, reading));
            if (reading.telemetry.balance_fet != on) co_return refuse(Refusal::device_error);
            co_return Reply<void>{};
        };
        co_return co_await in_factory_mode(channel, body);
    }

    Task<Reply<void>> set_soc(Channel& channel, Reading& reading, double percent)
    {
        if (!(percent >= 0 && percent <= 100)) co_return refuse(Refusal::implausible);
        const Telemetry& t = reading.telemetry;
        if (!t.capacity) co_return refuse(Refusal::unsupported);
        const double wanted = std::min(std::round(*t.capacity * percent), 65535.0);  // 10 mAh
        const auto body = [&](Reply<void> entered, bool& changed) -> Task<Reply<void>> {
            co_await must(entered);
            changed = true;
            co_return co_await write(channel, remaining_register, static_cast<std::uint16_t>(wanted));
        };
        co_await must(in_factory_mode(channel, body));
        const auto moved = [&] {
            return std::abs(*t.soc - percent) <= 1 ||
                   std::abs(*t.capacity_remaining - wanted / 100) <= *t.capacity / 100;
        };
        co_return co_await read_back(
            channel, [&] { return take(channel, general_row, reading); }, moved);
    }

    const config::Config& config_;
    std::uint8_t address_;
    int tries_ = 1;
    Requests requests_;
    std::optional<Forced> forced_;  // known once general information came
    std::optional<Forced> wished_;  // what the next write of register E1 is to be
};

class LltJbdDevice final : public Device {
  public:
    explicit LltJbdDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        ByteView request;
        const std::size_t used = frames.next(input, request);
        if (request.empty()) return used;
        const std::uint8_t reg = request[2];
        const auto answer =
            request[1] == read_code ? answer_read(reg) : answer_write(reg, request.subspan(frames.head, request[3]));
        append(reply, answer ? frames.frame(*answer, reg, 0) : frames.frame({}, reg, refused_status));
        return used;
    }

  private:
    std::optional<Bytes> answer_read(std::uint8_t reg) const
    {
        for (const Row* row : {&general_row, &cells_row, &name_row})
            if (row->reg == reg) return fill(row->layout, truth_);
        for (const Row& row : settings)
            if (row.reg == reg && factory_) return fill(row.layout, truth_);
        return std::nullopt;
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
constexpr Told delivers = Told{"hardware_version", "temperatures", "temperature_mosfet"}
                              .add(name_row.layout)
                              .add(general_row.layout)
                              .add(cells_row.layout)
                              .add(settings);

}  // namespace

extern const Entry lltjbd;
constinit const Entry lltjbd{
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
