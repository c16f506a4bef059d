#include "bank/coordination.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

using Class = ChargeMode::Class;

bool any(std::span<const VoltageVote> votes, Class is)
{
    return std::ranges::any_of(votes, [&](const VoltageVote& vote) { return vote.mode.is == is; });
}

/// By capacity; by number where one does not tell its own.
double share_that_charges(std::span<const VoltageVote> votes)
{
    const auto known = [](const VoltageVote& vote) {
        return vote.mode.is == Class::unknown || vote.member->values[Item::installed].value_or(0) > 0;
    };
    const bool by_capacity = std::ranges::all_of(votes, known);
    double charging = 0, all = 0;
    for (const VoltageVote& vote : votes) {
        if (vote.mode.is == Class::unknown) continue;
        const double weight = by_capacity ? *vote.member->values[Item::installed] : 1;
        all += weight;
        if (vote.mode.is == Class::charging) charging += weight;
    }
    return all > 0 ? charging / all : 0;
}

Number lowest(std::span<const VoltageVote> votes, auto where)
{
    Number out;
    for (const VoltageVote& vote : votes) {
        if (where(vote)) out = out ? std::min(*out, vote.voltage) : vote.voltage;
    }
    return out;
}

Number highest(std::span<const VoltageVote> votes, Class is)
{
    Number out;
    for (const VoltageVote& vote : votes) {
        if (vote.mode.is == is) out = out ? std::max(*out, vote.voltage) : vote.voltage;
    }
    return out;
}

Number lower(const Number& a, const Number& b)
{
    return a && b ? Number(std::min(*a, *b)) : a ? a : b;
}

}  // namespace

std::string_view text(Phase phase)
{
    constexpr std::string_view names[]{"CHARGE", "TRANSITION", "FLOAT"};
    return names[static_cast<std::size_t>(phase)];
}

std::optional<Phase> present_phase(std::span<const VoltageVote> votes)
{
    if (any(votes, Class::charging)) return Phase::charge;
    if (any(votes, Class::transition)) return Phase::transition;
    if (any(votes, Class::floating)) return Phase::floating;
    return std::nullopt;
}

std::optional<Phase> Coordination::step(std::span<const VoltageVote> votes, const config::Config& config,
                                        const control::Now& now)
{
    const auto seen = present_phase(votes);
    const bool back = wants_back(votes, config, now);
    if (!phase_ || !seen) {
        phase_ = seen;
    } else if (*seen != Phase::charge) {
        phase_ = *phase_ == Phase::floating ? Phase::floating : *seen;
    } else if (*phase_ != Phase::charge) {
        const bool all_charge = !any(votes, Class::floating) && !any(votes, Class::transition);
        if (all_charge || back) phase_ = Phase::charge;
    }
    if (phase_ == Phase::charge) wanted_since_.reset();
    return phase_;
}

/// Enough of the bank wants to be charged, without a break for long enough, by the same batteries.
bool Coordination::wants_back(std::span<const VoltageVote> votes, const config::Config& config, const control::Now& now)
{
    const auto same = [](const VoltageVote& vote, const std::string& identity) {
        return vote.member->identity == identity;
    };
    if (!std::ranges::equal(votes, present_, same)) {
        wanted_since_.reset();
        present_.clear();
        for (const VoltageVote& vote : votes) present_.push_back(vote.member->identity);
    }
    if (!any(votes, Class::charging) || share_that_charges(votes) < config.aggregate_rebulk_share) {
        wanted_since_.reset();
        return false;
    }
    if (!wanted_since_) wanted_since_ = now.steady;
    return now.steady - *wanted_since_ >= static_cast<double>(config.aggregate_rebulk_delay);
}

Number coordinated_voltage(std::span<const VoltageVote> votes, std::optional<Phase> phase)
{
    const auto is = [](Class wanted) { return [wanted](const VoltageVote& vote) { return vote.mode.is == wanted; }; };
    const Number of_unknown = lowest(votes, is(Class::unknown)), of_charging = lowest(votes, is(Class::charging));
    if (!phase) return of_unknown;
    if (*phase == Phase::charge) return lower(of_charging, of_unknown);
    if (*phase == Phase::transition) {
        const Number ramp = highest(votes, Class::transition);
        return lower(lower(ramp ? ramp : highest(votes, Class::floating), of_charging), of_unknown);
    }
    const auto floats = [](const VoltageVote& vote) {
        const Class c = vote.mode.is;
        return c == Class::floating || c == Class::transition || (c == Class::charging && vote.mode.protects);
    };
    const Number of_floating = lowest(votes, floats);
    return lower(of_floating ? of_floating : of_charging, of_unknown);
}

}  // namespace bmsd::bank
