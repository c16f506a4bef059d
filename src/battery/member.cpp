#include "battery/member.h"

#include <algorithm>

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

// A pause in which cables may have been swapped: longer than a lost read or two.
constexpr Duration shortest_gap = 5s, beyond_interval = 4s;

}  // namespace

Member::Member(std::shared_ptr<Battery> served, Found found, link::Port& port)
    : battery(std::move(served)),
      line(found.line),
      channel(port, battery->link()),
      judge(*battery),
      protocol_(std::move(found.protocol)),
      seat_(battery->seat())
{
}

Task<bms::Reply<void>> Member::read(Reading& next)
{
    auto taken = co_await protocol_->poll(channel, next);
    if (taken) taken = judge.look(next);
    const bool gap = doubted_ || battery->age() > std::max(shortest_gap, interval + beyond_interval);
    if (!taken || !gap) co_return taken;
    co_return co_await identify_again(next);
}

/// It was not heard for a while: its name is asked for before its values are believed.
Task<bms::Reply<void>> Member::identify_again(Reading& next)
{
    Reading fresh;
    const auto taken = co_await protocol_->identify(channel, fresh);
    if (!taken) co_return taken;
    if (!same_pack(battery->reading(), fresh)) co_return judge.stranger(std::move(fresh));
    judge.no_stranger();
    doubted_ = false;
    next = std::move(fresh);
    co_return judge.look(next);
}

Task<bool> Member::carry_out(Reading& reading)
{
    const auto command = battery->pending().take();
    if (!command) co_return true;
    const auto joins = [&](const Command& waiting) { return protocol_->joins(*command, waiting); };
    const std::vector<Command> with = battery->pending().take_with(joins);
    const auto reply = co_await protocol_->command(channel, reading, *command);
    battery->conclude(*command, reply);
    for (const Command& other : with) battery->conclude(other, reply);
    co_return reply.has_value();
}

}  // namespace bmsd::battery
