#include "daemon/daemon.h"
#include "store/setting_names.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "config/bms_types.h"
#include "config/value.h"
#include "daemon/lock_folder.h"
#include "daemon/platform.h"
#include "sim/simulation.h"
#include "store/patient_store.h"
#include "store/settings_store.h"
#include "util/log.h"
#include "util/version.h"
#include "venus/names.h"

namespace bmsd::daemon {
namespace {

constexpr std::uint32_t bank_id = 1;
constexpr auto time_to_be_found =
    std::chrono::minutes(10);  // for batteries that are there; then old ones are forgotten

log::Level level_of(const config::Config& config)
{
    if (config.logging == "DEBUG") return log::Level::debug;
    if (config.logging == "WARNING") return log::Level::warning;
    return config.logging == "ERROR" ? log::Level::error : log::Level::info;
}

sim::Orders orders_of(const Limits& limits)
{
    return {limits.charge_voltage, limits.charge.applied, limits.discharge.applied, limits.charge.allowed,
            limits.discharge.allowed};
}

}  // namespace

std::string pid_file(const std::string& state_dir)
{
    return (state_dir.empty() ? default_state_dir() : state_dir) + "/bmsd.pid";
}

Daemon::Daemon(Options options) : options_(std::move(options))
{
    if (options_.state_dir.empty()) options_.state_dir = default_state_dir();
}

Daemon::~Daemon() = default;

void Daemon::fail(const std::string& reason)
{
    log::error(">>> {}", reason);
    exit_code_ = 1;
    loop_.stop();
}

int Daemon::run()
{
    std::signal(SIGPIPE, SIG_IGN);  // who reads the log may go
    listen_to_signals();            // first of all: what comes from now on is not lost
    raise_file_limit();
    configuration_ = load_configuration(options_.config_file);
    log::set_level(level_of(configuration_.config));
    log::info("Starting bmsd {}", version);
    log_platform();
    if (!take_state_dir()) return 1;
    tell_issues();
    keep_in_force(configuration_, options_.state_dir);
    memory_ = std::make_unique<battery::TypeMemory>(options_.state_dir + "/bms_detection_cache.json");
    if (!open_bus()) return 1;
    settings_watch_ = std::make_unique<bus::NameWatch>(
        *bus_, store::settings_service, [this](const std::string& owner) { choose_store(!owner.empty()); });
    loop_.run();
    for (auto& [name, port] : ports_) port.session->stop();
    if (can_) can_->stop();
    mqtt_.reset();
    if (bank_) bank_->flush();
    log::info("Exit code {}", exit_code_);
    return exit_code_;
}

void Daemon::listen_to_signals()
{
    for (const int signal : {SIGINT, SIGTERM}) {
        signals_.push_back(loop_.on_signal(signal, [this] {
            log::info("Stopping");
            loop_.stop();
        }));
    }
    signals_.push_back(loop_.on_signal(SIGHUP, [this] { reload(); }));
}

/// One daemon a state folder. A folder that cannot be written costs what would be saved, not the batteries.
bool Daemon::take_state_dir()
{
    std::error_code error;
    std::filesystem::create_directories(options_.state_dir, error);
    const std::string file = pid_file(options_.state_dir);
    constexpr int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    lock_ = link::Fd(::open(file.c_str(), O_RDWR | O_CREAT | flags, 0644));
    const int reason = errno;
    if (!lock_) lock_ = link::Fd(::open(file.c_str(), O_RDONLY | flags));  // left by an earlier one
    if (lock_ && ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        log::error(">>> Another bmsd runs with the state folder {}", options_.state_dir);
        return false;
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    const bool written = lock_ && ::ftruncate(lock_.get(), 0) == 0 &&
                         ::write(lock_.get(), pid.data(), pid.size()) == static_cast<ssize_t>(pid.size());
    if (!written) {
        log::error(
            ">>> The state folder {} cannot be written: {}. Batteries are served; names, history and SoC are "
            "saved when it can be",
            options_.state_dir, std::strerror(lock_ ? errno : reason));
    }
    return true;
}

bool Daemon::open_bus()
{
    const auto lost = [this](const std::string& reason) { fail("D-Bus: " + reason); };
    auto bus = bus::Connection::open(loop_, bus::bus_address(), lost);
    if (!bus) {
        log::error(">>> D-Bus: {}", bus.error());
        return false;
    }
    bus_ = std::move(*bus);
    return true;
}

/// The settings service where there is one, or has to come (Venus OS), with the file beside it; the file alone on a
/// machine that has none. Decided once, then the batteries start.
void Daemon::choose_store(bool has_settings_service)
{
    if (store_) return;
    auto file = std::make_unique<store::FileStore>(loop_, options_.state_dir + "/batteries.json");
    if (has_settings_service || on_venus()) {
        store_ = std::make_unique<store::PatientStore>(loop_, std::make_unique<store::SettingsStore>(*bus_),
                                                       std::move(file));
    } else {
        store_ = std::move(file);
    }
    start();
}

void Daemon::start()
{
    site_ = std::make_unique<Site>(
        Presence::Setting{loop_, configuration_.config, *store_, bus::bus_address(), board_, gate_},
        Site::Options{options_.lock_folder.empty() ? default_lock_folder(options_.state_dir) : options_.lock_folder,
                      bank_id + 1,
                      [this](const std::string& port, const Snapshot& snapshot) { after_cycle(port, snapshot); }});
    site_->set_settings_invalid(!configuration_.errors.empty());
    start_bank();
    ess_ = std::make_unique<venus::Ess>(*bus_, [this](const control::EssSettings& ess) {
        site_->set_ess(ess);
        bank_->set_ess(ess);
    });
    follow_sensor();
    publish();
    follow_mqtt();
    start_ports();
    clean_up_ = loop_.at(loop_.now() + time_to_be_found, [this] { store_->clean_up(); });
}

void Daemon::start_bank()
{
    const bool in_settings = dynamic_cast<const store::SettingsStore*>(store_.get()) != nullptr;
    const std::string file = in_settings ? "" : options_.state_dir + "/bank.json";
    bank_ = std::make_unique<BankHost>(BankHost::Setting{loop_, configuration_.config, *bus_, bus::bus_address(), file,
                                                         board_, gate_, BatteryId{bank_id}});
    bank_->reconfigure(!configuration_.errors.empty());
    site_->set_bank(bank_.get());
}

/// Anew with each configuration.
void Daemon::publish()
{
    publishers_.clear();
    publishers_ = make_publishers({loop_, configuration_.config, board_, gate_, options_.state_dir});
}

void Daemon::follow_sensor()
{
    sensor_.reset();
    site_->set_external(std::nullopt, std::nullopt);
    if (!venus::ExternalSensor::configured(configuration_.config)) return;
    sensor_ = std::make_unique<venus::ExternalSensor>(
        *bus_, configuration_.config,
        [this](const venus::ExternalSensor::Reading& reading) { site_->set_external(reading.current, reading.soc); });
}

/// The batteries that are told over MQTT, as the configuration in force has them.
void Daemon::follow_mqtt()
{
    mqtt_.reset();
    if (!MqttBatteries::wanted(configuration_.config)) return;
    mqtt_ = std::make_unique<MqttBatteries>(
        VirtualBattery::Setting{loop_, configuration_.config, *store_, bus::bus_address(), board_, gate_, bank_.get()},
        *site_);
}

void Daemon::start_ports()
{
    can_ = std::make_unique<CanPorts>(loop_, *site_, configuration_.config);
    can_->follow_config();
    if (!options_.claim_socket.empty()) {
        auto claims = Claims::open(loop_, options_.claim_socket,
                                   {[this](const std::string& port) { return claimed(port); },
                                    [this](const std::string& port) { taken_back(port); }});
        if (!claims) {
            fail(claims.error());
            return;
        }
        claims_ = std::move(*claims);
    }
    const auto serve_or_tell = [this](const std::string& name) {
        if (const auto served = serve(name); !served) log::error(">>> {}", served.error());
    };
    for (const auto& name : options_.ports) serve_or_tell(name);
    follow_bluetooth();
    if (claims_) return;
    watch_ = std::make_unique<PortWatch>(loop_, options_.device_folder,
                                         [this](const std::string& path) { adapter_appeared(path); });
    if (!options_.ports.empty()) return;
    const auto there = watch_->present();
    if (there.empty() && ports_.empty() && configuration_.config.can_port.empty())
        log::warning("There is no serial adapter yet; waiting for one");
    for (const auto& path : there) serve_or_tell(path);
}

/// Serves what BLUETOOTH_BMS names beside the command line, and no more what it does not name any more. An entry with
/// another adapter or password is another one: its battery is released, and found anew.
void Daemon::follow_bluetooth()
{
    const config::Config& config = configuration_.config;
    const auto& named = config.bluetooth_bms;
    const bool restarts = config.bluetooth_force_reset_ble_stack;
    const bool all = std::exchange(bluetooth_.restart_adapters, restarts) != restarts;  // each link has been told of it
    std::vector<std::string> gone;
    for (const auto& [name, served] : ports_)
        if (served.configured && (all || std::ranges::find(named, name) == named.end())) gone.push_back(name);
    for (const std::string& name : gone) stop_serving(name);
    for (const std::string& name : named) {
        if (ports_.contains(name)) continue;
        if (const auto served = serve(name); served)
            ports_.at(name).configured = true;
        else
            log::error(">>> {}", served.error());
    }
}

Result<void> Daemon::serve(const std::string& name)
{
    if (excluded(configuration_.config, name)) return Failure(name + " is excluded by EXCLUDED_DEVICES");
    if (config::is_can_interface(name)) {
        can_->serve(name);
        return {};
    }
    auto made = make_port(loop_, name, &bluetooth_);
    if (!made) return Failure(made.error());
    const std::string shown = made->port->name();  // an entry may hold a password
    Served served;
    served.simulation = std::move(made->simulation);
    const config::Config& config = configuration_.config;
    if (config.bms_capture_raw_data) {
        log::warning("************************************************************************");
        log::warning("*** Raw capture is on: everything that travels on {} is recorded", shown);
        log::warning("************************************************************************");
        served.capture = std::make_unique<replay::Capture>(
            shown,
            replay::Capture::Options{options_.state_dir + "/capture",
                                     static_cast<std::uint64_t>(config.bms_capture_raw_data_max_size_mb) << 20,
                                     static_cast<unsigned>(config.bms_capture_raw_data_backup_count)},
            [this] { return loop_.wall(); });
        made->port->set_tap(served.capture.get());
    }
    served.session = std::make_unique<battery::PortSession>(loop_, std::move(made->port), *site_, config, *memory_);
    if (served.capture) {
        served.session->on_read(
            [capture = served.capture.get()](const Reading& reading, double duration, bool success) {
                capture->decoded(reading, duration, success);
            });
    }
    if (claims_) served.session->on_change([this, name] { session_changed(name); });
    auto& kept = ports_[name] = std::move(served);
    kept.session->start();
    return {};
}

Result<void> Daemon::claimed(const std::string& name)
{
    if (const auto found = ports_.find(name); found != ports_.end()) {
        if (found->second.claimed) return Failure("it is served already");
        found->second.claimed = true;  // plugged in again while its batteries are still waited for
        found->second.session->resume();
        return {};
    }
    const auto served = serve(name);
    if (served) ports_.at(name).lent = ports_.at(name).claimed = true;
    return served;
}

/// By another program, which gets the port at once; or because the adapter was pulled.
void Daemon::taken_back(const std::string& name)
{
    log::info("{} is taken back", name);
    const auto found = ports_.find(name);
    if (found == ports_.end()) return;
    if (found->second.session->port().present())
        stop_serving(name);
    else
        wait_for(found->second, name);
}

/// The adapter was pulled: the batteries are lost like any others, with their services in place until they are given up
/// (core/charge-control.md section 15, number 11). Plugged in again the port is somebody else's until it is handed
/// over.
void Daemon::wait_for(Served& served, const std::string& name)
{
    if (served.session->batteries().empty()) {
        stop_serving(name);
        return;
    }
    served.claimed = false;
    served.session->suspend();
}

void Daemon::stop_serving(const std::string& name)
{
    const auto found = ports_.find(name);
    if (found == ports_.end()) return;
    found->second.session->stop();
    ports_.erase(found);
}

/// Where nobody is on a port that was handed over, the next program gets its turn.
void Daemon::session_changed(const std::string& name)
{
    loop_.post([this, name] {  // the session that tells this may not end in here
        using State = battery::PortSession::State;
        const auto found = ports_.find(name);
        if (found == ports_.end() || !found->second.lent) return;
        const auto& session = *found->second.session;
        const bool nobody = session.state() == State::searching && session.empty_searches() > 0;
        const bool gone = session.state() == State::absent;
        const bool pulled = found->second.claimed && !session.port().present();
        if (!nobody && !gone && !pulled) return;
        const bool claimed = found->second.claimed;
        if (nobody || gone)
            stop_serving(name);
        else
            wait_for(found->second, name);
        if (claimed) claims_->nobody_at(name);
    });
}

bool Daemon::a_named_port_is_missing() const
{
    return std::any_of(ports_.begin(), ports_.end(), [](const auto& served) {
        const link::Port& port = served.second.session->port();
        return port.transport() != bms::Transport::ble && !port.present();
    });
}

/// Adapters are served when all are; with named ports one that appears while a named one is missing may be that one
/// under another name.
void Daemon::adapter_appeared(const std::string& path)
{
    if (ports_.contains(path)) return;
    if (!options_.ports.empty() && !a_named_port_is_missing()) return;
    log::info("{} appeared", path);
    if (const auto served = serve(path); !served) log::info("{}", served.error());
}

void Daemon::after_cycle(const std::string& port, const Snapshot& snapshot)
{
    const auto served = std::find_if(ports_.begin(), ports_.end(),
                                     [&](const auto& p) { return p.second.session->port().name() == port; });
    if (served != ports_.end() && served->second.simulation)
        served->second.simulation->set_orders(0, orders_of(snapshot.limits));
}

void Daemon::tell_issues() const
{
    for (const auto& text : configuration_.errors) log::error(">>> {}", text);
    for (const auto& text : configuration_.warnings) log::warning("{}", text);
}

/// What a file with errors allows less than the old one, or cannot be read, counts all the same
/// (core/charge-control.md section 15, number 17).
void Daemon::lower_currents(const config::Config& refused)
{
    const auto lower = [](double& present, double wanted) {
        return std::exchange(present, std::min(present, wanted)) > present;
    };
    config::Config& config = configuration_.config;
    const bool charge = lower(config.max_battery_charge_current, refused.max_battery_charge_current);
    const bool discharge = lower(config.max_battery_discharge_current, refused.max_battery_discharge_current);
    if (!charge && !discharge) return;
    log::warning(">>> Until it is mended at most {} A charge and {} A discharge count",
                 config.max_battery_charge_current, config.max_battery_discharge_current);
    if (site_) site_->reconfigure(false);
}

void Daemon::reload()
{
    Configuration fresh = load_configuration(options_.config_file);
    if (!fresh.errors.empty()) {
        log::error(">>> The new configuration has errors and is not used; the old one stays in force");
        for (const auto& text : fresh.errors) log::error(">>> {}", text);
        lower_currents(fresh.config);
        keep_in_force(configuration_, options_.state_dir);
        return;
    }
    publishers_.clear();  // each with the configuration it was made from
    const bool same_mqtt = MqttBatteries::alike(configuration_.config, fresh.config);
    if (!same_mqtt) mqtt_.reset();
    const auto changed = config::diff(configuration_.config, fresh.config);
    configuration_ = std::move(fresh);  // in place: everything that refers to it sees the new values
    log::set_level(level_of(configuration_.config));
    tell_issues();
    if (site_) {
        site_->reconfigure(false);
        bank_->reconfigure(false);
        follow_sensor();
        publish();
        if (!same_mqtt) follow_mqtt();
    }
    for (auto& [name, port] : ports_) port.session->set_interval_from_config();
    if (can_) can_->follow_config();
    if (site_) follow_bluetooth();
    keep_in_force(configuration_, options_.state_dir);
    log::info("The configuration was read again{}{}",
              changed.empty() ? ", nothing is different" : ", different now: ", fmt::join(changed, ", "));
}

}  // namespace bmsd::daemon
