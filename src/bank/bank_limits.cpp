// What the bank asks for: charge voltage, charge and discharge current, and why.
#include <fmt/format.h>

#include <algorithm>

#include "bank/bank.h"
#include "util/decimal.h"

namespace bmsd::bank {
namespace {

constexpr double tiny = 1e-9;

Word reason_of(Direction d)
{
    return d == Direction::charge ? Word::charge_limitation : Word::discharge_limitation;
}

bool raised(const Values& values, Item alarm)
{
    return values[alarm].value_or(0) >= 1;
}

/// "Left: Cell Voltage"
std::string reason_text(const Member& member, Direction d)
{
    const std::string& own = member.values[reason_of(d)];
    return own.empty() ? member.name : fmt::format("{}: {}", member.name, own);
}

}  // namespace

void Bank::charge_voltage(const Crew& crew, const Surroundings& around, const control::Now& now)
{
    Values& values = out_.values;
    own_.reset();
    if (config_.aggregate_charge_control == "own" && !crew.units.empty())
        own_ = own_limits(crew, values, around.today, config_, own_memory_);
    out_.own_control_impossible = config_.aggregate_charge_control == "own" && !crew.units.empty() && !own_;
    const VoltageChoice choice =
        voltage_.step(crew, raised(values, Item::balancing), around.user_voltage, config_, now);
    out_.phase = own_ ? std::nullopt : choice.stated;
    out_.dynamic = own_ && own_->dynamic;
    if (crew.units.empty()) {  // nobody to ask: it stays as it was
        values[Item::charge_voltage] = last_voltage_;
        return;
    }
    Number target = own_ ? Number(own_->voltage) : choice.voltage;
    const bool user_counts = config_.aggregate_apply_dvcc_limits && around.dvcc == true;
    const Number user = user_counts && around.user_voltage.value_or(0) > 0 ? around.user_voltage : std::nullopt;
    if (target && user) target = std::min(*target, *user);
    target = replaced_limit(replacements_, around.services, Item::charge_voltage, target);
    if (!target) target = last_voltage_;  // what was told once is not without limit now
    const bool at_once = own_ || choice.protects || user != last_user_voltage_ ||
                         raised(values, Item::alarm_high_voltage) || raised(values, Item::alarm_high_cell_voltage);
    last_user_voltage_ = user;
    asked_voltage_ = ramped(target, at_once);
    const Number cell_limit = own_ ? Number(config_.aggregate_max_cell_voltage) : std::nullopt;
    const auto guarded =
        voltage_guard_.step({asked_voltage_, cells_over(crew, cell_limit), values[Item::voltage], values[Item::current],
                             published_limit_.charge, values[Item::low_voltage]},
                            config_, now);
    last_voltage_ = guarded.voltage ? Number(rounded(*guarded.voltage, 2)) : std::nullopt;
    values[Item::charge_voltage] = last_voltage_;
    const Number& cells = values[Item::cells];
    Number cell = last_voltage_ && cells && *cells > 0 ? Number(*last_voltage_ / *cells) : std::nullopt;
    values[Item::max_cell_charge_voltage] =
        replaced_limit(replacements_, around.services, Item::max_cell_charge_voltage, cell);
    std::string& mode = values[Word::charge_mode];
    mode = own_ ? own_->mode : choice.mode;
    const auto add = [&](bool flag, std::string_view suffix) {
        if (flag && !mode.empty() && mode.find(suffix) == std::string::npos) mode += suffix;
    };
    add(guarded.protects, " (Cell OVP)");
    add(guarded.ignored, " (CCL ignored)");
}

/// A lower voltage is approached, a higher one applies at once.
Number Bank::ramped(const Number& target, bool at_once)
{
    const double rate = config_.aggregate_cvl_ramp_down;
    if (at_once || !target || !asked_voltage_ || rate <= 0 || *target >= *asked_voltage_) return target;
    return std::max(*target, *asked_voltage_ - rate * elapsed_);
}

/// The bank's own charge control, with what the BMS themselves allow and the guard.
LimitChoice Bank::own_limit(Direction d, const Crew& crew, const control::Now& now)
{
    LimitChoice choice = limits_[d]->hardware(crew, shares_, published_limit_[d], config_, now);
    double own = own_->current[d];
    if (config_.aggregate_overcurrent_guard) own *= limits_[d]->guard_factor();
    if (!choice.limit || own <= *choice.limit) choice = {own, nullptr, false};
    return choice;
}

/// Why no current may flow at all; empty: nothing is in the way.
std::string Bank::stopped_by(Direction d, const Crew& crew) const
{
    const auto names = [&](auto which) {
        std::string out;
        for (const Member* member : crew.missing) {
            if (which(*member)) out += (out.empty() ? "" : ", ") + member->name;
        }
        return out;
    };
    const auto may_be_connected = d == Direction::charge ? &Member::lost_full : &Member::lost_empty;
    if (out_.state == BankState::dead || out_.state == BankState::blocked)
        return "Battery lost: " + names([](auto&) { return true; });
    if (crew.lost(may_be_connected))
        return "Battery lost: " + names([&](const Member& m) { return m.*may_be_connected; });
    const bool block = config_.aggregate_on_member_lost == "block" && !crew.missing.empty();
    return block ? "Battery lost: " + names([](auto&) { return true; }) : std::string();
}

void Bank::current_limit(Direction d, const Crew& crew, const Surroundings& around, const control::Now& now)
{
    Values& values = out_.values;
    const LimitChoice choice =
        own_ ? own_limit(d, crew, now) : limits_[d]->step(crew, shares_, published_limit_[d], config_, now);
    Number limit = choice.limit;
    std::string reason = choice.decides != nullptr ? reason_text(*choice.decides, d) : own_ ? "Cell Voltage" : "";
    const auto lower = [&](double most, std::string_view why) {
        if (!limit || most >= *limit - tiny) return;
        limit = most;
        reason = why;
    };
    const bool charge = d == Direction::charge;
    const double cap = charge ? config_.aggregate_max_charge_current : config_.aggregate_max_discharge_current;
    if (cap > 0) lower(cap, "Bank limit");
    const bool user_counts = config_.aggregate_apply_dvcc_limits && around.dvcc == true;
    if (charge && user_counts && around.user_current.value_or(-1) >= 0) lower(*around.user_current, "User limit");
    limit = replaced_limit(replacements_, around.services, bank::limit_of(d), limit);
    if (const std::string why = stopped_by(d, crew); !why.empty()) {
        limit = 0;
        reason = why;
    }
    if (limit) limit = rounded_down(std::max(0.0, *limit));
    values[bank::limit_of(d)] = published_limit_[d] = limit;
    values[reason_of(d)] = reason;
    if (limit == 0.0) values[allow_of(d)] = 0;
}

}  // namespace bmsd::bank
