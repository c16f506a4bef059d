#include "run.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "sim/recording.h"

namespace bmsd::sim {
namespace {

/// The same run again, this time written down, to a little after `steady`.
std::string replay_file(const World& scenario, double steady)
{
    ClosedLoop loop(scenario);
    Recording recording(loop);
    while (loop.now().steady < steady + 60) {
        loop.step();
        recording.add(loop);
    }
    std::string path = fmt::format("{}/seed-{}.json", BMSD_BUILD, scenario.seed);
    std::ofstream(path) << boost::json::serialize(recording.file());
    return path;
}

Phase phase_of(std::string_view text)
{
    if (text.starts_with("Bulk")) return Phase::bulk;
    if (text.starts_with("Absorption")) return Phase::absorption;
    if (text.starts_with("Float Transition")) return Phase::transition;
    return text.starts_with("Float") ? Phase::floating : Phase::none;
}

class Chronicle {
  public:
    explicit Chronicle(const World& scenario) : scenario_(scenario) {}

    void add(const ClosedLoop& loop)
    {
        const Pack& pack = loop.site().pack();
        const double highest = pack.highest_cell();
        course_.highest_cell = std::max(course_.highest_cell, highest);
        course_.lowest_cell = std::min(course_.lowest_cell, pack.lowest_cell());
        const double trickle = scenario_.config.max_battery_charge_current * 0.03;
        const double limit = scenario_.config.cell_voltages_while_charging.front();
        high_ = highest > limit + 0.005 && pack.current() > trickle ? high_ + scenario_.interval : 0;
        course_.charged_high = std::max(course_.charged_high, high_);
        const bool off = !pack.charge_fet() || !pack.discharge_fet();
        if (off && !off_) ++course_.trips;
        off_ = off;
        phases(loop);
    }
    Course course(double hours)
    {
        course_.hours = hours;
        return course_;
    }

  private:
    void phases(const ClosedLoop& loop)
    {
        const Phase phase = phase_of(loop.snapshot().limits.charge_mode);
        if (phase == Phase::none || phase == phase_) return;
        if (phase_ != Phase::none) ++course_.phase_changes;
        if (phase == Phase::transition) ++course_.floats;
        const double time = static_cast<double>(loop.cycles()) * scenario_.interval;
        if (phase == Phase::transition && course_.first_float < 0) course_.first_float = time;
        phase_ = phase;
    }

    const World& scenario_;
    Course course_;
    Phase phase_ = Phase::none;
    double high_ = 0;
    bool off_ = false;
};

}  // namespace

Course run_under_watch(const World& scenario, double hours)
{
    ClosedLoop loop(scenario);
    Invariants invariants;
    Chronicle chronicle(scenario);
    const std::optional<Telemetry> start =
        loop.input().telemetry != nullptr ? std::optional(*loop.input().telemetry) : std::nullopt;
    const double started_at = loop.now().steady;
    const auto cycles = static_cast<std::uint64_t>(hours * 3600 / scenario.interval);
    while (loop.cycles() < cycles && invariants.broken().empty()) {
        control::Stored stored = loop.stored();
        Limits before = loop.snapshot().limits;
        loop.step();
        invariants.check({.config = scenario.config,
                          .input = loop.input(),
                          .now = loop.now(),
                          .before = before,
                          .after = loop.snapshot(),
                          .stored_before = stored,
                          .stored = loop.stored(),
                          .first = loop.restarted(),
                          .started_with = loop.cycles() == 1 && start ? &*start : nullptr,
                          .started_at = started_at});
        chronicle.add(loop);
    }
    for (const Broken& b : invariants.broken()) {
        ADD_FAILURE() << "seed " << scenario.seed << ", cycle " << loop.cycles() << ": invariant " << b.invariant
                      << ": " << b.what << "\n  replay: " << replay_file(scenario, b.steady)
                      << "\n  again: BMSD_SIM_SEED=" << scenario.seed;
    }
    return chronicle.course(hours);
}

std::vector<std::uint64_t> seeds(std::uint64_t first, std::size_t usual)
{
    if (const char* seed = std::getenv("BMSD_SIM_SEED")) return {std::strtoull(seed, nullptr, 10)};
    if (const char* packs = std::getenv("BMSD_SIM_PACKS")) usual = std::strtoull(packs, nullptr, 10);
    std::vector<std::uint64_t> result;
    for (std::size_t i = 0; i < usual; ++i) result.push_back(first + i);
    return result;
}

double hours(double usual)
{
    const char* wanted = std::getenv("BMSD_SIM_HOURS");
    return wanted != nullptr ? std::strtod(wanted, nullptr) : usual;
}

}  // namespace bmsd::sim
