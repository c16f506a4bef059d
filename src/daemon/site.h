#pragma once
// All batteries of the process: who is who, under which id and name, and who is told about them.
#include <map>
#include <memory>
#include <set>
#include <string>

#include "battery/port_session.h"
#include "daemon/bank_host.h"
#include "daemon/battery_lock.h"
#include "daemon/presence.h"

namespace bmsd::daemon {

class Site final : public battery::Host {
  public:
    struct Options {
        std::string lock_folder;  // one file a battery, so that no other process serves it too
        std::uint32_t first_id;   // the numbers from here on are ours
        std::function<void(const std::string& port, const Snapshot& snapshot)> after_cycle;
    };

    Site(Presence::Setting setting, Options options);
    ~Site() override;

    Task<std::shared_ptr<battery::Battery>> attach(battery::Found& found, const std::string& port) override;
    void cycle(battery::Battery& battery) override;
    void release(battery::Battery& battery) override;

    /// The configuration has changed in place.
    void reconfigure(bool settings_invalid);
    void set_settings_invalid(bool invalid) { settings_invalid_ = invalid; }
    /// What other programs say, for all batteries.
    void set_external(Number current, Number soc);
    void set_ess(const control::EssSettings& ess);
    /// Who gets every cycle of every battery; outlives the site. Null: nobody.
    void set_bank(BankHost* bank) { bank_ = bank; }
    std::size_t batteries() const { return by_id_.size(); }

  private:
    struct Served {
        BatteryLock lock;  // while it is present; goes last
        std::unique_ptr<Presence> presence;
        Instant left_at{};
    };
    enum class Twin { none, moved, the_same, another };

    Presence* presence_of(const battery::Battery& battery);
    std::shared_ptr<battery::Battery> twin_of(const battery::Found& found, const Place& place) const;
    Task<Twin> judge(std::shared_ptr<battery::Battery> twin, const battery::Found& found, const std::string& port);
    Task<std::shared_ptr<battery::Battery>> make(battery::Found& found, const Place& place, const std::string& id);
    bool lock(Served& served, const std::string& id, const std::string& name);
    venus::UniqueId choose_id(const Identity& identity, const Place& place) const;
    bool name_in_use(std::string_view name) const;
    std::string free_name(const Place& place) const;
    void forget_oldest();

    Presence::Setting setting_;
    Options options_;
    BankHost* bank_ = nullptr;
    std::map<std::string, Served, std::less<>> by_id_;  // those that left keep their place
    std::set<std::string, std::less<>> opening_;        // ids on their way in
    std::set<std::string> told_;                        // places where a battery answers a second time
    std::uint32_t last_id_;
    bool settings_invalid_ = false;
    Number external_current_, external_soc_;
    control::EssSettings ess_;
};

}  // namespace bmsd::daemon
