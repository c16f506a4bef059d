#include "bank/crew.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

constexpr double trickle = 1, patience = 10;  // A, s

}  // namespace

bool Crew::lost(bool Member::*flag) const
{
    return std::ranges::any_of(missing, [&](const Member* member) { return member->*flag; });
}

void Takers::judge(Crew& crew, const control::Now& now)
{
    for (Unit& unit : crew.units) {
        const Member& member = *unit.member;
        Memory& memory = memory_[member.identity];
        for (const Direction d : directions) {
            const Number current = flow(member.values, d);
            // an unknown current may flow
            if (!current || *current > trickle) memory.flowed[d] = now.steady;
            const Flag& on = switch_of(member, d);
            const bool still = !memory.flowed[d] || now.steady - *memory.flowed[d] >= patience;
            unit.takes[d] = on ? *on : !(refuses(member, d) && still);
        }
    }
    std::erase_if(memory_, [&](const auto& entry) {
        return std::ranges::none_of(crew.units, [&](const Unit& u) { return u.member->identity == entry.first; });
    });
}

}  // namespace bmsd::bank
