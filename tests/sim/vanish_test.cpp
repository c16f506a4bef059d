// Invariant 6: a value that vanishes never makes C, CCL or DCL higher than with its last reading, and a value that is
// still there and gets worse lowers them all the same. Two controllers live through the same hours; for one of them a
// value is missing from some moment on, for the other it stays at its last reading.
#include "control/controller.h"
#include "run.h"

namespace bmsd::sim {
namespace {

struct Vanishing {
    const char* name;
    void (*hold)(Telemetry& telemetry, const Telemetry& last, std::size_t which);
    void (*take)(Telemetry& telemetry, std::size_t which);
    bool others_decide = false;  // there are others that do, for the discharge
};

constexpr int others_decide = 599;  // cycles until then

template <auto Member>
constexpr Vanishing member(const char* name)
{
    return {name, [](Telemetry& t, const Telemetry& last, std::size_t) { t.*Member = last.*Member; },
            [](Telemetry& t, std::size_t) { (t.*Member).reset(); }};
}

constexpr Vanishing values[]{
    {"cell",
     [](Telemetry& t, const Telemetry& last, std::size_t which) {
         const std::size_t i = which % t.cell_voltages.size();
         t.cell_voltages[i] = last.cell_voltages[i];
     },
     [](Telemetry& t, std::size_t which) { t.cell_voltages[which % t.cell_voltages.size()].reset(); }},
    {"all cells", [](Telemetry& t, const Telemetry& last, std::size_t) { t.cell_voltages = last.cell_voltages; },
     [](Telemetry& t, std::size_t) { t.cell_voltages.assign(t.cell_voltages.size(), std::nullopt); }},
    {"sensor",
     [](Telemetry& t, const Telemetry& last, std::size_t which) {
         t.temperatures[which % sensor_count] = last.temperatures[which % sensor_count];
     },
     [](Telemetry& t, std::size_t which) { t.temperatures[which % sensor_count].reset(); }, true},
    member<&Telemetry::temperature_mosfet>("MOSFET sensor"),
    member<&Telemetry::soc>("SoC"),
    member<&Telemetry::charge_fet>("charge FET"),
    member<&Telemetry::discharge_fet>("discharge FET"),
    member<&Telemetry::max_charge_current>("charge limit of the BMS"),
    member<&Telemetry::max_discharge_current>("discharge limit of the BMS"),
    member<&Telemetry::max_battery_voltage>("maximum of the BMS"),
    member<&Telemetry::min_battery_voltage>("minimum of the BMS"),
    member<&Telemetry::min_cell_voltage>("lowest cell of the BMS"),
    member<&Telemetry::max_cell_voltage>("highest cell of the BMS"),
    member<&Telemetry::current>("current"),
    member<&Telemetry::voltage>("voltage"),
    member<&Telemetry::capacity>("capacity"),
    member<&Telemetry::cell_count>("cell count"),
};

/// A controller and what it said last.
struct Twin {
    control::Controller control;
    Snapshot out;

    void step(const Telemetry& telemetry, const control::Now& now)
    {
        control::Input input;
        input.good = true;
        input.telemetry = &telemetry;
        control.step(input, now, out);
    }
};

class Comparison {
  public:
    /// Empty while `without` is nowhere above `with`.
    std::string check(const Limits& with, const Limits& without, bool discharge)
    {
        if (above(without.control_voltage, with.control_voltage, 2e-6))
            return text("C", without.control_voltage, with.control_voltage);
        std::string broken = side("CCL", with.charge, without.charge, charge_parted_);
        return broken.empty() && discharge ? side("DCL", with.discharge, without.discharge, discharge_parted_) : broken;
    }

  private:
    static bool above(const Number& without, const Number& with, double tiny)
    {
        return without && with && *without > *with + tiny;
    }
    static std::string text(std::string_view what, const Number& without, const Number& with)
    {
        return std::string(what) + " " + std::to_string(without.value_or(-1)) + " without the value, " +
               std::to_string(with.value_or(-1)) + " with its last reading";
    }
    /// Once the targets have been different, the throttle may apply the lower one later; the targets still compare.
    static std::string side(std::string_view name, const CurrentLimit& with, const CurrentLimit& without, bool& parted)
    {
        if (above(without.target, with.target, 0.0011)) return text(name, without.target, with.target);
        parted = parted || without.target != with.target;
        if (!parted && above(without.applied, with.applied, 0.0011)) return text(name, without.applied, with.applied);
        return {};
    }

    bool charge_parted_ = false, discharge_parted_ = false;
};

std::string compare(const Vanishing& value, std::uint64_t seed)
{
    Random random(seed);
    World scenario = random_world(random.bits());
    scenario.disturbance = {};
    scenario.only_extremes = false;
    ClosedLoop loop(scenario);
    const control::Input& input = loop.input();
    Twin with{{scenario.config, {}, scenario.stored, loop.now()}, {}};
    with.control.start(input, loop.now(), with.out);
    for (auto cycles = random.whole(10, 4000); cycles > 0; --cycles) {
        loop.step();
        with.step(*input.telemetry, loop.now());
    }
    Twin without = with;
    const Telemetry last = *input.telemetry;
    const std::size_t which = random.index(1000);
    Comparison comparison;
    for (int cycle = 0; cycle < 2000; ++cycle) {
        loop.step();
        Telemetry held = *input.telemetry, taken = held;
        value.hold(held, last, which);
        value.take(taken, which);
        with.step(held, loop.now());
        without.step(taken, loop.now());
        // after ten minutes the other sensors decide the discharge (section 15, number 4)
        const bool discharge = cycle < others_decide || !value.others_decide;
        const std::string broken = comparison.check(with.out.limits, without.out.limits, discharge);
        if (!broken.empty()) return std::to_string(cycle) + " cycles after it vanished: " + broken;
    }
    return {};
}

class Vanish : public testing::TestWithParam<Vanishing> {};

TEST_P(Vanish, NothingIsHigherThanWithTheLastReading)
{
    for (const auto seed : seeds(1, 12)) {
        const std::string broken = compare(GetParam(), seed);
        EXPECT_TRUE(broken.empty()) << GetParam().name << ", seed " << seed << ", " << broken;
    }
}

INSTANTIATE_TEST_SUITE_P(Values, Vanish, testing::ValuesIn(values), [](const auto& info) {
    std::string name = info.param.name;
    std::erase_if(name, [](char c) { return c == ' '; });
    return name;
});

}  // namespace
}  // namespace bmsd::sim
