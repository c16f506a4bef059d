// Days of real batteries that went wrong, and what is right (core/charge-control.md section 15).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "config/schema.h"
#include "replay/scenario.h"
#include "replay/scenario_output.h"

namespace bmsd::replay {
namespace {

std::vector<Scenario> cases_of(const std::string& file)
{
    std::ifstream stream(std::string(BMSD_VECTORS) + "/field/" + file);
    std::stringstream text;
    text << stream.rdbuf();
    auto scenarios = read_scenarios(text.str(), config::defaults());
    EXPECT_TRUE(scenarios) << scenarios.error();
    return scenarios ? *scenarios : std::vector<Scenario>();
}

class Field : public testing::TestWithParam<const char*> {};

TEST_P(Field, EveryCaseAtEveryCheckedTime)
{
    for (const Scenario& scenario : cases_of(GetParam())) {
        std::size_t next = 0;
        run(scenario, [&](const ScenarioCycle& cycle) {
            if (next == scenario.checks.size() || cycle.t + 1e-6 < scenario.checks[next].t) return;
            for (const Difference& d : differences(scenario.checks[next], to_json(cycle))) {
                ADD_FAILURE() << scenario.name << " t=" << d.t << " " << d.name << ": expected " << d.expected
                              << ", found " << d.found;
            }
            ++next;
        });
        EXPECT_EQ(next, scenario.checks.size()) << scenario.name;
        EXPECT_GT(next, 0U) << scenario.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Field,
                         testing::Values("cell-high.json", "windup.json", "loose-sensor.json", "soc-reset-trip.json",
                                         "full-in-float.json"));

double highest_of(const Telemetry& telemetry)
{
    double highest = 0;
    for (const Number& cell : telemetry.cell_voltages) highest = std::max(highest, cell.value_or(0));
    return highest;
}

TEST(FieldCourse, A15_01_TheVoltageOnlyFallsWhileACellIsHigh)
{
    Number before, at_crossing;
    for (const Scenario& scenario : cases_of("cell-high.json")) {
        run(scenario, [&](const ScenarioCycle& cycle) {
            const Number& now = cycle.snapshot.limits.control_voltage;
            if (highest_of(cycle.telemetry) > 3.45) {
                if (!at_crossing) at_crossing = now;
                ASSERT_TRUE(now && before);
                ASSERT_LE(*now, *before + 1e-9) << cycle.t;
            }
            before = now;
        });
    }
    ASSERT_TRUE(before && at_crossing);
    EXPECT_LT(*before, *at_crossing - 1) << "it goes on falling until the charge ends";
}

TEST(FieldCourse, A15_02_TheVoltageNeverFallsFarBelowARestingPack)
{
    for (const Scenario& scenario : cases_of("windup.json")) {
        run(scenario, [&](const ScenarioCycle& cycle) {
            double sum = 0;
            for (const Number& cell : cycle.telemetry.cell_voltages) sum += cell.value_or(0);
            ASSERT_GE(*cycle.snapshot.limits.control_voltage, sum - 0.3 - 1e-6) << cycle.t;
        });
    }
}

}  // namespace
}  // namespace bmsd::replay
