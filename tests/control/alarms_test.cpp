#include "control/alarms.h"

#include <gtest/gtest.h>

#include "bench.h"
#include "control/errors.h"

namespace bmsd::control {
namespace {

constexpr Now now{1000, 1.7e9};

TEST(Alarms, LevelsPassThroughAndUnknownStaysUnknown)
{
    AlarmLevels levels;
    Alarms read;
    read[Alarm::low_voltage] = 2;
    read[Alarm::fuse_blown] = 0;
    levels.read(read);
    EXPECT_EQ(published_alarms(levels.present(), {}, false, now), read);
}

TEST(Alarms, ALevelThatIsNotReadKeepsItsLastValue)
{
    AlarmLevels levels;
    Alarms read;
    read[Alarm::internal_failure] = 2;
    levels.read(read);
    levels.read({});
    EXPECT_EQ(levels.present()[Alarm::internal_failure], 2);
}

TEST(Alarms, LowSocSaysNothingWithACalculatedSoc)
{
    Alarms read;
    read[Alarm::low_soc] = 2;
    EXPECT_EQ(published_alarms(read, {}, true, now)[Alarm::low_soc], std::nullopt);
    EXPECT_EQ(published_alarms(read, {}, false, now)[Alarm::low_soc], 2);
}

TEST(Alarms, RA1_OnlyWarningsAreHiddenDuringASocReset)
{
    Alarms read;
    read[Alarm::high_voltage] = 1;
    read[Alarm::high_cell_voltage] = 2;
    read[Alarm::low_voltage] = 1;
    const Hiding requested{.soc_reset_requested = true};
    const Alarms shown = published_alarms(read, requested, false, now);
    EXPECT_EQ(shown[Alarm::high_voltage], 0);
    EXPECT_EQ(shown[Alarm::high_cell_voltage], 2);
    EXPECT_EQ(shown[Alarm::low_voltage], 1);
    EXPECT_EQ(published_alarms({}, requested, false, now)[Alarm::high_voltage], 0);  // never null meanwhile
}

TEST(Alarms, HiddenForHalfAnHourAfterTheReset)
{
    Alarms read;
    read[Alarm::high_voltage] = 1;
    const auto shown = [&](double age) {
        return published_alarms(read, {.soc_reset_reached = now.wall - age}, false, now)[Alarm::high_voltage];
    };
    EXPECT_EQ(shown(-1), 1);
    EXPECT_EQ(shown(0), 0);
    EXPECT_EQ(shown(1800), 0);
    EXPECT_EQ(shown(1801), 1);
    EXPECT_EQ(published_alarms(read, {}, false, now)[Alarm::high_voltage], 1);  // never reset
}

TEST(ErrorCode, ManyErrorsWithinThreeHours)
{
    ErrorLog log;
    Now t = now;
    for (int i = 0; i < 179; ++i, ++t.steady) log.count(1, t);
    EXPECT_EQ(log.code(), std::nullopt);
    log.count(1, t);
    EXPECT_EQ(log.code(), 8);
}

TEST(ErrorCode, OneErrorAMinuteIsTheSlowestRateThatCounts)
{
    ErrorLog slow, slower;
    Now t = now;
    for (int i = 0; i < 400; ++i, t.steady += 60) slow.count(1, t);
    EXPECT_EQ(slow.code(), 8);
    for (int i = 0; i < 400; ++i, t.steady += 61) slower.count(1, t);
    EXPECT_EQ(slower.code(), std::nullopt);
}

TEST(ErrorCode, GoesWhenErrorsHaveBecomeRareLookedAtOnceAnHour)
{
    ErrorLog log;
    Now t = now;
    log.review(t);
    log.count(180, t);
    ASSERT_EQ(log.code(), 8);
    t.steady += 10800;  // exactly three hours: not yet
    log.review(t);
    EXPECT_EQ(log.code(), 8);
    t.steady += 1000;
    log.review(t);
    EXPECT_EQ(log.code(), 8);
    t.steady += 2600;
    log.review(t);
    EXPECT_EQ(log.code(), std::nullopt);
}

TEST(ErrorCode, RA2_InvalidSettingsAreNotOverwrittenNorCleared)
{
    ErrorLog log;
    Now t = now;
    log.set_settings_invalid(true);
    log.review(t);
    log.count(180, t);
    EXPECT_EQ(log.code(), 119);
    log.set_settings_invalid(false);
    EXPECT_EQ(log.code(), 8);
    log.set_settings_invalid(true);
    t.steady += 20000;
    log.review(t);
    EXPECT_EQ(log.code(), 119);
    log.set_settings_invalid(false);
    EXPECT_EQ(log.code(), std::nullopt);  // that one has gone
}

TEST(ErrorCode, UnreadableStoredValuesCount)
{
    Bench bench(config::defaults(), {}, {.settings_invalid = false, .stored_errors = 180});
    EXPECT_EQ(bench.cycle().state.error_code, 8);
}

struct Shown {
    int state, mode;
    std::int64_t device_state;
    bool operator==(const Shown&) const = default;
};

Shown after(ServiceState& state, bool good, ServiceState::Flows flows, const Alarms& alarms = {})
{
    State out;
    state.step(good, flows);
    state.fill(out);
    return {out.state, out.mode, device_state(alarms, flows)};
}

TEST(ServiceStates, StandbyWhenNothingMayFlow)
{
    ServiceState state;
    EXPECT_EQ(after(state, false, {}), (Shown{0, 252, 260}));
    EXPECT_EQ(after(state, true, {true, true}), (Shown{9, 3, 256}));
    EXPECT_EQ(after(state, true, {false, true}), (Shown{9, 3, 256}));
    EXPECT_EQ(after(state, false, {}), (Shown{9, 252, 260}));  // failed reads do not change the state
    EXPECT_EQ(after(state, true, {}), (Shown{14, 4, 260}));
    EXPECT_EQ(after(state, true, {true, false}), (Shown{9, 3, 256}));
}

TEST(ServiceStates, StraightIntoStandbyFromTheStart)
{
    ServiceState state;
    EXPECT_EQ(after(state, true, {}), (Shown{14, 4, 260}));
}

TEST(ServiceStates, ErrorStaysWhileTheSettingsAreInvalid)
{
    ServiceState state;
    state.set_settings_invalid(true);
    EXPECT_EQ(after(state, true, {true, true}), (Shown{10, 3, 256}));
    EXPECT_EQ(after(state, true, {}), (Shown{10, 252, 260}));
    state.set_settings_invalid(false);
    EXPECT_EQ(after(state, true, {true, true}), (Shown{9, 3, 256}));
}

TEST(ServiceStates, DeviceStateFirstMatch)
{
    const ServiceState::Flows flows{true, true};
    Alarms a;
    a[Alarm::low_voltage] = 1;
    EXPECT_EQ(device_state(a, flows), 0x100);
    a[Alarm::low_voltage] = 2;
    EXPECT_EQ(device_state(a, flows), 0x105);
    EXPECT_EQ(device_state(a, {}), 0x105);
    a[Alarm::high_charge_temperature] = 1;
    EXPECT_EQ(device_state(a, flows), 0x102);
    a[Alarm::high_temperature] = 2;
    EXPECT_EQ(device_state(a, flows), 0x101);
    a[Alarm::internal_failure] = 2;
    EXPECT_EQ(device_state(a, flows), 0x103);
}

}  // namespace
}  // namespace bmsd::control
