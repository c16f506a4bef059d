#include "sim/bank_world.h"

#include <algorithm>

#include "config/schema.h"

namespace bmsd::sim {
namespace {

constexpr std::size_t most_cells = 16;  // of a pack

/// One pack as healthy_world() draws it, made to fit the others.
BankMember fitting_member(Random& random, const PackSpec& model)
{
    const World world = healthy_world(random.bits());
    BankMember member;
    member.pack = model;
    member.pack.seed = random.bits();
    const double capacity = world.site.pack.cells[0].capacity, old = random.between(0.9, 1.8);
    const double soc = model.cells[0].soc;
    for (CellSpec& cell : member.pack.cells) {
        cell.capacity = capacity * random.between(0.985, 1.015);
        cell.resistance = 0.05 / capacity * old * random.between(0.8, 1.25);
        cell.polarisation = 0.03 / capacity * old;
        cell.soc = std::clamp(soc + random.between(-0.002, 0.002), 0.02, 1.0);
    }
    const double current = std::round(capacity * random.between(0.4, 1));
    member.pack.max_charge_current = member.pack.max_discharge_current = current;
    member.pack.guards = usual_guards(model.chemistry, model.cells.size(), current * 1.2, current * 1.2);
    member.pack.balancer.current = capacity / 1000;
    member.pack.heat.capacity = 20 * capacity * static_cast<double>(model.cells.size());
    member.pack.heat.mosfet_rise = 30 / (current * current);
    member.cable = random.between(0.0005, 0.003);
    member.config = fitting_config(model.chemistry, current, current);
    return member;
}

double watts(const BankWorld& bank, double per_hour)
{
    double sum = 0;
    for (const BankMember& member : bank.members) {
        const PackSpec& pack = member.pack;
        sum += pack.cells[0].capacity * static_cast<double>(pack.cells.size()) * voltages(pack.chemistry).floating;
    }
    return sum * per_hour;
}

void set_power(Random& random, const World& model, BankWorld& bank)
{
    bank.charger = model.site.charger;
    double conductance = 0;
    for (const BankMember& member : bank.members) {
        double resistance = member.cable;
        for (const CellSpec& cell : member.pack.cells) resistance += cell.resistance;
        conductance += 1 / resistance;
    }
    bank.charger.resistance = random.between(0.9, 3) / conductance;
    bank.day = model.site.day;
    bank.day.peak = watts(bank, random.between(0.25, 0.6));
    bank.day.base_load = watts(bank, 0.03);
    bank.day.burst_load = watts(bank, random.between(0.05, 0.4));
}

constexpr const char* modes[]{"coordinated", "coordinated",        "coordinated",       "min",     "min_when_balancing",
                              "max_always",  "max_when_balancing", "max_when_floating", "keep_max"};
constexpr const char* methods[]{"capacity", "capacity", "count", "ir", "sum"};

void draw_settings(Random& random, config::Config& config)
{
    config.aggregate_cvl_mode = modes[random.index(std::size(modes))];
    config.aggregate_share_method = methods[random.index(std::size(methods))];
    if (random.chance(0.3)) config.aggregate_blocked_member = "zero";
    if (random.chance(0.3)) config.aggregate_member_grace = random.whole(0, 60);
    if (random.chance(0.2)) config.aggregate_on_member_lost = "block";
    if (random.chance(0.2)) config.aggregate_min_online = random.whole(1, 3);
    if (random.chance(0.3)) config.aggregate_max_charge_current = random.between(20, 300);
    if (random.chance(0.2)) config.aggregate_cvl_ramp_down = 0;
}

MemberTroubles draw_troubles(Random& random)
{
    MemberTroubles out;
    if (random.chance(0.5)) return out;
    if (random.chance(0.5)) out.vanish = random.between(0, 0.0005);
    if (random.chance(0.3)) out.freeze = random.between(0, 0.0002);
    if (random.chance(0.3)) out.trip = random.between(0, 0.0003);
    if (random.chance(0.5)) out.reading.missing_soc = out.reading.missing_fet = random.between(0, 0.003);
    if (random.chance(0.3)) out.reading.missing_current = out.reading.missing_limit = random.between(0, 0.003);
    out.longest = random.chance(0.7) ? 100 : 2000;
    return out;
}

}  // namespace

BankWorld healthy_bank(std::uint64_t seed)
{
    Random random(seed);
    World model = healthy_world(random.bits());
    while (model.site.pack.cells.size() > most_cells) model = healthy_world(random.bits());
    BankWorld bank;
    bank.seed = seed;
    bank.config = model.config;
    const auto count = random.whole(2, 6);
    for (std::int64_t i = 0; i < count; ++i) bank.members.push_back(fitting_member(random, model.site.pack));
    set_power(random, model, bank);
    bank.start = model.site.start;
    return bank;
}

BankWorld random_bank(std::uint64_t seed)
{
    BankWorld bank = healthy_bank(seed);
    Random random(seed ^ 0x9E3779B97F4A7C15U);
    const auto more = random.whole(0, 2);
    for (std::int64_t i = 0; i < more; ++i) bank.members.push_back(fitting_member(random, bank.members[0].pack));
    const double full = random.between(0.1, 0.97), apart = random.chance(0.5) ? 0.05 : 0.3;
    for (BankMember& member : bank.members) {
        const double soc = full + random.between(-apart, apart);
        for (CellSpec& cell : member.pack.cells) {
            cell.soc = std::clamp(soc + random.between(-0.02, 0.02), 0.03, 0.995);
        }
        member.pack.balancer.enabled = random.chance(0.9);
        if (random.chance(0.3)) member.pack.meter.soc_error = random.between(-30, 30);
        if (random.chance(0.2)) member.pack.meter.current_gain = random.between(0.95, 1.05);
        member.troubles = draw_troubles(random);
    }
    draw_settings(random, bank.config);
    bank.charger.gain = random.between(0.1, 1.2);
    bank.charger.voltage_error = random.chance(0.3) ? random.between(-0.1, 0.2) : 0;
    bank.start = random.between(0, 24) * 3600;
    bank.restart = random.chance(0.3) ? 0.0002 : 0;
    return bank;
}

}  // namespace bmsd::sim
