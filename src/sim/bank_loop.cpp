#include "sim/bank_loop.h"

#include <fmt/format.h>

namespace bmsd::sim {
namespace {

constexpr double first_steady = 1000, first_wall = 1.7e9;  // s

Parallel packs_of(const BankWorld& world)
{
    std::vector<Pack> packs;
    std::vector<double> cables;
    for (const BankMember& member : world.members) {
        packs.emplace_back(member.pack);
        cables.push_back(member.cable);
    }
    return Parallel(std::move(packs), std::move(cables));
}

}  // namespace

BankBattery::BankBattery(const BankMember& spec, std::size_t number, std::uint64_t seed, const control::Now& now)
    : spec_(spec),
      face_{fmt::format("pack{}", number), fmt::format("Pack {}", number),
            fmt::format("com.victronenergy.battery.p{}", number)},
      disturbance_(spec.troubles.reading, seed + number),
      random_(seed * 31 + number)
{
    restart(now);
}

void BankBattery::restart(const control::Now& now)
{
    const control::Stored stored = controller_ ? controller_->stored() : control::Stored{};
    controller_.emplace(spec_.config, control::Traits{}, stored, now);
    snapshot_ = {};
    there_ = false;
}

void BankBattery::draw_troubles(double dt)
{
    const MemberTroubles& t = spec_.troubles;
    const auto draw = [&](double& left, double chance) {
        left -= dt;
        if (left <= 0 && random_.chance(chance * dt)) left = random_.between(1, t.longest);
    };
    draw(left_, t.vanish);
    draw(frozen_, t.freeze);
    draw(tripped_, t.trip);
}

/// As a host does it: through what it wrote into the BMS.
void BankBattery::switch_off(Pack& pack, bool off)
{
    if (off == off_) return;
    off_ = off;
    pack.fill(reading_);
    reading_.telemetry.charge_fet = reading_.telemetry.discharge_fet = !off;
    pack.obey(reading_);
}

void BankBattery::step(Pack& pack, double dt, const control::Now& now)
{
    draw_troubles(dt);
    switch_off(pack, tripped_ > 0);
    if (frozen_ <= 0) pack.fill(reading_);
    Telemetry read = reading_.telemetry;
    disturbance_.apply(dt, read);
    input_.good = left_ <= 0 && !disturbance_.read_fails();
    if (input_.good) seen_ = read;
    if (!there_ && !input_.good) return;  // not found yet
    input_.telemetry = &seen_;
    if (!there_) {
        controller_.emplace(spec_.config, control::Traits{}, controller_->stored(), now);
        snapshot_ = {};
        controller_->start(input_, now, snapshot_);
        there_ = true;
    }
    controller_->step(input_, now, snapshot_);
    if (snapshot_.state.give_up) there_ = false;
    bank::look(snapshot_, face_, spec_.config, sighting_);
}

BankLoop::BankLoop(const BankWorld& world)
    : world_(world),
      now_{first_steady, first_wall},
      packs_(packs_of(world_)),
      charger_(world_.charger),
      day_(world_.day),
      random_(world_.seed * 977),
      time_(world_.start)
{
    for (std::size_t i = 0; i < world_.members.size(); ++i) {
        batteries_.push_back(std::make_unique<BankBattery>(world_.members[i], i + 1, world_.seed, now_));
    }
    life_ = std::make_unique<bank::Life>(world_.config, std::vector<bank::Learned>());
    bank_ = std::make_unique<bank::Bank>(world_.config, bank::Stored());
}

void BankLoop::restart()
{
    for (auto& battery : batteries_) battery->restart(now_);
    life_ = std::make_unique<bank::Life>(world_.config, life_->learned());
    bank_ = std::make_unique<bank::Bank>(world_.config, bank_->stored());
}

Orders BankLoop::orders() const
{
    if (!life_->serving()) return {};
    const bank::Values& v = bank_->output().values;
    return {.charge_voltage = v[bank::Item::charge_voltage],
            .charge_current = v[bank::Item::charge_current],
            .discharge_current = v[bank::Item::discharge_current],
            .may_charge = v[bank::Item::allow_charge] == 1.0,
            .may_discharge = v[bank::Item::allow_discharge] == 1.0};
}

void BankLoop::step()
{
    const double dt = world_.interval;
    const Charger::Power power{day_.supply(time_), day_.load(time_)};
    for (std::size_t i = 0; i < packs_.size(); ++i) packs_.pack(i).set_ambient(day_.temperature(time_));
    packs_.step(dt, charger_.step(dt, relay_ ? relay_(orders()) : orders(), power, packs_.voltage()));
    time_ += dt;
    now_.steady += dt;
    now_.wall += dt;
    restarted_ = cycles_ == 0 || random_.chance(world_.restart * dt);
    if (restarted_ && cycles_ > 0) restart();
    seen_.clear();
    for (std::size_t i = 0; i < batteries_.size(); ++i) {
        batteries_[i]->step(packs_.pack(i), dt, now_);
        if (batteries_[i]->there()) seen_.push_back(batteries_[i]->sighting());
    }
    life_->step(seen_, now_);
    if (life_->serving()) bank_->step(life_->members(), {}, now_);
    ++cycles_;
}

}  // namespace bmsd::sim
