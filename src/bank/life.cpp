#include "bank/life.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bank/lost.h"

namespace bmsd::bank {
namespace {

constexpr double learned_after = 60;      // s online
constexpr double settled_after = 15;      // s without a new battery, when none was known
constexpr double dead_for = 60;           // s until the service goes
constexpr double told_every = 60;         // s
constexpr double clock_proven = 600;      // s without a jump before anything is forgotten by date
constexpr double clock_jump = 86400;      // s
constexpr double day = 86400;             // s
constexpr double same_nominal = 1.25;     // ratio of the charge voltages of one bank
constexpr double highest_voltage = 1.12;  // of the charge voltage: more cannot be

/// Its own switches, modules and driver say it is there.
bool is_live(const Sighting& seen)
{
    const Values& v = seen.values;
    const bool no_modules = v[Item::online] == 0.0 && v[Item::offline].value_or(0) > 0;
    return seen.answers && v[Item::voltage] && v[Item::connected] != 0.0 && !no_modules;
}

bool alike(double a, double b)
{
    return a / b <= same_nominal && b / a <= same_nominal;
}

/// The charge voltage that most ask for, the higher one of two; the highest of those that are alike.
Number nominal_voltage(std::span<const Sighting> seen)
{
    std::vector<double> limits;
    for (const Sighting& one : seen) {
        const Number& limit = one.values[Item::charge_voltage];
        if (is_live(one) && limit && *limit > 0) limits.push_back(*limit);
    }
    std::ranges::sort(limits);
    Number best;
    std::ptrdiff_t most = 0;
    for (const double limit : limits) {
        const auto count = std::ranges::count_if(limits, [&](double other) { return alike(limit, other); });
        if (count < most) continue;
        most = count;
        best = limit;
    }
    return best;
}

std::string_view text(Standing standing)
{
    constexpr std::string_view names[]{"online", "waiting for it", "lost", "absent"};
    return names[static_cast<std::size_t>(standing)];
}

}  // namespace

Life::Life(const config::Config& config, std::vector<Learned> learned) : config_(config)
{
    for (Learned& before : learned) {
        Known known;
        known.member.identity = before.identity;
        known.member.standing = Standing::absent;
        known.member.values[Item::installed] = before.installed;
        known.wanted_name = before.name;
        known.learned = true;
        known.seen = before.seen;
        known_.emplace(before.identity, std::move(known));
    }
    name_members();
}

void Life::tell(const Known& known, std::string_view what)
{
    lines_.push_back(fmt::format("Bank: {} ({}): {}", known.wanted_name, known.member.identity, what));
}

/// Batteries of another nominal voltage cannot hang on the same bus bar.
bool Life::fits(const Sighting& seen)
{
    const Number& limit = seen.values[Item::charge_voltage];
    const Number& voltage = seen.values[Item::voltage];
    if (!nominal_ || !(limit || voltage)) return true;
    std::string why;
    if (limit && *limit > 0 && !alike(*limit, *nominal_)) {
        why = fmt::format("its charge voltage {:.1f} V does not fit a bank of {:.1f} V; it is left out", *limit,
                          *nominal_);
    } else if (voltage && (*voltage > *nominal_ * highest_voltage || *voltage < *nominal_ / 2 * highest_voltage)) {
        why = fmt::format("{:.1f} V cannot be in a bank of {:.1f} V; it is left out", *voltage, *nominal_);
    }
    std::string& told = refused_[seen.identity];
    if (why.empty()) {
        refused_.erase(seen.identity);
        return true;
    }
    if (told.empty()) {
        lines_.push_back(fmt::format("Bank: {} ({}): {}", seen.name, seen.identity, why));
        told = why;
    }
    return false;
}

/// Of another program: with the limits it has had before.
bool Life::may_return(const Known& known, const Sighting& seen) const
{
    const Values& v = seen.values;
    return seen.own ||
           ((!known.voltage_limit || v[Item::charge_voltage]) && (!known.charge_limit || v[Item::charge_current]) &&
            (!known.discharge_limit || v[Item::discharge_current]));
}

void Life::join(Known& known, const Sighting& seen, const control::Now& now)
{
    Member& member = known.member;
    if (member.standing != Standing::online) {
        member.standing = Standing::online;
        known.online_since = now.steady;
        known.gone_since.reset();
        known.lost_since.reset();
        member.lost_full = member.lost_empty = false;
    }
    member.service = seen.service;
    member.own = seen.own;
    member.charge_fet = seen.charge_fet;
    member.discharge_fet = seen.discharge_fet;
    member.hardware_charge = seen.hardware_charge;
    member.hardware_discharge = seen.hardware_discharge;
    const Number installed = member.values[Item::installed];
    member.values = seen.values;
    if (!member.values[Item::installed]) member.values[Item::installed] = installed;
    known.wanted_name = seen.name;
    known.voltage_limit = known.voltage_limit || seen.values[Item::charge_voltage];
    known.charge_limit = known.charge_limit || seen.values[Item::charge_current];
    known.discharge_limit = known.discharge_limit || seen.values[Item::discharge_current];
    if (now.wall >= control::plausible_wall) known.seen = now.wall;
    const bool long_enough = now.steady - known.online_since.value_or(now.steady) >= learned_after;
    known.learned = known.learned || (serving_ && long_enough);
}

void Life::look_at(const Sighting& seen, const control::Now& now)
{
    const auto found = known_.find(seen.identity);
    if (!is_live(seen) || !fits(seen)) return;
    if (found == known_.end()) {
        Known known;
        known.member.identity = seen.identity;
        known.member.standing = Standing::absent;
        known.wanted_name = seen.name;
        appeared_at_ = now.steady;
        tell(known, "joins");
        join(known_.emplace(seen.identity, std::move(known)).first->second, seen, now);
        return;
    }
    Known& known = found->second;
    const Standing before = known.member.standing;
    const bool gone = before == Standing::lost || before == Standing::absent;
    if (gone && !may_return(known, seen)) return;
    if (before == Standing::absent) appeared_at_ = now.steady;
    join(known, seen, now);
    if (before != Standing::online) tell(known, text(Standing::online));
}

/// It is not there, or what it tells makes no battery.
void Life::miss(Known& known, const control::Now& now)
{
    Member& member = known.member;
    if (member.standing == Standing::online) {
        member.standing = Standing::grace;
        known.gone_since = now.steady;
        tell(known, text(Standing::grace));
    }
    const auto grace = static_cast<double>(config_.aggregate_member_grace);
    if (member.standing == Standing::grace && now.steady - *known.gone_since >= grace) {
        member.standing = Standing::lost;
        known.lost_since = now.steady;
        mark_lost(member, config_);
        tell(known, member.lost_full || member.lost_empty
                        ? "lost, and it may still be connected: the current of the bank is blocked"
                        : "lost");
    }
    const double blocked = 60 * static_cast<double>(config_.block_on_disconnect_timeout_minutes);
    const bool over = known.lost_since && now.steady - *known.lost_since >= blocked;
    if (over && !config_.block_on_disconnect) member.lost_full = member.lost_empty = false;
}

void Life::forget_old(const control::Now& now)
{
    const bool jumped =
        !last_wall_ || std::abs(now.wall - *last_wall_) > clock_jump || now.wall < control::plausible_wall;
    last_wall_ = now.wall;
    if (jumped || !steady_wall_since_) steady_wall_since_ = now.steady;
    if (config_.aggregate_forget_days <= 0 || now.steady - *steady_wall_since_ < clock_proven) return;
    const double longest = static_cast<double>(config_.aggregate_forget_days) * day;
    std::erase_if(known_, [&](const auto& entry) {
        const Known& known = entry.second;
        const bool old = !known.member.counts() && known.seen > 0 && now.wall - known.seen > longest;
        if (old) tell(known, fmt::format("not seen for {} days, forgotten", config_.aggregate_forget_days));
        return old;
    });
}

void Life::step(std::span<const Sighting> seen, const control::Now& now)
{
    if (!started_at_) started_at_ = now.steady;
    if (!serving_) {  // whoever comes first: until the bank is served the majority may change
        nominal_ = nominal_voltage(seen);
        std::erase_if(known_, [&](const auto& entry) {
            const auto one = std::ranges::find(seen, entry.first, &Sighting::identity);
            return !entry.second.learned && one != seen.end() && is_live(*one) && !fits(*one);
        });
    }
    for (const Sighting& one : seen) look_at(one, now);
    for (auto& [identity, known] : known_) {
        const auto is_it = [&](const Sighting& s) { return s.identity == identity && is_live(s) && fits(s); };
        const auto one = std::ranges::find_if(seen, is_it);
        if (one == seen.end() || !known.member.counts()) miss(known, now);
    }
    // a guest that left before it was learned
    std::erase_if(known_, [](const auto& entry) {
        const Known& k = entry.second;
        return !k.learned && k.member.standing == Standing::lost && !k.member.lost_full && !k.member.lost_empty;
    });
    forget_old(now);
    name_members();
    decide(now);
}

/// Display names, each once, in the order of the identities.
void Life::name_members()
{
    members_.clear();
    std::map<std::string, int, std::less<>> used;
    for (auto& [identity, known] : known_) {
        const std::string& wanted = known.wanted_name.empty() ? identity : known.wanted_name;
        const int nth = ++used[wanted];
        known.member.name = nth == 1 ? wanted : fmt::format("{} ({})", wanted, nth);
        members_.push_back(known.member);
    }
}

bool Life::may_start(const control::Now& now) const
{
    std::int64_t online = 0, learned = 0, learned_online = 0;
    for (const Member& member : members_) online += member.standing == Standing::online;
    for (const auto& [identity, known] : known_) {
        learned += known.learned;
        learned_online += known.learned && known.member.standing == Standing::online;
    }
    if (online == 0) return false;
    if (now.steady - *started_at_ >= static_cast<double>(config_.aggregate_startup_wait)) return true;
    if (online < config_.aggregate_expected_batteries || learned_online < learned) return false;
    const bool nothing_known = learned == 0 && config_.aggregate_expected_batteries == 0;
    return !nothing_known || (online >= 2 && now.steady - appeared_at_.value_or(now.steady) >= settled_after);
}

void Life::decide(const control::Now& now)
{
    const bool any = std::ranges::any_of(members_, &Member::counts);
    dead_since_ = any ? std::nullopt : dead_since_ ? dead_since_ : Number(now.steady);
    const bool enough = config_.aggregate_enable == "True" || members_.size() >= 2;
    const bool wanted = config_.aggregate_enable != "False" && enough && !members_.empty();
    if (!wanted) {
        serving_ = false;
        return;
    }
    if (serving_ && !any && now.steady - *dead_since_ >= dead_for) {
        serving_ = false;
        nominal_.reset();
        lines_.push_back("Bank: no battery for a minute; it leaves the bus");
    }
    if (!serving_ && may_start(now)) {
        serving_ = true;
        lines_.push_back(fmt::format("Bank: {} batteries", members_.size()));
    }
    if (serving_) return;
    if (told_at_ && now.steady - *told_at_ < told_every) return;
    if (told_at_) lines_.push_back("Bank: waiting for its batteries");
    told_at_ = now.steady;
}

std::vector<Learned> Life::learned() const
{
    std::vector<Learned> out;
    for (const auto& [identity, known] : known_) {
        if (!known.learned) continue;
        const double stamp = std::floor(known.seen / day) * day;  // told anew once a day
        out.push_back({identity, known.wanted_name, stamp, known.member.values[Item::installed]});
    }
    return out;
}

void Life::forget_offline()
{
    std::erase_if(known_, [&](const auto& entry) {
        const bool gone = !entry.second.member.counts();
        if (gone) tell(entry.second, "forgotten");
        return gone;
    });
    nominal_.reset();
    name_members();
}

}  // namespace bmsd::bank
