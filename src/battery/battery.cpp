#include "battery/battery.h"

#include <fmt/format.h>

#include "util/log.h"

namespace bmsd::battery {
namespace {

constexpr std::size_t outcomes_kept = 8;

bool sensible(Command command)
{
    if (command.kind == Command::Kind::set_soc) return command.value >= 0 && command.value <= 100;
    return command.value == 0 || command.value == 1;
}

}  // namespace

Battery::Battery(Facts facts, Reading first, const config::Config& config, const control::Facts& known,
                 const control::Stored& stored, Loop& loop)
    : facts_(std::move(facts)),
      loop_(loop),
      config_(config),
      reading_(std::move(first)),
      controller_(config, known, stored, now())
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

void Battery::step(bool good)
{
    input_.good = good;
    controller_.step(input_, now(), snapshot_);
}

void Battery::take(Reading reading)
{
    reading_ = std::move(reading);
    step(true);
}

void Battery::miss()
{
    step(false);
}

Result<void> Battery::request(Command command)
{
    if (!facts_.entry->commands.has(command.kind))
        return Failure(fmt::format("{} has no such control", facts_.entry->name));
    if (!sensible(command)) return Failure(fmt::format("{} cannot be {}", name(command.kind), command.value));
    pending_.push_back(command);
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
