// The checks of bmsd doctor, each with facts that are well and facts that are not.
#include "cli/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/schema.h"
#include "util/version.h"

namespace bmsd::cli {
namespace {

DoctorFacts healthy()
{
    DoctorFacts facts;
    facts.config = config::defaults();
    auto& items = facts.bus.batteries["com.victronenergy.battery.ttyUSB0"];
    const auto set = [&](const char* path, const bus::Value& value) { items[path].value = value; };
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
    set("/Dc/0/Current", 12.3);
    set("/Voltages/Sum", 52.8);
    set("/Voltages/Diff", 0.01);
    set("/Info/MaxChargeVoltage", 55.2);
    set("/Info/ChargeMode", "Bulk");
    set("/Mgmt/ProcessVersion", std::string(version));
    facts.config.external_sensor_dbus_device = "com.victronenergy.battery.shunt";
    facts.bus.system = facts.bus.sensor = true;
    facts.bus.dvcc = 1;
    facts.bus.controlling = "com.victronenergy.battery.ttyUSB0";
    set("/DeviceInstance", 1);
    facts.bus.monitor = "com.victronenergy.battery/1";
    facts.bus.listed["com.victronenergy.battery.ttyUSB0"] = false;  // the monitor is shown all the same
    facts.machine = {.ports = {{"/dev/ttyUSB0", true, ""}},
                     .venus = "v3.70",
                     .device = "Cerbo GX",
                     .old_driver = "/data/apps/dbus-serialbattery",
                     .old_driver_enabled = false,
                     .old_driver_on = {},
                     .archive = "",
                     .changed_pages = false,
                     .handed_over = true,
                     .state_problem = "",
                     .state_free = 100,
                     .load_5 = 1.5,
                     .load_15 = 1.2,
                     .memory_available = 300,
                     .daemon_cpu = 0.002,
                     .daemon_memory = 9};
    facts.network = {"127.0.0.1:8078", "",
                     "# TYPE\nbmsd_influx_sent_lines_total 1200\nbmsd_influx_refused_lines_total 0\n"
                     "bmsd_influx_dropped_lines_total 0\nbmsd_influx_failed_requests_total 2\n"};
    return facts;
}

Finding found_in(const DoctorFacts& facts, const char* check)
{
    const auto all = examine(facts);
    const auto it = std::find_if(all.begin(), all.end(), [=](const Finding& f) { return f.check == check; });
    return it == all.end() ? Finding{"not there", "", Verdict::ok, "", ""} : *it;
}

/// The finding of one check after a path was set.
Finding found(const char* check, const char* path, const bus::Value& value)
{
    auto facts = healthy();
    facts.bus.batteries.begin()->second[path].value = value;
    return found_in(facts, check);
}

/// The finding of one check on the machine after a fact was changed.
template <class Change>
Finding machine(const char* check, Change change)
{
    auto facts = healthy();
    change(facts);
    return found_in(facts, check);
}

TEST(Doctor, AHealthySiteHasEveryCheckAndNoAdvice)
{
    const auto all = examine(healthy());
    EXPECT_EQ(all.size(), 31U);
    for (const auto& finding : all) {
        EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.found;
        EXPECT_EQ(finding.advice, "") << finding.check;
    }
    EXPECT_EQ(found_in(healthy(), "float").found, "Bulk: 52.80 of 55.20 V, cells 10 mV apart of at most 10");
}

TEST(Doctor, ConfigurationBusAndBatteries)
{
    const auto broken = machine("configuration", [](auto& f) { f.config_errors = {"config.ini:2: error"}; });
    EXPECT_EQ(broken.verdict, Verdict::problem);
    EXPECT_EQ(broken.found, "config.ini:2: error");
    EXPECT_EQ(machine("configuration", [](auto& f) { f.config_warnings = {"old name"}; }).verdict, Verdict::warning);
    const auto windows = machine("configuration", [](auto& f) { f.windows_line_ends = true; });
    EXPECT_EQ(windows.verdict, Verdict::ok);
    EXPECT_NE(windows.found.find("Windows"), std::string::npos);
    EXPECT_EQ(machine("batteries", [](auto& f) { f.bus.batteries.clear(); }).verdict, Verdict::problem);
    const auto no_bus = [](auto& f) {
        f.bus_problem = "no such file";
        f.bus = {};
    };
    EXPECT_EQ(machine("bus", no_bus).verdict, Verdict::problem);
    EXPECT_EQ(machine("batteries", no_bus).check, "not there") << "without a bus nobody knows";
}

TEST(Doctor, PortsAndWhoHoldsThem)
{
    const auto held = machine("ports", [](auto& f) { f.machine.ports[0].holder = "gpsd (77)"; });
    EXPECT_EQ(held.verdict, Verdict::problem);
    EXPECT_EQ(held.found, "/dev/ttyUSB0 is open in gpsd (77)");
    EXPECT_EQ(machine("ports", [](auto& f) { f.machine.ports[0].accessible = false; }).verdict, Verdict::problem);
    EXPECT_EQ(machine("adapters", [](auto& f) { f.machine.ports.resize(9); }).verdict, Verdict::warning);
    EXPECT_EQ(machine("serial-starter", [](auto& f) { f.machine.handed_over = false; }).verdict, Verdict::problem);
}

TEST(Doctor, TheDriverBefore)
{
    EXPECT_EQ(machine("old driver", [](auto&) {}).found, "/data/apps/dbus-serialbattery is there, switched off");
    EXPECT_EQ(machine("old driver", [](auto& f) { f.machine.old_driver.clear(); }).check, "not there");
    const auto enabled = machine("old driver", [](auto& f) { f.machine.old_driver_enabled = true; });
    EXPECT_EQ(enabled.verdict, Verdict::warning);
    EXPECT_NE(enabled.found.find("runs on no port"), std::string::npos);
    EXPECT_NE(enabled.advice.find("at each boot"), std::string::npos);
    const auto runs = [](auto& f) {
        f.machine.old_driver_enabled = true;
        f.machine.old_driver_on = {"ttyUSB0", "ttyUSB2"};
    };
    const auto running = machine("old driver", runs);
    EXPECT_EQ(running.verdict, Verdict::problem);
    EXPECT_EQ(running.found, "dbus-serialbattery runs on ttyUSB0, ttyUSB2");
    EXPECT_NE(running.advice.find("EXCLUDED_DEVICES"), std::string::npos);
    const auto left = machine("old driver", [&](auto& f) {
        runs(f);
        f.config.excluded_devices = {"/dev/ttyUSB0", "ttyUSB2"};
    });
    EXPECT_EQ(left.verdict, Verdict::ok) << left.found;
}

TEST(Doctor, WhatTheMachineHasLeft)
{
    EXPECT_EQ(machine("load", [](auto& f) { f.machine.load_15 = 5.5; }).verdict, Verdict::warning);
    EXPECT_EQ(machine("load", [](auto& f) { f.machine.load_5 = 9; }).verdict, Verdict::warning);
    EXPECT_EQ(machine("load", [](auto& f) { f.machine.memory_available = 20; }).verdict, Verdict::warning);
    EXPECT_EQ(machine("state folder", [](auto& f) { f.machine.state_problem = "/x is not there"; }).verdict,
              Verdict::warning);
    const auto read_only =
        machine("state folder", [](auto& f) { f.machine.state_problem = "/x lies on a read-only file system"; });
    EXPECT_EQ(read_only.verdict, Verdict::problem);
    EXPECT_NE(read_only.advice.find("lost at the next start"), std::string::npos) << read_only.advice;
    const auto elsewhere = machine("daemon", [](auto& f) {
        f.machine.daemon_cpu.reset();
        f.other_daemons = "bmsd (7) with /tmp/x";
    });
    EXPECT_EQ(elsewhere.found, "no daemon runs with this state folder; there is bmsd (7) with /tmp/x");
    EXPECT_EQ(machine("state folder", [](auto& f) { f.machine.state_free = 0.5; }).verdict, Verdict::problem);
    EXPECT_EQ(machine("daemon", [](auto& f) { f.machine.daemon_cpu.reset(); }).verdict, Verdict::warning);
    EXPECT_EQ(machine("daemon", [](auto& f) { f.machine.daemon_cpu = 0.1; }).verdict, Verdict::warning);
}

TEST(Doctor, WhatComesBackAtEachBoot)
{
    EXPECT_EQ(machine("media", [](auto& f) { f.machine.archive = "/media/sda1/venus-data.tar.gz"; }).verdict,
              Verdict::warning);
    EXPECT_EQ(machine("GUI", [](auto& f) { f.machine.changed_pages = true; }).verdict, Verdict::warning);
    EXPECT_EQ(machine("names", [](auto& f) { f.config.use_port_as_unique_id = true; }).verdict, Verdict::warning);
}

TEST(Doctor, WhetherLimitsAreObeyed)
{
    const auto two = machine("several batteries", [](auto& f) { f.bus.batteries["com.victronenergy.battery.b"]; });
    EXPECT_EQ(two.found, "2 batteries; the power system obeys com.victronenergy.battery.ttyUSB0");
    EXPECT_EQ(machine("DVCC", [](auto& f) { f.bus.dvcc = 0; }).verdict, Verdict::problem);
    EXPECT_EQ(machine("controlling BMS", [](auto& f) { f.bus.controlling = "com.victronenergy.battery.x"; }).verdict,
              Verdict::warning);
    EXPECT_EQ(machine("external sensor", [](auto& f) { f.bus.sensor = false; }).verdict, Verdict::problem);
}

TEST(Doctor, WhatTheDeviceShows)
{
    const auto other = machine("battery monitor", [](auto& f) { f.bus.monitor = "com.victronenergy.battery/278"; });
    EXPECT_EQ(other.verdict, Verdict::warning);
    const auto hidden = machine("battery list", [](auto& f) { f.bus.monitor = "com.victronenergy.battery/278"; });
    EXPECT_EQ(hidden.verdict, Verdict::warning);
    EXPECT_EQ(hidden.found, "hidden");
    const auto feeds_in = machine("ccl obeyed", [](auto& f) {
        f.bus.batteries.begin()->second["/Dc/0/Current"].value = 90.0;
        f.bus.dc_feed_in = 1;
    });
    EXPECT_EQ(feeds_in.found, "90.0 A flow in, 50.0 A are allowed; feed-in of DC power is on");
}

TEST(Doctor, EveryLineOfAWrongConfigurationIsNamed)
{
    auto facts = healthy();
    facts.config_errors = {"config.ini:2: error: one", "config.ini:3: error: two"};
    const auto text = to_text(examine(facts));
    EXPECT_TRUE(
        text.starts_with("problem  configuration    config.ini:2: error: one\n"
                         "                          config.ini:3: error: two\n"))
        << text;
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
    EXPECT_EQ(found("current", "/System/NrOfModulesBlockingCharge", 1).verdict, Verdict::warning);
    EXPECT_EQ(found("current", "/System/NrOfModulesBlockingDischarge", 1).verdict, Verdict::ok) << "it charges";
    EXPECT_EQ(found("version", "/Mgmt/ProcessVersion", "0.0.1").verdict, Verdict::warning);
    EXPECT_EQ(found("charge limit", "/Info/MaxChargeCurrent", {}).verdict, Verdict::warning);
    const auto alarm = found("alarms", "/Alarms/LowCellVoltage", 2);
    EXPECT_EQ(alarm.verdict, Verdict::problem);
    EXPECT_EQ(alarm.found, "LowCellVoltage (3.300 V)");
    const auto with_cell = machine("alarms", [](auto& f) {
        auto& items = f.bus.batteries.begin()->second;
        items["/Alarms/HighTemperature"].value = 1;
        items["/System/MaxCellTemperature"].value = 56.0;
        items["/System/MaxTemperatureCellId"].value = "Temp 2";
    });
    EXPECT_EQ(with_cell.found, "HighTemperature (Temp 2 56.0 °C)");
    const auto high = machine("cells", [](auto& f) {
        auto& items = f.bus.batteries.begin()->second;
        items["/System/MaxCellVoltage"].value = 3.46;
        items["/System/MaxVoltageCellId"].value = "C7";
    });
    EXPECT_NE(high.advice.find("C7 3.460 V is above MAX_CELL_VOLTAGE (3.45 V)"), std::string::npos) << high.advice;
}

TEST(Doctor, AStateOfChargeThatTheCellsContradict)
{
    const auto at = [](double soc, double low, double high, double full) {
        return machine("wrong soc", [&](auto& f) {
            auto& items = f.bus.batteries.begin()->second;
            items["/Soc"].value = soc;
            items["/Dc/0/Current"].value = 0.5;
            items["/System/MinCellVoltage"].value = low;
            items["/System/MaxCellVoltage"].value = high;
            f.config.max_cell_voltage = full;
        });
    };
    EXPECT_EQ(at(100, 3.19, 3.2, 3.45).found, "100 % while no cell is above 3.200 V");
    EXPECT_EQ(at(5, 3.4, 3.41, 3.45).found, "5 % while no cell is below 3.400 V");
    EXPECT_EQ(at(5, 3.4, 3.41, 4.1).check, "not there") << "NMC is empty there";
    EXPECT_EQ(at(100, 3.33, 3.34, 3.45).check, "not there");
}

TEST(Doctor, ACellAheadHoldsFloatBackAndIsNamed)
{
    auto facts = healthy();
    auto& items = facts.bus.batteries.begin()->second;
    items["/System/NrOfCellsPerBattery"].value = 16;
    items["/Voltages/Sum"].value = 53.72;
    items["/Info/MaxChargeVoltage"].value = 53.7;
    items["/Voltages/Diff"].value = 0.08;
    items["/System/MaxVoltageCellId"].value = "C3";
    items["/System/MaxCellVoltage"].value = 3.46;
    const auto found = found_in(facts, "float");
    EXPECT_EQ(found.verdict, Verdict::warning) << found.found;
    EXPECT_NE(found.found.find("C3 3.460 V"), std::string::npos) << found.found;
}

TEST(Doctor, AConfigurationThatIsNotInForce)
{
    const auto wrong = found("error", "/ErrorCode", 119);
    EXPECT_EQ(wrong.verdict, Verdict::problem);
    EXPECT_NE(wrong.advice.find("config check"), std::string::npos);
    EXPECT_EQ(found("ccl obeyed", "/Dc/0/Current", 90.0).verdict, Verdict::warning);
}

TEST(Doctor, ProblemsComeFirstAndAreCounted)
{
    auto facts = healthy();
    facts.bus.dvcc = 0;
    const auto text = to_text(examine(facts));
    EXPECT_TRUE(text.starts_with("problem  DVCC")) << text;
    EXPECT_NE(text.find("1 problem, 0 warnings, 30 checks well"), std::string::npos) << text;
}

TEST(Doctor, WhatIsToldOverTheNetwork)
{
    EXPECT_EQ(machine("HTTP server", [](auto& f) { f.network.address.clear(); }).check, "not there");
    const auto taken = machine("HTTP server", [](auto& f) {
        f.network = {"127.0.0.1:8078", "Connection refused", ""};
    });
    EXPECT_EQ(taken.verdict, Verdict::problem);
    EXPECT_EQ(taken.found, "127.0.0.1:8078 does not answer: Connection refused");
    EXPECT_EQ(found_in(healthy(), "InfluxDB").found, "1200 lines sent, 0 refused, 0 dropped, 2 requests failed");
    const auto with = [](const char* sent, const char* refused) {
        return machine("InfluxDB", [=](auto& f) {
            f.network.metrics = std::string("\nbmsd_influx_sent_lines_total ") + sent +
                                "\nbmsd_influx_refused_lines_total " + refused +
                                "\nbmsd_influx_failed_requests_total 3\n";
        });
    };
    EXPECT_EQ(with("5", "7").verdict, Verdict::warning);
    EXPECT_EQ(with("0", "0").verdict, Verdict::problem);
    EXPECT_EQ(machine("InfluxDB", [](auto& f) { f.network.metrics = "x"; }).check, "not there");
}

TEST(Doctor, SeveralBatteriesAsOneAreAskedWhatTheyAreAsOne)
{
    auto facts = healthy();
    const Items first = facts.bus.batteries.begin()->second;
    auto& bank = facts.bus.batteries["com.victronenergy.battery.aggregate"];
    bank = facts.bus.batteries["com.victronenergy.battery.ttyUSB1"] = first;
    bank["/System/MinCellVoltage"].value = 3.0;  // of one battery, and the highest of another
    bank["/System/MaxCellVoltage"].value = 3.5;
    bank["/Info/MaxChargeCurrent"].value = 20.0;
    bank["/Dc/0/Current"].value = 60.0;
    int cells = 0, obeyed = 0;
    for (const Finding& finding : examine(facts)) {
        const bool of_bank = finding.about.ends_with("aggregate");
        cells += of_bank && (finding.check == "cells" || finding.check == "float" || finding.check == "charge limit");
        obeyed += of_bank && finding.check == "ccl obeyed" && finding.verdict == Verdict::warning;
    }
    EXPECT_EQ(cells, 0) << "those are asked of each battery";
    EXPECT_EQ(obeyed, 1);
    EXPECT_TRUE(found_in(facts, "several batteries").found.starts_with("2 batteries and their aggregate; "))
        << found_in(facts, "several batteries").found;
}

TEST(Doctor, LimitsNameTheirLimiter)
{
    auto facts = healthy();
    auto& items = facts.bus.batteries.begin()->second;
    items["/Info/MaxChargeCurrent"].value = 12.5;
    items["/Info/ChargeLimitation"].value = "Temp";
    const auto all = examine(facts);
    const auto it = std::find_if(all.begin(), all.end(), [](const Finding& f) { return f.check == "charge limit"; });
    ASSERT_NE(it, all.end());
    EXPECT_EQ(it->verdict, Verdict::warning);
    EXPECT_EQ(it->found, "12.5 of 50 A, by Temp");
    items["/Info/ChargeLimitationDetail"].value = R"({"limiter": "Temp", "measured": 46.5, "limit": 12.5})";
    items["/Info/ChargeLimitationMeasured"].value = 46.5;
    items["/System/MaxCellTemperature"].value = 46.5;
    items["/System/MaxTemperatureCellId"].value = "Temp 2";
    EXPECT_EQ(found_in(facts, "charge limit").found, "12.5 of 50 A, by Temp (Temp 2: Temp 46.5 °C: 12.5 A)");
    EXPECT_FALSE(it->advice.empty());
}

}  // namespace
}  // namespace bmsd::cli
