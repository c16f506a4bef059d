#include "support/fake_port.h"

namespace bmsd::test {

Bytes FakePort::ask(ByteView request)
{
    Bytes reply;
    for (Served& served : devices_) {
        if (!served.answers || (served.baud != 0 && served.baud != baud_)) continue;
        append(served.input, request);
        while (!served.input.empty()) {
            const std::size_t used = served.device->receive(served.input, reply);
            if (used == 0) break;
            served.input.erase(served.input.begin(), served.input.begin() + static_cast<std::ptrdiff_t>(used));
        }
        served.input.clear();
    }
    if (damage) damage(reply);
    return reply;
}

Task<bms::Reply<ByteView>> FakePort::transact(bms::Exchange exchange)
{
    ++exchanges;
    if (!there || !open_) co_return bms::refuse(bms::Refusal::link_lost);
    const Bytes reply = ask(exchange.request);
    if (reply.empty()) {
        co_await loop_.sleep(exchange.first);
        co_return bms::refuse(there ? bms::Refusal::silence : bms::Refusal::link_lost);
    }
    co_await loop_.sleep(reply_time);
    buffer_.clear();
    std::size_t wanted = exchange.length(buffer_);
    for (std::size_t i = 0; i < reply.size() && buffer_.size() < wanted; ++i) {
        buffer_.push_back(reply[i]);
        wanted = exchange.length(buffer_);
    }
    if (buffer_.size() < wanted && !exchange.partial) {
        co_await loop_.sleep(exchange.rest);
        co_return bms::refuse(bms::Refusal::cut_short);
    }
    co_return ByteView(buffer_);
}

}  // namespace bmsd::test
