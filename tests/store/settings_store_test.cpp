// The client of the settings service, against a stand-in on a real bus: core/dbus-settings.md.
#include "store/settings_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/setting_names.h"
#include "support/bus/fake_settings.h"
#include "support/bus/jump_loop.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;
using test::FakeSettings;
using test::run_until;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string group = "/Settings/Devices/serialbattery_PACK_280_0AH/";

// One battery as the daemon keeps it.
struct Battery {
    std::optional<Saved> saved;
    std::vector<std::string> names;
    std::vector<std::int64_t> instances;
    std::unique_ptr<Record> record;

    void open(Store& store, RecordKey key)
    {
        record = store.open(std::move(key), {[this](const Saved& s) { saved = s; },
                                             [this](const std::string& name) { names.push_back(name); },
                                             [this](std::int64_t instance) { instances.push_back(instance); }});
    }
};

struct SettingsTest : testing::Test {
    test::PrivateBus daemon;
    test::JumpLoop loop;
    test::Client client{loop.real(), daemon.address()};
    std::unique_ptr<FakeSettings> service;
    std::unique_ptr<bus::Connection> bus = *bus::Connection::open(loop, daemon.address(), nullptr);
    SettingsStore store{*bus};
    Battery battery;
    control::Stored stored;

    bool until(const std::function<bool()>& done) { return run_until(loop.real(), done); }

    void start_service(FakeSettings::Tree tree = {})
    {
        service = std::make_unique<FakeSettings>(loop, daemon.address(), std::move(tree));
        ASSERT_TRUE(until([&] { return service->owns_name; }));
    }

    void open(RecordKey key = {"Pack_280_0Ah", "", false})
    {
        bool ready = false;
        store.when_ready([&] { ready = true; });
        ASSERT_TRUE(until([&] { return ready; }));
        battery.open(store, std::move(key));
        ASSERT_TRUE(until([&] { return battery.saved.has_value(); }));
    }

    // Everything that was sent has been answered.
    void settle()
    {
        for (int i = 0; i < 3; ++i) {
            client.value("com.victronenergy.settings", "/");
            client.sync();
        }
    }

    bus::Value at(const std::string& name) const
    {
        const auto found = service->tree().find(group + name);
        return found == service->tree().end() ? bus::Value("(absent)") : found->second;
    }
};

TEST_F(SettingsTest, ANewBatteryGetsAllNineSettings)
{
    start_service();
    open();
    EXPECT_FALSE(battery.saved->known);
    EXPECT_EQ(battery.saved->instance, 1);
    EXPECT_EQ(battery.saved->custom_name, "");
    EXPECT_EQ(battery.saved->stored, control::Stored{});
    EXPECT_EQ(service->tree(), (FakeSettings::Tree{
                                   {group + "AllowMaxVoltage", 1},
                                   {group + "ClassAndVrmInstance", "battery:1"},
                                   {group + "CustomName", ""},
                                   {group + "HistoryValues", ""},
                                   {group + "LastSeen", 1750000000},
                                   {group + "MaxVoltageStartTime", ""},
                                   {group + "SocCalc", ""},
                                   {group + "SocResetLastReached", 0},
                                   {group + "UniqueIdentifier", "Pack_280_0Ah"},
                               }));
    EXPECT_EQ(service->add_calls, 1);
    EXPECT_THAT(service->writes, IsEmpty());
    EXPECT_TRUE(store.known("Pack_280_0Ah"));
    EXPECT_FALSE(store.known("Other"));
}

TEST_F(SettingsTest, AKnownBatteryFindsWhatItLeft)
{
    start_service({{group + "AllowMaxVoltage", 0},
                   {group + "ClassAndVrmInstance", "battery:4"},
                   {group + "CustomName", "Garage"},
                   {group + "HistoryValues", R"({"clear": 0, "automatic_syncs": 3.0, "total_ah_drawn": 15960.5})"},
                   {group + "LastSeen", 1749913600},
                   {group + "MaxVoltageStartTime", "1749990000"},
                   {group + "SocCalc", "70.5"},
                   {group + "SocResetLastReached", 1700000000},
                   {group + "UniqueIdentifier", "Pack_280_0Ah"}});
    open({"Pack_280_0Ah", "default", true});
    const Saved& saved = *battery.saved;
    EXPECT_TRUE(saved.known);
    EXPECT_EQ(saved.instance, 4);
    EXPECT_EQ(saved.custom_name, "Garage");
    EXPECT_FALSE(saved.stored.allow_max_voltage);
    EXPECT_EQ(saved.stored.max_voltage_start_time, 1749990000);
    EXPECT_EQ(saved.stored.soc_calc, 70.5);
    EXPECT_EQ(saved.stored.soc_reset_last_reached, 1700000000);
    EXPECT_EQ(saved.stored.history.automatic_syncs, 3);
    EXPECT_EQ(saved.errors, 0U);
    EXPECT_EQ(at("LastSeen"), bus::Value(1750000000));
    EXPECT_EQ(at("CustomName"), bus::Value("Garage"));
    EXPECT_EQ(at("SocCalc"), bus::Value("70.5"));  // the type was kept: text was offered
}

TEST_F(SettingsTest, SocCalcIsReadOnlyWithSocCalculation)
{
    start_service({{group + "SocCalc", "70.5"}, {group + "UniqueIdentifier", "Pack_280_0Ah"}});
    open();
    EXPECT_EQ(battery.saved->stored.soc_calc, std::nullopt);
}

TEST_F(SettingsTest, WhatCannotBeReadIsCountedAndLeftOut)
{
    start_service({{group + "SocResetLastReached", 5},
                   {group + "MaxVoltageStartTime", "yesterday"},
                   {group + "HistoryValues", "{broken"},
                   {group + "LastSeen", "never"},
                   {group + "UniqueIdentifier", "Pack_280_0Ah"}});
    open();
    EXPECT_EQ(battery.saved->stored.max_voltage_start_time, std::nullopt);
    EXPECT_EQ(battery.saved->stored.soc_reset_last_reached, 5);
    EXPECT_EQ(battery.saved->errors, 3U);  // also LastSeen, which exists with another type
}

TEST_F(SettingsTest, OfSeveralGroupsTheOneSeenLastWins)
{
    const std::string old = "/Settings/Devices/serialbattery_ttyUSB0/";
    start_service({{group + "UniqueIdentifier", "Pack_280_0Ah"},
                   {group + "CustomName", "older"},
                   {group + "LastSeen", 1700000000},
                   {group + "ClassAndVrmInstance", "battery:3"},
                   {old + "UniqueIdentifier", "Pack_280_0Ah"},
                   {old + "CustomName", "newer"},
                   {old + "LastSeen", "1700000001"},
                   {old + "ClassAndVrmInstance", "battery:7"}});
    open();
    EXPECT_EQ(battery.saved->custom_name, "newer");
    EXPECT_EQ(battery.saved->instance, 3);  // the service says what is in force
}

TEST_F(SettingsTest, EveryBatteryGetsItsOwnInstance)
{
    start_service({{"/Settings/Devices/other/ClassAndVrmInstance", "battery:1"},
                   {"/Settings/Devices/gps/ClassAndVrmInstance", "gps:2"}});
    open();
    EXPECT_EQ(battery.saved->instance, 2);
    Battery second;
    second.open(store, {"Pack_2", "", false});
    ASSERT_TRUE(until([&] { return second.saved.has_value(); }));
    EXPECT_EQ(second.saved->instance, 3);
}

TEST_F(SettingsTest, AServiceThatComesLateIsWaitedFor)
{
    bool ready = false;
    store.when_ready([&] { ready = true; });
    const bus::NameWatch asked_later(*bus, settings_service, [](const std::string&) {});
    ASSERT_TRUE(until([&] { return asked_later.known(); }));
    EXPECT_FALSE(store.present());
    EXPECT_FALSE(ready);
    start_service();
    open();
    EXPECT_TRUE(ready);
    EXPECT_EQ(battery.saved->instance, 1);
}

// An answer of another type once was read for ever, and with it every battery stood still.
TEST_F(SettingsTest, AnAnswerOfAnotherTypeIsRefusedAndTheCallTriedAgain)
{
    start_service();
    service->garble_add = true;
    bool ready = false;
    store.when_ready([&] { ready = true; });
    ASSERT_TRUE(until([&] { return ready; }));
    battery.open(store, {"Pack_280_0Ah", "", false});
    ASSERT_TRUE(until([&] { return service->add_calls == 1; }));
    settle();
    EXPECT_FALSE(battery.saved);
    service->garble_add = false;
    loop.jump(5s);
    ASSERT_TRUE(until([&] { return battery.saved.has_value(); }));
    EXPECT_EQ(battery.saved->instance, 1);
}

TEST_F(SettingsTest, AddSettingsIsTriedAgainUntilItWorks)
{
    start_service();
    service->answer_add = false;
    bool ready = false;
    store.when_ready([&] { ready = true; });
    ASSERT_TRUE(until([&] { return ready; }));
    battery.open(store, {"Pack_280_0Ah", "", false});
    ASSERT_TRUE(until([&] { return service->add_calls == 1; }));
    settle();
    EXPECT_FALSE(battery.saved);
    service->answer_add = true;
    loop.jump(5s);
    ASSERT_TRUE(until([&] { return battery.saved.has_value(); }));
    EXPECT_EQ(service->add_calls, 2);
}

TEST_F(SettingsTest, LastSeenIsWrittenInTheFirstCycleAndThenDaily)
{
    start_service();
    open();
    loop.jump(1s);
    battery.record->save(stored);
    settle();
    EXPECT_EQ(at("LastSeen"), bus::Value(1750000001));
    service->writes.clear();
    for (int hour = 1; hour <= 24; ++hour) {
        loop.jump(1h);
        battery.record->save(stored);
        settle();
        EXPECT_EQ(service->writes.size(), hour == 24 ? 1U : 0U) << hour;
    }
}

TEST_F(SettingsTest, OnlyChangedValuesAreWrittenAndAtMostEvery15Seconds)
{
    start_service();
    open();
    battery.record->save(stored);
    settle();
    service->writes.clear();
    for (int second = 1; second <= 60; ++second) {
        loop.jump(1s);
        stored.allow_max_voltage = second % 2 == 0;
        stored.max_voltage_start_time = 1750000100;
        battery.record->save(stored);
        settle();
    }
    EXPECT_THAT(service->writes,
                ElementsAre(group + "AllowMaxVoltage=0", group + "MaxVoltageStartTime=1750000100",
                            group + "AllowMaxVoltage=1", group + "AllowMaxVoltage=0", group + "AllowMaxVoltage=1"));
}

TEST_F(SettingsTest, SocAndHistoryAreSavedLessOften)
{
    start_service();
    open({"Pack_280_0Ah", "", true});
    battery.record->save(stored);
    settle();
    service->writes.clear();
    for (int second = 1; second <= 1200; ++second) {
        loop.jump(1s);
        stored.soc_calc = 50 + second * 0.001;  // 0.06 % a minute
        stored.history.total_ah_drawn = second;
        battery.record->save(stored);
        if (second % 15 == 0) settle();
    }
    std::map<std::string, int> count;
    for (const auto& write : service->writes) ++count[write.substr(group.size(), write.find('=') - group.size())];
    EXPECT_EQ(count["HistoryValues"], 2);
    EXPECT_EQ(count["SocCalc"], 11);  // once at the start, then every 0.1 %: 105 s, as looks are every 15 s
    EXPECT_EQ(count.size(), 2U);
}

TEST_F(SettingsTest, SocCalcIsNotSavedWithoutSocCalculation)
{
    start_service();
    open();
    stored.soc_calc = 71;
    battery.record->flush(stored);
    loop.jump(1h);
    battery.record->save(stored);
    settle();
    EXPECT_EQ(at("SocCalc"), bus::Value(""));
}

TEST_F(SettingsTest, FlushWritesAllThatChangedAtOnce)
{
    start_service();
    open({"Pack_280_0Ah", "", true});
    stored.soc_calc = 71.04;
    stored.soc_reset_last_reached = 1750000000;
    stored.history.full_discharges = 2;
    battery.record->flush(stored);
    settle();
    EXPECT_EQ(at("SocCalc"), bus::Value("71.040"));
    EXPECT_EQ(at("SocResetLastReached"), bus::Value(1750000000));
    EXPECT_EQ(at("HistoryValues"), bus::Value(R"({"full_discharges":2})"));
    EXPECT_EQ(service->writes.size(), 3U);
    battery.record->flush(stored);
    settle();
    EXPECT_EQ(service->writes.size(), 3U);
}

TEST_F(SettingsTest, AFailedWriteIsTriedAgainWithTheNextSave)
{
    start_service();
    open();
    service->refuse = {"AllowMaxVoltage"};
    stored.allow_max_voltage = false;
    loop.jump(16s);
    battery.record->save(stored);
    settle();
    EXPECT_EQ(at("AllowMaxVoltage"), bus::Value(1));
    service->refuse.clear();
    battery.record->save(stored);  // too early
    settle();
    EXPECT_EQ(at("AllowMaxVoltage"), bus::Value(1));
    loop.jump(16s);
    battery.record->save(stored);
    settle();
    EXPECT_EQ(at("AllowMaxVoltage"), bus::Value(0));
}

TEST_F(SettingsTest, ACustomNameIsSafeWhenTheServiceHasTakenIt)
{
    start_service();
    open();
    std::optional<Result<void>> result;
    const auto set = [&](const std::string& name) {
        result.reset();
        battery.record->set_custom_name(name, [&](const Result<void>& r) { result = r; });
        EXPECT_TRUE(until([&] { return result.has_value(); }));
        return result->has_value();
    };
    EXPECT_TRUE(set("House bank"));
    EXPECT_EQ(at("CustomName"), bus::Value("House bank"));
    service->refuse = {"CustomName"};
    EXPECT_FALSE(set("Other"));
    service.reset();
    ASSERT_TRUE(until([&] { return !store.present(); }));
    EXPECT_FALSE(set("Other"));
}

TEST_F(SettingsTest, AWriteThatIsUnderWayWhenTheServiceGoesFails)
{
    start_service();
    open();
    std::optional<Result<void>> result;
    battery.record->set_custom_name("House bank", [&](const Result<void>& r) { result = r; });
    service.reset();
    ASSERT_TRUE(until([&] { return result.has_value(); }));
    EXPECT_FALSE(*result);
}

TEST_F(SettingsTest, ChangesByOthersAreFollowed)
{
    start_service();
    open();
    service->set(group + "CustomName", "By the user");
    service->set(group + "ClassAndVrmInstance", "battery:9");
    service->set(group + "SocResetLastReached", 77);
    settle();
    EXPECT_THAT(battery.names, ElementsAre("By the user"));
    EXPECT_THAT(battery.instances, ElementsAre(9));
}

TEST_F(SettingsTest, AfterARestartOfTheServiceEverythingGoesOn)
{
    start_service();
    open();
    loop.jump(16s);
    stored.allow_max_voltage = false;
    battery.record->save(stored);
    settle();
    const auto tree = service->tree();
    service.reset();
    ASSERT_TRUE(until([&] { return !store.present(); }));
    stored.soc_reset_last_reached = 5;
    loop.jump(16s);
    battery.record->save(stored);  // goes nowhere, harms nobody
    start_service(tree);
    ASSERT_TRUE(until([&] { return service->add_calls == 1; }));
    settle();
    EXPECT_EQ(service->tree(), tree);
    loop.jump(16s);
    battery.record->save(stored);
    settle();
    EXPECT_EQ(at("SocResetLastReached"), bus::Value(5));
    EXPECT_THAT(battery.instances, IsEmpty());
}

TEST_F(SettingsTest, AServiceThatLostEverythingGetsItBack)
{
    start_service();
    open();
    std::optional<Result<void>> named;
    battery.record->set_custom_name("House bank", [&](const Result<void>& r) { named = r; });
    ASSERT_TRUE(until([&] { return named.has_value(); }));
    stored.allow_max_voltage = false;
    battery.record->flush(stored);
    settle();
    service.reset();
    start_service({{"/Settings/Devices/other/ClassAndVrmInstance", "battery:1"}});
    ASSERT_TRUE(until([&] { return service->add_calls == 1; }));
    settle();
    EXPECT_EQ(at("CustomName"), bus::Value("House bank"));
    EXPECT_EQ(at("AllowMaxVoltage"), bus::Value(0));
    EXPECT_THAT(battery.instances, ElementsAre(2));  // 1 is taken now: told, in force after a restart
}

TEST_F(SettingsTest, CleanUpForgetsWhatWasNotSeenFor30Days)
{
    const std::string devices = "/Settings/Devices/";
    const auto old = [&](const std::string& name, bus::Value seen) {
        FakeSettings::Tree tree{{devices + name + "/ClassAndVrmInstance", "battery:2"},
                                {devices + name + "/UniqueIdentifier", name},
                                {devices + name + "/Foreign", 1}};
        if (!seen.null()) tree[devices + name + "/LastSeen"] = seen;
        return tree;
    };
    FakeSettings::Tree tree = old("serialbattery_OLD31D", 1750000000 - 31 * 86400);
    tree.merge(old("serialbattery_OLD29D", 1750000000 - 29 * 86400));
    tree.merge(old("serialbattery_NOTSEEN", {}));
    tree.merge(old("vegps_OLD", 1));
    start_service(std::move(tree));
    open();
    store.clean_up();
    settle();
    const auto& left = service->tree();
    EXPECT_FALSE(left.contains(devices + "serialbattery_OLD31D/UniqueIdentifier"));
    EXPECT_FALSE(left.contains(devices + "serialbattery_OLD31D/ClassAndVrmInstance"));
    EXPECT_FALSE(left.contains(devices + "serialbattery_OLD31D/LastSeen"));
    EXPECT_TRUE(left.contains(devices + "serialbattery_OLD31D/Foreign"));
    EXPECT_TRUE(left.contains(devices + "serialbattery_OLD29D/ClassAndVrmInstance"));
    EXPECT_FALSE(left.contains(devices + "serialbattery_NOTSEEN/ClassAndVrmInstance"));
    EXPECT_TRUE(left.contains(devices + "serialbattery_NOTSEEN/UniqueIdentifier"));
    EXPECT_TRUE(left.contains(devices + "vegps_OLD/LastSeen"));
    EXPECT_TRUE(left.contains(group + "LastSeen"));
}

TEST_F(SettingsTest, AClockThatWasNotSetForgetsNobody)
{
    loop.set_wall(86400 * 365);
    const std::string old = "/Settings/Devices/serialbattery_OLD/";
    start_service({{old + "LastSeen", -100000000}, {old + "UniqueIdentifier", "OLD"}});
    open();
    store.clean_up();
    settle();
    EXPECT_TRUE(service->tree().contains(old + "LastSeen"));
}

}  // namespace
}  // namespace bmsd::store
