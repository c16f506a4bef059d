// bmsd scan: who is on which port, all ports at the same time.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <cstdio>
#include <memory>

#include "battery/detection.h"
#include "bms/language/identity.h"
#include "cli/commands.h"
#include "cli/items.h"
#include "cli/support.h"
#include "cli/usage.h"
#include "daemon/configuration.h"
#include "daemon/port_factory.h"
#include "daemon/ports.h"
#include "model/json.h"
#include "util/log.h"

namespace bmsd::cli {
namespace {

struct Scanned {
    std::string name;
    Result<daemon::MadePort> made = Failure("not opened");
    LinkQuality quality;
    std::vector<battery::Found> found;
    std::string problem;
    bool asked = false;  // the port could be used
    Task<void> task;
};

Task<void> scan_port(Scanned& scanned, const config::Config& config, battery::TypeMemory& memory)
{
    if (const auto usable = look_at_port(scanned.name); !usable) {
        scanned.problem = usable.error();
        co_return;
    }
    scanned.asked = true;
    battery::Detection detection(*scanned.made->port, scanned.quality, config, memory);
    scanned.found = co_await detection.run();
    scanned.made->port->close();
    if (scanned.found.empty()) scanned.problem = "no battery answers";
}

Task<void> scan_all(std::vector<std::unique_ptr<Scanned>>& all)
{
    for (auto& scanned : all) scanned->task.start();
    for (auto& scanned : all) co_await scanned->task.ended();
}

void print(const Scanned& scanned, bool json)
{
    if (scanned.found.empty() && !json) fmt::print("{:16} {}\n", scanned.name, scanned.problem);
    for (const auto& found : scanned.found) {
        const auto& identity = found.reading.identity;
        const auto& t = found.reading.telemetry;
        if (json) {
            const boost::json::object line{{"port", scanned.name},
                                           {"bms", found.entry->name},
                                           {"baud", found.line.baud},
                                           {"address", bms::address_text(found.line.address)},
                                           {"unique_id", identity.unique_id.value_or("")}};
            fmt::print("{}\n", to_text(line));
            continue;
        }
        fmt::print("{:16} {:14} {:6} baud, address {}, {}, {} cells, {} V\n", scanned.name, found.entry->name,
                   found.line.baud, bms::address_text(found.line.address), printable(identity.unique_id.value_or("?")),
                   t.cell_count ? std::to_string(*t.cell_count) : "?",
                   t.voltage ? fmt::format("{:.2f}", *t.voltage) : "?");
        if (found.entry->only_when_named)
            fmt::print("{:16} it is served only with this line in config.ini: BMS_TYPE = {}\n", "", found.entry->name);
    }
}

/// On a terminal: a line every few seconds, so that a long search is seen to go on.
class Progress {
  public:
    Progress(Loop& loop, const std::vector<std::unique_ptr<Scanned>>& all) : loop_(loop), all_(all)
    {
        if (::isatty(STDERR_FILENO) == 1) plan();
    }

  private:
    void plan()
    {
        constexpr auto every = std::chrono::seconds(5);
        next_ = loop_.at(loop_.now() + every, [this] {
            for (const auto& scanned : all_) {
                if (scanned->task.done()) continue;
                fmt::print(stderr, "{}: still asking, {} answers and {} silences so far\n", scanned->name,
                           scanned->quality.replies, scanned->quality.timeouts);
            }
            plan();
        });
    }

    Loop& loop_;
    const std::vector<std::unique_ptr<Scanned>>& all_;
    Wait next_;
};

/// Every type there is, those too that are asked only when they are named.
void ask_all(config::Config& config)
{
    config.bms_type.clear();
    for (const bms::Entry* entry : bms::catalogue()) config.bms_type.emplace_back(entry->name);
}

/// The types a search without BMS_TYPE leaves out.
std::string left_out(const config::Config& config)
{
    std::vector<std::string_view> names;
    if (config.bms_type.empty()) {
        for (const bms::Entry* entry : bms::catalogue())
            if (entry->only_when_named) names.push_back(entry->name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

int scan(const ScanOptions& options)
{
    log::set_level(log::Level::error);
    RealLoop loop;
    auto configuration = daemon::load_configuration(options.common.config_file);
    if (options.all) ask_all(configuration.config);
    battery::TypeMemory memory("");
    std::vector<std::string> names = options.ports;
    if (names.empty()) {
        const auto there = daemon::PortWatch(loop, "/dev", [](const std::string&) {}).present();
        names.assign(there.begin(), there.end());
    }
    if (names.empty()) fmt::print(stderr, "bmsd: there is no serial adapter\n");
    std::vector<std::unique_ptr<Scanned>> all;
    for (const auto& name : names) {
        auto scanned = std::make_unique<Scanned>();
        scanned->name = name;
        scanned->made = daemon::make_port(loop, name);
        if (!scanned->made) {
            fmt::print(stderr, "bmsd: {}\n", scanned->made.error());
            return usage_failure;
        }
        scanned->task = scan_port(*scanned, configuration.config, memory);
        all.push_back(std::move(scanned));
    }
    const Progress progress(loop, all);
    run_task(loop, scan_all(all), std::chrono::minutes(10));
    std::size_t found = 0;
    bool silent = false;  // a port is there, and nobody on it
    for (const auto& scanned : all) {
        print(*scanned, options.json);
        found += scanned->found.size();
        silent = silent || (scanned->found.empty() && scanned->asked);
    }
    if (const auto names = left_out(configuration.config); silent && !options.json && !names.empty())
        fmt::print(stderr, "not asked: {}; bmsd scan --all asks them, too\n", names);
    return found > 0 ? 0 : 1;
}

}  // namespace bmsd::cli
