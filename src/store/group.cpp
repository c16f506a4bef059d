#include "store/group.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <list>
#include <utility>

#include "store/setting_names.h"
#include "store/settings_message.h"
#include "util/file.h"
#include "util/log.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto write_interval = 60s;
constexpr auto retry_interval = 5s;
constexpr const char* bus_item = "com.victronenergy.BusItem";

/// What is wanted and what is stored; when what differs is written.
class Plan {
  public:
    explicit Plan(Loop& loop) : loop_(loop) {}

    void holds(const std::string& name, const bus::Value& value) { held_.insert_or_assign(name, value); }
    const Values& held() const { return held_; }
    void want(const std::string& name, const bus::Value& value) { wanted_.insert_or_assign(name, value); }
    /// Those that differ; the others, and what was tried less than a minute ago, wait.
    Values due(bool all)
    {
        Values out;
        for (const auto& [name, value] : wanted_) {
            const auto held = held_.find(name);
            if (held != held_.end() && held->second == value) continue;
            const auto tried = tried_.find(name);
            if (!all && tried != tried_.end() && loop_.now() < tried->second + write_interval) continue;
            tried_.insert_or_assign(name, loop_.now());
            out.emplace(name, value);
        }
        return out;
    }

  private:
    Loop& loop_;
    Values held_, wanted_;
    std::map<std::string, Instant, std::less<>> tried_;
};

class SettingsGroup final : public Group {
  public:
    SettingsGroup(bus::Connection& bus, std::string name, std::vector<GroupSetting> settings, Ready ready,
                  Changed changed)
        : bus_(bus),
          name_(std::move(name)),
          settings_(std::move(settings)),
          ready_(std::move(ready)),
          changed_(std::move(changed)),
          plan_(bus.loop()),
          watch_(bus, settings_service, [this](const std::string& owner) { owner_changed(owner); })
    {
        for (const GroupSetting& setting : settings_) {
            const std::string name_of_it(setting.name);
            matches_.push_back(
                bus_.match(fmt::format("type='signal',sender='{}',interface='{}',member='PropertiesChanged',path='{}'",
                                       settings_service, bus_item, path(name_of_it)),
                           [this, name_of_it](sd_bus_message* signal) { told(name_of_it, signal); }));
        }
    }

    ~SettingsGroup() override { *alive_ = false; }

    void set(const std::string& name, const bus::Value& value) override
    {
        plan_.want(name, value);
        write(plan_.held().empty() ? Values() : plan_.due(false));
    }

    void flush() override { write(plan_.due(true)); }

  private:
    std::string path(std::string_view name) const { return fmt::format("/Settings/Devices/{}/{}", name_, name); }

    void owner_changed(const std::string& owner)
    {
        retry_.reset();
        add_call_.reset();
        there_ = false;
        if (!owner.empty()) add();
    }

    void add()
    {
        bus::Message call = bus_.new_call(settings_service, "/", "com.victronenergy.Settings", "AddSettings");
        bool good = call && sd_bus_message_open_container(call.get(), 'a', "a{sv}") >= 0;
        for (const GroupSetting& setting : settings_) {
            good = good && append_setting(call.get(), path(setting.name), setting.initial, setting.silent) >= 0;
        }
        if (!good || sd_bus_message_close_container(call.get()) < 0) return;
        add_call_ = bus_.call(std::move(call), [this](sd_bus_message* reply) { added(reply); });
    }

    void added(sd_bus_message* reply)
    {
        if (const auto error = bus::error_text(reply); !error.empty()) {
            log::warning("The settings of {} cannot be read: {}", name_, error);
            retry_ = bus_.loop().at(bus_.loop().now() + retry_interval, [this] { add(); });
            return;
        }
        if (sd_bus_message_enter_container(reply, 'a', "a{sv}") <= 0) return;
        while (const auto entry = read_dictionary(reply)) {
            const auto whose = entry->find("path"), value = entry->find("value");
            if (whose == entry->end() || value == entry->end()) continue;
            const std::string full = text(whose->second);
            plan_.holds(full.substr(full.rfind('/') + 1), value->second);
        }
        there_ = true;
        if (ready_) std::exchange(ready_, {})(plan_.held());
    }

    void told(const std::string& name, sd_bus_message* signal)
    {
        const auto changes = read_dictionary(signal);
        if (!changes || !changes->contains("Value")) return;
        const bus::Value& value = changes->find("Value")->second;
        const auto held = plan_.held().find(name);
        const bool news = held == plan_.held().end() || !(held->second == value);
        plan_.holds(name, value);
        if (news && changed_) changed_(name, value);
    }

    void write(const Values& values)
    {
        if (!there_) return;
        for (const auto& [name, value] : values) {
            bus::Message call = bus_.new_call(settings_service, path(name).c_str(), bus_item, "SetValue");
            if (!call || append(call.get(), value) < 0) continue;
            auto& slot = writes_.emplace_back();
            const auto done = [this, name, value, at = &slot](sd_bus_message* reply) {
                const std::string error = bus::error_text(reply);
                if (error.empty()) plan_.holds(name, value);
                if (!error.empty()) log::warning("{} is not saved: {}", path(name), error);
                bus_.loop().post([this, at, alive = alive_] {
                    if (*alive) writes_.remove_if([&](const bus::Slot& s) { return &s == at; });
                });
            };
            slot = bus_.call(std::move(call), done);
        }
    }

    bus::Connection& bus_;
    std::string name_;
    std::vector<GroupSetting> settings_;
    Ready ready_;
    Changed changed_;
    Plan plan_;
    bool there_ = false;
    bus::Slot add_call_;
    std::vector<bus::Slot> matches_;
    std::list<bus::Slot> writes_;
    Wait retry_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bus::NameWatch watch_;  // last: it calls back as soon as it is there
};

json::value to_json(const bus::Value& value)
{
    if (const auto* number = value.get<std::int64_t>()) return *number;
    if (const auto* number = value.get<double>()) return *number;
    if (const auto* text = value.get<std::string>()) return json::value(*text);
    return nullptr;
}

bus::Value from_json(const json::value& value)
{
    if (value.is_int64()) return value.get_int64();
    if (value.is_number()) return value.to_number<double>();
    return value.is_string() ? bus::Value(std::string(value.get_string())) : bus::Value();
}

class FileGroup final : public Group {
  public:
    FileGroup(Loop& loop, std::string file, const std::vector<GroupSetting>& settings, Ready ready)
        : file_(std::move(file)), plan_(loop)
    {
        for (const GroupSetting& setting : settings) plan_.holds(std::string(setting.name), setting.initial);
        if (const auto content = read_file(file_)) read(*content);
        ready_wait_ = loop.at(loop.now(), [this, ready = std::move(ready)] { ready(plan_.held()); });
    }

    void set(const std::string& name, const bus::Value& value) override
    {
        plan_.want(name, value);
        write(plan_.due(false));
    }

    void flush() override { write(plan_.due(true)); }

  private:
    void read(const std::string& content)
    {
        boost::system::error_code error;
        const json::value document = json::parse(content, error);
        if (error || !document.is_object()) return;
        for (const auto& [name, value] : document.get_object()) {
            if (plan_.held().contains(std::string_view(name))) plan_.holds(std::string(name), from_json(value));
        }
    }

    void write(const Values& changes)
    {
        if (changes.empty()) return;
        for (const auto& [name, value] : changes) plan_.holds(name, value);
        json::object document;
        for (const auto& [name, value] : plan_.held()) document[name] = to_json(value);
        if (const auto done = write_file(file_, json::serialize(document) + "\n"); !done) {
            log::warning("{} is not saved: {}", file_, done.error());
        }
    }

    std::string file_;
    Plan plan_;
    Wait ready_wait_;
};

}  // namespace

std::unique_ptr<Group> open_settings_group(bus::Connection& bus, std::string name, std::vector<GroupSetting> settings,
                                           Group::Ready ready, Group::Changed changed)
{
    return std::make_unique<SettingsGroup>(bus, std::move(name), std::move(settings), std::move(ready),
                                           std::move(changed));
}

std::unique_ptr<Group> open_file_group(Loop& loop, std::string file, const std::vector<GroupSetting>& settings,
                                       Group::Ready ready)
{
    return std::make_unique<FileGroup>(loop, std::move(file), settings, std::move(ready));
}

}  // namespace bmsd::store
