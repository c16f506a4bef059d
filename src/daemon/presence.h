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
        std::function<void(const std::string& reason)> bus_lost;
    };

    /// Asks the store and makes the battery; `name` is the whole bus name. Null when the bus refuses.
    static Task<std::unique_ptr<Presence>> open(const Setting& setting, battery::Facts facts, const Place& place,
                                                std::string name, const battery::Found& found, bool settings_invalid);
    ~Presence() override;

    const std::shared_ptr<battery::Battery>& battery() const { return battery_; }
    const std::string& name() const { return name_; }
    /// Appears on the bus.
    void appear();
    /// It was found again, with this reading; appears again.
    void come_back(const std::string& port, Reading reading);
    /// Publishes the last cycle and saves what is due.
    void cycle();
    /// Leaves the bus; what is to outlive it is written.
    void leave();
    bool present() const { return present_; }
    void reconfigure(bool settings_invalid);

  private:
    Presence(const Setting& setting, std::string name) : setting_(setting), name_(std::move(name)) {}

    Result<void> command(const Command& command) override;
    Result<void> clear_history(int group) override;
    void set_custom_name(const std::string& name, Done done) override;

    const Setting& setting_;
    std::string name_;
    std::shared_ptr<battery::Battery> battery_;
    std::unique_ptr<store::Record> record_;
    std::unique_ptr<venus::Service> service_;
    bool present_ = false;
    bool charging_ = false;
};

}  // namespace bmsd::daemon
