// What charge control finds out and a user must know is told in the log, once each; and who sets a SoC.
// The points RD29, RD33, RD34 and RS6 of the sheets.
#include <gtest/gtest.h>

#include "battery/battery.h"
#include "bms/catalogue.h"
#include "config/schema.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> warnings;

struct Told : testing::Test {
    Told()
    {
        entry.commands = {Command::Kind::set_soc};
        Telemetry& t = reading.telemetry;
        t.cell_count = 4;
        t.cell_voltages.assign(4, 3.3);
        t.voltage = 13.2;
        t.soc = 50;
        t.capacity = 100;
        t.temperatures[0] = 25;
        warnings.clear();
        log::set_sink([](log::Level level, std::string_view text) {
            if (level == log::Level::warning) warnings.emplace_back(text);
        });
    }
    ~Told() override { log::set_sink(nullptr); }

    void make(const control::Stored& stored = {})
    {
        battery.emplace(Facts{.entry = &entry, .port = "/dev/ttyTEST", .configured = "", .id = "test"}, reading, config,
                        control::Traits{}, stored, loop);
    }
    void cycles(int count, Duration every = 1s)
    {
        for (int i = 0; i < count; ++i) {
            loop.advance(every);
            battery->take(reading);
        }
    }
    static std::ptrdiff_t count(std::string_view part)
    {
        return std::ranges::count_if(warnings, [&](const auto& line) { return line.contains(part); });
    }

    bms::Entry entry = *bms::find("LltJbd");
    config::Config config = config::defaults();
    ManualLoop loop;
    Reading reading;
    std::optional<Battery> battery;
};

TEST_F(Told, RD29_ASocResetThatEndedWithoutBalance)
{
    config.soc_reset_after_days = 15;
    reading.telemetry.cell_voltages = {3.6, 3.46, 3.46, 3.46};
    make();
    cycles(8700, 10s);
    EXPECT_EQ(count("SoC reset ended without balance"), 1);
}

TEST_F(Told, RD33_ASensorNobodyHasHeardOfForLong)
{
    make();
    cycles(1);
    reading.telemetry.temperatures[0].reset();
    cycles(599);
    EXPECT_EQ(count("said nothing for 10 minutes"), 0);
    cycles(600);
    EXPECT_EQ(count("said nothing for 10 minutes"), 1);
    reading.telemetry.temperatures[0] = 25;
    cycles(1);
    reading.telemetry.temperatures[0].reset();
    cycles(600);
    EXPECT_EQ(count("said nothing for 10 minutes"), 2) << "another outage";
}

TEST_F(Told, RD34_ACellBelowOneVolt)
{
    make();
    cycles(1);
    reading.telemetry.cell_voltages[2] = 0.3;
    cycles(100);
    EXPECT_EQ(count("below 1.0 V"), 1);
}

TEST_F(Told, RS6_TheBmsIsSentWhatTheUserChoseUnlessTheSocIsCalculated)
{
    make();
    EXPECT_TRUE(battery->set_soc(37));
    EXPECT_FALSE(battery->set_soc(101));
    ASSERT_EQ(battery->pending().size(), 1U);
    const auto command = battery->pending().take();
    EXPECT_EQ(command->kind, Command::Kind::set_soc);
    EXPECT_EQ(command->value, 37);

    config.soc_calculation = true;
    make();
    cycles(1);
    EXPECT_TRUE(battery->set_soc(37));
    EXPECT_EQ(battery->pending().size(), 0U);
    cycles(1);
    EXPECT_EQ(battery->snapshot().derived.soc, 37.0);
}

}  // namespace
}  // namespace bmsd::battery
