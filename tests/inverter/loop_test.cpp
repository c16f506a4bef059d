// A power system that obeys nothing but the frames on a bus, with an inverter's own timeout, around the simulated
// battery and bank: what must hold for them holds.
#include <gtest/gtest.h>

#include "../sim/bank_watch.h"
#include "../sim/run.h"
#include "bank/sighting.h"
#include "config/schema.h"
#include "inverter/output.h"
#include "support/can_wire.h"

namespace bmsd::inverter {
namespace {

using namespace std::chrono_literals;
using What = site::Change::What;

/// Reads the bus as an inverter does: the limits that came last count until they are too old.
class SimulatedInverter {
  public:
    SimulatedInverter(const Profile& profile, Duration patience) : profile_(profile), patience_(patience) {}

    void hear(const CanFrame& frame, Instant now)
    {
        if (!decode(profile_, frame, values_)) return;
        if (frame.id.value == profile_.frames.front().id) limits_at_ = now;
    }
    sim::Orders orders(Instant now) const
    {
        if (!limits_at_ || now - *limits_at_ > patience_) return {};
        return {.charge_voltage = values_.cvl,
                .charge_current = values_.ccl,
                .discharge_current = values_.dcl,
                .may_charge = values_.charge_allowed.value_or(values_.ccl.value_or(0) > 0),
                .may_discharge = values_.discharge_allowed.value_or(values_.dcl.value_or(0) > 0)};
    }
    bool hears(Instant now) const { return limits_at_ && now - *limits_at_ <= patience_; }

  private:
    const Profile& profile_;
    Duration patience_;
    Values values_;
    std::optional<Instant> limits_at_;
};

/// A bus with our output at one end and an inverter at the other.
struct Wire {
    explicit Wire(std::string_view name, Duration patience = 3s) : inverter(*profile(name), patience)
    {
        bus.start();
        wire.on_frame = [this](const CanFrame& frame) { inverter.hear(frame, loop.now()); };
        who->id = BatteryId{1};
        output = std::make_unique<Output>(loop, board, bus, *profile(name), config);
        output->start();
    }
    /// What is published goes out, a second passes, what came in is obeyed.
    sim::Orders relay(const Snapshot* snapshot, const sim::Orders& published)
    {
        if (snapshot != nullptr)
            board.post(What::cycle, who, *snapshot);
        else if (const auto last = board.last(who->id))
            board.post(What::left, who, Snapshot(*last));
        loop.advance(1s);
        const sim::Orders obeyed = inverter.orders(loop.now());
        if (snapshot != nullptr && output->phase() == Output::Phase::sending) {
            EXPECT_LE(obeyed.charge_voltage.value_or(0), published.charge_voltage.value_or(0) + 1e-6);
            EXPECT_LE(obeyed.charge_current.value_or(0), std::max(0.0, published.charge_current.value_or(0)) + 1e-6);
            EXPECT_LE(obeyed.discharge_current.value_or(0),
                      std::max(0.0, published.discharge_current.value_or(0)) + 1e-6);
        }
        return obeyed;
    }

    ManualLoop loop;
    config::Config config = config::defaults();
    site::Board board;
    test::CanWire wire;
    link::CanBus bus{loop, "can1", wire.socket(), 500000};
    std::shared_ptr<Who> who = std::make_shared<Who>();
    std::unique_ptr<Output> output;
    SimulatedInverter inverter;
};

class InverterLoop : public testing::TestWithParam<const char*> {};

TEST_P(InverterLoop, ABatteryIsFilledAndNothingBreaks)
{
    sim::World world = sim::healthy_world(11);
    sim::ClosedLoop loop(world);
    Wire wire(GetParam());
    wire.config = world.config;
    loop.set_relay([&](const sim::Orders& orders) {
        const Snapshot& now = loop.snapshot();
        return wire.relay(now.state.give_up ? nullptr : &now, orders);
    });
    sim::Invariants invariants;
    bool charged = false;
    for (int second = 0; second < 1800; ++second) {
        const Limits before = loop.snapshot().limits;
        const control::Stored stored = loop.stored();
        loop.step();
        invariants.check(
            {world.config, loop.input(), loop.now(), before, loop.snapshot(), stored, loop.stored(), second == 0});
        charged = charged || loop.site().pack().current() > 5;
    }
    for (const sim::Broken& broken : invariants.broken()) ADD_FAILURE() << broken.invariant << ": " << broken.what;
    EXPECT_TRUE(charged);
}

TEST_P(InverterLoop, AnyBankWithAnyTroubles)
{
    for (const auto seed : sim::seeds(21, 1)) {
        const sim::BankWorld world = sim::random_bank(seed);
        sim::BankLoop loop(world);
        Wire wire(GetParam());
        Snapshot shown;
        loop.set_relay([&](const sim::Orders& orders) {
            const bool served = loop.life().serving();
            if (served) bank::reflect(loop.output(), shown);
            return wire.relay(served ? &shown : nullptr, orders);
        });
        sim::BankWatch watch(loop);
        int heard = 0, gone = 0;
        for (int second = 0; second < 600 && !testing::Test::HasFailure(); ++second) {
            loop.step();
            EXPECT_EQ(watch.check(), "") << "seed " << seed << ", second " << second;
            heard += wire.inverter.hears(wire.loop.now()) ? 1 : 0;
            gone = loop.life().serving() ? 0 : gone + 1;
            if (gone > 70) {
                EXPECT_FALSE(wire.inverter.hears(wire.loop.now())) << "it is told nothing for long";
            }
        }
        EXPECT_GT(heard, 100) << "seed " << seed;
    }
}

// those for 48 V that are no further restriction of the voltage
INSTANTIATE_TEST_SUITE_P(Profiles, InverterLoop,
                         testing::Values("pylontech", "pylontech_plus", "victron", "byd", "luxpower", "growatt"),
                         [](const auto& info) { return std::string(info.param); });

TEST(InverterLoopLoss, SilenceIsAStopAfterTheInvertersOwnTimeout)
{
    sim::World world = sim::healthy_world(11);
    sim::ClosedLoop loop(world);
    Wire wire("victron", 3s);
    loop.set_relay([&](const sim::Orders& orders) { return wire.relay(&loop.snapshot(), orders); });
    for (int second = 0; second < 600; ++second) loop.step();
    EXPECT_TRUE(wire.inverter.hears(wire.loop.now()));
    wire.wire.set_up(false);
    for (int second = 0; second < 60; ++second) loop.step();
    EXPECT_FALSE(wire.inverter.hears(wire.loop.now()));
    EXPECT_LE(std::abs(loop.site().pack().current()), 1.0);
    wire.wire.set_up(true);
    for (int second = 0; second < 60; ++second) loop.step();
    EXPECT_TRUE(wire.inverter.hears(wire.loop.now()));
}

}  // namespace
}  // namespace bmsd::inverter
