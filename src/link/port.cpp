#include "link/port.h"

namespace bmsd::link {

Task<bms::Reply<ByteView>> PortChannel::transact(bms::Exchange exchange)
{
    const bool only_looks = exchange.first == Duration::zero();  // at what has come: nothing there is no silence
    const bool listens = exchange.request.empty();
    const Instant begun = port_.steady();
    const auto reply = co_await port_.transact(std::move(exchange));
    if (listens) listened_ += port_.steady() - begun;
    wire_seconds_ += port_.wire_seconds();
    if (reply) {
        if (!reply->empty()) ++quality_.replies;
    } else if (only_looks && reply.error() != bms::Refusal::link_lost) {
        // nothing was missed
    } else if (reply.error() == bms::Refusal::silence) {
        ++quality_.timeouts;
    } else {
        refused(reply.error());
    }
    co_return reply;
}

void count(LinkQuality& quality, bms::Refusal reason)
{
    const auto name = bms::text(reason);
    const auto found = quality.refused.find(name);
    if (found != quality.refused.end()) {
        ++found->second;
    } else {
        quality.refused.emplace(name, 1);
    }
}

double PortChannel::take_wire_seconds()
{
    return std::exchange(wire_seconds_, 0);
}

}  // namespace bmsd::link
