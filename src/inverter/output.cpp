#include "inverter/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "inverter/source.h"
#include "util/log.h"

namespace bmsd::inverter {
namespace {

constexpr unsigned inverter_bit_rate = 500000;
constexpr double force_hysteresis = 5;   // %
constexpr std::size_t most_heard = 128;  // ids; a stranger's further ones are not kept
constexpr auto told_never_after = std::chrono::minutes(1);

constexpr std::string_view phase_texts[]{
    "nothing is known of the battery yet, nothing is sent",
    "the battery's limits are sent",
    "the battery is lost; the limits it had are sent with a warning",
    "the battery is gone: no current is allowed",
    "the battery is gone: nothing is sent any more",
};

std::uint64_t key(const CanFrame& frame)
{
    return frame.id.value | (frame.id.extended ? std::uint64_t{1} << 32 : 0);
}

/// With the battery out of reach nothing measured is known, but the SoC, which cannot have moved far.
void forget_measured(Values& values)
{
    values.voltage = values.current = values.temperature = std::nullopt;
    values.min_temperature = values.max_temperature = std::nullopt;
    values.min_cell_voltage = values.max_cell_voltage = values.cell_difference = std::nullopt;
    values.cells.fill(std::nullopt);
    values.full_charge = values.balancing = false;
}

bool allows_current(const Snapshot& snapshot)
{
    const Limits& limits = snapshot.limits;
    return limits.charge.applied.value_or(0) > 0 || limits.discharge.applied.value_or(0) > 0;
}

const Profile& profile_of(const config::Config& config)
{
    const std::string name = config.can_output_profile.value_or("");
    if (const Profile* found = profile(name)) return *found;
    throw std::runtime_error("there is no profile " + name);
}

}  // namespace

std::string_view text(Peer::State state)
{
    switch (state) {
        case Peer::State::never:
            return "never heard";
        case Peer::State::up:
            return "up";
        case Peer::State::lost:
            return "lost";
    }
    return {};
}

Output::Output(Loop& loop, site::Board& board, link::CanBus& bus, const Profile& profile, const config::Config& config)
    : loop_(loop), board_(board), bus_(bus), profile_(profile), config_(config)
{
}

void Output::start()
{
    started_ = cycle_at_ = loop_.now();
    listener_ = bus_.listen([this](const CanFrame& frame) { hear(frame); });
    subscription_ = board_.subscribe([this](const site::Change& change) { heard_of(change); });
    begin_set();
}

void Output::heard_of(const site::Change& change)
{
    source_ = source_of(board_, config_.can_output_battery.value_or(""));
    if (!source_ && board_.all().size() > 1 && !std::exchange(told_several_, true))
        log::error(
            ">>> Inverter on {}: there are several batteries and no bank; CAN_OUTPUT_BATTERY names the one that is "
            "meant",
            bus_.name());
    if (source_ == change.who->id) cycle_at_ = loop_.now();
}

void Output::set_phase(Phase phase)
{
    if (std::exchange(phase_, phase) == phase) return;
    if (phase == Phase::blocking) blocking_since_ = loop_.now();
    const std::string_view what = phase_texts[static_cast<std::size_t>(phase)];
    if (phase == Phase::sending)
        log::info("Inverter on {}: {} ({})", bus_.name(), what, profile_.name);
    else
        log::error(">>> Inverter on {}: {}", bus_.name(), what);
}

/// What is told in this second; absent: nothing.
std::optional<Values> Output::values_now()
{
    const auto snapshot = source_ ? board_.last(*source_) : nullptr;
    const auto who = source_ ? board_.who(*source_) : nullptr;
    const bool there = snapshot && who && loop_.now() - cycle_at_ <= stale_after;
    if (there && snapshot->state.online) {
        Values values = values_of(*who, *snapshot);
        if (who->bank) soften_alarms(board_, values.alarms);
        ask_for(values);
        if (!last_ && (!values.cvl || !values.soc || !values.voltage)) return std::nullopt;  // not complete yet
        set_phase(Phase::sending);
        return last_ = values;
    }
    if (!last_) return std::nullopt;
    if (there && allows_current(*snapshot)) {
        Values values = values_of(*who, *snapshot);
        forget_measured(values);
        values.alarms.raise(Alarm::internal_failure, 1);
        set_phase(Phase::holding);
        return values;
    }
    if (phase_ != Phase::blocking && phase_ != Phase::silent) set_phase(Phase::blocking);
    const bool over = loop_.now() - blocking_since_ >= blocking_for;
    if (over && !(profile_.silent_is_shutdown && last_->soc)) {
        set_phase(Phase::silent);
        return std::nullopt;
    }
    return blocked(*last_);
}

Values Output::blocked(Values values) const
{
    forget_measured(values);
    values.ccl = values.dcl = 0;
    values.charge_allowed = values.discharge_allowed = values.force_charge = false;
    if (values.cvl && values.cell_count)
        values.cvl = std::min(*values.cvl, *values.cell_count * config_.float_cell_voltage);
    values.alarms.raise(Alarm::internal_failure, 2);
    return values;
}

/// From below the threshold until a little above it.
void Output::ask_for(Values& values)
{
    const double threshold = config_.can_output_force_charge_soc;
    if (!values.soc || threshold <= 0)
        forcing_ = false;
    else
        forcing_ = *values.soc < threshold + (forcing_ ? force_hysteresis : 0);
    values.force_charge = forcing_;
}

void Output::begin_set()
{
    set_timer_ = loop_.at(loop_.now() + set_every, [this] { begin_set(); });
    watch_peer();
    const auto values = values_now();
    set_ = values ? frames_of(profile_, *values) : std::vector<CanFrame>();
    // without the limits the inverter would go by older ones: then it hears nothing and acts by itself
    if (!set_.empty() && set_.front().id.value != profile_.frames.front().id) {
        if (!std::exchange(told_no_limits_, true))
            log::error(
                ">>> Inverter on {}: the charge voltage is not known or not one this inverter takes; nothing is sent",
                bus_.name());
        set_.clear();
    } else if (!set_.empty()) {
        told_no_limits_ = false;
    }
    next_ = 0;
    if (set_.empty()) return;
    gap_ = std::clamp<Duration>(set_every / static_cast<int>(set_.size()), shortest_gap, longest_gap);
    send_next();
}

void Output::send_next()
{
    if (next_ >= set_.size()) return;
    const CanFrame& frame = set_[next_++];
    bus_.send(frame);
    sent_[key(frame)] = {frame, loop_.now()};
    gap_timer_ = loop_.at(loop_.now() + gap_, [this] { send_next(); });
}

void Output::hear(const CanFrame& frame)
{
    if (heard_.size() < most_heard || heard_.contains(key(frame))) heard_[key(frame)] = {frame, loop_.now()};
    if (!is_of_an_inverter(frame)) return;
    peer_.last = loop_.now();
    if (std::exchange(peer_.state, Peer::State::up) != Peer::State::up)
        log::info("Inverter on {}: it answers", bus_.name());
}

void Output::watch_peer()
{
    const Instant now = loop_.now();
    if (peer_.state == Peer::State::up && now - peer_.last > peer_lost_after) {
        peer_.state = Peer::State::lost;
        log::warning("Inverter on {}: it says nothing any more", bus_.name());
    }
    if (peer_.state == Peer::State::never && now - started_ > told_never_after && !std::exchange(told_never_, true))
        log::warning("Inverter on {}: it has said nothing yet; some never do", bus_.name());
}

Link::Link(Loop& loop, site::Board& board, const config::Config& config, std::unique_ptr<link::CanSystem> system)
    : bus_(loop, config.can_output_interface.value_or(""), std::move(system), inverter_bit_rate),
      output_(loop, board, bus_, profile_of(config), config)
{
    bus_.start();
    output_.start();
}

}  // namespace bmsd::inverter
