#pragma once
// What a user may ask a battery to do; travels from the publishers through the session to the BMS.
#include <cstdint>
#include <string>
#include <string_view>

namespace bmsd {

struct Command {
    enum class Kind : std::uint8_t {
        force_charging_off,     // value 1 off, 0 normal
        force_discharging_off,  // same
        turn_balancing_off,     // same
        turn_heating_off,       // same
        set_soc,                // value 0..100 %
    };
    Kind kind;
    double value = 0;
};

inline constexpr std::string_view command_names[]{"force_charging_off", "force_discharging_off", "turn_balancing_off",
                                                  "turn_heating_off", "set_soc"};

constexpr std::string_view name(Command::Kind kind)
{
    return command_names[static_cast<std::size_t>(kind)];
}

/// A set of command kinds: what a BMS can do.
class Commands {
  public:
    constexpr Commands() = default;
    constexpr Commands(std::initializer_list<Command::Kind> kinds)
    {
        for (const auto kind : kinds) bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(kind));
    }
    constexpr bool has(Command::Kind kind) const { return (bits_ >> static_cast<unsigned>(kind) & 1) != 0; }
    constexpr bool empty() const { return bits_ == 0; }

  private:
    std::uint8_t bits_ = 0;
};

}  // namespace bmsd
