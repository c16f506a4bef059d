#include "store/settings_store.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <utility>

#include "control/input.h"
#include "store/setting_names.h"
#include "store/settings_record.h"
#include "util/log.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* service = settings_service;
constexpr const char* devices = "/Settings/Devices";
constexpr auto retry_interval = 5s;
constexpr std::size_t longest_text = 65536;  // of a value; none of ours comes near
constexpr double forget_after = 30 * 86400;  // s

// a{sv} inside a variant: "group/name" -> value. What is deeper or of an unknown type is left out.
std::map<std::string, Values, std::less<>> read_groups(sd_bus_message* reply)
{
    std::map<std::string, Values, std::less<>> groups;
    if (sd_bus_message_enter_container(reply, 'v', "a{sv}") <= 0) return groups;
    sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
        const char* key = nullptr;
        sd_bus_message_read(reply, "s", &key);
        const std::string_view path = key;
        const auto value = bus::read_variant(reply);
        const auto slash = path.find('/');
        const auto* content = value ? value->get<std::string>() : nullptr;
        const bool too_long = content != nullptr && content->size() > longest_text;
        if (value && !too_long && slash != std::string_view::npos) {
            groups[std::string(path.substr(0, slash))][std::string(path.substr(slash + 1))] = *value;
        }
        sd_bus_message_exit_container(reply);
    }
    return groups;
}

bool has_id(const Values& values, std::string_view id)
{
    const auto found = values.find("UniqueIdentifier");
    return found != values.end() && text(found->second) == id;
}

}  // namespace

SettingsStore::SettingsStore(bus::Connection& bus)
    : bus_(bus), watch_(bus, service, [this](const std::string& owner) { owner_changed(owner); })
{
}

SettingsStore::~SettingsStore() = default;

void SettingsStore::when_ready(std::function<void()> ready)
{
    if (ready_)
        ready();
    else
        waiting_.push_back(std::move(ready));
}

bool SettingsStore::known(std::string_view id) const
{
    return find(id) != nullptr;
}

const Values* SettingsStore::find(std::string_view id) const
{
    const Values* best = nullptr;
    for (const auto& [group, values] : groups_) {
        if (group.find("serialbattery") == std::string::npos || !has_id(values, id)) continue;
        const auto seen = [](const Values& v) { return number_of(v, "LastSeen").value_or(0); };
        if (best == nullptr || seen(values) > seen(*best)) best = &values;
    }
    return best;
}

std::unique_ptr<Record> SettingsStore::open(RecordKey key, Record::Events events)
{
    auto record = std::make_unique<SettingsRecord>(*this, std::move(key), std::move(events));
    if (ready_ && present()) record->add();
    return record;
}

void SettingsStore::owner_changed(const std::string& owner)
{
    retry_.reset();
    tree_call_.reset();
    if (!owner.empty()) {
        read_tree();
        return;
    }
    if (ready_) log::warning("The settings service is gone; values are saved again when it is back.");
    for (SettingsRecord* record : records_) record->lost();
}

void SettingsStore::read_tree()
{
    tree_call_ = bus_.call(bus_.new_call(service, devices, "com.victronenergy.BusItem", "GetValue"),
                           [this](sd_bus_message* reply) { tree_answered(reply); });
}

void SettingsStore::tree_answered(sd_bus_message* reply)
{
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    const bool no_devices_yet = error != nullptr && sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT) != 0;
    if (error != nullptr && !no_devices_yet) {
        if (!failing_) log::error("The settings cannot be read: {}", bus::error_text(reply));
        failing_ = true;
        retry_ = bus_.loop().at(bus_.loop().now() + retry_interval, [this] { read_tree(); });
        return;
    }
    failing_ = false;
    groups_.clear();
    if (error == nullptr) groups_ = read_groups(reply);
    const bool first = !std::exchange(ready_, true);
    for (SettingsRecord* record : records_) record->add();
    if (first) {
        for (const auto& ready : std::exchange(waiting_, {})) ready();
    }
}

void SettingsStore::clean_up()
{
    const double now = bus_.loop().wall();
    if (!ready_ || !present() || now < control::plausible_wall) return;
    for (auto group = groups_.begin(); group != groups_.end();) {
        const auto& [name, values] = *group++;
        const bool ours = std::ranges::any_of(records_, [&](const SettingsRecord* record) {
            return record->group() == name || has_id(values, record->id());
        });
        if (ours || name.find("serialbattery") == std::string::npos) continue;
        const auto seen = number_of(values, "LastSeen");
        if (!seen && values.contains("ClassAndVrmInstance")) remove(name, {"ClassAndVrmInstance"});
        if (!seen || now - *seen <= forget_after) continue;
        std::vector<std::string> names;
        for (const auto& setting : settings()) {
            if (values.contains(setting.name)) names.emplace_back(setting.name);
        }
        log::info("Battery {} was not seen for 30 days, its settings are removed.", name);
        remove(name, names);
    }
}

void SettingsStore::remove(const std::string& group, const std::vector<std::string>& names)
{
    const std::string path = fmt::format("{}/{}", devices, group);
    bus::Message call = bus_.new_call(service, path.c_str(), "com.victronenergy.Settings", "RemoveSettings");
    if (!call) return;
    sd_bus_message_open_container(call.get(), 'a', "s");
    Values& values = groups_.find(group)->second;
    for (const auto& name : names) {
        sd_bus_message_append(call.get(), "s", name.c_str());
        values.erase(name);
    }
    sd_bus_message_close_container(call.get());
    bus_.send(std::move(call));
}

}  // namespace bmsd::store
