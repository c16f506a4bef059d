#include "cli/can.h"

#include <fmt/format.h>

#include <algorithm>

#include "link/can/can_bus.h"
#include "util/loop.h"

namespace bmsd::cli {
namespace {

constexpr std::size_t most_ids = 256, most_reads = 4096;

void take(const link::CanNews& news, CanFacts& facts)
{
    if (news.trouble) {
        facts.unacknowledged = facts.unacknowledged || news.trouble->nobody_listens;
        facts.bus_off = facts.bus_off || news.trouble->health == link::CanHealth::bus_off;
    }
    if (!news.frame) return;
    ++facts.frames;
    const auto same = std::ranges::find(facts.newest, news.frame->id, &CanFrame::id);
    if (same != facts.newest.end())
        *same = *news.frame;
    else if (facts.newest.size() < most_ids)
        facts.newest.push_back(*news.frame);
}

void read_all(link::CanSystem& system, CanFacts& facts)
{
    std::vector<link::CanNews> news;
    for (std::size_t i = 0; i < most_reads; ++i) {
        const auto result = system.read(news);
        for (const link::CanNews& one : news) take(one, facts);
        news.clear();
        if (result != link::CanResult::done) break;
    }
    std::ranges::sort(facts.newest, {}, [](const CanFrame& f) { return std::pair(f.id.extended, f.id.value); });
}

}  // namespace

std::vector<CanFacts> look_at_can(const config::Config& config, double seconds)
{
    std::vector<CanFacts> all;
    for (const std::string& interface : config.can_port) all.push_back({.interface = interface});
    if (config.can_output_interface && !config.can_output_interface->empty())
        all.push_back({.interface = *config.can_output_interface, .inverter = true});
    if (all.empty()) return all;
    std::vector<std::unique_ptr<link::CanSystem>> systems;
    for (CanFacts& facts : all) {
        systems.push_back(link::system_can(facts.interface));
        facts.link = systems.back()->look();
        if (const auto opened = systems.back()->open(); !opened) facts.problem = opened.error();
    }
    RealLoop loop;
    const Wait end = loop.at(loop.now() + bmsd::seconds(seconds), [&loop] { loop.stop(); });
    loop.run();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (systems[i]->is_open()) read_all(*systems[i], all[i]);
    return all;
}

std::string state_text(const link::CanLink& link)
{
    if (!link.present) return "there is no such interface";
    if (!link.up) return "down";
    std::string text = "up";
    if (link.bit_rate != 0) text += fmt::format(", {} bit/s", link.bit_rate);
    if (link.health) text += fmt::format(", {}", link::can_health_names[static_cast<std::size_t>(*link.health)]);
    if (link.send_errors && link.receive_errors)
        text += fmt::format(", error counters {} sending, {} receiving", *link.send_errors, *link.receive_errors);
    return text;
}

}  // namespace bmsd::cli
