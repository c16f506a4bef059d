#include "venus/bank_service.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <algorithm>

#include "util/log.h"
#include "venus/bank_page.h"

namespace bmsd::venus {
namespace {

using namespace std::chrono_literals;

constexpr auto name_patience = 20s;
constexpr auto name_retry = 1s;
constexpr std::uint32_t do_not_queue = 4;
constexpr std::uint32_t primary_owner = 1, already_owner = 4;  // answers to RequestName
constexpr const char* bus_daemon = "org.freedesktop.DBus";
constexpr std::int64_t product_id = 0xBA77;  // as the single batteries

constexpr std::string_view custom_name = "/CustomName", forget = "/Settings/ForgetOffline",
                           soc_to = "/Settings/ResetSocTo", soc_apply = "/Settings/ResetSocToApply",
                           page_request = "/Battery/Request/Id";

Sample sample_of(const Number& value, int decimals)
{
    if (!value) return {};
    return decimals == 0 ? Sample(static_cast<std::int64_t>(*value)) : Sample(*value);
}

bool is_published(const bank::ItemRow& row)
{
    return row.parallel != bank::Rule::none;
}
bool is_published(const bank::WordRow& row)
{
    return row.word > bank::Word::serial;
}

}  // namespace

Result<std::unique_ptr<BankService>> BankService::open(Loop& loop, const std::string& address, Identity identity,
                                                       const config::Config& config, Control& control, Events events)
{
    std::unique_ptr<BankService> service(
        new BankService(loop, std::move(identity), config, control, std::move(events)));
    auto bus = bus::Connection::open(loop, address, [self = service.get()](const std::string& reason) {
        self->registered_ = false;
        if (self->events_.failed) self->events_.failed(reason);
    });
    if (!bus) return std::unexpected(bus.error());
    service->bus_ = std::move(*bus);
    service->object_ = std::make_unique<Object>(*service->bus_, service->tree_, static_cast<Writer&>(*service));
    service->request_until_ = loop.now() + name_patience;
    service->request_name();
    return service;
}

BankService::BankService(Loop& loop, Identity identity, const config::Config& config, Control& control, Events events)
    : loop_(loop),
      identity_(std::move(identity)),
      config_(config),
      control_(control),
      events_(std::move(events)),
      tree_({})
{
    make_tree({});
}

void BankService::add(std::vector<Leaf>& leaves, std::string path, char type, bus::Format format, bool writable,
                      const bus::Value& value)
{
    if (std::ranges::find(leaves, path, &Leaf::path) != leaves.end()) return;
    const Life life = writable ? Life::control : Life::cycle;
    rows_.push_back({{}, type, format, life, Precision{}, nullptr});
    const Leaf* before = tree_.find(path);
    leaves.push_back({std::move(path), &rows_.back(), 0, before != nullptr ? before->value : value});
}

/// Everything the bank itself has, then what each battery has. A path that was there once stays.
void BankService::make_tree(std::span<const bank::Member> members)
{
    std::vector<Leaf> leaves;
    const auto text = [&](std::string_view path, const bus::Value& value) {
        add(leaves, std::string(path), 's', {}, false, value);
    };
    const auto number = [&](std::string_view path, std::int64_t value, bus::Format format = {}) {
        add(leaves, std::string(path), 'i', format, false, value);
    };
    text("/Mgmt/ProcessName", identity_.process_name);
    text("/Mgmt/ProcessVersion", identity_.process_version);
    text("/Mgmt/Connection", "Virtual");
    number("/DeviceInstance", identity_.instance);
    number("/ProductId", product_id, {.hex = true});
    text("/ProductName", "Aggregate Battery");
    text("/FirmwareVersion", identity_.process_version);
    text("/HardwareVersion", {});
    number("/Connected", 1);
    text("/Serial", "aggregate");
    add(leaves, std::string(custom_name), 's', {}, true, identity_.custom_name);
    add(leaves, std::string(forget), 'i', {}, true, 0);
    add(leaves, std::string(soc_to), 'i', {}, true, 100);
    add(leaves, std::string(soc_apply), 'i', {}, true, 0);
    number("/Settings/HasTemperature", 1);
    for (const bank::ItemRow& row : bank::item_rows()) {
        const char type = row.decimals == 0 ? 'i' : 'd';
        if (is_published(row)) add(leaves, std::string(row.path), type, {row.decimals, row.unit}, false, {});
    }
    for (const bank::WordRow& row : bank::word_rows()) {
        if (is_published(row)) text(row.path, {});
    }
    add_members(leaves, members);
    for (const Leaf& leaf : tree_.leaves()) {
        if (std::ranges::find(leaves, leaf.path, &Leaf::path) == leaves.end())
            leaves.push_back({leaf.path, leaf.row, 0, {}});
    }
    tree_ = Tree(std::move(leaves));
}

void BankService::add_members(std::vector<Leaf>& leaves, std::span<const bank::Member> members)
{
    if (config_.aggregate_member_page && !members.empty()) {
        add(leaves, std::string(page_request), 'i', {}, true, 1);
        for (std::size_t n = 1; n <= members.size(); ++n) {
            for (const PageLeaf& row : member_page(members[n - 1], n))
                add(leaves, row.path, row.type, row.format, false, {});
        }
    }
    if (!config_.aggregate_send_cell_voltages) return;
    for (const auto& [path, value] : member_cells(members)) add(leaves, path, 'd', {3, "V"}, false, {});
}

void BankService::fill_members(std::span<const bank::Member> members)
{
    if (config_.aggregate_member_page) {
        for (std::size_t n = 1; n <= members.size(); ++n) {
            for (const PageLeaf& row : member_page(members[n - 1], n)) set(row.path, row.value);
        }
    }
    if (!config_.aggregate_send_cell_voltages) return;
    for (const auto& [path, value] : member_cells(members)) set(path, sample_of(value, 3));
}

void BankService::set(std::string_view path, const Sample& sample)
{
    Leaf* leaf = tree_.find(path);
    if (leaf != nullptr && refresh(*leaf, sample)) changed_.push_back(leaf);
}

void BankService::publish(const bank::Output& output, std::span<const bank::Member> members)
{
    if (bus_->backed_up()) return;  // nobody reads; what changed meanwhile goes out in a later cycle
    std::vector<std::string> shape;
    for (const bank::Member& member : members) {
        shape.push_back(fmt::format("{} {}", member.name, member.values.cells.size()));
    }
    if (shape != shape_ && (config_.aggregate_member_page || config_.aggregate_send_cell_voltages)) {
        shape_ = std::move(shape);
        make_tree(members);
    }
    for (const bank::ItemRow& row : bank::item_rows()) {
        if (is_published(row)) set(row.path, sample_of(output.values[row.item], row.decimals));
    }
    for (const bank::WordRow& row : bank::word_rows()) {
        const std::string& word = output.values[row.word];
        if (is_published(row)) set(row.path, word.empty() ? Sample() : Sample(word));
    }
    fill_members(members);
    send_changes();
}

void BankService::show_custom_name(const std::string& name)
{
    identity_.custom_name = name;
    set(custom_name, name);
    send_changes();
}

void BankService::write(Leaf& leaf, const bus::Value& value, WriteReply reply)
{
    Result<void> done;
    if (leaf.path == custom_name) {
        const std::string name = value.null() ? "" : text(value);
        reply(control_.rename(name) ? Written::accepted : Written::refused);
        return;  // shown when it is saved
    } else if (leaf.path == forget || leaf.path == soc_apply) {
        if (leaf.path == soc_apply) done = control_.set_soc(tree_.find(soc_to)->value.number().value_or(100));
        if (leaf.path == forget && value.number() == 1) done = control_.forget_offline();
        reply(done ? Written::accepted : Written::refused);
        return;  // returns to 0 by itself: it never left it
    } else if (leaf.path == soc_to && !(value.number() >= 0 && value.number() <= 100)) {
        done = Failure("outside 0..100");
    } else if (leaf.path == page_request) {
        const auto count = static_cast<double>(shape_.size());
        if (!(value.number() >= 1 && value.number() <= count)) done = Failure("no such battery");
    }
    if (!done) log::warning("Bank: {} refused: {}", leaf.path, done.error());
    if (done) {
        leaf.value = value;
        changed_.push_back(&leaf);
        send_changes();
    }
    reply(done ? Written::accepted : Written::refused);
}

void BankService::request_name()
{
    bus::Message call = bus_->new_call(bus_daemon, "/org/freedesktop/DBus", bus_daemon, "RequestName");
    if (call && sd_bus_message_append(call.get(), "su", bank_service, do_not_queue) >= 0) {
        name_call_ = bus_->call(std::move(call), [this](sd_bus_message* reply) { name_answered(reply); });
    }
}

void BankService::name_answered(sd_bus_message* reply)
{
    std::string reason = bus::error_text(reply);
    std::uint32_t answer = 0;
    if (reason.empty() && sd_bus_message_read(reply, "u", &answer) < 0) reason = "unexpected answer";
    if (answer == primary_owner || answer == already_owner) {
        registered_ = true;
        if (events_.registered) events_.registered();
        return;
    }
    if (reason.empty()) reason = "another program has it";
    if (loop_.now() < request_until_) {
        retry_ = loop_.at(loop_.now() + name_retry, [this] { request_name(); });
        return;
    }
    if (events_.failed) events_.failed(fmt::format("the name {} is not to be had: {}", bank_service, reason));
}

void BankService::send_changes()
{
    if (!changed_.empty() && registered_) object_->signal_changed(changed_);
    changed_.clear();
}

}  // namespace bmsd::venus
