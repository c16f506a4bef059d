// bmsd read: identify, poll once, print.
#include <fmt/format.h>

#include <cstdio>

#include "battery/detection.h"
#include "bms/language/identity.h"
#include "cli/commands.h"
#include "cli/reading_text.h"
#include "cli/screen.h"
#include "cli/support.h"
#include "cli/usage.h"
#include "config/bms_types.h"
#include "daemon/configuration.h"
#include "daemon/port_factory.h"
#include "model/json.h"
#include "util/log.h"

namespace bmsd::cli {
namespace {

constexpr std::size_t usual_columns = 80;  // where no terminal is

struct Asked {
    Result<Reading> reading = Failure("no answer");
    LinkQuality quality;
};

std::string counted(const LinkQuality& quality)
{
    std::string text = fmt::format("{} replies, {} without an answer", quality.replies, quality.timeouts);
    for (const auto& [reason, count] : quality.refused) text += fmt::format(", {} refused: {}", count, reason);
    return text;
}

Task<void> read_once(Loop& loop, link::Port& port, const config::Config& config, unsigned baud, Asked& asked)
{
    constexpr auto look_again = std::chrono::milliseconds(200);
    asked.reading = Failure("no connection");
    while (port.transport() == bms::Transport::ble && !port.present()) co_await loop.sleep(look_again);
    battery::TypeMemory nothing("");
    battery::Detection detection(port, asked.quality, config, nothing);
    detection.only_at(baud);
    auto found = co_await detection.run();
    if (found.empty()) {
        const bool silent = asked.quality.replies == 0 && asked.quality.refused.empty();
        asked.reading = Failure((silent ? "nothing answers (" : "what answers is no battery that can be read (") +
                                counted(asked.quality) + ")");
        co_return;
    }
    auto& first = found.front();
    port.open(first.line.baud);
    link::PortChannel channel(port, asked.quality);
    auto polled = co_await first.protocol->poll(channel, first.reading);
    if (polled) polled = bms::accept(first.reading.telemetry);  // shown is what the daemon would use
    if (polled) {
        asked.reading = first.reading;
    } else {
        asked.reading = Failure(std::string(first.entry->name) + ": " + std::string(bms::text(polled.error())) + " (" +
                                counted(asked.quality) + ")");
    }
}

/// --bms, --address and --baud narrow what detection tries: one type, one address, one speed.
Result<void> narrow(const ReadOptions& options, config::Config& config)
{
    if (!options.bms.empty()) {
        const auto* entry = bms::find(options.bms);
        if (entry == nullptr) entry = bms::find(config::type_meant_by(options.bms));
        if (entry == nullptr) return Failure(config::unknown_bms_type(options.bms));
        config.bms_type = {std::string(entry->name)};
    }
    if (!options.address.empty()) {
        const auto address = battery::parse_address(options.address);
        if (!address) return Failure("no address: " + options.address);
        config.battery_addresses = {bms::address_text(*address)};
    }
    return {};
}

}  // namespace

int read(const ReadOptions& options)
{
    log::set_level(log::Level::warning);  // which request a battery does not answer
    auto loaded = daemon::load_configuration(options.common.config_file);
    if (const auto narrowed = narrow(options, loaded.config); !narrowed) {
        std::fprintf(stderr, "bmsd: %s\n", narrowed.error().c_str());
        return usage_failure;
    }
    RealLoop loop;
    daemon::Bluetooth bluetooth;
    auto made = daemon::make_port(loop, options.port, &bluetooth);
    if (!made) {
        std::fprintf(stderr, "bmsd: %s\n", made.error().c_str());
        return usage_failure;
    }
    if (const auto usable = look_at_port(options.port); !usable) {
        std::fprintf(stderr, "bmsd: %s: %s\n", options.port.c_str(), usable.error().c_str());
        return 1;
    }
    Asked asked;
    if (!run_task(loop, read_once(loop, *made->port, loaded.config, options.baud, asked), seconds(options.timeout)))
        asked.reading = Failure(fmt::format("no answer within {} s ({})", options.timeout, counted(asked.quality)));
    if (!asked.reading) {
        std::fprintf(stderr, "bmsd: %s: %s\n", options.port.c_str(), asked.reading.error().c_str());
        return 1;
    }
    if (options.json) {
        std::printf("%s\n", to_text(to_json(*asked.reading)).c_str());
    } else {
        const auto columns = terminal_size().columns;
        fmt::print("{}", reading_text(*asked.reading, columns > 0 ? columns : usual_columns));
    }
    return 0;
}

}  // namespace bmsd::cli
