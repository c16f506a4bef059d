#pragma once
// One battery as the power system sees it: its service on D-Bus, its record of what outlives the process, and the way
// of a client's wish to the BMS.
#include <map>
#include <memory>
#include <string>

#include "battery/battery.h"
#include "site/gate.h"
#include "store/store.h"
#include "venus/names.h"
#include "venus/service.h"

namespace bmsd::daemon {

class Presence final : public site::Servant, private venus::Control {
  public:
    struct Setting {  // what all presences share; outlives them
        Loop& loop;
        const config::Config& config;
        store::Store& store;
        std::string bus_address;
        site::Board& board;
        site::Gate& gate;
    };

    /// Asks the store and makes the battery; `name` is the whole bus name. It is on the bus from its first good cycle
    /// on (core/charge-control.md section 15, number 9).
    static Task<std::unique_ptr<Presence>> open(const Setting& setting, BatteryId id, battery::Facts facts, Place place,
                                                std::string name, const battery::Found& found, bool settings_invalid);
    ~Presence() override;

    const std::shared_ptr<battery::Battery>& battery() const { return battery_; }
    const std::string& name() const { return name_; }
    /// As people see it.
    const std::string& display_name() const { return custom_name_.empty() ? name_ : custom_name_; }
    /// It is read somewhere: id and name are in use.
    bool present() const { return present_; }
    /// Before it appears: the name was taken meanwhile.
    void rename(std::string name) { name_ = std::move(name); }
    /// It was found again after it had left.
    void come_back(std::string name, const Place& place, Reading reading);
    /// It answers elsewhere while it is still served; the service stays.
    void move_to(const Place& place, Reading reading);
    /// Publishes the last cycle and saves what is due.
    void cycle();
    /// Leaves the bus, with its connection; what is to outlive it is written.
    void leave();
    void reconfigure(bool settings_invalid);

  private:
    Presence(const Setting& setting, BatteryId id, Place place, std::string name)
        : setting_(setting), id_(id), place_(std::move(place)), name_(std::move(name))
    {
    }
    void appear();
    void introduce();
    void settle(const battery::Outcome& outcome);
    void give_up_waiting();
    void take_place(const Place& place, Reading reading);
    venus::Context context() const;

    Result<void> carry_out(const site::Wish& wish, site::Told told) override;
    Result<void> take(const Command& command, site::Told told);
    Result<void> ask(site::Wish wish, site::Told told);
    Result<void> command(const Command& command) override;
    Result<void> clear_history(int group) override;
    void set_custom_name(const std::string& name, Done done) override;

    struct Asked {  // that the BMS has not answered yet
        double value = 0;
        site::Told told;
    };

    const Setting& setting_;
    BatteryId id_;
    site::WhoPtr who_;  // null: nobody was told of it yet
    std::map<Command::Kind, Asked> asked_;
    Place place_;
    std::string name_;
    std::string custom_name_;
    std::int64_t instance_ = 0;
    std::shared_ptr<battery::Battery> battery_;
    std::unique_ptr<store::Record> record_;
    std::unique_ptr<venus::Service> service_;  // null: not on the bus
    bool present_ = true;
    bool charging_ = false;
};

}  // namespace bmsd::daemon
