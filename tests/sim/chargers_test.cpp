// Chargers that are not what control wants them to be: they measure the battery differently, or take no notice of the
// CCL (core/charge-control.md section 15, numbers 1 to 3). The bounds are those of the sheet.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace bmsd::sim {
namespace {

constexpr double transient = 10;  // s a charger takes to throttle when a load ends: no voltage helps there
constexpr double settled = 600;   // s after a cell was first too high
constexpr double margin = 0.015;  // V it may be too high from then on

struct Peak {
    double first = -1;     // s, a cell crossed its limit
    double too_high = 0;   // s, the longest time without a break it was beyond the bound, once it had time to give way
    double highest = 0;    // V, of all times
    int trips = 0;         // the BMS had to stop the charge
    bool ignored = false;  // the text said that the CCL is
};

/// A day of sun with one cell ahead of the others.
World ahead(std::uint64_t seed, double offset, bool obeys, std::int64_t mode)
{
    World world = healthy_world(seed);
    world.site.pack.cells.resize(std::min<std::size_t>(world.site.pack.cells.size(), 23));  // no more than 100 V
    Random random(seed);
    for (CellSpec& cell : world.site.pack.cells) cell.soc = 0.88 + random.between(-0.002, 0.002);
    CellSpec& one = world.site.pack.cells[random.index(world.site.pack.cells.size())];
    one.soc += random.between(0, 0.06);
    one.capacity *= random.between(0.9, 1);
    world.config.cvl_controller_mode = mode;
    world.site.charger.voltage_error = offset;
    world.site.charger.obeys_current = obeys;
    world.site.day.clouds = 0;
    world.site.start = 10 * 3600;
    return world;
}

Peak watch(const World& world, double hours)
{
    ClosedLoop loop(world);
    Peak peak;
    const double limit = world.config.max_cell_voltage;
    bool was_off = false;
    double beyond = 0;  // s
    for (double time = 0; time < hours * 3600; time += world.interval) {
        loop.step();
        const Pack& pack = loop.site().pack();
        const double highest = pack.highest_cell();
        peak.highest = std::max(peak.highest, highest);
        if (highest > limit && peak.first < 0) peak.first = time;
        const bool late = peak.first >= 0 && time > peak.first + settled;
        beyond = late && highest > limit + margin ? beyond + world.interval : 0;
        peak.too_high = std::max(peak.too_high, beyond);
        const bool off = !pack.charge_fet();
        if (off && !was_off) ++peak.trips;
        was_off = off;
        peak.ignored = peak.ignored || loop.snapshot().limits.charge_mode.view().contains("(CCL ignored)");
        if (std::getenv("BMSD_SIM_TRACE") && static_cast<long>(time) % 10 == 0)
            fmt::print("{:6.0f} I {:7.2f} U {:.3f} C {:.3f} hi {:.4f} soc {:.3f} ccl {:.2f} {}\n", time, pack.current(),
                       pack.voltage(), loop.snapshot().limits.control_voltage.value_or(0), highest, pack.soc(),
                       loop.snapshot().limits.charge.applied.value_or(-1), loop.snapshot().limits.charge_mode.view());
    }
    return peak;
}

TEST(Chargers, A15_01_AHighCellGivesWayWhateverTheChargerMeasures)
{
    int crossed = 0;
    for (const auto seed : seeds(1, 6)) {
        for (const double offset : {-0.5, -0.2, 0.0, 0.2, 0.5}) {
            for (const bool obeys : {true, false}) {
                const auto mode = static_cast<std::int64_t>(1 + seed % 3);
                const World world = ahead(seed, offset, obeys, mode);
                const Peak peak = watch(world, 4);
                crossed += peak.first >= 0;
                EXPECT_LE(peak.too_high, transient) << "seed " << seed << ", offset " << offset << " V, obeys " << obeys
                                                    << ", mode " << mode << ", cells " << world.site.pack.cells.size();
                EXPECT_EQ(peak.trips, 0) << "seed " << seed << ", offset " << offset << " V, obeys " << obeys
                                         << ", highest " << peak.highest;
                EXPECT_FALSE(obeys && peak.ignored) << "seed " << seed << ", offset " << offset;
            }
        }
    }
    EXPECT_GT(crossed, 10);
}

}  // namespace
}  // namespace bmsd::sim
