#include "invariants.h"

#include <algorithm>
#include <iterator>

namespace bmsd::sim {

Invariants::Invariants() : list_(voltage_invariants())
{
    std::ranges::move(current_invariants(), std::back_inserter(list_));
}

void Invariants::check(const Observed& o)
{
    const Facts facts = oracle_.look(o);
    for (const auto& invariant : list_) {
        std::string what = invariant->check(o, facts);
        const auto same = [&](const Broken& b) { return b.invariant == invariant->name(); };
        if (what.empty() || std::ranges::any_of(broken_, same)) continue;
        broken_.push_back({invariant->name(), o.now.steady, std::move(what)});
    }
}

}  // namespace bmsd::sim
