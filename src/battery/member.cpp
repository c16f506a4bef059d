#include "battery/member.h"

#include <algorithm>

#include "bms/language/identity.h"
#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

// A pause in which cables may have been swapped: longer than a lost read or two.
constexpr Duration shortest_gap = 5s, beyond_interval = 4s;
constexpr auto count_believed_after = 60s;

bool differ(const Text& a, const Text& b)
{
    return a && b && !a->empty() && !b->empty() && *a != *b;
}

}  // namespace

bool same_pack(const Reading& known, const Reading& seen)
{
    const Identity &a = known.identity, &b = seen.identity;
    return !differ(a.type, b.type) && !differ(a.unique_id, b.unique_id) && !differ(a.serial_number, b.serial_number);
}

Member::Member(std::shared_ptr<Battery> served, Found found, link::Port& port)
    : battery(std::move(served)),
      line(found.line),
      channel(port, battery->link()),
      protocol_(std::move(found.protocol)),
      seat_(battery->seat())
{
}

bms::Reply<void> Member::refuse()
{
    channel.refused(bms::Refusal::implausible);
    return bms::refuse(bms::Refusal::implausible);
}

Task<bms::Reply<void>> Member::read(Reading& next)
{
    auto taken = co_await protocol_->poll(channel, next);
    if (taken) taken = judge(next);
    if (!taken || battery->age() <= std::max(shortest_gap, interval + beyond_interval)) co_return taken;
    co_return co_await identify_again(next);
}

/// It was not heard for a while: its name is asked for before its values are believed.
Task<bms::Reply<void>> Member::identify_again(Reading& next)
{
    Reading fresh;
    const auto taken = co_await protocol_->identify(channel, fresh);
    if (!taken) co_return taken;
    if (same_pack(battery->reading(), fresh)) {
        stranger_.reset();
        next = std::move(fresh);
        co_return judge(next);
    }
    const auto& facts = battery->facts();
    if (!stranger_) {  // a text may have been cut short once
        log::warning("{}: something else answers on {}, its values are not used", facts.id, facts.port);
    } else if (same_pack(*stranger_, fresh)) {
        log::warning("{}: another battery is on {} now", facts.id, facts.port);
        replaced_ = true;
    }
    stranger_ = std::move(fresh);
    co_return refuse();
}

/// The number of cells is known; a reply with another one is damaged until it has been the same for a minute.
bms::Reply<void> Member::judge(const Reading& next)
{
    const Instant now = battery->steady();
    if (!bms::plausible(next.telemetry)) return refuse();  // RA10
    const Count& known = battery->reading().telemetry.cell_count;
    const Count& seen = next.telemetry.cell_count;
    if (!known || !seen || *known == *seen) {
        other_count_.reset();
        return {};
    }
    if (other_count_ != seen) {
        other_count_ = seen;
        other_count_since_ = now;
        if (!std::exchange(count_told_, true))
            log::warning("{}: says {} cells instead of {}, the reply is not used", battery->facts().id, *seen, *known);
    }
    if (now - other_count_since_ >= count_believed_after && !replaced_) {
        log::warning("{}: has {} cells now, it starts anew", battery->facts().id, *seen);
        replaced_ = true;
    }
    return refuse();
}

void Member::sift(Telemetry& telemetry)
{
    const std::uint32_t now = bmsd::sift(telemetry);
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((now >> bit & 1) == 0) continue;
        channel.refused(bms::Refusal::implausible);
        if ((sifted_ >> bit & 1) == 0) log::warning("{}: {}, left out", battery->facts().id, sifted_text(bit));
    }
    sifted_ = now;
}

Task<bool> Member::carry_out(Reading& reading)
{
    const auto command = battery->pending().take();
    if (!command) co_return true;
    const auto reply = co_await protocol_->command(channel, reading, *command);
    battery->conclude(*command, reply);
    co_return reply.has_value();
}

}  // namespace bmsd::battery
