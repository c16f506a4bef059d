#pragma once
// Who belongs to the bank and how it is with them: batteries come, vanish, return; the bank waits, runs and ends.
// Source: core/aggregation.md section 5.
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bank/bank.h"

namespace bmsd::bank {

/// A battery that may belong to the bank, as it is now. Those that are not there are not told.
struct Sighting {
    std::string identity;  // unique id; of others the serial number or the bus name
    std::string name;      // wanted display name
    std::string service;   // bus name
    bool own = false;      // of this process: `answers` is the word of its driver
    bool answers = true;
    Flag charge_fet, discharge_fet;
    Number hardware_charge, hardware_discharge;  // A
    Values values;
};

/// A battery that has been here before; outlives the process.
struct Learned {
    std::string identity, name;
    double seen = 0;   // s since 1970
    Number installed;  // Ah

    bool operator==(const Learned&) const = default;
};

class Life {
  public:
    Life(const config::Config& config, std::vector<Learned> learned);

    void step(std::span<const Sighting> seen, const control::Now& now);
    /// All that belong to the bank, for Bank::step().
    const std::vector<Member>& members() const { return members_; }
    /// Whether the bank is to be served. False: too few batteries, still waiting, or dead for a minute.
    bool serving() const { return serving_; }
    /// Those to be stored.
    std::vector<Learned> learned() const;
    /// Forgets those that are lost or absent.
    void forget_offline();
    /// Forgets one that is excluded from now on.
    void forget(const std::string& identity) { known_.erase(identity); }
    /// What is to be told, one line each; the list is empty afterwards.
    std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }

  private:
    struct Known {
        Member member;
        std::string wanted_name;
        bool learned = false;
        bool voltage_limit = false, charge_limit = false, discharge_limit = false;  // it has had one
        Number online_since, gone_since, lost_since;                                // s steady
        double seen = 0;                                                            // s since 1970
    };

    void look_at(const Sighting& seen, const control::Now& now);
    void join(Known& known, const Sighting& seen, const control::Now& now);
    void miss(Known& known, const control::Now& now);
    void forget_old(const control::Now& now);
    bool fits(const Sighting& seen);
    bool may_return(const Known& known, const Sighting& seen) const;
    void name_members();
    void decide(const control::Now& now);
    bool may_start(const control::Now& now) const;
    void tell(const Known& known, std::string_view what);

    const config::Config& config_;
    std::map<std::string, Known, std::less<>> known_;  // by identity
    std::vector<Member> members_;
    std::vector<std::string> lines_;
    std::map<std::string, std::string, std::less<>> refused_;  // identity -> why, told once
    Number nominal_;                                           // V, charge voltage of the bank
    bool serving_ = false;
    Number started_at_, appeared_at_, dead_since_, told_at_;  // s steady
    Number last_wall_, steady_wall_since_;
};

/// The stored form: a JSON list.
std::string to_text(const std::vector<Learned>& learned);
/// Entries that cannot be read are left out.
std::vector<Learned> read_learned(std::string_view text);

}  // namespace bmsd::bank
