#include "replay/script_channel.h"

#include <algorithm>

namespace bmsd::replay {

Task<bms::Reply<ByteView>> BufferChannel::transact(bms::Exchange exchange)
{
    requests.emplace_back(exchange.request.begin(), exchange.request.end());
    const Bytes reply = respond(exchange.request);
    buffer_.clear();
    std::size_t wanted = exchange.length(buffer_);
    for (std::size_t i = 0; i < reply.size() && buffer_.size() < wanted; ++i) {
        buffer_.push_back(reply[i]);
        wanted = exchange.length(buffer_);
    }
    if (buffer_.size() < wanted && (buffer_.empty() || !exchange.partial)) {
        time += buffer_.empty() ? exchange.first : exchange.rest;
        refusals.push_back(buffer_.empty() ? bms::Refusal::silence : bms::Refusal::cut_short);
        co_return bms::refuse(refusals.back());
    }
    co_return ByteView(buffer_);
}

void ScriptChannel::add(ByteView request, ByteView response)
{
    script_[to_hex(request)].replies.emplace_back(response.begin(), response.end());
}

Bytes ScriptChannel::respond(ByteView request)
{
    const auto found = script_.find(to_hex(request));
    if (found == script_.end()) return {};
    auto& [replies, next] = found->second;
    const Bytes& reply = replies[std::min(next, replies.size() - 1)];
    ++next;
    return reply;
}

}  // namespace bmsd::replay
