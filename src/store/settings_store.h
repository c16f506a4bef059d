#pragma once
// The store behind com.victronenergy.settings of Venus OS. It waits for that service, follows its restarts and never
// blocks. Source: core/dbus-settings.md.
#include <vector>

#include "bus/connection.h"
#include "store/store.h"
#include "store/stored_values.h"

namespace bmsd::store {

class SettingsRecord;

class SettingsStore final : public Store {
  public:
    /// `bus` outlives the store.
    explicit SettingsStore(bus::Connection& bus);
    ~SettingsStore() override;

    void when_ready(std::function<void()> ready) override;
    bool known(std::string_view id) const override;
    [[nodiscard]] std::unique_ptr<Record> open(RecordKey key, Record::Events events) override;
    void clean_up() override;

    /// Whether the service is on the bus now.
    bool present() const { return !watch_.owner().empty(); }

  private:
    friend class SettingsRecord;

    void owner_changed(const std::string& owner);
    void read_tree();
    void tree_answered(sd_bus_message* reply);
    /// The values found for an id: of several groups the one seen last.
    const Values* find(std::string_view id) const;
    void remove(const std::string& group, const std::vector<std::string>& names);

    bus::Connection& bus_;
    bool ready_ = false;
    std::vector<std::function<void()>> waiting_;
    std::map<std::string, Values, std::less<>> groups_;  // below /Settings/Devices, as last read
    std::vector<SettingsRecord*> records_;
    bus::Slot tree_call_;
    Wait retry_;
    bool failing_ = false;  // logged once
    bus::NameWatch watch_;  // last: it calls back as soon as it is there
};

}  // namespace bmsd::store
