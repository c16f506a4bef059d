#include "bus/remote_items.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <algorithm>

namespace bmsd::bus {
namespace {

constexpr const char* bus_item = "com.victronenergy.BusItem";

// The Value of {Value, Text}; nothing when it has none.
std::optional<Value> read_change(sd_bus_message* message)
{
    std::optional<Value> result;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") < 0) return result;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* key = nullptr;
        sd_bus_message_read(message, "s", &key);
        auto value = read_variant(message);
        if (std::string_view(key) == "Value") result = value ? std::move(*value) : Value();
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return result;
}

}  // namespace

RemoteItems::RemoteItems(Connection& bus, std::string service, std::vector<std::string> paths, Changed changed)
    : bus_(bus),
      service_(std::move(service)),
      paths_(std::move(paths)),
      changed_(std::move(changed)),
      values_(paths_.size()),
      calls_(paths_.size()),
      watch_(bus, service_, [this](const std::string& owner) { owner_changed(owner); })
{
    const std::string rule = fmt::format("type='signal',sender='{}',interface='{}',member=", service_, bus_item);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        matches_.push_back(bus.match(fmt::format("{}'PropertiesChanged',path='{}'", rule, paths_[i]),
                                     [this, i](sd_bus_message* signal) { properties_changed(i, signal); }));
    }
    matches_.push_back(
        bus.match(rule + "'ItemsChanged',path='/'", [this](sd_bus_message* signal) { items_changed(signal); }));
}

void RemoteItems::owner_changed(const std::string& owner)
{
    for (auto& call : calls_) call.reset();
    unanswered_ = owner.empty() ? 0 : paths_.size();
    std::ranges::fill(values_, Value());
    if (!owner.empty()) {
        for (std::size_t i = 0; i < paths_.size(); ++i) ask(i);
    }
    changed_();
}

void RemoteItems::ask(std::size_t index)
{
    calls_[index] = bus_.call(bus_.new_call(service_.c_str(), paths_[index].c_str(), bus_item, "GetValue"),
                              [this, index](sd_bus_message* reply) {
                                  const bool last = --unanswered_ == 0;
                                  if (sd_bus_message_is_method_error(reply, nullptr) <= 0) {
                                      if (auto value = read_variant(reply)) set(index, std::move(*value));
                                  }
                                  if (last) changed_();
                              });
}

void RemoteItems::set(std::size_t index, Value value)
{
    if (values_[index] == value) return;
    values_[index] = std::move(value);
    changed_();
}

void RemoteItems::properties_changed(std::size_t index, sd_bus_message* signal)
{
    if (auto value = read_change(signal)) set(index, std::move(*value));
}

void RemoteItems::items_changed(sd_bus_message* signal)
{
    if (sd_bus_message_enter_container(signal, 'a', "{sa{sv}}") < 0) return;
    while (sd_bus_message_enter_container(signal, 'e', "sa{sv}") > 0) {
        const char* path = nullptr;
        sd_bus_message_read(signal, "s", &path);
        const auto found = std::ranges::find(paths_, std::string_view(path));
        auto value = read_change(signal);
        if (found != paths_.end() && value) set(static_cast<std::size_t>(found - paths_.begin()), std::move(*value));
        sd_bus_message_exit_container(signal);
    }
    sd_bus_message_exit_container(signal);
}

}  // namespace bmsd::bus
