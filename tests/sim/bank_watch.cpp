#include "bank_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <fstream>

#include "bank/cases.h"
#include "config/value.h"

namespace bmsd::sim {
namespace {

using bank::Direction;
using bank::Item;

constexpr double longest_over = 120;  // s until guard and chargers have brought a battery back to its own limit
constexpr double tiny = 0.011;        // V, rounding

double sign(Direction d)
{
    return d == Direction::charge ? 1 : -1;
}

const char* name(Direction d)
{
    return d == Direction::charge ? "charge" : "discharge";
}

/// The same run again, its last minutes written down as a case of the bank.
std::string bank_file(const BankWorld& world, std::uint64_t cycles)
{
    constexpr std::uint64_t kept = 600;
    BankLoop loop(world);
    boost::json::array steps;
    while (loop.cycles() < cycles) {
        loop.step();
        if (loop.cycles() + kept < cycles) continue;
        boost::json::array batteries;
        for (const bank::Member& member : loop.life().members()) batteries.push_back(to_case(member));
        steps.push_back(boost::json::object{{"t", loop.now().steady}, {"batteries", std::move(batteries)}});
    }
    boost::json::object config;
    for (const auto key : config::diff(config::defaults(), world.config)) {
        config[key] = config::to_json(config::value_of(world.config, key));
    }
    const boost::json::array file{
        {{"name", fmt::format("seed {}", world.seed)}, {"config", std::move(config)}, {"steps", std::move(steps)}}};
    std::string path = fmt::format("{}/bank-{}.json", BMSD_BUILD, world.seed);
    std::ofstream(path) << boost::json::serialize(file);
    return path;
}

}  // namespace

std::string BankWatch::published() const
{
    const bank::Values& v = loop_.output().values;
    for (const auto& row : bank::item_rows()) {
        if (v[row.item] && !std::isfinite(*v[row.item])) return fmt::format("{} is no number", row.path);
    }
    for (const Direction d : bank::directions) {
        const Number& limit = v[limit_of(d)];
        if (!limit || *limit < 0) return fmt::format("no {} limit", name(d));
        if (*limit == 0 && v[allow_of(d)] != 0.0) return fmt::format("{} is allowed with a limit of 0", name(d));
    }
    return {};
}

/// Never above what the battery with the highest voltage asks for, but on a ramp down.
std::string BankWatch::voltage()
{
    const Number now = loop_.output().values[Item::charge_voltage], before = last_voltage_;
    last_voltage_ = now;
    double highest = 0, guarded = INFINITY;
    for (const bank::Member& m : loop_.life().members()) {
        if (!m.counts() || !m.values[Item::charge_voltage]) continue;
        const double cvl = *m.values[Item::charge_voltage];
        highest = std::max(highest, cvl);
        const auto mode = bank::read_mode(m.values[bank::Word::charge_mode]);
        if (mode.protects && mode.is == bank::ChargeMode::Class::charging) guarded = std::min(guarded, cvl);
    }
    if (!now || highest == 0) return {};
    const bool falls = before && *now <= *before + 1e-9;
    if (*now > highest + tiny && !falls) return fmt::format("CVL {} above the highest {}", *now, highest);
    if (*now > guarded + tiny) return fmt::format("CVL {} above {} of a battery that protects a cell", *now, guarded);
    return {};
}

/// Where a battery that is connected must not have any current the bank asks for none.
std::string BankWatch::stopped(Direction d) const
{
    const bank::Values& v = loop_.output().values;
    const double limit = v[limit_of(d)].value_or(0);
    double sum = 0;
    for (const bank::Member& m : loop_.life().members()) {
        const Number& own = m.values[limit_of(d)];
        if (!m.counts() || !own) continue;
        sum += *own;
        if (switch_of(m, d) == true && *own == 0 && limit > 0)
            return fmt::format("{}: {} must have none", name(d), m.name);
    }
    const auto state = loop_.output().state;
    if ((state == bank::BankState::blocked || state == bank::BankState::dead) && limit > 0) {
        return fmt::format("{}: {} A while {}", name(d), limit, text(state));
    }
    const double cap = d == Direction::charge ? loop_.world().config.aggregate_max_charge_current
                                              : loop_.world().config.aggregate_max_discharge_current;
    if (cap > 0 && limit > cap + 1e-6) return fmt::format("{}: above the cap of the bank", name(d));
    return limit > sum + 0.01 ? fmt::format("{}: {} A, all together allow {} A", name(d), limit, sum) : std::string();
}

/// What flows: nothing, some seconds after nothing is allowed.
std::string BankWatch::current(Direction d)
{
    const Number& limit = loop_.output().values[limit_of(d)];
    const bool zero = limit == 0.0 && loop_.life().serving();
    zero_for_[d] = zero ? zero_for_[d] + loop_.world().interval : 0;
    const double flows = sign(d) * loop_.packs().current();
    const double late = loop_.world().charger.period + 10;
    return zero_for_[d] > late && flows > 0.5 ? fmt::format("{}: {} A flow {} s after 0", name(d), flows, late)
                                              : std::string();
}

/// No battery stays above its own limit because of what the bank asks for.
std::string BankWatch::shares(Direction d)
{
    const Number& limit = loop_.output().values[limit_of(d)];
    const double total = sign(d) * loop_.packs().current();
    for (std::size_t i = 0; i < over_.size(); ++i) {
        const Number own = loop_.battery(i).sighting().values[limit_of(d)];
        const double flows = sign(d) * loop_.packs().pack(i).current();
        // what the packs give each other nobody can limit, nor what chargers do that are late
        const bool mutual = !own || sign(d) * loop_.packs().equalising(i) > 0.2 * *own || !loop_.battery(i).trusted();
        const bool obeyed = limit && total <= *limit * 1.05 + 1;
        const bool over = own && flows > *own * 1.05 + 1.5 && obeyed && !mutual && loop_.battery(i).there();
        over_[i].time[d] = over ? over_[i].time[d] + loop_.world().interval : 0;
        worst_over = std::max(worst_over, over_[i].time[d]);
        if (over_[i].time[d] > longest_over) {
            return fmt::format("{}: pack {} takes {} of {} A for {} s; the bank {} of {} A", name(d), i + 1, flows,
                               *own, longest_over, total, *limit);
        }
    }
    return {};
}

/// Nothing rests on a battery that has been away for longer than the grace time.
std::string BankWatch::age()
{
    const double steady = loop_.now().steady;
    const double longest =
        static_cast<double>(loop_.world().config.aggregate_member_grace) + 2 * loop_.world().interval;
    for (std::size_t i = 0; i < read_.size(); ++i) {
        const auto& battery = loop_.battery(i);
        if (battery.there() && battery.sighting().answers) read_[i] = steady;
        for (const bank::Member& m : loop_.life().members()) {
            if (m.identity == battery.sighting().identity && m.counts() && steady - read_[i] > longest) {
                return fmt::format("{} counts after {} s", m.name, steady - read_[i]);
            }
        }
    }
    const bank::Values& v = loop_.output().values;
    const bool dead = loop_.output().state == bank::BankState::dead;
    return dead && (v[Item::voltage] || v[Item::soc]) ? "values of a dead bank" : "";
}

void BankWatch::note()
{
    const auto phase = loop_.output().phase;
    if (phase && phase_ && *phase != *phase_) ++phase_changes;
    if (phase == bank::Phase::floating && first_float < 0) {
        first_float = static_cast<double>(loop_.cycles()) * loop_.world().interval;
    }
    if (phase) phase_ = phase;
    for (std::size_t i = 0; i < over_.size(); ++i) {
        const Pack& pack = loop_.packs().pack(i);
        const bool off = !pack.charge_fet() || !pack.discharge_fet();
        if (off && !over_[i].off) ++trips;
        over_[i].off = off;
    }
}

std::string BankWatch::check()
{
    if (loop_.restarted()) {
        last_voltage_.reset();
        for (Over& over : over_) over.time = {};
    }
    if (!loop_.life().serving()) {
        last_voltage_.reset();
        zero_for_ = {};
        age();
        return {};
    }
    ++served;
    note();
    std::string broken = published();
    if (broken.empty()) broken = voltage();
    for (const Direction d : bank::directions) {
        if (broken.empty()) broken = stopped(d);
        if (broken.empty()) broken = current(d);
        if (broken.empty()) broken = shares(d);
    }
    return broken.empty() ? age() : broken;
}

BankWatch run_bank(const BankWorld& world, double hours)
{
    BankLoop loop(world);
    BankWatch watch(loop);
    const auto cycles = static_cast<std::uint64_t>(hours * 3600 / world.interval);
    while (loop.cycles() < cycles) {
        loop.step();
        const std::string broken = watch.check();
        if (broken.empty()) continue;
        ADD_FAILURE() << "seed " << world.seed << ", cycle " << loop.cycles() << ": " << broken
                      << "\n  replay: " << bank_file(world, loop.cycles()) << "\n  again: BMSD_SIM_SEED=" << world.seed;
        break;
    }
    return watch;
}

}  // namespace bmsd::sim
