#pragma once
// What is around the data of a frame, declared once for both directions:
//
//   constexpr Envelope frames{.start = "\xDD", .head = 4, .count_at = 3, .echo_at = 1, .status_at = 2,
//                             .summed_from = 2, .sum = big_endian<checksum::negated_sum16>, .end = "\x77"};
//   start and other bytes of the head | data | checksum | end
//
// It opens replies (every check in one order, one reason each), knows their length and builds frames.
#include <array>
#include <optional>

#include "bms/language/channel.h"
#include "bms/language/refusal.h"
#include "bms/language/wire.h"
#include "util/bytes.h"
#include "util/checksum.h"

namespace bmsd::bms {

/// How a checksum stands in a frame.
struct Checksum {
    std::size_t size;
    bool (*fits)(ByteView summed, const std::uint8_t* sent);
    void (*put)(ByteView summed, std::uint8_t* to);
};
template <auto Sum>
inline constexpr Checksum big_endian{
    sizeof(Sum({})),
    [](ByteView summed, const std::uint8_t* sent) { return Sum(summed) == read_be(sent, sizeof(Sum({}))); },
    [](ByteView summed, std::uint8_t* to) { write_be(to, sizeof(Sum({})), Sum(summed)); }};

template <auto Sum>
inline constexpr Checksum little_endian{
    sizeof(Sum({})),
    [](ByteView summed, const std::uint8_t* sent) { return Sum(summed) == read_le(sent, sizeof(Sum({}))); },
    [](ByteView summed, std::uint8_t* to) { write_le(to, sizeof(Sum({})), Sum(summed)); }};
/// Of frames whose end mark is all there is.
inline constexpr Checksum no_checksum{0, [](ByteView, const std::uint8_t*) { return true; },
                                      [](ByteView, std::uint8_t*) {}};

struct Envelope {
    using Place = std::optional<std::uint8_t>;  // of a byte in the head

    std::string_view start;       // what a frame begins with
    std::size_t head;             // bytes before the data
    std::size_t size = 0;         // of the data, where it is always the same
    Place count_at = {};          // counts the data
    Wire count = u8;              // how the count travels
    std::uint8_t count_more = 0;  // what it counts besides the data
    Place echo_at = {};           // register or command the reply is to
    Place echo_or = {};           // what boards may send in its place
    std::uint8_t echo_size = 1;   // answer() compares so many bytes with the request
    Place asked_at = {};          // where the request has them; as the reply
    Place address_at = {};        // who sends
    Place status_at = {};         // 0 done
    std::size_t summed_from = 0;  // to the end of the data
    Checksum sum;
    std::string_view end = {};

    constexpr std::size_t tail() const { return sum.size + end.size(); }
    /// Of a whole frame, as far as its bytes tell.
    std::size_t length(ByteView so_far) const
    {
        if (size != 0) return head + size + tail();
        const std::size_t counted = *count_at + std::size_t{count.size};
        if (so_far.size() < counted) return counted;
        return head + tail() + std::max(number(so_far), std::size_t{count_more}) - count_more;
    }
    /// `request` must live until the reply is there.
    Exchange exchange(ByteView request) const
    {
        return {.request = request,
                .length = [this](ByteView so_far) { return length(so_far); },
                .starts = start.substr(0, 1)};
    }

    /// The data of the reply to `echo` from `address`, as far as the frame carries them; not less than `least` bytes.
    Reply<ByteView> open(ByteView reply, std::uint8_t echo = 0, std::uint8_t address = 0, std::size_t least = 0) const
    {
        const auto data = check(reply);
        if (!data) return data;
        if (echo_at && reply[*echo_at] != echo && echo_or != reply[*echo_at]) return refuse(Refusal::wrong_echo);
        if (address_at && reply[*address_at] != address) return refuse(Refusal::wrong_address);
        if (status_at && reply[*status_at] != 0) return refuse(Refusal::device_error);
        if (data->size() < least) return refuse(Refusal::bad_length);
        return data;
    }

    /// The data of the reply to `request`, whose bytes from echo_at on it repeats; not less than `least` bytes.
    Reply<ByteView> answer(ByteView reply, ByteView request, std::size_t least = 0) const
    {
        const auto data = check(reply);
        if (!data) return data;
        if (echo_at && !std::equal(&reply[*echo_at], &reply[*echo_at] + echo_size, &request[asked()]))
            return refuse(Refusal::wrong_echo);
        if (status_at && reply[*status_at] != 0) return refuse(Refusal::device_error);
        if (data->size() < least) return refuse(Refusal::bad_length);
        return data;
    }

    /// A frame around `data` with these bytes of the head behind its start; the count is put where it belongs.
    template <class... Heads>
    Bytes frame(ByteView data, Heads... heads) const
    {
        const std::array<std::uint8_t, sizeof...(heads)> bytes{static_cast<std::uint8_t>(heads)...};
        return framed(data, bytes);
    }
    /// What answer() takes for the reply to `request`, for device sides.
    Bytes reply_to(ByteView request, ByteView data) const
    {
        Bytes heads(head - start.size());
        std::copy_n(&request[asked()], echo_size, &heads[*echo_at - start.size()]);
        return framed(data, heads);
    }

    /// Takes the next frame out of what came, for device sides: gives how many bytes are done with (0: more are
    /// needed). `frame` is empty when they were none.
    std::size_t next(ByteView input, ByteView& frame) const
    {
        frame = {};
        if (input[0] != static_cast<std::uint8_t>(start[0])) return 1;
        const std::size_t whole = length(input);
        if (input.size() < whole) return 0;
        if (!check(input.first(whole))) return 1;
        frame = input.first(whole);
        return whole;
    }

  private:
    std::size_t asked() const { return asked_at.value_or(*echo_at); }
    std::size_t number(ByteView frame) const { return static_cast<std::size_t>(count.get(&frame[*count_at])); }

    Bytes framed(ByteView data, ByteView heads) const
    {
        Bytes bytes(start.begin(), start.end());
        append(bytes, heads);
        bytes.resize(head);
        if (count_at) count.put(&bytes[*count_at], static_cast<std::int64_t>(data.size() + count_more));
        append(bytes, data);
        bytes.resize(bytes.size() + sum.size);
        sum.put(ByteView(bytes).subspan(summed_from, head + data.size() - summed_from), &bytes[head + data.size()]);
        bytes.insert(bytes.end(), end.begin(), end.end());
        return bytes;
    }

    /// What holds for every frame, whoever sent it.
    Reply<ByteView> check(ByteView frame) const
    {
        const ByteView begin = frame.first(std::min(start.size(), frame.size()));
        if (!std::equal(start.begin(), start.end(), begin.begin(), begin.end(),
                        [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
            return refuse(Refusal::bad_start);
        if (frame.size() < head + tail() || frame.size() < length(frame)) return refuse(Refusal::cut_short);
        if (frame.size() != length(frame)) return refuse(Refusal::bad_length);
        const ByteView data = frame.subspan(head, frame.size() - head - tail());
        if (count_at && number(frame) != data.size() + count_more) return refuse(Refusal::bad_length);
        const std::uint8_t* behind = data.data() + data.size() + sum.size;
        for (std::size_t i = 0; i < end.size(); ++i)
            if (behind[i] != static_cast<std::uint8_t>(end[i])) return refuse(Refusal::bad_end);
        if (!sum.fits(frame.subspan(summed_from, head + data.size() - summed_from), data.data() + data.size()))
            return refuse(Refusal::bad_checksum);
        return data;
    }
};

}  // namespace bmsd::bms
