#pragma once
// The bank in this process: its batteries as they are read, its life, its service on the bus, what outlives the
// process.
#include <map>
#include <memory>
#include <string>

#include "bank/sighting.h"
#include "site/gate.h"
#include "store/group.h"
#include "util/loop.h"
#include "venus/bank_service.h"

namespace bmsd::daemon {

class BankHost final : private venus::BankService::Control, private site::Servant {
  public:
    struct Setting {  // outlives the host
        Loop& loop;
        const config::Config& config;
        bus::Connection& bus;  // for the settings, and to see others
        std::string bus_address;
        std::string file;  // for what outlives the process; empty: the settings service
        site::Board& board;
        site::Gate& gate;
        BatteryId id;  // of the bank
    };

    explicit BankHost(const Setting& setting);
    ~BankHost() override;
    BankHost(const BankHost&) = delete;
    BankHost& operator=(const BankHost&) = delete;

    /// A battery of this process has been read (or could not be).
    void cycle(const bank::Face& face, const Snapshot& snapshot);
    void set_ess(const control::EssSettings& ess) { around_.ess = ess; }
    /// The configuration has changed in place.
    void reconfigure(bool settings_invalid);
    /// Writes what waits.
    void flush();

  private:
    bool belongs(const bank::Face& face) const;
    void open_group();
    void restored(const store::Values& values);
    void schedule();
    void step();
    void serve();
    void stop_serving();
    void save();
    void tell();
    bool other_aggregator() const;
    control::Now now() const;

    void post(site::Change::What what);
    void show_name(const std::string& name);
    Result<void> ask(site::Wish wish);
    Result<void> carry_out(const site::Wish& wish, site::Told told) override;

    Result<void> rename(const std::string& name) override;
    Result<void> set_soc(double percent) override;
    Result<void> forget_offline() override;

    struct Seen {
        bank::Sighting sighting;
        std::string name;  // display name it was judged by
        bool belongs = true;
        bool fresh = false;  // since the last merge
        Instant until{};     // its values count, without another cycle
    };

    Setting setting_;
    bus::Slot probe_;
    std::string first_;                    // identity of the first battery seen
    std::unique_ptr<store::Group> group_;  // null: nothing stored, and one battery at most
    std::unique_ptr<bank::Life> life_;     // null: what was stored is not known yet
    std::unique_ptr<bank::Bank> bank_;
    std::unique_ptr<venus::BankService> service_;  // null: not on the bus
    std::unique_ptr<bus::NameWatch> other_;
    std::map<std::string, Seen, std::less<>> seen_;  // by identity
    std::vector<bank::Sighting> present_;
    bank::Surroundings around_;
    site::WhoPtr who_;
    Snapshot shown_;  // the bank as a battery
    std::string custom_name_;
    std::int64_t instance_ = 99;
    bool settings_invalid_ = false, told_other_ = false, told_own_ = false;
    Instant other_left_{}, retry_at_{}, told_at_{}, save_at_{};
    Wait timer_, posted_;
};

}  // namespace bmsd::daemon
