// bmsd simulate: batteries on pseudo terminals until stopped.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>

#include "battery/detection.h"
#include "bus/monitor.h"
#include "cli/commands.h"
#include "cli/items.h"
#include "cli/support.h"
#include "cli/usage.h"
#include "model/json.h"
#include "sim/recording.h"
#include "sim/simulation.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

struct Simulated {
    std::unique_ptr<sim::Simulation> simulation;
    std::string link;
};

/// `type` may carry options of its own, behind commas as in a port name sim:TYPE; they win.
Result<std::vector<sim::Sketch>> sketches(const SimulateOptions& options, const std::string& type, std::uint64_t seed)
{
    const auto comma = std::min(type.find(','), type.size());
    auto base = sim::parse_sketch(fmt::format("sim:{},chemistry={},cells={},capacity={},soc={}{}",
                                              type.substr(0, comma), options.chemistry, options.cells, options.capacity,
                                              options.soc, type.substr(comma)));
    if (!base) return Failure(base.error());
    if (!options.charger && !base->current) base->current = options.current;
    std::vector<sim::Sketch> all;
    for (const auto& address : options.addresses) {
        const auto number = battery::parse_address(address);
        if (!number) return Failure("no address: " + address);
        base->line.address = *number;
        base->seed = seed + all.size();
        all.push_back(*base);
    }
    if (all.empty()) {
        base->seed = seed;
        all.push_back(*base);
    }
    return all;
}

sim::DeviceServer::Options server_options(const SimulateOptions& options, const sim::Sketch& sketch, std::string link)
{
    return {.link = std::move(link),
            .wire_timing = options.wire,
            .baud = sketch.line.baud,
            .faults = {.silent = options.silent,
                       .garbage = options.garbage,
                       .bit_error = options.bit_error,
                       .cut = options.cut,
                       .slow = options.slow,
                       .seed = options.seed}};
}

/// What the daemon that reads `path` publishes for it is what the simulated power system obeys.
sim::Orders orders_for(const bus::Monitor& monitor, const std::string& path)
{
    for (const auto& [service, items] : monitor.services()) {
        if (!is_on_port(items, path)) continue;
        return {number(items, "/Info/MaxChargeVoltage"), number(items, "/Info/MaxChargeCurrent"),
                number(items, "/Info/MaxDischargeCurrent"), number(items, "/Io/AllowToCharge").value_or(0) != 0,
                number(items, "/Io/AllowToDischarge").value_or(0) != 0};
    }
    return {};
}

class Fair {
  public:
    Fair(RealLoop& loop, const SimulateOptions& options) : loop_(loop), options_(options) {}

    Result<void> open()
    {
        for (std::size_t i = 0; i < options_.types.size(); ++i) {
            auto all = sketches(options_, options_.types[i], options_.seed + 100 * i);
            if (!all) return Failure(all.error());
            const auto link = i < options_.links.size() ? options_.links[i] : std::string();
            auto simulation = std::make_unique<sim::Simulation>(
                loop_, *all, server_options(options_, all->front(), link), options_.speed);
            std::printf("%s %s\n", options_.types[i].c_str(), simulation->path().c_str());
            all_.push_back(std::move(simulation));
        }
        std::fflush(stdout);
        if (options_.charger) connect();
        if (options_.unplug_every > 0) plan_unplug();
        return {};
    }

  private:
    void connect()
    {
        auto bus = bus::Connection::open(loop_, bus::bus_address(), [this](const std::string& reason) {
            std::fprintf(stderr, "bmsd: D-Bus: %s; nothing flows without limits\n", reason.c_str());
            for (auto& simulation : all_)
                for (std::size_t i = 0; i < simulation->size(); ++i) simulation->set_orders(i, {});
        });
        if (!bus) {
            std::fprintf(stderr, "bmsd: no D-Bus: %s; nothing flows without limits\n", bus.error().c_str());
            return;
        }
        bus_ = std::move(*bus);
        monitor_ = std::make_unique<bus::Monitor>(*bus_, [this] {
            for (auto& simulation : all_)
                for (std::size_t i = 0; i < simulation->size(); ++i)
                    simulation->set_orders(i, orders_for(*monitor_, simulation->path()));
        });
    }

    void plan_unplug()
    {
        plan_ = loop_.at(loop_.now() + seconds(options_.unplug_every), [this] {
            for (auto& simulation : all_) simulation->server().unplug();
            plan_ = loop_.at(loop_.now() + std::chrono::seconds(5), [this] {
                for (auto& simulation : all_) simulation->server().plug();
                plan_unplug();
            });
        });
    }

    RealLoop& loop_;
    const SimulateOptions& options_;
    std::vector<std::unique_ptr<sim::Simulation>> all_;
    std::unique_ptr<bus::Connection> bus_;
    std::unique_ptr<bus::Monitor> monitor_;
    Wait plan_;
};

/// The battery and a power system that obeys it, `hours` long and as fast as it goes, as a file for bmsd replay.
Result<void> record(const SimulateOptions& options)
{
    if (auto free = may_write(options.record, "{"); !free) return free;
    auto all = sketches(options, options.types.front(), options.seed);
    if (!all) return Failure(all.error());
    sim::World scenario;
    scenario.config = sim::fitting_config(all->front().chemistry, options.capacity / 2, options.capacity / 2);
    scenario.site = sim::site_of(all->front());
    sim::ClosedLoop loop(std::move(scenario));
    sim::Recording recording(loop);
    const auto cycles = static_cast<std::uint64_t>(options.hours * 3600);
    while (loop.cycles() < cycles) {
        loop.step();
        recording.add(loop);
    }
    return write_file(options.record, to_text(recording.file()) + "\n");
}

}  // namespace

int simulate(const SimulateOptions& options)
{
    for (const auto& type : options.types) {
        if (const auto usable = sketches(options, type, options.seed); !usable) {
            std::fprintf(stderr, "bmsd: %s\n", usable.error().c_str());
            return usage_failure;
        }
    }
    if (!options.record.empty()) {
        const auto recorded = record(options);
        if (!recorded) std::fprintf(stderr, "bmsd: %s\n", recorded.error().c_str());
        return recorded ? 0 : 1;
    }
    RealLoop loop;
    Fair fair(loop, options);
    const auto opened = fair.open();
    if (!opened) {
        std::fprintf(stderr, "bmsd: %s\n", opened.error().c_str());
        return 1;
    }
    const Wait interrupt = loop.on_signal(SIGINT, [&] { loop.stop(); });
    const Wait terminate = loop.on_signal(SIGTERM, [&] { loop.stop(); });
    loop.run();
    return 0;
}

}  // namespace bmsd::cli
