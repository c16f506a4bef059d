// What random installations are made of, and that a run can be written down and is the same each time.
#include "sim/world.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/value.h"
#include "sim/recording.h"

namespace bmsd::sim {
namespace {

std::string as_file(const config::Config& config)
{
    std::string text = "[DEFAULT]\n";
    for (const auto key : config::diff(config::defaults(), config)) {
        text += std::string(key) + " = " + config::to_text(config::value_of(config, key)) + "\n";
    }
    return text;
}

TEST(RandomConfig, IsTakenAsItIs)
{
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const config::Config config = random_config(random, seed % 2 == 0 ? Chemistry::lfp : Chemistry::nmc);
        const config::Config loaded = config::load(as_file(config)).config;
        for (const auto key : config::diff(config, loaded)) {
            ADD_FAILURE() << "seed " << seed << ": " << key << " = " << config::to_text(config::value_of(config, key))
                          << " becomes " << config::to_text(config::value_of(loaded, key));
        }
    }
}

TEST(RandomScenario, CoversWhatItIsThereFor)
{
    int nmc = 0, small = 0, large = 0, cold = 0, hot = 0, lossy = 0, full = 0, wrong_soc = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const World s = random_world(seed);
        const PackSpec& pack = s.site.pack;
        EXPECT_GE(pack.cells.size(), 4U);
        EXPECT_LE(static_cast<double>(pack.cells.size()) * voltages(pack.chemistry).overcharged, 100);  // V
        nmc += pack.chemistry == Chemistry::nmc;
        small += pack.cells.size() == 4;
        large += pack.cells.size() > 24;
        cold += pack.heat.start < 0;
        hot += pack.heat.start > 45;
        lossy += s.disturbance.lost_read > 0;
        full += pack.cells[0].soc > 0.95;
        wrong_soc += std::abs(pack.meter.soc_error) > 20;
    }
    for (const int count : {nmc, small, large, cold, hot, lossy, full, wrong_soc}) EXPECT_GT(count, 5);
}

TEST(ClosedLoopRun, IsTheSameForTheSameSeed)
{
    ClosedLoop one(random_world(7)), two(random_world(7));
    for (int i = 0; i < 2000; ++i) {
        one.step();
        two.step();
        ASSERT_EQ(one.snapshot().limits, two.snapshot().limits) << "cycle " << i;
    }
    EXPECT_EQ(one.reading(), two.reading());
}

TEST(Recording, WritesDownWhatChanges)
{
    World scenario = random_world(7);
    scenario.disturbance = {.lost_read = 0.01, .missing_cell = 0.01};
    ClosedLoop loop(scenario);
    Recording recording(loop);
    for (int i = 0; i < 300; ++i) {
        loop.step();
        recording.add(loop);
    }
    const auto file = recording.file();
    const auto& whole = file.at(0).as_object();
    EXPECT_EQ(whole.at("cells").to_number<std::size_t>(), scenario.site.pack.cells.size());
    EXPECT_NEAR(whole.at("end").to_number<double>(), 299 * scenario.interval, 1e-6);
    bool lost = false, missing = false;
    for (const auto& step : whole.at("steps").as_array()) {
        const auto& inputs = step.as_object();
        if (const auto* comm = inputs.if_contains("comm")) lost = lost || !comm->as_bool();
        if (const auto* cells = inputs.if_contains("cell_voltages")) {
            for (const auto& cell : cells->as_array()) missing = missing || cell.is_null();
        }
    }
    EXPECT_TRUE(lost && missing);
    EXPECT_EQ(whole.at("steps").at(0).at("t").to_number<double>(), 0);
    EXPECT_TRUE(whole.at("steps").at(0).as_object().contains("temperature_mosfet") ||
                !scenario.site.pack.heat.mosfet_sensor);
}

}  // namespace
}  // namespace bmsd::sim
