#include "replay/radio_channel.h"

#include <algorithm>

namespace bmsd::replay {

void RadioChannel::hear(const std::vector<Bytes>& notifications)
{
    for (const Bytes& notification : notifications) {
        if (only_size == 0 || notification.size() == only_size)
            waiting_.push_back(notification);
        else
            refused(bms::Refusal::bad_length);
    }
}

bool RadioChannel::complete(const bms::Exchange& exchange, std::size_t& wanted)
{
    wanted = exchange.length(buffer_);
    auto next = waiting_.begin();
    for (; wanted > buffer_.size() && next != waiting_.end(); ++next) {
        buffer_.insert(buffer_.end(), next->begin(), next->end());
        wanted = exchange.length(buffer_);
        if (wanted > buffer_.size() && buffer_.size() > most_buffered) buffer_.clear();
    }
    waiting_.erase(waiting_.begin(), next);
    return wanted <= buffer_.size();
}

Task<bms::Reply<ByteView>> RadioChannel::transact(bms::Exchange exchange)
{
    const bool awaited = exchange.length({}) != 0;
    if (!exchange.request.empty()) {
        sent.push_back({std::string(exchange.to), Bytes(exchange.request.begin(), exchange.request.end())});
        if (awaited) buffer_.clear(), waiting_.clear();
        if (!away) hear(answer(exchange.request, exchange.to));
    }
    reply_.clear();
    if (!awaited) co_return ByteView(reply_);
    constexpr Duration second = std::chrono::seconds(1);
    std::size_t wanted = 0;
    bool whole = complete(exchange, wanted);
    for (Duration left = exchange.first; !whole && left > Duration::zero(); left -= second) {
        time += std::min(left, second);
        if (!away) hear(speak());
        whole = complete(exchange, wanted);
    }
    if (!whole && (buffer_.empty() || !exchange.partial)) {
        refusals.push_back(buffer_.empty() ? bms::Refusal::silence : bms::Refusal::cut_short);
        co_return bms::refuse(away ? bms::Refusal::link_lost : refusals.back());
    }
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, buffer_.size()));
    reply_.assign(buffer_.begin(), end);
    buffer_.erase(buffer_.begin(), end);
    co_return ByteView(reply_);
}

void RadioScript::add(const GattExchange& exchange)
{
    if (exchange.write) {
        script_[to_hex(*exchange.write)].replies.push_back(exchange.notify);
    } else {
        by_itself_.insert(by_itself_.end(), exchange.notify.begin(), exchange.notify.end());
    }
}

std::vector<Bytes> RadioScript::answer(ByteView written, std::string_view)
{
    const auto found = script_.find(to_hex(written));
    if (found == script_.end()) return {};
    auto& [replies, next] = found->second;
    const auto& reply = replies[std::min(next, replies.size() - 1)];
    ++next;
    return reply;
}

bms::Reply<Bytes> RadioScript::value(std::string_view uuid)
{
    const auto found = values_.find(std::string(uuid));
    if (found == values_.end()) return bms::refuse(bms::Refusal::unsupported);
    return found->second;
}

std::vector<Bytes> RadioDevice::cut(Bytes bytes)
{
    std::vector<Bytes> pieces;
    const std::size_t piece = only_size != 0 ? only_size : this->piece;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        pieces.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size() - at)));
    }
    return pieces;
}

std::vector<Bytes> RadioDevice::answer(ByteView written, std::string_view)
{
    append(pending_, written);
    Bytes reply;
    while (!pending_.empty()) {
        const std::size_t used = device_.receive(pending_, reply);
        if (used == 0) break;
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (damage) damage(steps, written, reply);
    ++steps;
    return cut(std::move(reply));
}

bms::Reply<Bytes> RadioDevice::value(std::string_view uuid)
{
    const auto value = device_.value(uuid);
    return value ? bms::Reply<Bytes>(*value) : bms::refuse(bms::Refusal::unsupported);
}

}  // namespace bmsd::replay
