#pragma once
// Where a battery's instance, name and control values outlive the process: the settings service of Venus OS or, where
// there is none, a file. Source: core/dbus-settings.md.
#include <functional>
#include <memory>
#include <string>

#include "control/stored.h"
#include "util/result.h"

namespace bmsd::store {

/// Whose record it is.
struct RecordKey {
    std::string id;  // sanitised; unique in this process, letter case apart
    std::string default_name;
    bool soc_calculation = false;
};

/// What a battery starts with.
struct Saved {
    bool known = false;         // it was here before
    std::int64_t instance = 1;  // /DeviceInstance
    std::string custom_name;
    control::Stored stored;
    unsigned errors = 0;  // values that could not be read
};

/// A name from outside in the length a name may have, whole characters of UTF-8.
std::string fit_name(std::string name);

class Record {
  public:
    using Done = std::function<void(const Result<void>& result)>;
    struct Events {
        std::function<void(const Saved& saved)> ready;             // once
        std::function<void(const std::string& name)> custom_name;  // changed by somebody else
        std::function<void(std::int64_t instance)> instance;       // likewise; in force after a restart
    };

    /// What is stored stays.
    virtual ~Record() = default;
    /// To be called in every cycle: what changed is written when its time has come (control/stored.h says how often).
    virtual void save(const control::Stored& stored) = 0;
    /// Writes all that changed at once: when charging ends, on exit.
    virtual void flush(const control::Stored& stored) = 0;
    /// `done` says whether the name is safe.
    virtual void set_custom_name(const std::string& name, Done done) = 0;
    /// Whether what is given now reaches the store.
    virtual bool in_reach() const { return true; }
};

class Store {
  public:
    virtual ~Store() = default;
    /// `ready` is called as soon as the store can be asked, also at once.
    virtual void when_ready(std::function<void()> ready) = 0;
    /// Whether a battery with this id (sanitised) has been here; the store must be ready.
    virtual bool known(std::string_view id) const = 0;
    /// The store must be ready and outlive the record.
    [[nodiscard]] virtual std::unique_ptr<Record> open(RecordKey key, Record::Events events) = 0;
    /// Why what is given now does not outlive the process; empty: it does, as far as is known.
    virtual const std::string& problem() const
    {
        static const std::string none;
        return none;
    }
    /// Forgets batteries that were not seen for 30 days; to be called when those that are there have been found.
    virtual void clean_up() = 0;
};

}  // namespace bmsd::store
