// bmsd scan --ble: which batteries are in range.
#include <fmt/format.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bms/catalogue.h"
#include "bms/language/advert.h"
#include "cli/commands.h"
#include "cli/items.h"
#include "cli/support.h"
#include "link/ble/bell.h"
#include "link/ble/bluez.h"
#include "model/json.h"

namespace bmsd::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration to_look = 20s, to_answer = 5s, progress_every = 5s;
constexpr const char* adapter_interface = "org.bluez.Adapter1";

struct Heard {
    std::string address, name;
    std::optional<int> rssi;
    std::vector<std::string> types;  // it may be
};

class Scan {
  public:
    explicit Scan(Loop& loop)
        : loop_(loop), bell_(loop), bluez_(loop, link::system_bus_address()), watch_(bluez_.subscribe([this] {
              collect();
              bell_.ring();
          }))
    {
    }

    Task<Result<void>> run();
    const std::map<std::string, Heard>& heard() const { return heard_; }

  private:
    Task<std::string> start(std::string adapter);
    void collect();

    Loop& loop_;
    link::Bell bell_;
    link::Bluez bluez_;
    link::Bluez::Subscription watch_;
    std::map<std::string, Heard> heard_;  // by address
    bool looks_ = false;
};

/// The names of the catalogue for what an advertisement suggests.
std::vector<std::string> types_of(const link::Bluez::Device& device)
{
    std::vector<std::string> types;
    for (const auto id : bms::ble::matches({device.address, device.name, device.uuids, device.maker_data})) {
        const std::string name = fmt::format("aiobmsble_{}_bms", id);
        if (bms::find(name) != nullptr) types.push_back(name);
    }
    return types;
}

/// A device that is heard no more leaves BlueZ's list after a while: it stays in ours.
void Scan::collect()
{
    if (!looks_) return;
    for (const auto& [path, device] : bluez_.devices()) {
        if (!device.rssi && !device.connected) continue;  // known from earlier, not heard now
        Heard& heard = heard_[device.address];
        heard.address = device.address;
        if (!device.name.empty()) heard.name = device.name;
        if (device.rssi) heard.rssi = device.rssi;
        heard.types = types_of(device);
    }
}

/// Empty, or why it cannot look around.
Task<std::string> Scan::start(std::string adapter)
{
    if (!bluez_.adapters()[adapter].powered) {
        const auto on = co_await bluez_.set_powered(adapter, true);
        if (!on) co_return on.error();
    }
    bus::Message filter = bluez_.message(adapter, adapter_interface, "SetDiscoveryFilter");
    if (filter) sd_bus_message_append(filter.get(), "a{sv}", 1, "Transport", "s", "le");
    co_await bluez_.call(std::move(filter));
    const auto started = co_await bluez_.call(bluez_.message(adapter, adapter_interface, "StartDiscovery"));
    co_return started ? "" : started.error();
}

Task<Result<void>> Scan::run()
{
    const Instant begun = loop_.now();
    while (!bluez_.running() && loop_.now() - begun < to_answer) co_await bell_.wait(begun + to_answer);
    if (!bluez_.running()) co_return Failure("Bluetooth: " + bluez_.problem());
    std::vector<std::string> adapters;
    for (const auto& [path, adapter] : bluez_.adapters()) adapters.push_back(path);
    if (adapters.empty()) co_return Failure("there is no Bluetooth adapter");
    std::string problem;
    bool one = false;
    for (const std::string& adapter : adapters) {
        const std::string why = co_await start(adapter);
        one = one || why.empty();
        if (!why.empty()) problem = fmt::format("{}: {}", adapter, why);
    }
    if (!one) co_return Failure(problem);
    looks_ = true;
    const bool tells = ::isatty(STDERR_FILENO) == 1;
    for (Duration looked{}; looked < to_look; looked += progress_every) {
        co_await loop_.sleep(progress_every);
        collect();
        const auto batteries =
            std::count_if(heard_.begin(), heard_.end(), [](const auto& h) { return !h.second.types.empty(); });
        if (tells)
            fmt::print(stderr, "{:.0f} of {:.0f} s: {} devices, {} of them may be batteries\n",
                       to_seconds(looked + progress_every), to_seconds(to_look), heard_.size(), batteries);
    }
    for (const std::string& adapter : adapters)
        co_await bluez_.call(bluez_.message(adapter, adapter_interface, "StopDiscovery"));
    co_return Result<void>{};
}

std::string strength(const Heard& heard)
{
    return heard.rssi ? fmt::format("{} dBm", *heard.rssi) : "-";
}

void print_json(const Heard& heard)
{
    boost::json::array types;
    for (const auto& type : heard.types) types.emplace_back(type);
    boost::json::object line{{"address", heard.address}, {"name", heard.name}, {"rssi", nullptr}};
    if (heard.rssi) line["rssi"] = *heard.rssi;
    line["types"] = std::move(types);
    fmt::print("{}\n", to_text(line));
}

void print_text(const std::vector<Heard>& batteries, std::size_t others)
{
    for (const Heard& heard : batteries)
        fmt::print("{}  {:>8}  {:24} {}\n", heard.address, strength(heard), printable(heard.name),
                   fmt::join(heard.types, " or "));
    if (others > 0) fmt::print("{} other devices in range ({} lists them)\n", others, "--all");
    if (batteries.empty()) return;
    std::vector<std::string> entries;
    for (const Heard& heard : batteries) entries.push_back(heard.types.front() + " " + heard.address);
    fmt::print("\nfor config.ini:\nBLUETOOTH_BMS = {}\n", fmt::join(entries, ", "));
}

}  // namespace

int scan_ble(const ScanOptions& options)
{
    RealLoop loop;
    Scan scan(loop);
    std::optional<Result<void>> done;
    const auto look = [&]() -> Task<void> { done = co_await scan.run(); };
    run_task(loop, look(), to_look + to_answer + 30s);
    if (!done || !*done) {
        fmt::print(stderr, "bmsd: {}\n", done ? done->error() : "no answer from BlueZ");
        return 1;
    }
    std::vector<Heard> batteries;
    std::size_t others = 0;
    for (const auto& [address, heard] : scan.heard()) {
        if (!heard.types.empty()) batteries.push_back(heard);
        if (heard.types.empty()) ++others;
        if (options.json && (!heard.types.empty() || options.all)) print_json(heard);
        if (!options.json && heard.types.empty() && options.all)
            fmt::print("{}  {:>8}  {:24} no battery that is known\n", address, strength(heard), printable(heard.name));
    }
    std::sort(batteries.begin(), batteries.end(),
              [](const Heard& a, const Heard& b) { return a.rssi.value_or(-999) > b.rssi.value_or(-999); });
    if (!options.json) print_text(batteries, options.all ? 0 : others);
    return batteries.empty() ? 1 : 0;
}

}  // namespace bmsd::cli
