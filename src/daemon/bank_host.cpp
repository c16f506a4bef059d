#include "daemon/bank_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>

#include "store/setting_names.h"
#include "util/log.h"
#include "util/version.h"

namespace bmsd::daemon {
namespace {

using namespace std::chrono_literals;

constexpr const char* group_name = "batteryaggregate";
constexpr const char* other_name = "com.victronenergy.battery.aggregator";
constexpr auto others_gone_for = 60s;  // before ours comes in place of another one
constexpr auto retry_after = 60s;      // a name that was not to be had
constexpr auto longest_silence = 10s;  // beyond the interval of the polls, failed ones too
constexpr auto save_interval = 10s;

std::vector<store::GroupSetting> group_settings(const config::Config& config)
{
    const auto instance = fmt::format("battery:{}", config.aggregate_instance);
    return {{"ClassAndVrmInstance", bus::Value(instance)}, {"CustomName", bus::Value("")},
            {"Members", bus::Value("[]"), true},           {"Charge", bus::Value(""), true},
            {"LastBalancing", bus::Value(""), true},       {"BalancingState", bus::Value(0), true},
            {"FeedInSwitchedOff", bus::Value(0), true}};
}

std::string text_in(const store::Values& values, std::string_view name)
{
    const auto found = values.find(name);
    return found == values.end() || found->second.null() ? std::string() : text(found->second);
}

bank::Stored stored_in(const store::Values& values)
{
    bank::Stored out;
    out.charge = store::number_of(values, "Charge");
    out.own.balancing.last = bank::read_date(text_in(values, "LastBalancing"));
    out.own.balancing.state = static_cast<int>(store::number_of(values, "BalancingState").value_or(0));
    out.feed_in_switched_off = store::number_of(values, "FeedInSwitchedOff").value_or(0) != 0;
    return out;
}

std::int64_t instance_in(const store::Values& values, std::int64_t otherwise)
{
    const std::string text = text_in(values, "ClassAndVrmInstance");
    const auto colon = text.find(':');
    std::int64_t out = otherwise;
    if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), out);
    return out;
}

/// The local day; none before the clock is set.
std::optional<bank::Date> today(double wall)
{
    if (wall < control::plausible_wall) return std::nullopt;
    const auto seconds = static_cast<std::time_t>(wall);
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return std::nullopt;
    return bank::Date{local.tm_year + 1900, static_cast<std::uint8_t>(local.tm_mon + 1),
                      static_cast<std::uint8_t>(local.tm_mday)};
}

}  // namespace

BankHost::BankHost(const Setting& setting) : setting_(setting)
{
    other_ = std::make_unique<bus::NameWatch>(setting_.bus, other_name, [this](const std::string& owner) {
        if (owner.empty() && told_other_) other_left_ = setting_.loop.now();
    });
    if (!setting_.file.empty()) {
        open_group();
        return;
    }
    // nothing is made in the settings where there never was a bank
    const std::string members = fmt::format("/Settings/Devices/{}/Members", group_name);
    probe_ = setting_.bus.call(
        setting_.bus.new_call(store::settings_service, members.c_str(), "com.victronenergy.BusItem", "GetValue"),
        [this](sd_bus_message* reply) {
            if (bus::error_text(reply).empty()) open_group();
        });
}

void BankHost::open_group()
{
    if (group_) return;
    const auto ready = [this](const store::Values& values) { restored(values); };
    const auto changed = [this](const std::string& name, const bus::Value& value) {
        if (name == "CustomName") show_name(value.null() ? "" : text(value));
    };
    auto settings = group_settings(setting_.config);
    if (setting_.file.empty()) {
        group_ = store::open_settings_group(setting_.bus, group_name, std::move(settings), ready, changed);
    } else {
        group_ = store::open_file_group(setting_.loop, setting_.file, settings, ready);
    }
}

BankHost::~BankHost()
{
    setting_.gate.serve(setting_.id, nullptr);
}

control::Now BankHost::now() const
{
    return {to_seconds(setting_.loop.now().time_since_epoch()), setting_.loop.wall()};
}

void BankHost::restored(const store::Values& values)
{
    custom_name_ = text_in(values, "CustomName");
    instance_ = instance_in(values, setting_.config.aggregate_instance);
    life_ = std::make_unique<bank::Life>(setting_.config, bank::read_learned(text_in(values, "Members")));
    bank_ = std::make_unique<bank::Bank>(setting_.config, stored_in(values));
    bank_->set_settings_invalid(settings_invalid_);
    for (const auto& line : bank_->unusable()) log::error(">>> The bank: this line cannot be read: {}", line);
    setting_.gate.serve(setting_.id, this);
    shown_.identity.type = "Bank";
    schedule();
}

/// The next merge without a battery that asks for it: those that are gone are seen by the clock.
void BankHost::schedule()
{
    const auto interval = std::chrono::seconds(setting_.config.aggregate_update_interval);
    timer_ = setting_.loop.at(setting_.loop.now() + interval, [this] { step(); });
}

void BankHost::cycle(const bank::Face& face, const Snapshot& snapshot)
{
    const std::string& enable = setting_.config.aggregate_enable;
    if (!group_ && (enable == "True" || (enable == "auto" && first_ != face.identity && !first_.empty()))) open_group();
    if (first_.empty()) first_ = face.identity;
    if (!life_ || enable == "False") return;
    Seen& seen = seen_[face.identity];
    if (seen.name != face.name) {
        seen.name = face.name;
        seen.belongs = belongs(face);
    }
    if (!seen.belongs) return;
    bank::look(snapshot, face, setting_.config, seen.sighting);
    seen.fresh = true;
    seen.until = setting_.loop.now() + seconds(std::max(1.0, snapshot.link.poll_interval)) + longest_silence;
    const auto fresh = [](const auto& entry) {
        return entry.second.fresh || !entry.second.belongs || !entry.second.sighting.answers;
    };
    const bool at_once = setting_.config.aggregate_update_interval <= 1 && std::ranges::all_of(seen_, fresh);
    if (at_once && !posted_) posted_ = setting_.loop.at(setting_.loop.now(), [this] { step(); });
}

/// By AGGREGATE_INCLUDE and AGGREGATE_EXCLUDE.
bool BankHost::belongs(const bank::Face& face) const
{
    bank::Service service;
    service.name = face.service;
    service.port = face.service.substr(face.service.rfind('.') + 1);
    service.port = service.port.substr(0, service.port.find("__"));
    service.own = true;
    service.values[bank::Word::custom_name] = face.name;
    service.values[bank::Word::serial] = face.identity;
    const config::Config& config = setting_.config;
    return matches_any(config.aggregate_include, service) && !matches_any(config.aggregate_exclude, service);
}

void BankHost::step()
{
    posted_.reset();
    schedule();
    present_.clear();
    // the port is gone, or a session hangs: nothing rests on what is that old
    std::erase_if(seen_, [&](const auto& one) { return setting_.loop.now() >= one.second.until; });
    for (auto& [identity, seen] : seen_) {
        seen.fresh = false;
        if (seen.belongs) present_.push_back(seen.sighting);
    }
    const control::Now now = this->now();
    life_->step(present_, now);
    for (const auto& line : life_->take_lines()) log::info("{}", line);
    around_.today = today(now.wall);
    if (!life_->serving() || other_aggregator()) {
        stop_serving();
    } else {
        bank_->step(life_->members(), around_, now);
        serve();
        tell();
    }
    save();
}

/// Another program that does the same is in the way; one line about it.
bool BankHost::other_aggregator() const
{
    return !other_->owner().empty() || setting_.loop.now() < other_left_ + (told_other_ ? others_gone_for : 0s);
}

void BankHost::serve()
{
    if (!service_ && setting_.loop.now() < retry_at_) return;
    if (!service_) {
        std::error_code unknown;
        venus::BankService::Identity identity;
        identity.process_name = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
        identity.process_version = std::string(version);
        identity.custom_name = custom_name_;
        identity.instance = instance_;
        const auto failed = [this](const std::string& reason) {
            log::error(">>> The bank is not on the bus, it is tried again: {}", reason);
            retry_at_ = setting_.loop.now() + retry_after;
            posted_ = setting_.loop.at(setting_.loop.now(), [this] {
                service_.reset();
                posted_.reset();
            });
        };
        auto opened =
            venus::BankService::open(setting_.loop, setting_.bus_address, std::move(identity), setting_.config, *this,
                                     {[] { log::info("The bank is on the bus"); }, failed});
        if (!opened) return failed(opened.error());
        service_ = std::move(*opened);
    }
    service_->publish(bank_->output(), life_->members());
    bank::reflect(bank_->output(), shown_);
    post(site::Change::What::cycle);
}

void BankHost::stop_serving()
{
    if (other_aggregator() && !told_other_) {
        told_other_ = true;
        log::warning("Another program combines the batteries ({}); this one does not", other_name);
    }
    if (service_) {
        log::warning("The bank leaves the bus");
        post(site::Change::What::left);
    }
    service_.reset();  // with its connection goes its name
}

void BankHost::tell()
{
    const bank::Output& out = bank_->output();
    if (out.own_control_impossible && !std::exchange(told_own_, true)) {
        log::error(
            ">>> AGGREGATE_CHARGE_CONTROL = own: the batteries differ in their cells; their own limits are used");
    }
    const auto period = std::chrono::seconds(setting_.config.aggregate_log_period);
    if (period == 0s || setting_.loop.now() < told_at_ + period) return;
    told_at_ = setting_.loop.now();
    const auto shown = [&](bank::Item item) {
        const Number& value = out.values[item];
        return value ? fmt::format("{:.4g}", *value) : std::string("-");
    };
    using bank::Item;
    log::info("Bank: {}, {} V, {} A, {} %, CVL {} V, CCL {} A, DCL {} A; {}", text(out.state), shown(Item::voltage),
              shown(Item::current), shown(Item::soc), shown(Item::charge_voltage), shown(Item::charge_current),
              shown(Item::discharge_current), out.values[bank::Word::connection]);
}

void BankHost::save()
{
    if (setting_.loop.now() < save_at_ || (!service_ && life_->learned().empty())) return;
    save_at_ = setting_.loop.now() + save_interval;
    group_->set("Members", bus::Value(bank::to_text(life_->learned())));
    const bank::Stored stored = bank_->stored();
    const auto& balancing = stored.own.balancing;
    group_->set("BalancingState", bus::Value(balancing.state));
    group_->set("LastBalancing", bus::Value(balancing.last ? text(*balancing.last) : std::string()));
    group_->set("FeedInSwitchedOff", bus::Value(stored.feed_in_switched_off ? 1 : 0));
    if (stored.charge) group_->set("Charge", bus::Value(bank_->charge_to_store()));
}

void BankHost::reconfigure(bool settings_invalid)
{
    settings_invalid_ = settings_invalid;
    for (auto& [identity, seen] : seen_) seen.name.clear();  // who belongs to it is asked again
    if (!bank_) return;
    bank_->set_settings_invalid(settings_invalid);
    bank_->reconfigure();
}

void BankHost::flush()
{
    if (!life_) return;
    save_at_ = {};
    save();
    group_->flush();
}

void BankHost::post(site::Change::What what)
{
    if (!who_ || who_->custom_name != custom_name_) {
        auto who = std::make_shared<Who>();
        who->id = setting_.id;
        who->unique_id = who->name = "aggregate";
        who->place.device = "aggregate";
        who->custom_name = custom_name_;
        who->instance = instance_;
        who->commands = {Command::Kind::set_soc};
        who->bank = true;
        who_ = std::move(who);
    }
    setting_.board.post(what, who_, shown_);
}

Result<void> BankHost::carry_out(const site::Wish& wish, site::Told told)
{
    if (const auto* command = std::get_if<Command>(&wish); command != nullptr) {
        bank_->set_soc(command->value);  // it has no switches
    } else if (const auto* rename = std::get_if<site::Rename>(&wish); rename != nullptr) {
        group_->set("CustomName", bus::Value(rename->name));
        group_->flush();
        show_name(rename->name);
    } else if (std::holds_alternative<site::ForgetOffline>(wish)) {
        life_->forget_offline();
    } else {
        return Failure("a bank cannot do that");
    }
    told({true, {}});
    return {};
}

void BankHost::show_name(const std::string& name)
{
    custom_name_ = name;
    if (!service_) return;
    service_->show_custom_name(custom_name_);
    post(site::Change::What::changed);
}

Result<void> BankHost::ask(site::Wish wish)
{
    return setting_.gate.ask({setting_.id, site::Origin::dbus, std::move(wish)});
}

Result<void> BankHost::rename(const std::string& name)
{
    return ask(site::Rename{name});
}

Result<void> BankHost::set_soc(double percent)
{
    return ask(Command{Command::Kind::set_soc, percent});
}

Result<void> BankHost::forget_offline()
{
    return ask(site::ForgetOffline{});
}

}  // namespace bmsd::daemon
