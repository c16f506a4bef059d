#include "venus/document_service.h"

#include <algorithm>

namespace bmsd::venus {
namespace {

using bank::DocumentKind;

constexpr std::int64_t product_id = 0xFFFF;
constexpr std::string_view custom_name = "/CustomName", update_index = "/UpdateIndex", connected = "/Connected";
constexpr int update_indices = 256;

/// Numbers that are counts, states or switches.
bool is_whole(std::string_view path, DocumentKind kind)
{
    if (kind == DocumentKind::alarm) return true;
    constexpr std::string_view beginnings[]{"/Alarms/", "/Io/", "/Balances/", "/System/NrOf"};
    constexpr std::string_view paths[]{"/TimeToGo",
                                       "/Balancing",
                                       "/Heating",
                                       "/SystemSwitch",
                                       "/State",
                                       "/Settings/HasTemperature",
                                       "/Info/ChargeRequest",
                                       "/History/ChargeCycles",
                                       "/History/FullDischarges",
                                       "/History/HighVoltageAlarms",
                                       "/History/LowVoltageAlarms",
                                       "/History/TimeSinceLastFullCharge"};
    return std::ranges::any_of(beginnings, [&](auto beginning) { return path.starts_with(beginning); }) ||
           std::ranges::find(paths, path) != std::end(paths);
}

/// Decimals and unit of the text form (section 3.4).
bus::Format format_of(std::string_view path, DocumentKind kind)
{
    if (kind == DocumentKind::cell || path == "/Voltages/Diff") return {3, "V"};
    if (kind == DocumentKind::pack) return {2, "V"};
    if (kind == DocumentKind::percent) return {0, "%"};
    if (kind == DocumentKind::temperature) return {1, "C"};
    if (kind == DocumentKind::current) return {1, "A"};
    if (path.ends_with("Power")) return {0, "W"};
    if (path.ends_with("Capacity") || path.ends_with("Amphours")) return {1, "Ah"};
    return {};
}

Sample sample_of(const bank::DocumentValue& value, bool whole)
{
    if (const auto* number = std::get_if<double>(&value))
        return whole ? Sample(static_cast<std::int64_t>(*number)) : Sample(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return {*text};
    return {};
}

}  // namespace

Result<std::unique_ptr<DocumentService>> DocumentService::open(Loop& loop, const std::string& address,
                                                               const Identity& identity, Events events,
                                                               const bank::DocumentBattery& first)
{
    std::unique_ptr<DocumentService> service(new DocumentService(std::move(events)));
    auto* self = service.get();
    auto bus = bus::Connection::open(loop, address, [self](const std::string& reason) {
        if (self->events_.disconnected) self->events_.disconnected(reason);
    });
    if (!bus) return Failure(bus.error());
    self->bus_ = std::move(*bus);
    self->make_tree(identity);
    self->object_ = std::make_unique<Object>(*self->bus_, self->tree_, static_cast<Writer&>(*self));
    self->publish(first, true);
    self->name_ = std::make_unique<OwnName>(*self->bus_, identity.name,
                                            OwnName::Events{self->events_.registered, self->events_.not_on_bus});
    return service;
}

void DocumentService::add(std::vector<Leaf>& leaves, std::string path, char type, bus::Format format, bool writable,
                          const bus::Value& value)
{
    rows_.push_back({{}, type, format, writable ? Life::control : Life::cycle, Precision{}, nullptr});
    leaves.push_back({std::move(path), &rows_.back(), 0, value});
}

void DocumentService::make_tree(const Identity& identity)
{
    std::vector<Leaf> leaves;
    const auto text = [&](std::string_view path, const bus::Value& value) {
        add(leaves, std::string(path), 's', {}, false, value);
    };
    const auto number = [&](std::string_view path, const bus::Value& value, bus::Format format = {}) {
        add(leaves, std::string(path), 'i', format, false, value);
    };
    text("/Mgmt/ProcessName", identity.process_name);
    text("/Mgmt/ProcessVersion", identity.process_version);
    text("/Mgmt/Connection", identity.connection);
    number("/DeviceInstance", identity.instance);
    number("/ProductId", product_id, {.hex = true});
    text("/ProductName", "MQTT Battery");
    text("/FirmwareVersion", identity.process_version);
    text("/HardwareVersion", {});
    text("/Serial", identity.serial);
    number(connected, 1);
    number(update_index, 0);
    number("/Latency", {});
    add(leaves, std::string(custom_name), 's', {}, true, identity.custom_name);
    tree_ = Tree(std::move(leaves));
}

/// A later document may bring paths of a family that were not there; what was there once stays.
void DocumentService::add_new_paths(const bank::DocumentBattery& battery)
{
    if (battery.values().size() == known_paths_) return;
    known_paths_ = battery.values().size();
    std::vector<Leaf> leaves(tree_.leaves().begin(), tree_.leaves().end());
    for (const auto& [path, value] : battery.values()) {
        if (tree_.find(path) != nullptr) continue;
        const DocumentKind kind = bank::document_kind(path).value_or(DocumentKind::any);
        const char type = kind == DocumentKind::text ? 's' : is_whole(path, kind) ? 'i' : 'd';
        add(leaves, path, type, format_of(path, kind), false, {});
    }
    tree_ = Tree(std::move(leaves));
}

void DocumentService::set(std::string_view path, const Sample& sample)
{
    Leaf* leaf = tree_.find(path);
    if (leaf != nullptr && refresh(*leaf, sample)) changed_.push_back(leaf);
}

void DocumentService::publish(const bank::DocumentBattery& battery, bool counted)
{
    if (bus_->backed_up()) return;  // nobody reads; what changed meanwhile goes out with a later message
    add_new_paths(battery);
    for (const auto& [path, value] : battery.values()) {
        const bool whole = is_whole(path, bank::document_kind(path).value_or(DocumentKind::any));
        set(path, sample_of(value, whole));
    }
    set(connected, battery.state() == bank::DocumentBattery::State::online ? 1 : 0);
    if (counted) set(update_index, update_index_ = (update_index_ + 1) % update_indices);
    send_changes();
}

void DocumentService::show_custom_name(const std::string& name)
{
    set(custom_name, name);
    send_changes();
}

void DocumentService::write(Leaf& leaf, const bus::Value& value, WriteReply reply)
{
    if (leaf.path != custom_name || !events_.renamed) return reply(Written::refused);
    const std::string name = value.null() ? "" : text(value);
    const auto answer = std::make_shared<WriteReply>(std::move(reply));
    events_.renamed(name, [this, name, answer, alive = alive_](bool saved) {
        if (!*alive) return;
        if (saved) show_custom_name(name);
        (*answer)(saved ? Written::accepted : Written::refused);
    });
}

void DocumentService::send_changes()
{
    if (!changed_.empty() && registered()) object_->signal_changed(changed_);
    changed_.clear();
}

}  // namespace bmsd::venus
