#include "venus/service.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <utility>

#include "model/who.h"
#include "util/log.h"
#include "venus/json_data.h"

namespace bmsd::venus {
namespace {

using namespace std::chrono_literals;

constexpr auto name_patience = 20s;
constexpr auto retry_at_first = 1s, retry_later = 15s;
constexpr auto counter_interval = 30s;
constexpr std::uint32_t do_not_queue = 4;
constexpr std::uint32_t primary_owner = 1, already_owner = 4;  // answers to RequestName

struct Switch {
    std::string_view path;
    Command::Kind kind;
};
constexpr std::array switches{
    Switch{"/Settings/ForceChargingOff", Command::Kind::force_charging_off},
    Switch{"/Settings/ForceDischargingOff", Command::Kind::force_discharging_off},
    Switch{"/Settings/TurnBalancingOff", Command::Kind::turn_balancing_off},
    Switch{"/Settings/TurnHeatingOff", Command::Kind::turn_heating_off},
};

constexpr const char* bus_daemon = "org.freedesktop.DBus";

bus::Message daemon_call(bus::Connection& bus, const char* member)
{
    return bus.new_call(bus_daemon, "/org/freedesktop/DBus", bus_daemon, member);
}

}  // namespace

Service::Service(Loop& loop, std::string address, std::string name, Context context, Control& control, Events events)
    : loop_(loop),
      address_(std::move(address)),
      name_(std::move(name)),
      context_(std::move(context)),
      control_(control),
      events_(std::move(events)),
      tree_(make_leaves(context_))
{
    changed_.reserve(tree_.leaves().size());
}

Service::~Service()
{
    *alive_ = false;
    if (connected_) *connected_ = false;
}

bool Service::connect()
{
    auto bus = bus::Connection::open(loop_, address_, [this](const std::string& reason) { disconnected(reason); });
    if (!bus) {
        try_again(bus.error());
        return false;
    }
    bus_ = std::move(*bus);
    connected_ = std::make_shared<bool>(true);
    object_ = std::make_unique<Object>(*bus_, tree_, static_cast<Writer&>(*this));
    return true;
}

/// Of this connection alone: the bus may have a limit that the others have not reached. When the bus itself is gone
/// the daemon notices by its own.
void Service::disconnected(const std::string& reason)
{
    *connected_ = false;
    name_call_.reset();
    object_.reset();
    bus_.reset();
    if (phase_ != Phase::idle) try_again(reason);
}

void Service::start(const Snapshot& first)
{
    evaluate(first, true);
    changed_.clear();
    json_stale_ = true;
    phase_ = Phase::requesting;
    patient_until_ = loop_.now() + name_patience;
    told_ = false;
    request_name();
}

void Service::publish(const Snapshot& snapshot)
{
    if (bus_ && bus_->backed_up()) return;  // nobody reads; what changed meanwhile goes out in a later cycle
    evaluate(snapshot, false);
    update_json();
    send_changes();
}

void Service::release()
{
    retry_.reset();
    name_call_.reset();
    if (phase_ == Phase::idle) return;
    phase_ = Phase::idle;
    if (!bus_) return;
    bus::Message call = daemon_call(*bus_, "ReleaseName");
    if (call && sd_bus_message_append(call.get(), "s", name_.c_str()) >= 0) bus_->send(std::move(call));
}

void Service::reconfigure(const config::Config& config)
{
    static const Snapshot nothing;
    context_.config = &config;
    std::vector<Leaf> leaves = make_leaves(context_);
    for (auto& leaf : leaves) {
        if (leaf.row == nullptr) continue;
        if (const Leaf* present = tree_.find(leaf.path); present != nullptr && present->row != nullptr)
            leaf = *present;
        else if (leaf.row->life != Life::cycle)
            refresh(leaf, leaf.row->get({nothing, context_, leaf.n, scratch_}));
    }
    for (const auto& leaf : tree_.leaves()) {
        const bool gone = std::ranges::find(leaves, leaf.path, &Leaf::path) == leaves.end();
        if (gone) leaves.push_back({leaf.path, nullptr, 0, {}});
    }
    Tree former = std::exchange(tree_, Tree(std::move(leaves)));
    for (const auto& leaf : tree_.leaves()) {
        const Leaf* before = former.find(leaf.path);
        if (before == nullptr || before->value != leaf.value) changed_.push_back(&leaf);
    }
    json_stale_ = true;
    send_changes();
}

void Service::show_custom_name(const std::string& name)
{
    context_.custom_name = name;
    store("/CustomName", name);
}

void Service::show_place(const std::string& connection, const std::string& product)
{
    context_.connection = connection;
    context_.product_name = product;
    store("/Mgmt/Connection", connection);
    store("/ProductName", product);
}

void Service::show_not_saved(const std::string& why)
{
    if (context_.not_saved == why) return;
    context_.not_saved = why;
    store("/Info/NotSaved", why);
}

void Service::settle(const Command& command, bool done)
{
    const auto found = std::ranges::find(switches, command.kind, &Switch::kind);
    if (found == switches.end()) return;
    int& confirmed = confirmed_[static_cast<std::size_t>(command.kind)];
    const int wanted = command.value != 0 ? 1 : 0;
    if (done) {
        confirmed = wanted;
        return;
    }
    const Leaf* leaf = tree_.find(found->path);
    if (leaf != nullptr && leaf->value == bus::Value(wanted)) store(found->path, confirmed);
}

void Service::write(Leaf& leaf, const bus::Value& value, WriteReply reply)
{
    if (leaf.path == "/CustomName") {
        write_custom_name(value.null() ? "" : text(value), std::move(reply));
        return;
    }
    const auto* number = value.get<std::int64_t>();
    reply(number != nullptr ? write_control(leaf.path, *number) : Written::unusable);
}

Written Service::write_control(std::string_view path, std::int64_t value)
{
    if (const auto found = std::ranges::find(switches, path, &Switch::path); found != switches.end()) {
        if (value != 0 && value != 1) return Written::refused;
        return write_switch({found->kind, static_cast<double>(value)}, path);
    }
    if (path == "/Settings/ResetSocTo") {
        if (value < 0 || value > 100) return Written::refused;
        store(path, value);
        return Written::accepted;
    }
    Result<void> result = Failure("no such group");
    if (path == "/Settings/ResetSocToApply") {
        const Leaf* target = tree_.find("/Settings/ResetSocTo");
        result = control_.command({Command::Kind::set_soc, target->value.number().value_or(100)});
    } else if (value >= 1 && value <= 7) {  // /History/Clear
        result = control_.clear_history(static_cast<int>(value));
    }
    if (!result) log::warning("{}: {} = {} refused: {}", name_, path, value, result.error());
    return result ? Written::accepted : Written::refused;
}

// The value stands before the command is given, because that may settle at once.
Written Service::write_switch(const Command& command, std::string_view path)
{
    Leaf* leaf = tree_.find(path);
    const bus::Value before = std::exchange(leaf->value, bus::Value(static_cast<int>(command.value)));
    if (const auto result = control_.command(command); !result) {
        leaf->value = before;
        log::warning("{}: {} = {} refused: {}", name_, path, command.value, result.error());
        return Written::refused;
    }
    if (leaf->value != before) announce(*leaf);
    return Written::accepted;
}

void Service::write_custom_name(const std::string& name, WriteReply reply)
{
    const Leaf* leaf = tree_.find("/CustomName");
    const auto control_character = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    if (name.size() > longest_name || std::ranges::any_of(name, control_character)) {
        log::warning("{}: a custom name of {} bytes refused: at most {}, without control characters", name_,
                     name.size(), longest_name);
        reply(Written::refused);
        return;
    }
    if (leaf->value == bus::Value(name)) {
        reply(Written::accepted);
        return;
    }
    const auto answer = std::make_shared<WriteReply>(std::move(reply));
    control_.set_custom_name(name, [this, alive = alive_, asked = connected_, name, answer](const Result<void>& saved) {
        if (!*alive) return;
        if (saved)
            show_custom_name(name);
        else
            log::warning("{}: custom name not saved: {}", name_, saved.error());
        if (*asked) (*answer)(saved ? Written::accepted : Written::refused);
    });
}

void Service::request_name()
{
    if (!bus_ && !connect()) return;
    bus::Message call = daemon_call(*bus_, "RequestName");
    if (call && sd_bus_message_append(call.get(), "su", name_.c_str(), do_not_queue) >= 0)
        name_call_ = bus_->call(std::move(call), [this](sd_bus_message* reply) { name_answered(reply); });
    if (!name_call_) try_again("out of memory");
}

void Service::name_answered(sd_bus_message* reply)
{
    std::string reason = bus::error_text(reply);
    std::uint32_t answer = 0;
    if (reason.empty() && sd_bus_message_read(reply, "u", &answer) < 0) reason = "unexpected answer";
    if (answer == primary_owner || answer == already_owner) {
        phase_ = Phase::registered;
        told_ = false;
        if (events_.registered) events_.registered();
        return;
    }
    try_again(reason.empty() ? "another program has it" : reason);
}

void Service::try_again(const std::string& reason)
{
    const bool patient = loop_.now() < patient_until_;
    if (!patient && !std::exchange(told_, true) && events_.not_on_bus) events_.not_on_bus(reason);
    phase_ = Phase::requesting;
    retry_ = loop_.at(loop_.now() + (patient ? retry_at_first : retry_later), [this] { request_name(); });
}

void Service::evaluate(const Snapshot& snapshot, bool first)
{
    // together, so that they fit each other; at once when the wire has erred
    const std::uint64_t errors = snapshot.link.timeouts + snapshot.link.refused_total();
    const bool counters = std::exchange(wire_errors_, errors) != errors || first || loop_.now() >= counters_due_;
    if (counters) counters_due_ = loop_.now() + counter_interval;
    for (Leaf& leaf : tree_.leaves()) {
        if (leaf.row == nullptr) continue;
        const Life life = leaf.row->life;
        const bool due = life == Life::cycle || (life == Life::counter && counters) ||
                         (first && (life == Life::constant || (life == Life::control && leaf.value.null())));
        if (!due) continue;
        const auto get = first && leaf.row->first != nullptr ? leaf.row->first : leaf.row->get;
        if (refresh(leaf, get({snapshot, context_, leaf.n, scratch_}))) changed_.push_back(&leaf);
    }
}

void Service::update_json()
{
    json_stale_ = json_stale_ || !changed_.empty();
    if (!json_stale_) return;
    json_stale_ = false;
    Leaf* leaf = tree_.find("/JsonData");
    const bool wanted = context_.config->publish_battery_data_as_json;
    if (wanted) write_json_data(tree_, scratch_);
    if (refresh(*leaf, wanted ? Sample(scratch_) : Sample())) changed_.push_back(leaf);
}

void Service::store(std::string_view path, const bus::Value& value)
{
    Leaf* leaf = tree_.find(path);
    if (leaf == nullptr || leaf->value == value) return;
    leaf->value = value;
    announce(*leaf);
}

void Service::announce(const Leaf& leaf)
{
    json_stale_ = true;
    changed_.push_back(&leaf);
    send_changes();
}

void Service::send_changes()
{
    if (!changed_.empty() && registered()) object_->signal_changed(changed_);
    changed_.clear();
}

}  // namespace bmsd::venus
