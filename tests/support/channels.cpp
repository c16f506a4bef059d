#include "support/channels.h"

namespace bmsd::test {

Bytes DeviceChannel::respond(ByteView request)
{
    append(pending_, request);
    Bytes reply;
    while (!pending_.empty()) {
        const std::size_t used = device_.receive(pending_, reply);
        if (used == 0) break;
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (damage) damage(steps, request, reply);
    ++steps;
    return reply;
}

}  // namespace bmsd::test
