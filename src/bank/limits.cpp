#include "bank/limits.h"

#include <algorithm>
#include <cmath>

namespace bmsd::bank {
namespace {

constexpr double held_for = 60;                           // s, a limit that is not told any more
constexpr double guard_period = 10;                       // s
constexpr double over_bank = 1.05, over = 1, near = 0.9;  // factor, A, factor
constexpr double least_factor = 0.1, recovery = 0.02;

}  // namespace

double rounded_down(double amperes)
{
    return std::floor(10 * amperes + 1e-6) / 10;
}

double OvercurrentGuard::step(std::span<const Taker> takers, Direction direction, double total, const Number& published,
                              const control::Now& now)
{
    if (!evaluated_at_) evaluated_at_ = now.steady;
    if (now.steady - *evaluated_at_ < guard_period) return factor_;
    evaluated_at_ = now.steady;
    if (!published || total > over_bank * *published + over) return factor_;  // chargers that do not follow yet
    double worst = 1;
    bool all_far = true;
    for (const Taker& taker : takers) {
        const Number current = flow(taker.member->values, direction);
        if (!taker.limit || *taker.limit <= 0) continue;
        all_far = all_far && current;
        if (!current) continue;
        if (*current > *taker.limit + over) worst = std::min(worst, *taker.limit / *current);
        if (*current > near * *taker.limit) all_far = false;
    }
    if (worst < 1) {
        factor_ = std::max(least_factor, factor_ * worst);
    } else if (all_far) {
        factor_ = std::min(1.0, factor_ + recovery);
    }
    return factor_;
}

/// A limit that is not told any more is the last one for a minute.
Number LimitMerge::limit_of(const Member& member, const control::Now& now)
{
    const Number& told = member.values[bank::limit_of(direction_)];
    if (told) {
        const double limit = refuses(member, direction_) ? 0 : *told;
        held_.insert_or_assign(member.identity, Held{limit, now.steady});
        return limit;
    }
    const auto last = held_.find(member.identity);
    if (last == held_.end() || now.steady - last->second.at > held_for) return std::nullopt;
    return refuses(member, direction_) ? 0 : last->second.value;
}

LimitChoice LimitMerge::step(const Crew& crew, const Shares& shares, const Number& published,
                             const config::Config& config, const control::Now& now)
{
    std::vector<Taker> takers;
    const Member* stops = nullptr;
    bool known = false;
    for (const Unit& unit : crew.units) {
        const Number limit = limit_of(*unit.member, now);
        known = known || limit;
        if ((refuses(*unit.member, direction_) || limit == 0.0) && stops == nullptr) stops = unit.member;
        if (unit.takes[direction_]) takers.push_back({unit.member, limit});
    }
    std::erase_if(held_, [&](const auto& held) { return now.steady - held.second.at > held_for; });
    ever_ = ever_ || known;
    if (stops != nullptr && config.aggregate_blocked_member == "zero") return {0, stops, true};
    if (takers.empty() && known) return {0, stops, true};
    LimitChoice choice = decide(crew, takers, shares, published, config, now);
    // what was limited and is no more told is not without limit
    if (!choice.limit && ever_ && !crew.units.empty()) choice.limit = 0;
    return choice;
}

LimitChoice LimitMerge::hardware(const Crew& crew, const Shares& shares, const Number& published,
                                 const config::Config& config, const control::Now& now)
{
    std::vector<Taker> takers;
    for (const Unit& unit : crew.units) {
        const Number& limit =
            direction_ == Direction::charge ? unit.member->hardware_charge : unit.member->hardware_discharge;
        if (unit.takes[direction_]) takers.push_back({unit.member, limit});
    }
    return decide(crew, takers, shares, published, config, now);
}

LimitChoice LimitMerge::decide(const Crew& crew, std::span<Taker> takers, const Shares& shares, const Number& published,
                               const config::Config& config, const control::Now& now)
{
    shares.set(takers, config);
    const bool sum = config.aggregate_share_method == "sum";
    LimitChoice choice;
    double all = 0, least = INFINITY, total = 0;
    for (const Taker& taker : takers) {
        if (!taker.limit) continue;
        all += *taker.limit;
        const double allowed = *taker.limit / taker.share;
        if (allowed >= least) continue;
        least = allowed;
        choice.decides = taker.member;
    }
    for (const Unit& unit : crew.units) total += flow(unit.member->values, direction_).value_or(0);
    const double factor = guard_.step(takers, direction_, total, published, now);
    if (choice.decides == nullptr) return choice;
    choice.blocked = least == 0;  // current still flows into a battery that must not have any
    choice.limit = choice.blocked ? 0 : sum ? all : std::min(least, all);
    if (config.aggregate_overcurrent_guard) *choice.limit *= factor;
    return choice;
}

}  // namespace bmsd::bank
