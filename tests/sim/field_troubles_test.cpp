// What the field has shown, through hours of a day: a sensor that jumps, drifts or breaks and returns, a SoC that
// jumps, a BMS that trips in a SoC reset (core/charge-control.md section 15, numbers 4, 6, 16).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "control/controller.h"
#include "run.h"

namespace bmsd::sim {
namespace {

constexpr double before = 600, lasts = 1800, settled = 300;  // s
constexpr double tiny = 0.0011;                              // A

// ---- sensors ----

constexpr double never = 1e9;

struct SensorTrouble {
    const char* name;
    Number (*reading)(double right, double age);  // degC, s
    double believed_from = never;                 // s: what stays where it has jumped to counts after a minute
};

constexpr SensorTrouble sensor_troubles[]{
    {"JumpsUp", [](double right, double) { return Number(right + 45); }, 60},
    {"JumpsDown", [](double right, double) { return Number(right - 45); }, 60},
    {"Clamped", [](double, double) { return Number(-40); }, 60},
    {"Open", [](double, double) { return Number(-273.1); }},
    {"Shorted", [](double, double) { return Number(6280.4); }},
    {"Gone", [](double, double) { return Number(); }},
    {"Flutters", [](double right, double age) { return Number(std::fmod(age, 20) < 10 ? right + 30 : right - 30); }},
    {"DriftsUp", [](double right, double age) { return Number(right + age * 0.05); }, 0},
    {"DriftsDown", [](double right, double age) { return Number(right - age * 0.05); }, 0},
};

/// A controller beside the loop that is told of one sensor what the trouble makes of it.
struct Watcher {
    control::Controller control;
    Snapshot out;

    void step(const Telemetry& telemetry, const control::Now& now)
    {
        control::Input input;
        input.good = true;
        input.telemetry = &telemetry;
        control.step(input, now, out);
    }
    double ccl() const { return out.limits.charge.applied.value_or(-1); }
    double dcl() const { return out.limits.discharge.applied.value_or(-1); }
    bool warns() const { return out.alarms[Alarm::internal_failure].value_or(0) > 0; }
};

class SensorCourse {
  public:
    SensorCourse(const SensorTrouble& trouble, std::uint64_t seed)
        : trouble_(trouble), loop_(world(seed)), sensor_(seed % 3)
    {
        const World& world = loop_.scenario();
        right_.emplace(control::Controller(world.config, {}, world.stored, loop_.now()), Snapshot());
        right_->control.start(loop_.input(), loop_.now(), right_->out);
        wrong_ = right_;
    }
    std::string run()
    {
        for (double time = 0; time < before + lasts + settled + 120; ++time) {
            loop_.step();
            const Telemetry& truth = *loop_.input().telemetry;
            Telemetry told = truth;
            const double age = time - before;
            Number& sensor = told.temperatures[sensor_];
            if (age >= 0 && age < lasts) sensor = trouble_.reading(*sensor, age);
            right_->step(truth, loop_.now());
            wrong_->step(told, loop_.now());
            std::string broken = judge(age);
            if (!broken.empty())
                return broken + " at " + std::to_string(age) + " s: CCL " + std::to_string(wrong_->ccl()) + " of " +
                       std::to_string(right_->ccl()) + ", DCL " + std::to_string(wrong_->dcl()) + " of " +
                       std::to_string(right_->dcl());
        }
        return {};
    }

  private:
    /// A day in spring, three sensors: no limit comes from a temperature that is right.
    static World world(std::uint64_t seed)
    {
        World world = healthy_world(seed);
        world.site.pack.heat.sensors = {0, 0.5, -0.5};
        world.site.pack.heat.mosfet_sensor = false;
        world.site.day.mean_temperature = world.site.pack.heat.start = 22;
        return world;
    }
    std::string judge(double age) const
    {
        if (wrong_->ccl() > right_->ccl() + tiny) return "a broken sensor raises the CCL";
        if (wrong_->dcl() > right_->dcl() + tiny) return "a broken sensor raises the DCL";
        const bool same =
            std::abs(wrong_->ccl() - right_->ccl()) < tiny && std::abs(wrong_->dcl() - right_->dcl()) < tiny;
        if (age < 0 || age >= lasts + settled) {
            if (!same) return "not as if nothing had been";
            return wrong_->warns() ? "still warned" : "";
        }
        if (age >= std::min(trouble_.believed_from, lasts)) return {};
        if (std::abs(wrong_->dcl() - right_->dcl()) > tiny) return "the discharge pays for one sensor";
        if (age >= 15 && !wrong_->warns()) return "nobody is warned";
        const double quarter = loop_.scenario().config.max_battery_charge_current / 4;
        if (age >= 615 && wrong_->ccl() > quarter + tiny) return "more than a quarter after ten minutes";
        return {};
    }

    const SensorTrouble& trouble_;
    ClosedLoop loop_;
    std::size_t sensor_;
    std::optional<Watcher> right_, wrong_;
};

class SensorTroubles : public testing::TestWithParam<SensorTrouble> {};

TEST_P(SensorTroubles, A15_04_OneSensorCostsTheChargeAtMostAndIsForgiven)
{
    for (const auto seed : seeds(1, 4)) {
        const std::string broken = SensorCourse(GetParam(), seed).run();
        EXPECT_TRUE(broken.empty()) << "seed " << seed << ": " << broken;
    }
}

INSTANTIATE_TEST_SUITE_P(Field, SensorTroubles, testing::ValuesIn(sensor_troubles),
                         [](const auto& info) { return info.param.name; });

// ---- SoC that jumps, trips in a SoC reset ----

/// A sunny day with one cell ahead of the others.
World one_ahead(std::uint64_t seed, double lead)
{
    World world = healthy_world(seed);
    Random random(seed);
    for (CellSpec& cell : world.site.pack.cells) cell.soc = 0.9 + random.between(-0.002, 0.002);
    world.site.pack.cells[random.index(world.site.pack.cells.size())].soc += lead;
    world.site.day.clouds = 0;
    world.site.start = 10 * 3600;
    return world;
}

TEST(FieldTroubles, A15_16_ASocThatJumpsMovesNoVoltageBeyondItsBounds)
{
    for (const auto seed : seeds(1, 6)) {
        World world = one_ahead(seed, 0.03);
        world.disturbance.jumping_soc = 0.01;
        world.disturbance.longest = 400;
        world.config.soc_calculation = seed % 2 == 0;
        world.config.cccm_soc_enable = world.config.dccm_soc_enable = true;
        world.config.cvl_controller_mode = static_cast<std::int64_t>(1 + seed % 3);
        const Course course = run_under_watch(world, 4);
        EXPECT_EQ(course.trips, 0) << "seed " << seed;
        EXPECT_LE(course.highest_cell, world.config.max_cell_voltage + 0.05) << "seed " << seed;
    }
}

/// What became of a SoC reset in which the BMS opens its switch.
struct Reset {
    int trips = 0;
    double ended = -1;    // s after the first trip, the request
    bool raised = false;  // it was on
    bool stamped = false;
};

Reset reset_with_trip(const World& world, double hours)
{
    ClosedLoop loop(world);
    Reset reset;
    bool was_off = false;
    double first = -1;
    for (double time = 0; time < hours * 3600; time += world.interval) {
        loop.step();
        const bool off = !loop.site().pack().charge_fet();
        reset.trips += off && !was_off;
        if (off && first < 0) first = time;
        was_off = off;
        const bool on = loop.snapshot().limits.charge_mode.view().contains("SoC Reset");
        reset.raised = reset.raised || on;
        if (first >= 0 && !on && reset.ended < 0) reset.ended = time - first;
        reset.stamped = loop.stored().soc_reset_last_reached != 0;
    }
    return reset;
}

TEST(FieldTroubles, A15_06_ATripEndsTheSocResetForGood)
{
    int tripped = 0;
    for (const auto seed : seeds(1, 12)) {
        World world = one_ahead(seed, 0.05);
        world.config.soc_reset_after_days = 30;
        world.config.cvl_controller_mode = static_cast<std::int64_t>(seed % 4);
        const double reset_voltage = world.config.soc_reset_cell_voltage;
        world.site.pack.guards.high_cell = {reset_voltage - 0.045, reset_voltage - 0.02, reset_voltage - 0.15, 2, 5};
        world.site.charger.voltage_error = seed % 3 == 0 ? 0.5 : 0;
        world.site.charger.obeys_current = seed % 2 == 0;
        const Reset reset = reset_with_trip(world, 8);
        EXPECT_TRUE(reset.raised) << "seed " << seed;
        if (reset.trips == 0) continue;
        ++tripped;
        EXPECT_EQ(reset.trips, 1) << "seed " << seed << ": driven into the protection again";
        EXPECT_LE(reset.ended, 5) << "seed " << seed;
        EXPECT_TRUE(reset.stamped) << "seed " << seed;
    }
    EXPECT_GE(tripped, 1);
}

}  // namespace
}  // namespace bmsd::sim
