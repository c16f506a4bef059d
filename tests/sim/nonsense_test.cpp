// Whatever comes in, the limits stay within the invariants.
#include "nonsense.h"

#include "control/controller.h"
#include "run.h"

namespace bmsd::sim {
namespace {

/// Control fed with spoiled readings of one random battery; no physics answers.
class Torment {
  public:
    explicit Torment(std::uint64_t seed)
        : random_(seed), scenario_(random_scenario(seed)), pack_(scenario_.site.pack), control_(made())
    {
    }

    void run(int cycles)
    {
        for (int i = 0; i < cycles && invariants_.broken().empty(); ++i) cycle(i == 0);
        for (const Broken& b : invariants_.broken()) {
            ADD_FAILURE() << "seed " << scenario_.seed << ", second " << b.steady << ": invariant " << b.invariant
                          << ": " << b.what << "\n  again: BMSD_SIM_SEED=" << scenario_.seed;
        }
    }

  private:
    control::Controller made()
    {
        pack_.fill(reading_);
        return {scenario_.config, control::Facts{}, scenario_.stored, now_};
    }

    void cycle(bool first)
    {
        pass_time(random_, now_);
        const double amperes = random_.between(-1, 1) * pack_.spec().max_charge_current;
        pack_.step(random_.chance(0.02) ? 600 : 1, amperes);
        pack_.fill(reading_);
        Telemetry read = reading_.telemetry;
        if (random_.chance(calm_ ? 0.02 : 0.5)) spoil(random_, read);
        if (random_.chance(0.005)) calm_ = !calm_;
        input_.good = !random_.chance(0.05);
        if (input_.good) telemetry_ = read;
        input_.telemetry = random_.chance(0.01) ? nullptr : &telemetry_;
        input_.external_current = random_.chance(0.02) ? Number(odd_number(random_)) : std::nullopt;
        input_.external_soc = random_.chance(0.02) ? Number(odd_number(random_)) : std::nullopt;
        if (first) control_.start(input_, now_, snapshot_);
        const Limits before = snapshot_.limits;
        const control::Stored stored = control_.stored();
        control_.step(input_, now_, snapshot_);
        invariants_.check({.config = scenario_.config,
                           .input = input_,
                           .now = now_,
                           .before = before,
                           .after = snapshot_,
                           .stored_before = stored,
                           .stored = control_.stored(),
                           .first = first});
    }

    Random random_;
    Scenario scenario_;
    Pack pack_;
    Reading reading_;
    Telemetry telemetry_;
    control::Input input_;
    control::Now now_{1000, 1.7e9};
    control::Controller control_;
    Snapshot snapshot_;
    Invariants invariants_;
    bool calm_ = false;  // spoiled now and then only
};

TEST(Nonsense, TheInvariantsHoldForAnyInput)
{
    for (const auto seed : seeds(1, 200)) {
        Torment(seed).run(2000);
        if (testing::Test::HasFailure()) break;
    }
}

}  // namespace
}  // namespace bmsd::sim
