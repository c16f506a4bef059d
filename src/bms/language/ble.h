#pragma once
// What the host sides of all Bluetooth types share. Source: bms/ble/README.md.
//
//   class Topband final : public ble::Host {
//       using Host::Host;
//       Task<Reply<void>> greet(Channel& channel, Reading& reading) override;  // once a connection: unlock, identity
//       Task<Reply<void>> read(Channel& channel, Reading& reading) override;   // one poll
//   };
//
// Requests go through ask(), which repeats them as README section 4 says; what a battery sends by itself comes through
// hear() or hear_all(). Frames are found in the stream by a Framing: noise before them, frames cut or joined anywhere
// and frames nobody asked for are dealt with here.
#include <array>
#include <optional>

#include "bms/language/envelope.h"
#include "bms/language/layout.h"
#include "bms/language/protocol.h"
#include "bms/language/radio.h"

namespace bmsd::bms::ble {

using namespace std::chrono_literals;

inline constexpr Duration hear_limit = 5s;

/// The only row of Entry::lines: there is no address and no speed.
inline constexpr Line lines[]{{0}};

/// How frames stand in the stream.
struct Framing {
    std::string_view start = {};   // what a frame begins with; bytes before it are noise. Empty: it begins at once
    std::string_view one_of = {};  // the same where it begins with any one of these bytes
    Length length;                 // of the frame, as far as the bytes from its start on tell
};
inline Framing framing(const Envelope& envelope)
{
    return {.start = envelope.start, .length = [&envelope](ByteView so_far) { return envelope.length(so_far); }};
}

/// Tenths of a kelvin, as hundredths of a degree Celsius (scale 0.01).
template <const Wire& raw>
inline constexpr Wire kelvin{raw.size, [](const std::uint8_t* data) { return raw.get(data) * 10 - 27315; },
                             [](std::uint8_t* data, std::int64_t value) { raw.put(data, (value + 27315 + 5) / 10); },
                             -27315, 65535 * 10 - 27315};

/// A request and how its reply comes.
struct Asking {
    ByteView request;  // must live until the reply is there
    Framing framing = {};
    std::string_view to = {};     // the UUID that is written; empty: the type's own
    bool once = false;            // not repeated
    Duration limit = hear_limit;  // for the reply to one that is not repeated
};

namespace detail {

/// Looks for the first frame in a stream that `open` takes.
class Finder {
  public:
    Finder(Channel& channel, const Framing& framing, std::function<Reply<void>(ByteView frame)> open)
        : channel_(channel), framing_(framing), open_(std::move(open))
    {
    }
    /// Exchange::length: the end of the frame, or one more than there is.
    std::size_t operator()(ByteView so_far);
    /// Nothing of the stream has been judged yet.
    void anew() { at_ = 0, ended_ = false; }
    bool found() const { return found_; }
    /// The device said no: there is no use in waiting.
    bool ended() const { return ended_; }
    Refusal reason(Refusal otherwise) const { return reason_.value_or(otherwise); }

  private:
    std::size_t start_in(ByteView so_far, std::size_t from) const;
    std::size_t beyond(ByteView so_far);

    Channel& channel_;
    const Framing& framing_;
    std::function<Reply<void>(ByteView)> open_;
    std::size_t at_ = 0;  // what is before it has been judged
    bool found_ = false, ended_ = false;
    std::optional<Refusal> reason_;
};

/// Sends up to six times until `finder` has found.
Task<Reply<void>> ask(Channel& channel, const Asking& asking, Finder& finder);
Task<Reply<void>> hear(Channel& channel, Finder& finder, Duration limit);

}  // namespace detail

/// Asks until `open` takes a frame. `open` is ByteView -> Reply<T>: wrong_echo for a frame that is not the one awaited
/// (it is passed over), device_error when the device says no (that ends it); other refusals are counted, the search
/// goes on. T must own what it tells: the bytes `open` sees are gone when it is back.
template <class Open>
Task<std::invoke_result_t<Open&, ByteView>> ask(Channel& channel, Asking asking, Open open)
{
    static_assert(!std::is_same_v<std::invoke_result_t<Open&, ByteView>, Reply<ByteView>>);
    std::optional<std::invoke_result_t<Open&, ByteView>> result;
    detail::Finder finder(channel, asking.framing, [&](ByteView frame) -> Reply<void> {
        result.emplace(open(frame));
        if (!*result) return refuse(result->error());
        return {};
    });
    const Reply<void> asked = co_await detail::ask(channel, asking, finder);
    if (!asked) co_return refuse(asked.error());
    co_return std::move(*result);
}

/// The data of the reply in an envelope, which frames it; see Envelope::open(). Valid until the next exchange.
Task<Reply<ByteView>> ask(Channel& channel, const Envelope& envelope, Asking asking, std::uint8_t echo = 0,
                          std::uint8_t address = 0, std::size_t least = 0);
inline Task<Reply<ByteView>> ask(Channel& channel, const Envelope& envelope, ByteView request, std::uint8_t echo = 0,
                                 std::uint8_t address = 0, std::size_t least = 0)
{
    return ask(channel, envelope, Asking{.request = request}, echo, address, least);
}

/// The next frame that `open` takes, of what came since the last exchange or comes within `limit`.
template <class Open>
Task<std::invoke_result_t<Open&, ByteView>> hear(Channel& channel, Framing framing, Open open,
                                                 Duration limit = hear_limit)
{
    static_assert(!std::is_same_v<std::invoke_result_t<Open&, ByteView>, Reply<ByteView>>);
    std::optional<std::invoke_result_t<Open&, ByteView>> result;
    detail::Finder finder(channel, framing, [&](ByteView frame) -> Reply<void> {
        result.emplace(open(frame));
        if (!*result) return refuse(result->error());
        return {};
    });
    const Reply<void> heard = co_await detail::hear(channel, finder, limit);
    if (!heard) co_return refuse(heard.error());
    co_return std::move(*result);
}

/// Every frame that came since the last exchange, in its order, so that the newest counts; waits for the first one.
/// Success: `take` took at least one.
Task<Reply<void>> hear_all(Channel& channel, Framing framing, std::function<Reply<void>(ByteView frame)> take,
                           Duration limit = hear_limit);

/// Writes without awaiting anything; what is there stays.
Task<Reply<void>> send(Channel& channel, Bytes bytes, std::string_view to = {});

/// The device information service (README section 6) into `identity`; what is missing there stays absent.
Task<void> device_information(Channel& channel, Identity& identity);

/// A password was refused: told once, the link stays closed for a minute. For greet(): co_return it.
Reply<void> wrong_secret(Channel& channel);

/// problem_code and internal_failure of a status word nobody can name (README section 8).
void take_problem(std::uint64_t word, Telemetry& telemetry);
/// The voltage of those who tell only cells, to 0.001 V; absent when a cell is.
void sum_cells(Telemetry& telemetry);

/// The host side of one battery: what happens when, and what holds for every poll.
class Host : public Protocol {
  public:
    Host(const Entry& entry, const Setup& setup) : config_(setup.config), entry_(entry) {}
    Task<Reply<void>> identify(Channel& channel, Reading& reading) final;
    Task<Reply<void>> poll(Channel& channel, Reading& reading) final;

  protected:
    /// Once on each connection, before the first read(): unlock, handshake, who it is. Resets what belongs to it.
    virtual Task<Reply<void>> greet(Channel& /*channel*/, Reading& /*reading*/) { co_return Reply<void>{}; }
    /// One poll: all mandatory replies, or an error.
    virtual Task<Reply<void>> read(Channel& channel, Reading& reading) = 0;
    /// For devices that tell places for more cells than they have, in cell_voltages with 0 or nothing there: the last
    /// one with a value in the first reply is the number of cells, fixed until the next connection. Sets cell_count,
    /// shortens cell_voltages, makes a 0 absent. Refused: no cell, or fewer later.
    Reply<void> settle_cells(Telemetry& telemetry);

    const config::Config& config_;

  private:
    Task<Reply<void>> cycle(Channel& channel, Reading& reading);

    const Entry& entry_;
    std::optional<unsigned> greeted_;  // which connection
    std::size_t cells_ = 0;            // 0: not known yet on this connection
};

/// Entry::make of a Host type.
template <class Type, const Entry& entry>
std::unique_ptr<Protocol> make(const Setup& setup)
{
    return std::make_unique<Type>(entry, setup);
}

}  // namespace bmsd::bms::ble
