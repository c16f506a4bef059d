#include "sim/radio_port.h"

#include <algorithm>

namespace bmsd::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration air = 30ms;  // from a request to its reply
constexpr std::size_t most_kept = 2048, piece = 20;

}  // namespace

RadioPort::RadioPort(Loop& loop, std::string name, const bms::Entry& entry, std::unique_ptr<bms::Device> device)
    : loop_(loop), name_(std::move(name)), entry_(entry), device_(std::move(device)), device_name_(device_->called())
{
}

Result<void> RadioPort::open(unsigned, bms::Parity)
{
    if (!std::exchange(open_, true)) ++connection_, buffer_.clear(), written_.clear();
    return {};
}

void RadioPort::hear(const Bytes& sent)
{
    for (std::size_t at = 0; tap_ != nullptr && at < sent.size(); at += piece)
        tap_->received(ByteView(sent).subspan(at, std::min(piece, sent.size() - at)));
    append(buffer_, sent);
    if (buffer_.size() > most_kept)
        buffer_.erase(buffer_.begin(), buffer_.end() - static_cast<std::ptrdiff_t>(most_kept));
}

void RadioPort::answer(ByteView request)
{
    if (tap_ != nullptr) tap_->sent(request);
    append(written_, request);
    Bytes reply;
    while (!written_.empty()) {
        const std::size_t used = device_->receive(written_, reply);
        if (used == 0) break;
        written_.erase(written_.begin(), written_.begin() + static_cast<std::ptrdiff_t>(used));
    }
    hear(reply);
}

Task<bms::Reply<ByteView>> RadioPort::transact(bms::Exchange exchange)
{
    reply_.clear();
    if (!open_) co_return bms::refuse(bms::Refusal::link_lost);
    const bool awaits = exchange.length({}) != 0;
    const Instant deadline = loop_.now() + exchange.first;
    if (!exchange.request.empty()) {
        if (awaits) buffer_.clear();
        answer(exchange.request);
        co_await loop_.sleep(air);
    }
    if (!awaits) co_return ByteView(reply_);
    std::size_t wanted = exchange.length(buffer_);
    for (; wanted > buffer_.size(); wanted = exchange.length(buffer_)) {
        if (loop_.now() >= speaks_) {
            hear(device_->speak());
            speaks_ = loop_.now() + 1s;
            continue;
        }
        if (loop_.now() >= deadline) break;
        co_await loop_.sleep_until(std::min(speaks_, deadline));
    }
    if (wanted > buffer_.size() && (buffer_.empty() || !exchange.partial))
        co_return bms::refuse(buffer_.empty() ? bms::Refusal::silence : bms::Refusal::cut_short);
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, buffer_.size()));
    reply_.assign(buffer_.begin(), end);
    buffer_.erase(buffer_.begin(), end);
    co_return ByteView(reply_);
}

Task<void> RadioPort::pause(Duration duration)
{
    co_await loop_.sleep(duration);
}

Task<bms::Reply<Bytes>> RadioPort::read(std::string_view uuid)
{
    const auto value = device_->value(uuid);
    if (!value) co_return bms::refuse(bms::Refusal::unsupported);
    co_return *value;
}

}  // namespace bmsd::sim
