#include "store/settings_record.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/setting_names.h"
#include "store/settings_message.h"
#include "util/log.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* service = settings_service;
constexpr const char* bus_item = "com.victronenergy.BusItem";
constexpr std::string_view role_and_instance = "ClassAndVrmInstance", custom_name = "CustomName",
                           seen_name = "LastSeen";
constexpr auto retry_interval = 5s;
constexpr double seen_interval = 86400;  // s

// "battery:4"
std::optional<std::int64_t> instance_of(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

}  // namespace

SettingsRecord::SettingsRecord(SettingsStore& store, RecordKey key, Events events)
    : store_(store),
      key_(std::move(key)),
      events_(std::move(events)),
      group_(settings_group(key_.id)),
      plan_(key_.soc_calculation, store.bus_.loop().now())
{
    store_.records_.push_back(this);
    const auto follow = [this](std::string_view name) {
        return store_.bus_.match(
            fmt::format("type='signal',sender='{}',interface='{}',member='PropertiesChanged',path='{}'", service,
                        bus_item, path(name)),
            [this, name = std::string(name)](sd_bus_message* signal) { changed(name, signal); });
    };
    name_match_ = follow(custom_name);
    instance_match_ = follow(role_and_instance);
}

SettingsRecord::~SettingsRecord()
{
    std::erase(store_.records_, this);
}

std::string SettingsRecord::path(std::string_view name) const
{
    return fmt::format("/Settings/Devices/{}/{}", group_, name);
}

void SettingsRecord::lost()
{
    added_ = false;
    add_call_.reset();
    retry_.reset();  // pending writes get an error from the bus
}

void SettingsRecord::add()
{
    lost();
    if (!told_) {
        take_saved();
        const auto group = store_.groups_.find(group_);
        const bool has_stamp = group != store_.groups_.end() && group->second.contains(seen_name);
        if (has_stamp) write_plain(std::string(seen_name), static_cast<std::int64_t>(store_.bus_.loop().wall()));
    }
    add_call_ = store_.bus_.call(add_call(), [this](sd_bus_message* reply) { added(reply); });
    if (!add_call_) retry_add("out of memory");
}

// What an earlier run left; the instance in force comes with the answer to AddSettings.
void SettingsRecord::take_saved()
{
    saved_ = {};
    saved_.custom_name = key_.default_name;
    const Values* values = store_.find(key_.id);
    if (values == nullptr) return;
    saved_.known = true;
    auto restored = from_values(*values, key_.soc_calculation);
    for (const auto name : restored.unreadable) log::error("The stored {} of {} cannot be read.", name, group_);
    saved_.errors = static_cast<unsigned>(restored.unreadable.size());
    saved_.stored = restored.stored;
    if (const auto name = values->find(custom_name); name != values->end() && !name->second.null()) {
        if (auto given = fit_name(text(name->second)); !given.empty()) saved_.custom_name = std::move(given);
    }
    if (const auto instance = values->find(role_and_instance); instance != values->end()) {
        saved_.instance = instance_of(text(instance->second)).value_or(1);
    }
    for (const auto& [name, value] : *values) plan_.holds(name, value);
}

bus::Message SettingsRecord::add_call()
{
    Values values = to_values(saved_.stored, key_.soc_calculation);
    values[std::string(role_and_instance)] = fmt::format("battery:{}", saved_.instance);
    values[std::string(custom_name)] = saved_.custom_name;
    values[std::string(seen_name)] = static_cast<std::int64_t>(store_.bus_.loop().wall());
    values["UniqueIdentifier"] = key_.id;
    bus::Message call = store_.bus_.new_call(service, "/", "com.victronenergy.Settings", "AddSettings");
    if (!call || sd_bus_message_open_container(call.get(), 'a', "a{sv}") < 0) return nullptr;
    for (const auto& setting : settings()) {
        const auto value = values.find(setting.name);
        if (append_setting(call.get(), path(setting.name), value->second, setting.silent) < 0) return nullptr;
    }
    return sd_bus_message_close_container(call.get()) >= 0 ? std::move(call) : nullptr;
}

void SettingsRecord::added(sd_bus_message* reply)
{
    if (const auto error = bus::error_text(reply); !error.empty()) {
        retry_add(error);
        return;
    }
    instance_known_ = false;
    if (sd_bus_message_enter_container(reply, 'a', "a{sv}") <= 0) {
        retry_add("the answer is of another type");
        return;
    }
    while (const auto read = read_dictionary(reply)) {
        const Values& entry = *read;
        const auto whose = entry.find("path"), value = entry.find("value");
        if (whose == entry.end()) continue;
        const std::string full = text(whose->second);
        answered(full.substr(full.rfind('/') + 1), static_cast<std::int32_t>(number_of(entry, "error").value_or(-1)),
                 value != entry.end() ? value->second : bus::Value());
    }
    if (!instance_known_) {
        retry_add("no device instance in the answer");
        return;
    }
    added_ = true;
    failing_ = false;
    store_.groups_[group_].insert_or_assign("UniqueIdentifier", key_.id);
    if (std::exchange(told_, true)) return;
    if (events_.ready) events_.ready(saved_);
}

void SettingsRecord::answered(const std::string& name, std::int32_t error, const bus::Value& value)
{
    if (error != 0) {
        log::error("The settings service refuses {}: error {}", path(name), error);
        ++saved_.errors;
        return;
    }
    plan_.holds(name, value);
    if (name != role_and_instance) return;
    const auto instance = instance_of(text(value));
    if (!instance) return;
    instance_known_ = true;
    if (*instance == saved_.instance) return;
    saved_.instance = *instance;
    if (told_ && events_.instance) events_.instance(*instance);
}

void SettingsRecord::retry_add(const std::string& reason)
{
    note_failure("AddSettings", reason);
    Loop& loop = store_.bus_.loop();
    retry_ = loop.at(loop.now() + retry_interval, [this] { add(); });
}

void SettingsRecord::changed(const std::string& name, sd_bus_message* signal)
{
    const Values changes = read_dictionary(signal).value_or(Values{});
    const auto value = changes.find("Value");
    if (!told_ || value == changes.end() || value->second.null()) return;
    if (name == custom_name) {
        const auto given = fit_name(text(value->second));
        if (given == saved_.custom_name) return;
        saved_.custom_name = given;
        if (events_.custom_name) events_.custom_name(given);
        return;
    }
    const auto instance = instance_of(text(value->second));
    if (!instance || *instance == saved_.instance) return;
    saved_.instance = *instance;
    if (events_.instance) events_.instance(*instance);
}

void SettingsRecord::save(const control::Stored& stored)
{
    const Instant now = store_.bus_.loop().now();
    if (!added_ || (last_seen_ != 0 && !plan_.due(now))) return;
    for (const auto& [name, value] : plan_.take(stored, now, false)) write_plain(name, value);
    saved_.stored = stored;
    const double wall = store_.bus_.loop().wall();
    if (last_seen_ != 0 && wall - last_seen_ < seen_interval) return;
    last_seen_ = wall;
    write_plain(std::string(seen_name), static_cast<std::int64_t>(wall));
}

void SettingsRecord::flush(const control::Stored& stored)
{
    saved_.stored = stored;
    if (!added_) return;
    for (const auto& [name, value] : plan_.take(stored, store_.bus_.loop().now(), true)) write_plain(name, value);
}

void SettingsRecord::set_custom_name(const std::string& name, Done done)
{
    if (!added_) {
        done(Failure("the settings service is not there"));
        return;
    }
    write(std::string(custom_name), name, [this, name, done = std::move(done)](const Result<void>& result) {
        if (result) saved_.custom_name = name;
        done(result);
    });
}

void SettingsRecord::write_plain(const std::string& name, const bus::Value& value)
{
    write(name, value, [this, name, value](const Result<void>& result) {
        if (!result) {
            note_failure(name, result.error());
            return;
        }
        plan_.holds(name, value);
        failing_ = false;
    });
}

void SettingsRecord::note_failure(const std::string& name, const std::string& reason)
{
    if (!std::exchange(failing_, true)) log::error("{} is not saved, it is tried again: {}", path(name), reason);
}

void SettingsRecord::write(const std::string& name, const bus::Value& value, const Written& done)
{
    bus::Message call = store_.bus_.new_call(service, path(name).c_str(), bus_item, "SetValue");
    if (!call || append(call.get(), value) < 0) {
        done(Failure("out of memory"));
        return;
    }
    const auto place = writes_.emplace(writes_.end());
    *place = store_.bus_.call(std::move(call), [this, place, done](sd_bus_message* reply) {
        Result<void> result;
        std::int32_t code = -1;
        if (const auto error = bus::error_text(reply); !error.empty())
            result = Failure(error);
        else if (sd_bus_message_read(reply, "i", &code) < 0 || code != 0)
            result = Failure(fmt::format("code {}", code));
        const auto finished = done;
        writes_.erase(place);  // with this function
        finished(result);
    });
    if (*place) return;
    writes_.erase(place);
    done(Failure("out of memory"));
}

}  // namespace bmsd::store
