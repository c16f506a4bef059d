#include "replay/scenario.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/schema.h"
#include "replay/scenario_output.h"
#include "support/superseded.h"

namespace bmsd::replay {
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
            if (is_superseded(scenario.name, d.name)) continue;
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

/// The only case of a file, with 4 cells, one step at 0 and what `more` adds.
std::string one_case(const std::string& more)
{
    return R"([{"name": "made up", "cells": 4, "battery": {"capacity": 50}, "start": {"epoch": 1700000000}, "end": 3,
                "steps": [{"t": 0, "cell_voltages": [3.3, 3.31, 3.3, 3.3], "current": 5, "soc": 70,
                           "temperatures": {"1": 20, "2": 30}}] )" +
           more + "}]";
}

std::vector<boost::json::object> outputs_of(const std::string& text)
{
    std::vector<boost::json::object> out;
    const auto scenarios = read_scenarios(text, config::defaults());
    EXPECT_TRUE(scenarios) << scenarios.error();
    if (!scenarios) return out;
    for (const Scenario& scenario : *scenarios) {
        run(scenario, [&](const ScenarioCycle& cycle) { out.push_back(to_json(cycle)); });
    }
    return out;
}

TEST(Scenario, WhatIsNotSaidIsKnownAllTheSame)
{
    const auto cycles = outputs_of(one_case(""));
    ASSERT_EQ(cycles.size(), 4U);
    EXPECT_EQ(cycles[3].at("t"), 3.0);
    EXPECT_EQ(cycles[0].at("voltage"), 13.21);  // of the cells
    EXPECT_EQ(cycles[0].at("cvl"), 13.8);
    EXPECT_EQ(cycles[0].at("allow_to_charge"), 1);
    EXPECT_EQ(cycles[0].at("max_voltage_cell_id"), "C2");
    EXPECT_EQ(cycles[0].at("max_temperature_cell_id"), "Temp 2");
    EXPECT_EQ(cycles[0].at("mid_voltage"), nullptr);
    EXPECT_EQ(cycles[0].at("history").at("minimum_cell_voltage"), 3.3);
    EXPECT_EQ(cycles[0].at("exit"), false);
}

TEST(Scenario, KeysStandOverTheBaseConfiguration)
{
    config::Config base = config::defaults();
    base.max_battery_charge_current = 7;
    base.max_battery_discharge_current = 8;
    const auto scenarios = read_scenarios(one_case(R"(, "config": {"MAX_BATTERY_CHARGE_CURRENT": 20,
        "TEMPERATURE_SOURCE_BATTERY": [2]})"),
                                          base);
    ASSERT_TRUE(scenarios) << scenarios.error();
    EXPECT_EQ(scenarios->front().config.max_battery_charge_current, 20);
    EXPECT_EQ(scenarios->front().config.max_battery_discharge_current, 8);
    EXPECT_EQ(scenarios->front().config.temperature_source_battery, std::vector<std::int64_t>{2});
}

TEST(Scenario, StepsChangeOnlyWhatTheyName)
{
    const auto cycles = outputs_of(R"([{"name": "x", "cells": 4, "battery": {"capacity": 50}, "config": {},
        "start": {"epoch": 1700000000}, "end": 20, "poll_interval": 10, "steps": [
        {"t": 0, "cell_voltages": [3.3, 3.3, 3.3, 3.3], "voltage": 14, "soc": 70, "temperatures": {"1": 20, "2": 30},
         "alarms": {"low_voltage": 1, "high_voltage": 0}, "balancing": [false, true, false, false]},
        {"t": 10, "temperatures": {"1": null}, "alarms": {"low_voltage": 0}},
        {"t": 20, "voltage": null, "balancing": null}]}])");
    ASSERT_EQ(cycles.size(), 3U);
    EXPECT_EQ(cycles[0].at("voltage"), 14.0);
    EXPECT_EQ(cycles[0].at("alarms").at("LowVoltage"), 1);
    EXPECT_EQ(cycles[1].at("t"), 10.0);
    EXPECT_EQ(cycles[1].at("temperature"), 30.0);
    EXPECT_EQ(cycles[1].at("alarms").at("LowVoltage"), 0);
    EXPECT_EQ(cycles[1].at("alarms").at("HighVoltage"), 0);
    EXPECT_NE(std::string(cycles[1].at("charge_mode").as_string()).find("+ Balancing"), std::string::npos);
    EXPECT_EQ(cycles[2].at("voltage"), nullptr);
    EXPECT_EQ(cycles[2].at("charge_mode"), "Bulk │ Linear Mode");
}

TEST(Scenario, ABatteryThatWasGivenUpStartsAnewWithWhatWasStored)
{
    const auto cycles = outputs_of(R"([{"name": "x", "cells": 4, "battery": {"capacity": 50},
        "config": {"BLOCK_ON_DISCONNECT": true}, "end": 200,
        "start": {"epoch": 1700000000, "allow_max_voltage": false}, "steps": [
        {"t": 0, "cell_voltages": [3.3, 3.3, 3.3, 3.3], "soc": 90}, {"t": 10, "comm": false},
        {"t": 150, "comm": true}]}])");
    ASSERT_EQ(cycles.size(), 71U + 51U);
    EXPECT_EQ(cycles[70].at("exit"), true);
    EXPECT_EQ(cycles[71].at("t"), 150.0);
    EXPECT_EQ(cycles[71].at("charge_mode"), "Float │ Linear Mode");
    EXPECT_EQ(cycles[71].at("ccl"), 50.0);  // no hold: a new start
}

TEST(Scenario, HistoryOfTheBmsIsLeftAlone)
{
    const auto cycles = outputs_of(R"([{"name": "x", "cells": 4, "config": {}, "start": {"epoch": 1700000000},
        "battery": {"capacity": 50, "exclude_history": ["minimum_voltage"]}, "end": 1,
        "steps": [{"t": 0, "cell_voltages": [3.3, 3.3, 3.3, 3.3], "soc": 90}]}])");
    EXPECT_EQ(cycles[1].at("history").at("minimum_voltage"), nullptr);
    EXPECT_EQ(cycles[1].at("history").at("maximum_voltage"), 13.2);
}

TEST(Scenario, DifferencesAreFoundAndToldWithinTheTolerances)
{
    ScenarioCheck check;
    check.t = 5;
    check.values = {{"cvl", 55.2},
                    {"ccl", 50.0},
                    {"charge_mode", "Bulk"},
                    {"error_code", nullptr},
                    {"state", 9},
                    {"history", {{"total_ah_drawn", -1.5}}},
                    {"alarms", {{"LowSoc", nullptr}}}};
    boost::json::object found = check.values;
    EXPECT_TRUE(differences(check, found).empty());
    found["cvl"] = 55.21;
    found["ccl"] = 50.002;
    found["state"] = 9.0;
    EXPECT_TRUE(differences(check, found).empty());
    found["cvl"] = 55.211;
    found["ccl"] = 50.01;
    found["charge_mode"] = "Float";
    found["error_code"] = 8;
    found["history"] = {{"total_ah_drawn", -1.51}};
    found.erase("alarms");
    const auto wrong = differences(check, found);
    ASSERT_EQ(wrong.size(), 6U);
    EXPECT_EQ(wrong[0].name, "cvl");
    EXPECT_EQ(wrong[0].expected, "5.52E1");
    EXPECT_EQ(wrong[4].name, "history.total_ah_drawn");
}

TEST(Scenario, WhatIsNoScenarioIsRefusedWithAReason)
{
    const auto refused = [](const std::string& text) {
        const auto read = read_scenarios(text, config::defaults());
        return read ? std::string("taken") : read.error();
    };
    EXPECT_EQ(refused(one_case(R"(, "config": {"NO_SUCH_KEY": 1})")).find("made up: "), 0U);
    EXPECT_NE(refused(one_case(R"(, "poll_interval": 0)")), "taken");
    EXPECT_NE(refused(R"([{"name": "x", "steps": [{"t": 0, "no_such_input": 1}]}])"), "taken");
    EXPECT_NE(refused(R"([{"name": "x", "steps": [{"t": 0, "soc": "much"}]}])"), "taken");
    EXPECT_NE(refused(R"([{"name": "x", "steps": [{"t": 0, "event": {"type": "earthquake"}}]}])"), "taken");
    EXPECT_NE(refused(R"([{"name": "x", "steps": [{"t": 0, "alarms": {"low_soc": 3}}]}])"), "taken");
    EXPECT_NE(refused(R"([{"name": "x", "cells": 1.5}])"), "taken");
    EXPECT_NE(refused("[7]"), "taken");
    EXPECT_NE(refused("not a scenario"), "taken");
    EXPECT_NE(refused(""), "taken");
}

TEST(Capture, OfBmsdEachReadAtItsTimeEachBatteryForItself)
{
    const std::string text =
        R"({"t": 1700000000.5, "dir": "tx", "raw": "dda50300fffd77"}
{"t": 1700000001, "dir": "decoded", "dt_since_last": 0, "duration_ms": 78.2, "success": true, "decoded": {"unique_id": "A", "cell_count": 4, "cell_voltages": [3.3, 3.3, 3.3, 3.4], "voltage": 13.3, "soc": 60, "capacity": 50}}
{"t": 1700000001.2, "dir": "decoded", "success": true, "decoded": {"unique_id": "B", "cell_count": 4, "soc": 10}}
{"t": 1700000002, "dir": "decoded", "success": true, "decoded": {"unique_id": "A", "cell_count": 4, "cell_voltages": [3.3, 3.3, 3.3, 3.5], "voltage": 13.4, "capacity": 50, "temperatures": {"1": -3}}}
{"t": 1700000003.5, "dir": "decoded", "success": false, "decoded": {"unique_id": "A"}}
{"t": 1700000004, "dir": "deco)";
    const auto scenarios = read_scenarios(text, config::defaults());
    ASSERT_TRUE(scenarios) << scenarios.error();
    ASSERT_EQ(scenarios->size(), 2U);
    EXPECT_EQ(scenarios->front().name, "A");
    std::vector<boost::json::object> cycles;
    run(scenarios->front(), [&](const ScenarioCycle& cycle) { cycles.push_back(to_json(cycle)); });
    ASSERT_EQ(cycles.size(), 3U);
    EXPECT_EQ(cycles[0].at("charge_mode"), "Bulk │ Linear Mode");
    EXPECT_EQ(cycles[0].at("ccl"), 12.5);
    EXPECT_EQ(cycles[1].at("t"), 1.0);
    EXPECT_EQ(cycles[1].at("soc"), nullptr);  // what a reading does not say is absent
    EXPECT_EQ(cycles[1].at("charge_limitation"), "Cell Voltage, Temp");
    EXPECT_EQ(cycles[2].at("t"), 2.5);
}

TEST(Capture, OfTheReferenceWithItsNames)
{
    const std::string text =
        R"({"t": 1700000000, "dir": "decoded", "dt_since_last": 0.0, "duration_ms": 12.0, "success": true, "decoded": {"type": "Daly", "cell_count": 4, "capacity": 100, "capacity_remain": 40, "voltage": 13.2, "current": -5.0, "soc": 40.0, "cells": [{"voltage": 3.3, "balance": true}, {"voltage": 3.31, "balance": false}, {"voltage": 3.29, "balance": null}, {"voltage": null, "balance": false}], "temperature_1": 4.0, "temperature_2": null, "temperature_mos": 30, "charge_fet": true, "discharge_fet": null, "max_battery_charge_current": 25.0, "protection": {"low_voltage": 2, "high_voltage": 0, "other": "x"}, "history": {"charge_cycles": 12}, "poll_interval": 1000, "online": true, "port": "/dev/ttyUSB0"}})";
    const auto scenarios = read_scenarios(text, config::defaults());
    ASSERT_TRUE(scenarios) << scenarios.error();
    const ScenarioStep& step = scenarios->front().steps.front();
    EXPECT_EQ(step.inputs.at("cell_voltages"), boost::json::array({3.3, 3.31, 3.29, nullptr}));
    EXPECT_EQ(step.inputs.at("cell_balancing").as_array().size(), 4U);
    EXPECT_EQ(step.inputs.at("temperatures"), boost::json::object({{"1", 4.0}}));
    EXPECT_EQ(step.inputs.at("temperature_mosfet"), 30);
    EXPECT_EQ(step.inputs.at("capacity_remaining"), 40);
    EXPECT_EQ(step.inputs.at("max_charge_current"), 25.0);
    EXPECT_EQ(step.inputs.at("alarms"), boost::json::object({{"low_voltage", 2}, {"high_voltage", 0}}));
    EXPECT_FALSE(step.inputs.contains("history"));
    EXPECT_FALSE(step.inputs.contains("port"));
    std::size_t cycles = 0;
    run(scenarios->front(), [&](const ScenarioCycle& cycle) {
        ++cycles;
        EXPECT_EQ(cycle.snapshot.limits.charge_mode.view(), "Error, please check the logs!");  // a cell is missing
        EXPECT_EQ(cycle.snapshot.alarms[Alarm::low_voltage], 2);
    });
    EXPECT_EQ(cycles, 1U);
}

}  // namespace
}  // namespace bmsd::replay
