#include "control/scenario.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/schema.h"
#include "control/scenario_output.h"

namespace bmsd::control {
namespace {

std::vector<Scenario> cases_of(const std::string& file)
{
    std::ifstream stream(std::string(BMSD_VECTORS) + "/core/" + file);
    std::stringstream text;
    text << stream.rdbuf();
    auto scenarios = read_scenarios(text.str(), config::defaults());
    EXPECT_TRUE(scenarios) << scenarios.error();
    return scenarios ? *scenarios : std::vector<Scenario>();
}

/// Runs a case; each of its checks must be met, and at its time.
void expect_as_recorded(const Scenario& scenario)
{
    std::size_t next = 0;
    std::size_t wrong = 0;
    run(scenario, [&](const ScenarioCycle& cycle) {
        if (next == scenario.checks.size() || cycle.t + 1e-6 < scenario.checks[next].t) return;
        const auto outputs = to_json(cycle);
        EXPECT_NEAR(cycle.t, scenario.checks[next].t, 1e-6);
        for (const Difference& d : differences(scenario.checks[next], outputs)) {
            if (++wrong <= 20) {
                ADD_FAILURE() << scenario.name << " t=" << d.t << " " << d.name << ": expected " << d.expected
                              << ", found " << d.found;
            }
        }
        ++next;
    });
    EXPECT_EQ(next, scenario.checks.size()) << scenario.name;
    EXPECT_EQ(wrong, 0U) << scenario.name;
}

class RecordedScenarios : public testing::TestWithParam<const char*> {};

TEST_P(RecordedScenarios, EveryCaseAtEveryCheckedTime)
{
    const auto scenarios = cases_of(GetParam());
    ASSERT_FALSE(scenarios.empty());
    for (const Scenario& scenario : scenarios) {
        ASSERT_FALSE(scenario.checks.empty()) << scenario.name;
        expect_as_recorded(scenario);
    }
}

INSTANTIATE_TEST_SUITE_P(Control, RecordedScenarios,
                         testing::Values("control-charge-voltage.json", "control-current-limits.json",
                                         "control-connection-alarms.json", "control-soc.json", "control-history.json"));

}  // namespace
}  // namespace bmsd::control
