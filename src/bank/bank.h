#pragma once
// Many batteries as one. Stepped by the daemon, by `bmsd replay` and by the closed loop alike: no clock, no bus, no
// configuration but the one given. Source: core/aggregation.md sections 6 to 12.
#include <memory>
#include <optional>

#include "bank/charge_counter.h"
#include "bank/current.h"
#include "bank/feed_in.h"
#include "bank/limits.h"
#include "bank/own_control.h"
#include "bank/replace.h"
#include "bank/strings.h"
#include "bank/voltage.h"
#include "bank/voltage_guard.h"
#include "control/times.h"

namespace bmsd::bank {

/// What outlives the process.
struct Stored {
    Number charge;  // Ah
    OwnMemory own;
    bool feed_in_switched_off = false;

    bool operator==(const Stored&) const = default;
};

/// What other programs say.
struct Surroundings {
    std::vector<Service> services;  // all that are no members
    Flag dvcc;                      // /Control/Dvcc
    Number user_voltage;            // V, /Settings/SystemSetup/MaxChargeVoltage; 0: none
    Number user_current;            // A, .../MaxChargeCurrent; negative: none
    Flag feed_in;                   // /Settings/CGwacs/OvervoltageFeedIn
    control::EssSettings ess;
    std::optional<Date> today;  // local; absent: the clock is not set
};

/// What the life of the bank decides (core/aggregation.md 5.2).
enum class BankState : std::uint8_t { waiting, running, degraded, blocked, dead };
std::string_view text(BankState state);

struct Output {
    Values values;  // rounded as published
    BankState state = BankState::waiting;
    std::optional<Phase> phase;           // with the charge voltage mode `coordinated`
    Number charge;                        // Ah, counted
    bool dynamic = false;                 // own charge control: a cell lowers the voltage
    Flag write_feed_in;                   // the setting is to be written
    bool current_missing = false;         // of the configured source; the batteries' own is used
    bool own_control_impossible = false;  // charge control `own`, but the batteries are not alike
};

class Bank {
  public:
    Bank(const config::Config& config, const Stored& stored);

    /// One cycle. `members`: all that are learned, in any order. The result is valid until the next call.
    const Output& step(std::span<const Member> members, const Surroundings& around, const control::Now& now);
    /// The configuration in force has changed.
    void reconfigure();
    Stored stored() const;
    void set_soc(double percent);
    /// What the user has written into the configuration contradicts itself: error 119.
    void set_settings_invalid(bool invalid) { settings_invalid_ = invalid; }
    const Output& output() const { return out_; }
    /// Lines of the configuration that cannot be read.
    const std::vector<std::string>& unusable() const { return replacements_.unusable; }

  private:
    Crew muster(std::span<const Member> members);
    BankState state_of(const Crew& crew) const;
    void measure(const Crew& crew, const Surroundings& around, const control::Now& now);
    void count_charge(const control::Now& now);
    void time_to_go(const Surroundings& around, const control::Now& now);
    void charge_voltage(const Crew& crew, const Surroundings& around, const control::Now& now);
    Number ramped(const Number& target, bool at_once);
    void current_limit(Direction direction, const Crew& crew, const Surroundings& around, const control::Now& now);
    LimitChoice own_limit(Direction direction, const Crew& crew, const control::Now& now);
    std::string stopped_by(Direction direction, const Crew& crew) const;
    void state_and_alarms(const Crew& crew);
    void feed_in(const Surroundings& around, const control::Now& now);
    void round_values();

    const config::Config& config_;
    StringPlan plan_;
    Replacements replacements_;
    std::vector<Member> sorted_, strings_;
    Takers takers_;
    CurrentSource source_;
    ChargeCounter counter_;
    VoltageMerge voltage_;
    VoltageGuard voltage_guard_;
    Shares shares_;
    Both<std::unique_ptr<LimitMerge>> limits_;
    OwnMemory own_memory_;
    std::optional<OwnLimits> own_;
    FeedIn feed_in_;
    control::CurrentAverage average_;
    control::Times times_;
    bool settings_invalid_ = false;
    // of the cycle before
    Number asked_voltage_;          // V, before the guard
    Number last_voltage_;           // V, as published
    Number last_user_voltage_;      // V
    Number last_step_;              // s steady
    double elapsed_ = 0;            // s since then
    Both<Number> published_limit_;  // A
    Output out_;
};

}  // namespace bmsd::bank
