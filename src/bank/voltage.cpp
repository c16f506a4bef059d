#include "bank/voltage.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

using Class = ChargeMode::Class;
using Votes = std::vector<VoltageVote>;

/// Batteries side by side differ less in what they ask for; one that asks for more is mistaken.
constexpr double highest_ratio = 1.1;

Votes votes_of(const Crew& crew)
{
    Votes votes;
    for (const Unit& unit : crew.units) {
        const Number& voltage = unit.member->values[Item::charge_voltage];
        if (voltage && *voltage > 0) votes.push_back({unit.member, unit.member->mode, *voltage});
    }
    return votes;
}

Votes only(const Votes& votes, auto which)
{
    Votes out;
    std::ranges::copy_if(votes, std::back_inserter(out), which);
    return out;
}

bool floats(const VoltageVote& vote)
{
    return vote.mode.is == Class::floating || vote.mode.is == Class::transition;
}
bool has_mode(const VoltageVote& vote)
{
    return vote.mode.is != Class::unknown;
}

Number least(const Votes& votes)
{
    const auto found = std::ranges::min_element(votes, {}, &VoltageVote::voltage);
    return found == votes.end() ? std::nullopt : Number(found->voltage);
}
Number most(const Votes& votes)
{
    const auto found = std::ranges::max_element(votes, {}, &VoltageVote::voltage);
    return found == votes.end() ? std::nullopt : Number(found->voltage);
}

/// Those that charge; all where none does.
Votes charging(const Votes& votes)
{
    auto some = only(votes, [](const VoltageVote& vote) { return has_mode(vote) && !floats(vote); });
    return some.empty() ? votes : some;
}

bool all_with_mode(const Votes& votes, auto which)
{
    const auto some = only(votes, has_mode);
    return !some.empty() && std::ranges::all_of(some, which);
}

struct Asked {
    const Votes& votes;
    bool balancing;
    Number coordinated, user;
};

struct Mode {
    std::string_view name;
    Number (*voltage)(const Asked& asked);
};
constexpr Mode modes[]{
    {"min", [](const Asked& a) { return least(a.votes); }},
    {"min_when_balancing", [](const Asked& a) { return least(charging(a.votes)); }},
    {"max_always", [](const Asked& a) { return most(charging(a.votes)); }},
    {"max_when_balancing",
     [](const Asked& a) { return a.balancing ? most(charging(a.votes)) : least(charging(a.votes)); }},
    {"max_when_floating",
     [](const Asked& a) {
         return all_with_mode(a.votes, floats) ? most(charging(a.votes)) : least(charging(a.votes));
     }},
    {"keep_max",
     [](const Asked& a) {
         const auto in_float = [](const VoltageVote& vote) { return vote.mode.is == Class::floating; };
         return all_with_mode(a.votes, in_float) ? least(a.votes) : most(a.votes);
     }},
    {"dvcc", [](const Asked& a) { return a.user.value_or(0) > 0 ? a.user : a.coordinated; }},
    {"coordinated", [](const Asked& a) { return a.coordinated; }},
};

/// A battery that lowers its voltage to protect a cell always wins, and nothing goes above what the highest allows.
/// In `coordinated` one that floats among others that still charge always has cells above its float voltage: there its
/// word does not count, VoltageGuard looks at its cells.
Number bounded(const Number& voltage, const Votes& votes, bool coordinated)
{
    if (!voltage || votes.empty()) return std::nullopt;
    double out = std::min({*voltage, *most(votes), *least(votes) * highest_ratio});
    for (const VoltageVote& vote : votes) {
        if (vote.mode.protects && (vote.mode.is == Class::charging || !coordinated)) out = std::min(out, vote.voltage);
    }
    return out;
}

std::string mode_text(const Votes& votes, const std::optional<Phase>& phase, bool balancing)
{
    if (!phase) return {};
    if (*phase == Phase::transition) return "Float Transition";
    if (*phase == Phase::floating) return "Float";
    const auto some = only(votes, [](const VoltageVote& vote) { return vote.mode.is == Class::charging; });
    const auto has = [&](bool ChargeMode::*flag) {
        return std::ranges::any_of(some, [&](const VoltageVote& vote) { return vote.mode.*flag; });
    };
    const bool absorbing = std::ranges::all_of(some, [](const VoltageVote& vote) { return vote.mode.absorption; });
    std::string out = absorbing ? "Absorption" : "Bulk";
    if (has(&ChargeMode::protects)) out += " (Cell OVP)";
    if (has(&ChargeMode::soc_reset)) out += " & SoC Reset";
    if (balancing) out += " + Balancing";
    return out;
}

}  // namespace

VoltageChoice VoltageMerge::step(const Crew& crew, bool balancing, const Number& user, const config::Config& config,
                                 const control::Now& now)
{
    const Votes votes = votes_of(crew);
    VoltageChoice out;
    const auto coordinated = coordination_.step(votes, config, now);
    const bool is_coordinated = config.aggregate_cvl_mode == "coordinated" || config.aggregate_cvl_mode == "dvcc";
    out.phase = is_coordinated ? coordinated : present_phase(votes);
    out.stated = is_coordinated ? coordinated : std::nullopt;
    const auto mode = std::ranges::find(modes, config.aggregate_cvl_mode, &Mode::name);
    out.voltage = bounded(mode->voltage({votes, balancing, coordinated_voltage(votes, coordinated), user}), votes,
                          config.aggregate_cvl_mode == "coordinated");
    out.mode = mode_text(votes, out.phase, balancing);
    out.protects = std::ranges::any_of(votes, [&](const VoltageVote& vote) {
        // a battery that tells no mode may well lower its voltage because it must
        const bool unknown_decides = vote.mode.is == Class::unknown && out.voltage && vote.voltage <= *out.voltage;
        return vote.mode.protects || unknown_decides;
    });
    return out;
}

}  // namespace bmsd::bank
