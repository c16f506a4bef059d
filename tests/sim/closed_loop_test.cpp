// Battery, power system and control in one loop: the safety invariants hold for every pack, trouble and configuration.
#include "run.h"

namespace bmsd::sim {
namespace {

TEST(ClosedLoop, TheInvariantsHoldForAnyPackAndConfiguration)
{
    for (const auto seed : seeds(1, 60)) {
        run_under_watch(random_world(seed), hours(2));
        if (HasFailure()) break;
    }
}

TEST(ClosedLoop, TheInvariantsHoldForHealthyPacksThroughADay)
{
    for (const auto seed : seeds(1, 4)) {
        run_under_watch(healthy_world(seed), hours(24));
    }
}

}  // namespace
}  // namespace bmsd::sim
