#include "battery/battery.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/log.h"

namespace bmsd::battery {
namespace {

constexpr std::size_t outcomes_kept = 8;
constexpr Duration lost_after = std::chrono::seconds(10);  // beyond one interval

bool sensible(Command command)
{
    if (command.kind == Command::Kind::set_soc) return command.value >= 0 && command.value <= 100;
    return command.value == 0 || command.value == 1;
}

}  // namespace

Battery::Battery(Facts facts, Reading first, const config::Config& config, const control::Traits& known,
                 const control::Stored& stored, Loop& loop)
    : facts_(std::move(facts)),
      loop_(loop),
      config_(config),
      reading_(std::move(first)),
      controller_(config, known, stored, now()),
      good_at_(loop.now()),
      stepped_at_(loop.now())
{
    snapshot_.identity = reading_.identity;
    input_.good = true;
    input_.telemetry = &reading_.telemetry;
    controller_.start(input_, now(), snapshot_);
}

control::Now Battery::now() const
{
    return {to_seconds(loop_.now().time_since_epoch()), loop_.wall()};
}

void Battery::move_to(const std::string& port, const std::string& configured, std::uint8_t address)
{
    facts_.port = port;
    facts_.configured = configured;
    facts_.address = address;
    ++seat_;
}

void Battery::set_poll_interval(Duration interval)
{
    interval_ = interval;
    input_.poll_interval = to_seconds(interval);
}

bool Battery::overdue() const
{
    const Duration lost_at = interval_ + lost_after;
    if (age() < lost_at) return false;
    const Instant now = loop_.now();
    if (stepped_at_ - good_at_ < lost_at) return true;
    return now - stepped_at_ >= std::max<Duration>(interval_ + std::chrono::seconds(1), std::chrono::seconds(2));
}

void Battery::step(bool good)
{
    input_.good = good;
    stepped_at_ = loop_.now();
    ++cycles_;
    snapshot_.age = to_seconds(age());
    controller_.step(input_, now(), snapshot_);
    if (controller_.connection().resumed()) ++snapshot_.link.reconnects;
    act_on(controller_.events());
    tell_of(controller_.connection());
}

/// Log lines of core/lifecycle.md section 7.
void Battery::tell_of(const control::Connection& connection) const
{
    const State& state = snapshot_.state;
    if (connection.just_lost()) {
        log::error(">>> {}: no good answer on {} for 10 s", facts_.id, facts_.port);
        log::error("|- {}", state.connection_information.view());
        log::error("|- replies {}, timeouts {}, refused {}", snapshot_.link.replies, snapshot_.link.timeouts,
                   snapshot_.link.refused_total());
        log::error("|- see `bmsd watch`, and the cable, its isolation and the power of the BMS");
    }
    if (connection.resumed()) log::info("{}: answers again", facts_.id);
    if (connection.settled()) log::info("{}: reconnected, a minute without an error", facts_.id);
    if (state.give_up && connection.lost()) {
        log::error(">>> {}: given up, its service is released until it answers again", facts_.id);
    }
}

/// What charge control has found out in this cycle, and what follows from it outside of control
/// (core/charge-control.md section 4.1, RD29, RD33, RD34, section 15).
void Battery::act_on(const control::ChargeControl::Events& events)
{
    const auto& voltage = events.voltage;
    if (voltage.entered_float) {
        log::info("{}: full, changes to float", facts_.id);
        if (config_.auto_reset_soc && facts_.entry->commands.has(Command::Kind::set_soc)) {
            pending_.put({Command::Kind::set_soc, 100});
        }
    }
    if (voltage.full && config_.auto_reset_soc && facts_.entry->commands.has(Command::Kind::set_soc)) {
        pending_.put({Command::Kind::set_soc, 100});
    }
    if (voltage.reset_by_trip) log::info("{}: SoC reset reached, the BMS has ended the charge", facts_.id);
    if (voltage.ccl_ignored) {
        log::warning(
            "{}: more current comes in than the charge limit allows, so the charge voltage falls; with DC feed-in "
            "Venus OS does not hold solar chargers to that limit",
            facts_.id);
    }
    if (voltage.float_refused) {
        log::warning("{}: float is not possible at a SoC of {} %: SWITCH_TO_BULK_SOC_THRESHOLD is {} %", facts_.id,
                     snapshot_.derived.soc.value_or(0), config_.switch_to_bulk_soc_threshold);
    }
    if (voltage.reset_overdue) log::warning("{}: SoC reset ended without balance after a day at the top", facts_.id);
    if (voltage.data_missing) {
        log::error("{}: a cell voltage or the SoC is missing, charge voltage at most float until it is back",
                   facts_.id);
    }
    if (events.sensor_stale) {
        log::warning("{}: a temperature sensor has said nothing for 10 minutes, currents limited to a quarter",
                     facts_.id);
    }
    if (events.soc_step) log::warning("{}: the counted SoC has moved by more than 5 % within a minute", facts_.id);
    if (events.dead_cell) log::warning("{}: a cell is below 1.0 V, no charge and no discharge", facts_.id);
    if (events.sensor_lost) log::warning("{}: a temperature sensor is lost or says what cannot be", facts_.id);
    if (events.cells_gone) log::warning("{}: no cell voltage for 10 minutes, currents limited to a quarter", facts_.id);
    if (events.count_changed) log::warning("{}: it has another number of cells now", facts_.id);
    if (events.still) {
        log::error("{}: current flows, but nothing has moved for 10 minutes: the BMS repeats itself", facts_.id);
    }
}

void Battery::take(Reading reading)
{
    reading_ = std::move(reading);
    good_at_ = loop_.now();
    missed_ = 0;
    if (!(snapshot_.identity == reading_.identity)) snapshot_.identity = reading_.identity;
    step(true);
}

void Battery::miss()
{
    ++missed_;
    step(false);
}

Result<void> Battery::request(Command command)
{
    if (!facts_.entry->commands.has(command.kind))
        return Failure(fmt::format("{} has no such control", facts_.entry->name));
    if (!sensible(command)) return Failure(fmt::format("{} cannot be {}", name(command.kind), command.value));
    pending_.put(command);
    return {};
}

Result<void> Battery::set_soc(double percent)
{
    if (!(percent >= 0 && percent <= 100)) return Failure("a state of charge is 0 to 100 %");
    if (!config_.soc_calculation) return request({Command::Kind::set_soc, percent});
    if (!controller_.set_soc(percent)) return Failure("the state of charge was not set");
    return {};
}

void Battery::conclude(Command command, bms::Reply<void> reply)
{
    Outcome outcome{command, reply.has_value(), reply ? std::string() : std::string(bms::text(reply.error()))};
    if (reply) {
        log::info("{}: {} = {} acknowledged by the BMS", facts_.id, name(command.kind), command.value);
    } else {
        log::error(">>> {}: {} = {} refused by the BMS: {}", facts_.id, name(command.kind), command.value,
                   outcome.reason);
    }
    if (outcome_) outcome_(outcome);
    outcomes_.push_back(std::move(outcome));
    if (outcomes_.size() > outcomes_kept) outcomes_.pop_front();
}

void Battery::reconfigure(bool settings_invalid)
{
    controller_.reconfigure(config_, settings_invalid, now());
}

}  // namespace bmsd::battery
