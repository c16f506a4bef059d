#include "bank/bank.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/decimal.h"

namespace bmsd::bank {
namespace {

constexpr double settings_invalid_code = 119;
constexpr Item gone_when_dead[]{
    Item::voltage,     Item::current,         Item::power,           Item::soc,
    Item::temperature, Item::min_temperature, Item::max_temperature, Item::mosfet_temperature};

/// Of all learned batteries, Ah: those that are lost with what they told last.
Number learned_capacity(std::span<const Member> members, const config::Config& config)
{
    if (config.aggregate_capacity > 0) return config.aggregate_capacity;
    Number sum;
    for (const Member& member : members) {
        if (const Number& installed = member.values[Item::installed]) sum = sum.value_or(0) + *installed;
    }
    return sum;
}

Number told_charge(std::span<const Member> members)
{
    Number sum;
    for (const Member& member : members) {
        const Number &soc = member.values[Item::soc], &installed = member.values[Item::installed];
        if (soc && installed) sum = sum.value_or(0) + *soc * *installed / 100;
    }
    return sum;
}

/// As for one battery: 0 fine, 1 warning, 2 alarm.
double low_soc_level(double soc, const config::Config& config)
{
    return soc < config.soc_low_alarm ? 2 : soc < config.soc_low_warning ? 1 : 0;
}

}  // namespace

std::string_view text(BankState state)
{
    constexpr std::string_view names[]{"WAITING", "RUNNING", "DEGRADED", "BLOCKED", "DEAD"};
    return names[static_cast<std::size_t>(state)];
}

Bank::Bank(const config::Config& config, const Stored& stored)
    : config_(config), counter_(stored.charge), own_memory_(stored.own), feed_in_(stored.feed_in_switched_off)
{
    for (const Direction d : directions) limits_[d] = std::make_unique<LimitMerge>(d);
    reconfigure();
}

void Bank::reconfigure()
{
    plan_ = read_strings(config_.aggregate_series);
    replacements_ = read_replacements(config_);
    times_.configure(config_);
}

Stored Bank::stored() const
{
    return {counter_.charge(), own_memory_, feed_in_.switched_off()};
}

void Bank::set_soc(double percent)
{
    if (const Number capacity = learned_capacity(sorted_, config_)) counter_.set_soc(percent, *capacity);
}

Crew Bank::muster(std::span<const Member> members)
{
    sorted_.assign(members.begin(), members.end());
    std::ranges::sort(sorted_, {}, &Member::identity);
    Crew crew;
    for (Member& member : sorted_) {
        member.mode = read_mode(member.values[Word::charge_mode]);
        if (!member.counts()) crew.missing.push_back(&member);
    }
    crew.learned = sorted_.size();
    crew.strings = plan_.empty() ? sorted_.size() : plan_.size();
    if (plan_.empty()) {
        for (const Member& member : sorted_) {
            if (!member.counts()) continue;
            crew.units.push_back({&member, {}});
            crew.packs.push_back(&member);
        }
        return crew;
    }
    strings_.clear();
    const auto strings = sort_into(plan_, sorted_);
    for (const BatteryString& string : strings) strings_.push_back(as_one(string));
    for (std::size_t i = 0; i < strings.size(); ++i) {
        crew.per_string = std::max(crew.per_string, plan_[i].size());
        if (!strings_[i].counts()) continue;
        crew.units.push_back({&strings_[i], {}});
        crew.packs.insert(crew.packs.end(), strings[i].packs.begin(), strings[i].packs.end());
    }
    std::ranges::sort(crew.packs, {}, &Member::identity);
    return crew;
}

BankState Bank::state_of(const Crew& crew) const
{
    if (crew.units.empty()) return BankState::dead;
    if (static_cast<std::int64_t>(crew.units.size()) < config_.aggregate_min_online) return BankState::blocked;
    const bool all = crew.units.size() == crew.strings && crew.missing.empty();
    const auto online = [](const Unit& unit) { return unit.member->standing == Standing::online; };
    return all && std::ranges::all_of(crew.units, online) ? BankState::running : BankState::degraded;
}

const Output& Bank::step(std::span<const Member> members, const Surroundings& around, const control::Now& now)
{
    elapsed_ = last_step_ ? std::max(0.0, now.steady - *last_step_) : 0;
    last_step_ = now.steady;
    Crew crew = muster(members);
    takers_.judge(crew, now);
    shares_.look(crew, config_);
    out_.state = state_of(crew);
    measure(crew, around, now);
    charge_voltage(crew, around, now);
    for (const Direction d : directions) current_limit(d, crew, around, now);
    state_and_alarms(crew);
    feed_in(around, now);
    round_values();
    return out_;
}

void Bank::measure(const Crew& crew, const Surroundings& around, const control::Now& now)
{
    Values& values = out_.values;
    values = merge(crew, config_);
    Replaced replaced{};
    const auto source = source_.read(config_, around.services, now);
    out_.current_missing = source.missing;
    if (source.current) {
        values[Item::current] = source.current;
        replaced[static_cast<std::size_t>(Item::current)] = true;
    }
    count_charge(now);
    replace(replacements_, around.services, values, replaced);
    derive(values, config_, replaced);
    if (out_.state == BankState::dead) {
        for (const Item item : gone_when_dead) values[item].reset();
    }
    time_to_go(around, now);
}

void Bank::count_charge(const control::Now& now)
{
    Values& values = out_.values;
    const Number capacity = learned_capacity(sorted_, config_);
    counter_.step({values[Item::current], capacity, told_charge(sorted_), values[Item::voltage], values[Item::min_cell],
                   values[Item::max_cell], values[Item::cells]},
                  config_, now);
    out_.charge = counter_.charge();
    if (config_.aggregate_soc_mode != "own" || !out_.charge || !capacity || *capacity <= 0) return;
    values[Item::soc] = 100 * *out_.charge / *capacity;
    values[Item::capacity] = out_.charge;
    values[Item::consumed] = *out_.charge - *capacity;
    values[Item::alarm_low_soc] = low_soc_level(*values[Item::soc], config_);
}

void Bank::time_to_go(const Surroundings& around, const control::Now& now)
{
    Values& values = out_.values;
    const Number average = average_.add(values[Item::current]);
    times_.step(config_, {out_.state == BankState::dead, average, values[Item::soc], values[Item::installed]},
                around.ess, now);
    Derived derived;
    times_.fill(derived);
    const Count& seconds = derived.time_to_go;
    values[Item::time_to_go] = seconds ? Number(static_cast<double>(*seconds)) : std::nullopt;
}

void Bank::state_and_alarms(const Crew& crew)
{
    Values& values = out_.values;
    Number& cable = values[Item::alarm_bms_cable];
    const bool lost = std::ranges::any_of(crew.missing, [](const Member* m) { return m->standing == Standing::lost; });
    if (lost) cable = std::max(cable.value_or(0), 1.0);
    if (out_.state == BankState::blocked || out_.state == BankState::dead) cable = 2;
    if (out_.state == BankState::blocked) values[Item::state] = 14;
    if (settings_invalid_) values[Item::error_code] = settings_invalid_code;
    std::string info = fmt::format("{} of {} batteries online", crew.packs.size(), crew.learned);
    std::string lost_names, waiting_names;
    for (const Member& member : sorted_) {
        std::string& names = member.standing == Standing::grace ? waiting_names : lost_names;
        if (member.standing != Standing::online) names += (names.empty() ? "" : ", ") + member.name;
    }
    if (!lost_names.empty()) info += ", lost: " + lost_names;
    if (!waiting_names.empty()) info += ", waiting: " + waiting_names;
    if (out_.current_missing) info += ", current from BMS";
    values[Word::connection] = info;
}

void Bank::feed_in(const Surroundings& around, const control::Now& now)
{
    const Values& values = out_.values;
    const Number& diff = values[Item::cell_diff];
    const bool balanced = diff && *diff < config_.aggregate_cell_diff_max;
    const bool stop = out_.dynamic || values[Item::charge_current] == 0.0;
    out_.write_feed_in = feed_in_.step({around.feed_in, stop, balanced}, config_.aggregate_control_feed_in, now);
}

void Bank::round_values()
{
    for (const ItemRow& row : item_rows()) {
        Number& value = out_.values[row.item];
        if (value) value = std::isfinite(*value) ? Number(rounded(*value, row.decimals) + 0.0) : std::nullopt;
    }
}

}  // namespace bmsd::bank
