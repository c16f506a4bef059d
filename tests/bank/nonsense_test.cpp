// Whatever the batteries say: a value that vanishes raises no limit, and nothing that cannot be is taken for one.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "bank/life.h"
#include "config/schema.h"

namespace bmsd::bank {
namespace {

struct Draw {
    std::mt19937_64 engine;
    double between(double a, double b) { return a + (b - a) * static_cast<double>(engine() >> 11) * 0x1.0p-53; }
    std::size_t index(std::size_t n) { return engine() % n; }
    bool chance(double p) { return between(0, 1) < p; }
};

constexpr const char* modes[]{"Bulk │ Linear Mode",
                              "Absorption │ Linear Mode",
                              "Float Transition │ Linear Mode",
                              "Float │ Linear Mode",
                              "Bulk (Cell OVP) │ Linear Mode",
                              "",
                              "error"};
constexpr const char* voltage_modes[]{"coordinated",        "min",      "min_when_balancing", "max_always",
                                      "max_when_balancing", "keep_max", "max_when_floating"};
constexpr const char* methods[]{"capacity", "count", "sum", "ir"};

std::vector<Sighting> random_batteries(Draw& draw)
{
    std::vector<Sighting> out(2 + draw.index(4));
    for (std::size_t i = 0; i < out.size(); ++i) {
        Sighting& s = out[i];
        s.identity = s.name = s.service = "b" + std::to_string(i);
        s.own = true;
        const double cell = draw.between(2.9, 3.6);
        Values& v = s.values;
        v[Item::voltage] = v[Item::cell_sum] = 16 * cell;
        v[Item::current] = draw.between(-50, 50);
        v[Item::soc] = draw.between(0, 100);
        v[Item::installed] = draw.between(50, 400);
        v[Item::min_cell] = cell - 0.01;
        v[Item::max_cell] = cell + 0.01;
        v[Item::max_cell_charge_voltage] = 3.45;
        v[Item::cells] = 16;
        v[Item::charge_voltage] = draw.between(53, 55.2);
        v[Item::charge_current] = draw.chance(0.2) ? 0 : draw.between(1, 200);
        v[Item::discharge_current] = draw.chance(0.2) ? 0 : draw.between(1, 200);
        v[Item::allow_charge] = *v[Item::charge_current] > 0 ? 1 : 0;
        v[Item::allow_discharge] = *v[Item::discharge_current] > 0 ? 1 : 0;
        v[Item::balancing] = draw.chance(0.3) ? 1 : 0;
        v[Word::charge_mode] = modes[draw.index(std::size(modes))];
        for (int n = 0; n < 16; ++n) v.cells.push_back(cell);
        if (draw.chance(0.7)) s.charge_fet = s.discharge_fet = draw.chance(0.8);
    }
    return out;
}

config::Config random_settings(Draw& draw)
{
    config::Config config = config::defaults();
    config.aggregate_cvl_mode = voltage_modes[draw.index(std::size(voltage_modes))];
    config.aggregate_share_method = methods[draw.index(std::size(methods))];
    if (draw.chance(0.3)) config.aggregate_charge_control = "own";
    if (draw.chance(0.3)) config.aggregate_blocked_member = "zero";
    if (draw.chance(0.3)) config.aggregate_cvl_ramp_down = 0;
    config.aggregate_enable = "True";
    config.aggregate_startup_wait = 0;
    return config;
}

/// Life and bank as the daemon has them.
struct Site {
    explicit Site(const config::Config& config) : life(config, {}), bank(config, {}) {}

    const Values& step(const std::vector<Sighting>& seen)
    {
        now.steady += 1;
        now.wall += 1;
        life.step(seen, now);
        life.take_lines();
        return bank.step(life.members(), {}, now).values;
    }
    Life life;
    Bank bank;
    control::Now now{1000, 1.7e9};
};

/// The paths whose absence must not raise anything, one after the other.
TEST(BankNonsense, AValueThatVanishesRaisesNoLimit)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Draw draw{std::mt19937_64(seed)};
        const auto config = random_settings(draw);
        const auto seen = random_batteries(draw);
        for (const ItemRow& row : item_rows()) {
            Site with(config), without(config);
            with.step(seen);
            without.step(seen);
            auto less = seen;
            const std::size_t which = seed % seen.size();
            less[which].values[row.item].reset();
            if (row.item == Item::max_cell || row.item == Item::min_cell) less[which].values.cells.clear();
            const Values kept = with.step(seen), missed = without.step(less);
            for (const Item limit : {Item::charge_voltage, Item::charge_current, Item::discharge_current}) {
                SCOPED_TRACE(::testing::Message()
                             << "seed " << seed << ", without " << row.path << ": " << row_of(limit).path);
                ASSERT_TRUE(kept[limit]);
                ASSERT_TRUE(missed[limit]);
                ASSERT_LE(*missed[limit], *kept[limit] + 0.0051);
            }
        }
    }
}

TEST(BankNonsense, ASwitchThatIsNotToldAnyMoreRaisesNoLimit)
{
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Draw draw{std::mt19937_64(seed)};
        const auto config = random_settings(draw);
        auto seen = random_batteries(draw);
        Site site(config);
        const Values before = site.step(seen);
        for (Sighting& s : seen) s.charge_fet = s.discharge_fet = std::nullopt;
        const Values after = site.step(seen);
        for (const Item limit : {Item::charge_current, Item::discharge_current}) {
            ASSERT_LE(*after[limit], *before[limit] + 1e-9) << "seed " << seed;
        }
    }
}

/// Any number at any path of any battery, over and over.
TEST(BankNonsense, WhatCannotBeIsNeverALimit)
{
    constexpr double wild[]{std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity(),
                            -1e300,
                            1e300,
                            -1,
                            0,
                            65,
                            65.535,
                            655.35,
                            6553.5,
                            2,
                            1e6};
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Draw draw{std::mt19937_64(seed)};
        const auto config = random_settings(draw);
        const auto seen = random_batteries(draw);
        Site site(config);
        site.step(seen);
        double highest = 0, charge = 0, discharge = 0;
        for (const Sighting& s : seen) {
            highest = std::max(highest, *s.values[Item::charge_voltage]);
            charge += *s.values[Item::charge_current];
            discharge += *s.values[Item::discharge_current];
        }
        if (config.aggregate_charge_control == "own") highest = 16 * 3.55;
        for (int cycle = 0; cycle < 20; ++cycle) {
            auto odd = seen;
            for (int i = 0; i < 3; ++i) {
                const auto item = static_cast<Item>(draw.index(item_count));
                const bool is_limit = item == Item::charge_current || item == Item::discharge_current;
                if (!is_limit) put(odd[0].values, {item, {}, 0}, wild[draw.index(std::size(wild))]);
            }
            const Values v = site.step(odd);
            ASSERT_TRUE(v[Item::charge_voltage] && v[Item::charge_current] && v[Item::discharge_current]);
            ASSERT_LE(*v[Item::charge_voltage], highest * 1.1 + 0.01) << "seed " << seed;
            ASSERT_GE(*v[Item::charge_voltage], 0);
            if (config.aggregate_charge_control != "own") {
                ASSERT_LE(*v[Item::charge_current], charge + 0.1) << "seed " << seed;
                ASSERT_LE(*v[Item::discharge_current], discharge + 0.1) << "seed " << seed;
            }
            for (const ItemRow& row : item_rows()) {
                if (v[row.item]) {
                    ASSERT_TRUE(std::isfinite(*v[row.item])) << row.path;
                }
            }
        }
    }
}

}  // namespace
}  // namespace bmsd::bank
