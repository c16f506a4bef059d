// The checks of bmsd doctor, each with facts that are well and facts that are not.
#include "cli/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/schema.h"

namespace bmsd::cli {
namespace {

DoctorFacts healthy()
{
    DoctorFacts facts;
    facts.config = config::defaults();
    auto& items = facts.batteries["com.victronenergy.battery.ttyUSB0"];
    const auto set = [&](const char* path, const venus::Value& value) { items[path].value = value; };
    set("/Info/Link/Replies", 1000);
    set("/Info/Link/Timeouts", 0);
    set("/Info/Link/Refused/Total", 0);
    set("/System/NrOfModulesOnline", 1);
    set("/ConnectionInformation", "Connected");
    set("/Soc", 50.0);
    set("/System/MinCellVoltage", 3.3);
    set("/System/MaxCellVoltage", 3.31);
    set("/Info/MaxChargeCurrent", 50.0);
    set("/Info/MaxDischargeCurrent", 60.0);
    set("/Alarms/LowSoc", 0);
    return facts;
}

/// The finding of one check after a path was set.
Finding found(const char* check, const char* path, const venus::Value& value)
{
    auto facts = healthy();
    facts.batteries.begin()->second[path].value = value;
    const auto all = examine(facts);
    const auto it = std::find_if(all.begin(), all.end(), [=](const Finding& f) { return f.check == check; });
    return it == all.end() ? Finding{"not there", "", Verdict::ok, "", ""} : *it;
}

TEST(Doctor, AHealthySiteHasEveryCheckAndNoAdvice)
{
    const auto all = examine(healthy());
    EXPECT_EQ(all.size(), 12U);
    for (const auto& finding : all) {
        EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.found;
        EXPECT_EQ(finding.advice, "") << finding.check;
    }
}

TEST(Doctor, TheMachine)
{
    auto facts = healthy();
    facts.config_errors = {"config.ini:2: error"};
    facts.adapters = 9;
    facts.batteries.clear();
    auto all = examine(facts);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].verdict, Verdict::problem);
    EXPECT_EQ(all[0].found, "config.ini:2: error");
    EXPECT_EQ(all[2].verdict, Verdict::problem) << "no battery";
    EXPECT_EQ(all[3].verdict, Verdict::warning) << "9 adapters";
    facts.bus_problem = "no such file";
    all = examine(facts);
    ASSERT_EQ(all.size(), 3U) << "without a bus nobody knows the batteries";
    EXPECT_EQ(all[1].verdict, Verdict::problem);
}

TEST(Doctor, TheLink)
{
    EXPECT_EQ(found("silent", "/Info/Link/Timeouts", 5).verdict, Verdict::ok);
    EXPECT_EQ(found("silent", "/Info/Link/Timeouts", 20).verdict, Verdict::warning);
    EXPECT_EQ(found("silent", "/Info/Link/Timeouts", 500).verdict, Verdict::problem);
    EXPECT_EQ(found("refused", "/Info/Link/Refused/Total", 20).verdict, Verdict::warning);
    EXPECT_EQ(found("silent", "/Info/Link/Replies", 3).check, "not there") << "too few to judge";
    EXPECT_EQ(found("online", "/System/NrOfModulesOnline", 0).verdict, Verdict::problem);
}

TEST(Doctor, TheValues)
{
    EXPECT_EQ(found("soc", "/Soc", {}).verdict, Verdict::warning);
    EXPECT_EQ(found("cells", "/System/MinCellVoltage", {}).verdict, Verdict::warning);
    EXPECT_EQ(found("cells", "/System/MaxCellVoltage", 3.39).verdict, Verdict::warning) << "apart";
    EXPECT_EQ(found("cells", "/System/MaxCellVoltage", 3.46).verdict, Verdict::warning) << "too high";
    EXPECT_EQ(found("alarms", "/Alarms/LowSoc", 1).verdict, Verdict::warning);
    const auto alarm = found("alarms", "/Alarms/LowCellVoltage", 2);
    EXPECT_EQ(alarm.verdict, Verdict::problem);
    EXPECT_EQ(alarm.found, "LowCellVoltage");
}

TEST(Doctor, LimitsNameTheirLimiter)
{
    auto facts = healthy();
    auto& items = facts.batteries.begin()->second;
    items["/Info/MaxChargeCurrent"].value = 12.5;
    items["/Info/ChargeLimitation"].value = "Temp";
    const auto all = examine(facts);
    const auto it = std::find_if(all.begin(), all.end(), [](const Finding& f) { return f.check == "charge limit"; });
    ASSERT_NE(it, all.end());
    EXPECT_EQ(it->verdict, Verdict::warning);
    EXPECT_EQ(it->found, "12.5 of 50 A, by Temp");
    EXPECT_FALSE(it->advice.empty());
}

}  // namespace
}  // namespace bmsd::cli
