// The invariants hold for every input, also nonsense (core/charge-control.md section 14): every value of the model is
// in turn sensible, missing, not a number, endless, negative, huge or at the edge of a limit, and reads fail in
// between.
#include <limits>

#include "control/controller.h"
#include "run.h"
#include "sim/random.h"

namespace bmsd::sim {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), endless = std::numeric_limits<double>::infinity();

/// Of a battery whose every value is liable to go mad for a while.
class Madness {
  public:
    Madness(std::uint64_t seed, std::size_t cells) : random_(seed), cells_(cells) {}

    Telemetry next(const config::Config& config)
    {
        Telemetry t;
        t.cell_count = static_cast<std::int64_t>(cells_);
        const double middle = drift(level_, config.min_cell_voltage - 0.1, config.max_cell_voltage + 0.1);
        for (std::size_t i = 0; i < cells_; ++i)
            t.cell_voltages.push_back(mad(middle + random_.between(-0.02, 0.02), 5));
        t.voltage = mad(middle * static_cast<double>(cells_), 100);
        t.current = mad(random_.between(-100, 100), 1000);
        t.soc = mad(drift(soc_, -1, 101), 200);
        t.capacity = mad(100, 1000);
        t.capacity_remaining = mad(50, 1000);
        for (auto& sensor : t.temperatures) sensor = mad(drift(warmth_, -25, 70), 200);
        t.temperature_mosfet = mad(random_.between(0, 100), 200);
        t.max_charge_current = mad(random_.between(-5, 200), 1000);
        t.max_discharge_current = mad(random_.between(-5, 200), 1000);
        if (tells_maximum_) t.max_battery_voltage = mad(config.max_cell_voltage * static_cast<double>(cells_), 100);
        t.min_battery_voltage = mad(config.min_cell_voltage * static_cast<double>(cells_), 100);
        t.requested_charge_voltage =
            mad((config.max_cell_voltage + random_.between(-0.1, 0.1)) * static_cast<double>(cells_), 100);
        t.requested_charge_current = mad(random_.between(-5, 200), 1000);
        t.requested_discharge_current = mad(random_.between(-5, 200), 1000);
        t.min_cell_voltage = mad(middle - 0.02, 5);
        t.max_cell_voltage = mad(middle + 0.02, 5);
        t.charge_fet = flag();
        t.discharge_fet = flag();
        return t;
    }
    Random& random() { return random_; }

  private:
    double drift(double& share, double least, double most)
    {
        share = std::clamp(share + random_.between(-0.02, 0.02), 0.0, 1.0);
        return least + share * (most - least);
    }
    Number mad(double sane, double scale)
    {
        if (!random_.chance(0.02)) return sane;
        switch (random_.index(8)) {
            case 0:
                return nan;
            case 1:
                return random_.chance(0.5) ? endless : -endless;
            case 2:
                return random_.between(-scale, scale);
            case 3:
                return random_.between(-1e12, 1e12);
            case 4:
                return 0;
            case 5:
                return -sane;
            default:
                return std::nullopt;
        }
    }
    Flag flag()
    {
        if (random_.chance(0.02)) return std::nullopt;
        return !random_.chance(0.02);
    }

    Random random_;
    std::size_t cells_;
    bool tells_maximum_ = random_.chance(0.7);
    double level_ = 0.5, soc_ = 0.5, warmth_ = 0.5;  // where in their ranges they are
};

std::string first_breach(std::uint64_t seed, int cycles)
{
    Random choice(seed);
    const auto cells = static_cast<std::size_t>(choice.whole(1, 32));
    const config::Config config = random_config(choice, choice.chance(0.7) ? Chemistry::lfp : Chemistry::nmc);
    Madness madness(seed + 1, cells);
    control::Now now{1000, 1.7e9};
    control::Controller control(config, {}, {}, now);
    Snapshot out;
    control::Input input;
    Telemetry telemetry = madness.next(config);
    input.good = true;
    input.telemetry = &telemetry;
    control.start(input, now, out);
    Invariants invariants;
    for (int i = 0; i < cycles && invariants.broken().empty(); ++i) {
        const Limits before = out.limits;
        const control::Stored stored_before = control.stored();
        control.step(input, now, out);
        invariants.check({.config = config,
                          .input = input,
                          .now = now,
                          .before = before,
                          .after = out,
                          .stored_before = stored_before,
                          .stored = control.stored(),
                          .first = i == 0});
        const double seconds = madness.random().chance(0.01) ? madness.random().between(1, 120) : 1;
        now.steady += seconds;
        now.wall += seconds;
        telemetry = madness.next(config);
        input.good = !madness.random().chance(0.03);
    }
    if (invariants.broken().empty()) return {};
    const auto& broken = invariants.broken().front();
    return "invariant " + broken.invariant + " at " + std::to_string(broken.steady - 1000) + " s: " + broken.what;
}

TEST(Nonsense, BreaksNoInvariant)
{
    for (const auto seed : seeds(1, 100)) {
        const std::string breach = first_breach(seed, 1000);
        EXPECT_TRUE(breach.empty()) << "seed " << seed << ": " << breach;
    }
}

}  // namespace
}  // namespace bmsd::sim
