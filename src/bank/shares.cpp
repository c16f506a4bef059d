// How the current of the bank divides among its batteries.
#include <algorithm>
#include <numeric>

#include "bank/limits.h"

namespace bmsd::bank {
namespace {

using Weights = std::vector<double>;

/// Empty: one is not known.
Weights weights_of(std::span<const Taker> takers, auto get)
{
    Weights out;
    for (const Taker& taker : takers) {
        const Number weight = get(taker);
        if (!weight || !(*weight > 0)) return {};
        out.push_back(*weight);
    }
    return out;
}

void normalise(Weights& weights)
{
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight /= sum;
}

}  // namespace

void Shares::look(const Crew& crew, const config::Config& config)
{
    if (config.aggregate_share_method != "ir") {
        meters_.clear();
        return;
    }
    for (const Unit& unit : crew.units) {
        const Values& v = unit.member->values;
        meters_[unit.member->identity].add(v[Item::voltage], v[Item::current], config.aggregate_ir_min_voltage_change,
                                           config.aggregate_ir_max_error);
    }
    std::erase_if(meters_, [&](const auto& entry) {
        return std::ranges::none_of(crew.units, [&](const Unit& u) { return u.member->identity == entry.first; });
    });
}

void Shares::set(std::span<Taker> takers, const config::Config& config) const
{
    if (takers.empty()) return;
    Weights even(takers.size(), 1);
    normalise(even);
    Weights weights = weights_of(takers, [](const Taker& t) { return t.member->values[Item::installed]; });
    if (weights.empty() || config.aggregate_share_method == "count") weights = even;
    normalise(weights);
    if (config.aggregate_share_method == "ir") {
        Weights measured = weights_of(takers, [&](const Taker& t) -> Number {
            const auto found = meters_.find(t.member->identity);
            const Number r = found == meters_.end() ? std::nullopt : found->second.value();
            return r ? Number(1 / *r) : std::nullopt;
        });
        if (!measured.empty()) {
            normalise(measured);
            for (std::size_t i = 0; i < measured.size(); ++i) {
                measured[i] = std::clamp(measured[i], weights[i] / 2, weights[i] * 2);
            }
            normalise(measured);
            weights = measured;
        }
    }
    for (std::size_t i = 0; i < takers.size(); ++i) takers[i].share = weights[i];
}

}  // namespace bmsd::bank
