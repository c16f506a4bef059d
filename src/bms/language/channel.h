#pragma once
// What a protocol talks through: one request, one reply, whatever the wire is. Links implement it, tests script it.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "bms/language/refusal.h"
#include "util/bytes.h"
#include "util/clock.h"
#include "util/task.h"

namespace bmsd::bms {

/// How long the whole reply is, as far as the bytes so far tell. Reading ends when that many are there: replies are
/// awaited by their length, never by a fixed sleep.
using Length = std::function<std::size_t(ByteView so_far)>;

/// 0: nothing is awaited, the exchange ends when the request is out.
inline Length exactly(std::size_t size)
{
    return [size](ByteView) { return size; };
}

/// Up to and including the first `mark`.
inline Length until(std::uint8_t mark)
{
    return [mark](ByteView so_far) {
        for (std::size_t i = 0; i < so_far.size(); ++i) {
            if (so_far[i] == mark) return i + 1;
        }
        return so_far.size() + 1;
    };
}

/// A byte at `offset` counts the data; `rest` bytes are around them (head and tail together).
inline Length counted(std::size_t offset, std::size_t rest)
{
    return [offset, rest](ByteView so_far) { return so_far.size() <= offset ? offset + 1 : so_far[offset] + rest; };
}

class Radio;

struct Exchange {
    ByteView request;  // must live until the reply is there; Bluetooth: empty = only what comes by itself is awaited
    Length length;
    Duration first = std::chrono::milliseconds(250);  // to the first byte of the reply
    Duration rest = std::chrono::seconds(1);          // from then to its last byte
    Duration gap = Duration::zero();                  // silence on the port before the request
    Duration interval = Duration::zero();             // from the start of the previous request on this port
    Duration idle = Duration::zero();                 // not 0: a silence this long inside the reply is its end, too
    bool partial = false;          // at the timeout take what came, if anything came; the caller judges it
    std::string_view starts = {};  // not empty: a reply begins with one of these bytes; what comes before it is noise
    std::string_view to = {};      // Bluetooth: the UUID that is written; empty: the type's own
};

class Channel {
  public:
    virtual ~Channel() = default;
    /// Drops pending input, sends, reads. The view is valid until the next call.
    virtual Task<Reply<ByteView>> transact(Exchange exchange) = 0;
    /// Waits without blocking others; for devices that need time after a write.
    virtual Task<void> pause(Duration duration) = 0;
    /// Counts a reply that transact() delivered and the protocol refused.
    virtual void refused(Refusal reason) = 0;
    /// Seconds since 1970, local time zone offset applied by the caller; for devices whose clock is set.
    virtual double wall() const = 0;
    /// Switches an output line beside the bus, by the number the board gives it. False: there is none.
    virtual bool drive(unsigned /*line*/, bool /*high*/) { return false; }
    /// What a Bluetooth link can do beside transact(), see radio.h; nullptr on a wire.
    virtual Radio* radio() { return nullptr; }
    /// The clock that only goes forward, for what lasts.
    virtual Instant steady() const = 0;
    /// What the protocols on one port share, e.g. a limit one battery tells for all: one T a port, kept as long as it.
    template <class T>
    T& shared()
    {
        auto& place = memory()[&key_of<T>];
        if (!place) place = std::make_shared<T>();
        return *static_cast<T*>(place.get());
    }
    using Shared = std::map<const void*, std::shared_ptr<void>>;

  protected:
    virtual Shared& memory() { return memory_; }

  private:
    /// One address a type. Not std::type_index: on 32-bit ARM that of GCC 12 takes a type without linkage for another.
    template <class T>
    inline static char key_of{};

    Shared memory_;
};

/// How many bytes stand before the first one that begins a reply.
inline std::size_t noise_before(ByteView bytes, std::string_view starts)
{
    const auto begins = [&](std::uint8_t byte) {
        return starts.find(static_cast<char>(byte)) != std::string_view::npos;
    };
    return starts.empty() ? 0
                          : static_cast<std::size_t>(std::find_if(bytes.begin(), bytes.end(), begins) - bytes.begin());
}

/// `length` of what comes behind the noise.
inline Length behind_noise(Length length, std::string_view starts)
{
    return [length = std::move(length), starts](ByteView so_far) {
        const std::size_t noise = noise_before(so_far, starts);
        return noise + length(so_far.subspan(noise));
    };
}

/// Sends `exchange` up to `tries` times until `open` takes the reply; `open` is ByteView -> Reply<T>: it checks the
/// envelope and gives the payload. A payload that is a view is valid until the next exchange. Noise before a reply is
/// counted and not shown to `open`.
template <class Open>
Task<std::invoke_result_t<Open&, ByteView>> ask(Channel& channel, Exchange exchange, Open open, int tries = 1)
{
    Refusal last = Refusal::silence;
    if (!exchange.starts.empty()) exchange.length = behind_noise(std::move(exchange.length), exchange.starts);
    for (int i = 0; i < tries; ++i) {
        const Reply<ByteView> raw = co_await channel.transact(exchange);
        if (!raw) {
            last = raw.error();
            continue;
        }
        const std::size_t noise = noise_before(*raw, exchange.starts);
        if (noise != 0 && noise != raw->size()) channel.refused(Refusal::bad_start);
        auto payload = open(noise == raw->size() ? *raw : raw->subspan(noise));
        if (payload) co_return payload;
        last = payload.error();
        channel.refused(last);
    }
    co_return std::unexpected(last);
}

}  // namespace bmsd::bms
