// What is peculiar to the HLPdata BMS4S: docs/bms/hlpdatabms4s.md
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

const bms::Entry& entry = *bms::find("HLPdataBMS4S");

struct Hlpdata : testing::Test {
    Rig rig{entry, [] {
                std::mt19937_64 random(7);
                return random_reading(random, 4);
            }()};
    const Telemetry& shown() const { return rig.reading.telemetry; }

    /// The answer to one command becomes what `change` makes of it.
    void answer(const char* command, std::function<void(std::string&)> change)
    {
        const std::string wanted = std::string(command) + '\n';
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (std::string(request.begin(), request.end()) != wanted) return;
            std::string text(reply.begin(), reply.end());
            change(text);
            reply.assign(text.begin(), text.end());
        };
    }
    std::string poll_with(const std::string& record)
    {
        answer("m1", [=](std::string& text) { text = "m1\r\n" + record + "\r\n"; });
        const auto taken = rig.poll();
        return taken ? "taken" : std::string(text(taken.error()));
    }
};

TEST_F(Hlpdata, AsksAsTheSheetSays)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{"0a", "70760a", "70730a", "6d310a"}));
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.take_requests().size(), 4U) << "three attempts";
}

TEST_F(Hlpdata, ABatteryAsInTheSheet)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1,b1 21,b2 23"), "taken");
    EXPECT_EQ(shown().voltage, 13.382);
    EXPECT_EQ(shown().temperatures[0], 23);
    EXPECT_EQ(shown().temperatures[1], 21);
}

TEST_F(Hlpdata, Temperatures)
{
    ASSERT_TRUE(rig.identify());
    const auto with = [&](const std::string& sensors) {
        EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1" + sensors), "taken");
        return std::pair(shown().temperatures[0], shown().temperatures[1]);
    };
    using Two = std::pair<Number, Number>;
    EXPECT_EQ(with(""), Two());
    EXPECT_EQ(with(",t1 30"), Two()) << "another place";
    EXPECT_EQ(with(",b1 -7"), Two(-7.0, std::nullopt));
    EXPECT_EQ(with(",b1 23.5C,b2 -7.5C,b3 4"), Two(23.5, -7.5));
    EXPECT_EQ(with(",b1  9,b2,b3 9 C,b4 x,b5 5"), Two(5.0, std::nullopt)) << "malformed ones are passed over";
}

TEST_F(Hlpdata, WhatJumpsCountsOnlyWhenItIsSaidTwice)
{
    ASSERT_TRUE(rig.identify());
    ASSERT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1"), "taken");
    int answers = 0;
    answer("m1", [&](std::string& text) {
        text = answers++ == 0 ? "m1\r\n3.345,2.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1\r\n"
                              : "m1\r\n3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1\r\n";
    });
    EXPECT_EQ(rig.poll().error(), bms::Refusal::implausible) << "one digit was another on the way";
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().cell_voltages[1], 3.346);
    EXPECT_EQ(poll_with("3.345,2.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0,1"), "taken") << "it is said twice";
    EXPECT_EQ(shown().cell_voltages[1], 2.346);
}

TEST_F(Hlpdata, BeepCodes)
{
    ASSERT_TRUE(rig.identify());
    const auto beep = [&](const std::string& code) {
        EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,0,1,13.2,87,0," + code + ",1"), "taken");
        return shown().alarms;
    };
    EXPECT_EQ(beep("2")[Alarm::low_charge_temperature], 1);
    EXPECT_EQ(beep("3")[Alarm::high_charge_temperature], 1);
    EXPECT_EQ(beep("4")[Alarm::low_voltage], 2);
    EXPECT_EQ(beep("5")[Alarm::high_voltage], 2);
    EXPECT_EQ(beep("5")[Alarm::low_voltage], 0);
    EXPECT_FALSE(beep("9")[Alarm::low_soc]);
    EXPECT_EQ(shown().charge_fet, false) << "1 means allowed";
}

TEST_F(Hlpdata, WhatTheSheetRejects)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,0"), "bad length");
    EXPECT_EQ(poll_with("3.345,3.346,x.344,3.347,12.5,87,1,1,13.2,87,0,0,1"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,,3.347,12.5,87,1,1,13.2,87,0,0,1,b1 2"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,inf,3.347,12.5,87,1,1,13.2,87,0,0,1,b1"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,nan,87,1,1,13.2,87,0,0,1,b"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1.5,1,13.2,87,0,0,1"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,87,1,1,13.2,87,0,beep,1"), "bad content");
    EXPECT_EQ(poll_with("3.345,3.346,3.344,5.001,12.5,87,1,1,13.2,87,0,0,1"), "implausible");
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,12.5,101,1,1,13.2,87,0,0,1"), "taken");
    EXPECT_EQ(shown().soc, 100);
    EXPECT_EQ(poll_with("3.345,3.346,3.344,3.347,-1000.5,87,1,1,13.2,87,0,0,1"), "taken");
    EXPECT_FALSE(shown().current) << "it costs only itself";
    EXPECT_EQ(poll_with("3.345"), "cut short");
    answer("m1", [](std::string& text) { text.replace(0, 2, "xx"); });
    EXPECT_EQ(rig.poll().error(), bms::Refusal::bad_start);
    answer("m1", [](std::string& text) { text.resize(text.size() - 2); });
    EXPECT_EQ(rig.poll().error(), bms::Refusal::cut_short) << "the line has no end";
}

TEST_F(Hlpdata, Settings)
{
    answer("ps", [](std::string& text) { text.replace(text.find("VoltHigh= ") + 10, 4, "3,65"); });
    rig.config.use_bms_dvcc_values = false;
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(shown().max_battery_voltage);
    rig.config.use_bms_dvcc_values = true;
    ASSERT_TRUE(rig.identify());
    EXPECT_NEAR(shown().max_battery_voltage.value_or(0), 14.6, 1e-9);
    const auto refused = [&](const char* from, const char* to) {
        answer("ps", [=](std::string& text) { text.replace(text.find(from), std::string_view(from).size(), to); });
        const auto taken = rig.identify();
        return taken ? std::string("taken") : std::string(text(taken.error()));
    };
    EXPECT_EQ(refused("VoltLow= ", "VoltLow: "), "bad content");
    EXPECT_EQ(refused("BatterySize= ", "BatterySize: "), "bad content");
    EXPECT_EQ(refused("BatterySize= ", "BatterySize= x"), "bad content");
    EXPECT_EQ(refused("BatterySize= ", "BatterySize= -1"), "implausible");
    EXPECT_EQ(refused("BatterySize= ", "BatterySize= 99"), "implausible");
    rig.config.use_bms_dvcc_values = false;
    EXPECT_EQ(refused("VoltLow= ", "VoltLow: "), "taken") << "not needed";
    answer("ps", [](std::string& text) { text.resize(699); });
    EXPECT_EQ(rig.identify().error(), bms::Refusal::cut_short);
    answer("pv", [](std::string& text) { text = "pv\r\nOther BMS 2.10\r\n"; });
    EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_content);
}

TEST(HlpdataBms4sEntry, EndsTheChargeByItself)
{
    for (const auto* entry : bms::catalogue()) EXPECT_EQ(entry->charges_itself, entry->name == "HLPdataBMS4S");
}

}  // namespace
}  // namespace bmsd::test
