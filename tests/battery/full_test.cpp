// What follows outside of control when a battery has become full.
#include <gtest/gtest.h>

#include "battery/battery.h"
#include "bms/catalogue.h"
#include "config/schema.h"

namespace bmsd::battery {
namespace {

Reading full_reading()
{
    Reading reading;
    Telemetry& t = reading.telemetry;
    t.cell_count = 4;
    t.cell_voltages.assign(4, 3.45);
    t.voltage = 13.8;
    t.soc = 99;
    t.capacity = 100;
    return reading;
}

/// The commands for the BMS that have come up when the battery has reached float.
std::size_t commands_at_float(const config::Config& config, Commands offered)
{
    bms::Entry entry = *bms::find("LltJbd");
    entry.commands = offered;
    ManualLoop loop;
    Battery battery({.entry = &entry, .port = "/dev/ttyTEST", .configured = "", .id = "test"}, full_reading(), config,
                    {}, {}, loop);
    for (int i = 0; i < 4; ++i) battery.take(full_reading());
    EXPECT_FALSE(battery.controller().voltage().max_allowed());
    std::size_t count = 0;
    while (const auto command = battery.pending().take()) {
        EXPECT_EQ(command->kind, Command::Kind::set_soc);
        EXPECT_EQ(command->value, 100);
        ++count;
    }
    return count;
}

TEST(Full, TheBmsIsToldOnceWhereItCanBeTold)
{
    config::Config config = config::defaults();
    config.switch_to_float_wait_for_sec = -1;  // at once: time stands still in this test
    EXPECT_EQ(commands_at_float(config, {Command::Kind::set_soc}), 1U);
    EXPECT_EQ(commands_at_float(config, {Command::Kind::turn_balancing_off}), 0U);
    config.auto_reset_soc = false;
    EXPECT_EQ(commands_at_float(config, {Command::Kind::set_soc}), 0U);
}

}  // namespace
}  // namespace bmsd::battery
