// A bank of simulated packs with the daemon's own control, life and merge between packs and power system.
#include <algorithm>

#include "bank_watch.h"
#include "run.h"

namespace bmsd::sim {
namespace {

TEST(Parallel, TheCurrentDividesByResistanceAndAddsUp)
{
    PackSpec spec;
    spec.cells.assign(16, CellSpec{.capacity = 100, .resistance = 0.0005, .polarisation = 0, .soc = 0.5});
    spec.guards = usual_guards(Chemistry::lfp, 16, 200, 200);
    PackSpec old = spec;
    for (CellSpec& cell : old.cells) cell.resistance *= 2;
    Parallel packs({Pack(spec), Pack(old)}, {0, 0});
    packs.step(1, 90);
    EXPECT_NEAR(packs.pack(0).current(), 60, 0.5);
    EXPECT_NEAR(packs.pack(1).current(), 30, 0.5);
    EXPECT_NEAR(packs.current(), 90, 1e-6);
    EXPECT_NEAR(packs.voltage(), packs.pack(0).voltage(), 0.05);
    packs.connect(1, false);
    packs.step(1, 90);
    EXPECT_NEAR(packs.pack(0).current(), 90, 1e-6);
    EXPECT_EQ(packs.pack(1).current(), 0);
}

TEST(BankLoop, WhatMustHoldHoldsForAnyBank)
{
    for (const auto seed : seeds(1, 2)) {
        const BankWatch watch = run_bank(random_bank(seed), hours(0.2));
        EXPECT_GT(watch.served, 100U) << "seed " << seed;
        if (HasFailure()) break;
    }
}

TEST(BankLoop, APackThatIsTakenOutNeverTakesTheBankAway)
{
    BankWorld world = healthy_bank(5);
    while (world.members.size() < 3) world.members.push_back(world.members.front());
    world.members[1].troubles.vanish = 0.002;
    world.members[1].troubles.longest = 3000;
    BankLoop loop(world);
    bool lost = false;
    while (loop.cycles() < 4000) {
        loop.step();
        if (loop.cycles() < 100) continue;
        ASSERT_TRUE(loop.life().serving()) << loop.cycles();
        const auto& m = loop.life().members();
        lost = lost || std::ranges::any_of(m, [](const auto& one) { return one.standing == bank::Standing::lost; });
    }
    EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace bmsd::sim
