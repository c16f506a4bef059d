#pragma once
// The batteries of one cycle as the rules look at them: who counts, who takes current, who is missing.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bank/values.h"
#include "control/input.h"

namespace bmsd::bank {

enum class Direction : std::uint8_t { charge, discharge };
inline constexpr Direction directions[]{Direction::charge, Direction::discharge};

template <class T>
struct Both {  // one for each direction
    T charge{}, discharge{};
    T& operator[](Direction d) { return d == Direction::charge ? charge : discharge; }
    const T& operator[](Direction d) const { return d == Direction::charge ? charge : discharge; }
};

/// A battery or string that is online (or was until just now).
struct Unit {
    const Member* member;
    Both<bool> takes;  // current flows, or may flow, into (out of) it

    bool connected() const { return takes.charge || takes.discharge; }
};

struct Crew {
    std::vector<Unit> units;             // by identity
    std::vector<const Member*> packs;    // the batteries in them, by identity
    std::vector<const Member*> missing;  // lost or absent batteries
    std::size_t learned = 0;             // batteries in all
    std::size_t strings = 0;             // units in all
    std::size_t per_string = 1;

    bool lost(bool Member::*flag) const;
};

/// Remembers when current last flowed through a battery that says it does not allow any: a battery whose switches are
/// not known is out of the way only after 10 s without current. Source: core/aggregation.md 9.2.
class Takers {
  public:
    void judge(Crew& crew, const control::Now& now);

  private:
    struct Memory {
        Both<Number> flowed;  // s, steady
    };
    std::map<std::string, Memory, std::less<>> memory_;
};

/// The current limit and its flag of a direction.
constexpr Item limit_of(Direction d)
{
    return d == Direction::charge ? Item::charge_current : Item::discharge_current;
}
constexpr Item allow_of(Direction d)
{
    return d == Direction::charge ? Item::allow_charge : Item::allow_discharge;
}
/// The current of a battery in this direction, A.
inline Number flow(const Values& values, Direction d)
{
    const Number& current = values[Item::current];
    return current ? Number(d == Direction::charge ? *current : -*current) : std::nullopt;
}
inline const Flag& switch_of(const Member& member, Direction d)
{
    return d == Direction::charge ? member.charge_fet : member.discharge_fet;
}
/// AllowToCharge (AllowToDischarge) is 0.
inline bool refuses(const Member& member, Direction d)
{
    return member.values[allow_of(d)] == 0.0;
}

}  // namespace bmsd::bank
