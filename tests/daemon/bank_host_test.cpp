// The bank of the daemon on a real bus: it appears by itself, tells of its batteries, and outlives one of them.
#include "daemon/bank_host.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/schema.h"
#include "support/bus/client.h"
#include "support/bus/fake_settings.h"
#include "support/bus/jump_loop.h"

namespace bmsd::daemon {
namespace {

using namespace std::chrono_literals;

Snapshot pack(double soc, double capacity, double highest)
{
    Snapshot s;
    s.telemetry.cell_count = 16;
    s.telemetry.capacity = capacity;
    s.telemetry.charge_fet = s.telemetry.discharge_fet = true;
    for (int i = 0; i < 16; ++i) s.telemetry.cell_voltages.push_back(i == 2 ? highest : 3.3);
    s.derived.voltage = s.derived.cell_sum = 52.9;
    s.derived.current = 10;
    s.derived.soc = soc;
    s.derived.min_cell_voltage = 3.3;
    s.derived.min_cell = 1;
    s.derived.max_cell_voltage = highest;
    s.derived.max_cell = 3;
    s.limits.charge_voltage = 55.2;
    s.limits.charge_mode = "Bulk │ Linear Mode";
    s.limits.charge.applied = s.limits.discharge.applied = 100;
    s.limits.charge.allowed = s.limits.discharge.allowed = true;
    s.link.poll_interval = 1;
    return s;
}

struct BankHostTest : testing::Test {
    test::PrivateBus daemon;
    test::JumpLoop loop;
    test::Client client{loop.real(), daemon.address()};
    std::unique_ptr<bus::Connection> bus = *bus::Connection::open(loop, daemon.address(), nullptr);
    config::Config config = config::defaults();
    site::Board board;
    site::Gate gate{board};
    std::unique_ptr<BankHost> host;
    std::map<std::string, Snapshot> packs{{"A", pack(80, 280, 3.32)}, {"B", pack(60, 140, 3.34)}};

    void open(const std::string& file)
    {
        host = std::make_unique<BankHost>(
            BankHost::Setting{loop, config, *bus, daemon.address(), file, board, gate, BatteryId{1}});
    }
    void pass(int seconds)
    {
        for (int i = 0; i < seconds; ++i) {
            for (const auto& [name, snapshot] : packs) {
                host->cycle({"id" + name, name, "com.victronenergy.battery.tty" + name}, snapshot);
            }
            loop.jump(1s);
            client.sync();
        }
    }
    bool served()
    {
        return test::run_until(loop.real(), [&] { return !client.owner(venus::bank_service).empty(); });
    }
    bus::Value value(const std::string& path)
    {
        const auto item = client.value(venus::bank_service, path);
        EXPECT_TRUE(item) << path << ": " << (item ? "" : item.error());
        return item ? item->value : bus::Value();
    }
};

TEST_F(BankHostTest, AppearsByItselfAndTellsOfItsBatteries)
{
    open(daemon.folder() + "/bank.json");
    pass(10);
    EXPECT_TRUE(client.owner(venus::bank_service).empty()) << "a third one may still come";
    pass(10);
    ASSERT_TRUE(served());
    pass(2);
    EXPECT_EQ(value("/DeviceInstance"), bus::Value(99));
    EXPECT_EQ(value("/ProductName"), bus::Value("Aggregate Battery"));
    EXPECT_EQ(value("/InstalledCapacity").number(), 420);
    EXPECT_NEAR(*value("/Soc").number(), 73.33, 0.01);
    EXPECT_EQ(value("/System/MaxVoltageCellId"), bus::Value("B: C3"));
    EXPECT_EQ(value("/Info/MaxChargeCurrent").number(), 150);
    EXPECT_EQ(value("/Info/MaxChargeVoltage").number(), 55.2);
    EXPECT_EQ(value("/Info/ChargeMode"), bus::Value("Bulk"));
    EXPECT_EQ(value("/ConnectionInformation"), bus::Value("2 of 2 batteries online"));
    EXPECT_EQ(value("/Battery/2/Serial"), bus::Value("B"));
    EXPECT_EQ(value("/Battery/2/Cell/3/Voltage").number(), 3.34);
    EXPECT_EQ(value("/Battery/1/Status"), bus::Value(1));
}

TEST_F(BankHostTest, IsABatteryOnTheBoardAndAnswersAtTheGate)
{
    std::vector<site::Change> seen;
    const auto subscription = board.subscribe([&](const site::Change& change) { seen.push_back(change); });
    const auto ask = [&](site::Wish wish) {
        return gate.ask({BatteryId{1}, site::Origin::command_line, std::move(wish)}).has_value();
    };
    open(daemon.folder() + "/bank.json");
    pass(10);
    EXPECT_TRUE(seen.empty());
    EXPECT_FALSE(ask(site::ForgetOffline{})) << "not there yet";
    pass(10);
    ASSERT_TRUE(served());
    for (int i = 0; i < 10 && seen.size() < 2; ++i) pass(1);
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front().what, site::Change::What::appeared);
    const site::Change last = seen.back();
    EXPECT_EQ(last.what, site::Change::What::cycle);
    EXPECT_TRUE(last.who->bank);
    EXPECT_EQ(last.who->instance, 99);
    const Snapshot& bank = *last.now;
    EXPECT_EQ(bank.telemetry.capacity, 420);
    EXPECT_NEAR(*bank.derived.soc, 73.33, 0.01);
    EXPECT_EQ(bank.limits.charge_voltage, 55.2);
    EXPECT_EQ(bank.limits.charge.applied, 150);
    EXPECT_TRUE(bank.limits.charge.allowed);
    EXPECT_EQ(bank.derived.max_cell_voltage, 3.34);
    EXPECT_TRUE(bank.state.online);
    EXPECT_EQ(bank.state.connection_information.view(), "2 of 2 batteries online");
    EXPECT_TRUE(ask(site::Rename{"Cellar"}));
    EXPECT_EQ(seen.back().who->custom_name, "Cellar");
    EXPECT_EQ(value("/CustomName"), bus::Value("Cellar"));
    EXPECT_FALSE(ask(site::ClearHistory{1}));
    EXPECT_FALSE(ask(Command{Command::Kind::force_charging_off, 1}));
    EXPECT_EQ(*client.set(venus::bank_service, "/CustomName", "Attic"), 0);
    EXPECT_EQ(seen.back().who->custom_name, "Attic");
    packs.clear();
    pass(150);
    EXPECT_EQ(seen.back().what, site::Change::What::left);
}

TEST_F(BankHostTest, ACycleIsOneSignal)
{
    open(daemon.folder() + "/bank.json");
    pass(20);
    ASSERT_TRUE(served());
    pass(1);
    client.signals.clear();
    packs.at("A").derived.current = 12;
    packs.at("B").derived.current = 13;
    pass(1);
    const auto of_bank = [&] {
        return std::ranges::count_if(
            client.signals, [&](const test::Signal& s) { return s.sender == client.owner(venus::bank_service); });
    };
    EXPECT_TRUE(test::run_until(loop.real(), [&] { return of_bank() > 0; }));
    EXPECT_EQ(of_bank(), 1);
    EXPECT_EQ(value("/Dc/0/Current").number(), 25);
}

TEST_F(BankHostTest, GoesOnWithoutABatteryAndForgetsItWhenAsked)
{
    config.aggregate_enable = "True";
    open(daemon.folder() + "/bank.json");
    pass(100);
    ASSERT_TRUE(served());
    const auto gone = packs.extract("B");
    pass(15);
    EXPECT_EQ(value("/ConnectionInformation"), bus::Value("2 of 2 batteries online, waiting: B"));
    pass(35);
    EXPECT_EQ(value("/ConnectionInformation"), bus::Value("1 of 2 batteries online, lost: B"));
    EXPECT_EQ(value("/Alarms/BmsCable"), bus::Value(1));
    EXPECT_EQ(value("/Info/MaxChargeCurrent").number(), 100);
    EXPECT_TRUE(value("/Battery/2/Voltage").null());
    EXPECT_EQ(*client.set(venus::bank_service, "/Settings/ForgetOffline", 1), 0);
    pass(2);
    EXPECT_EQ(value("/ConnectionInformation"), bus::Value("1 of 1 batteries online"));
}

TEST_F(BankHostTest, WhatItHasLearnedOutlivesTheProcess)
{
    test::FakeSettings settings(loop, daemon.address());
    ASSERT_TRUE(test::run_until(loop.real(), [&] { return settings.owns_name; }));
    open("");
    pass(3);
    ASSERT_TRUE(test::run_until(loop.real(), [&] { return settings.add_calls > 0; }));
    pass(120);
    ASSERT_TRUE(served());
    host->flush();
    client.sync();
    ASSERT_TRUE(test::run_until(loop.real(), [&] {
        const auto members = settings.tree().find("/Settings/Devices/batteryaggregate/Members");
        return members != settings.tree().end() && bus::text(members->second).find("idB") != std::string::npos;
    }));
    host.reset();
    packs.erase("B");
    open("");
    pass(50);
    EXPECT_TRUE(client.owner(venus::bank_service).empty()) << "it waits for B";
    pass(20);
    ASSERT_TRUE(served());
    pass(1);
    EXPECT_EQ(value("/ConnectionInformation"), bus::Value("1 of 2 batteries online, lost: B"));
}

TEST_F(BankHostTest, OneBatteryLeavesNoTrace)
{
    test::FakeSettings settings(loop, daemon.address());
    ASSERT_TRUE(test::run_until(loop.real(), [&] { return settings.owns_name; }));
    packs.erase("B");
    open("");
    pass(100);
    EXPECT_EQ(settings.add_calls, 0);
    EXPECT_TRUE(client.owner(venus::bank_service).empty());
}

TEST_F(BankHostTest, ExcludedBatteriesStayOutside)
{
    packs["C"] = pack(10, 100, 3.31);
    config.aggregate_exclude = {"name:C"};
    open(daemon.folder() + "/bank.json");
    pass(20);
    ASSERT_TRUE(served());
    pass(1);
    EXPECT_EQ(value("/InstalledCapacity").number(), 420);
}

}  // namespace
}  // namespace bmsd::daemon
