#pragma once
// One battery's group in the settings service. Source: core/dbus-settings.md sections 3, 4 and 6.
#include <list>

#include "store/settings_store.h"

namespace bmsd::store {

class SettingsRecord final : public Record {
  public:
    SettingsRecord(SettingsStore& store, RecordKey key, Events events);
    ~SettingsRecord() override;

    void save(const control::Stored& stored) override;
    void flush(const control::Stored& stored) override;
    void set_custom_name(const std::string& name, Done done) override;
    bool in_reach() const override { return added_; }

    const std::string& id() const { return key_.id; }
    const std::string& group() const { return group_; }
    /// The service is there and its tree has been read: creates what is missing and learns the instance.
    void add();
    /// The service is gone.
    void lost();

  private:
    using Written = std::function<void(const Result<void>& result)>;

    void take_saved();
    bus::Message add_call();
    void added(sd_bus_message* reply);
    void answered(const std::string& name, std::int32_t error, const bus::Value& value);
    void changed(const std::string& name, sd_bus_message* signal);
    void write(const std::string& name, const bus::Value& value, const Written& done);
    void write_plain(const std::string& name, const bus::Value& value);
    void note_failure(const std::string& name, const std::string& reason);
    void retry_add(const std::string& reason);
    std::string path(std::string_view name) const;

    SettingsStore& store_;
    RecordKey key_;
    Events events_;
    std::string group_;  // name of the group
    Saved saved_;        // as found, then as it is now
    SavePlan plan_;
    bool added_ = false;    // the settings exist in the present service
    bool told_ = false;     // events_.ready was called
    bool failing_ = false;  // a failure was logged
    bool instance_known_ = false;
    double last_seen_ = 0;  // when LastSeen was written, 0 = not in a cycle yet
    bus::Slot add_call_, name_match_, instance_match_;
    std::list<bus::Slot> writes_;
    Wait retry_;
};

}  // namespace bmsd::store
