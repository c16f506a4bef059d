#pragma once
// One battery as the power system sees it: its service on D-Bus, its record of what outlives the process, and the way
// of a client's wish to the BMS.
#include <memory>
#include <string>

#include "battery/battery.h"
#include "store/store.h"
#include "venus/names.h"
#include "venus/service.h"

namespace bmsd::daemon {

class Presence final : private venus::Control {
  public:
    struct Setting {  // what all presences share; outlives them
        Loop& loop;
        const config::Config& config;
        store::Store& store;
        std::string bus_address;
    };

    /// Asks the store and makes the battery; `name` is the whole bus name. It is on the bus from its first good cycle
    /// on (core/charge-control.md section 15, number 9).
    static Task<std::unique_ptr<Presence>> open(const Setting& setting, battery::Facts facts, Place place,
                                                std::string name, const battery::Found& found, bool settings_invalid);
    ~Presence() override;

    const std::shared_ptr<battery::Battery>& battery() const { return battery_; }
    const std::string& name() const { return name_; }
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
    Presence(const Setting& setting, Place place, std::string name)
        : setting_(setting), place_(std::move(place)), name_(std::move(name))
    {
    }
    void appear();
    void take_place(const Place& place, Reading reading);
    venus::Context context() const;

    Result<void> command(const Command& command) override;
    Result<void> clear_history(int group) override;
    void set_custom_name(const std::string& name, Done done) override;

    const Setting& setting_;
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
