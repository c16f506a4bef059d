#include "bms/types/daly_frame.h"

namespace bmsd::bms::a5 {

using namespace std::chrono_literals;

Task<Reply<void>> Host::read(Channel& channel, std::uint8_t what, std::optional<Series> series, int tries,
                             std::function<Reply<void>(ByteView data)> take) const
{
    const Bytes request = frame(address_, what, {});
    Exchange exchange = frames.exchange(request);
    exchange.first = 100ms;
    exchange.rest = 500ms;
    exchange.gap = 20ms;
    if (series) {
        exchange.length = [series](ByteView so_far) { return series->length(so_far); };
        exchange.rest = most_frames * 100ms;
        exchange.idle = 500ms;
    }
    const auto judge = [&](ByteView reply) -> Reply<void> {
        if (series) {
            const auto data = series->assemble(reply, board_number(address_), what);
            return data ? take(*data) : refuse(data.error());
        }
        const auto data = frames.open(reply, what, board_number(address_));
        return data ? take(*data) : refuse(data.error());
    };
    co_return co_await ask(channel, exchange, judge, tries);
}

Task<Reply<void>> Host::write(Channel& channel, std::uint8_t what, Bytes data, std::uint8_t expected) const
{
    const Bytes request = frame(address_, what, data);
    Exchange exchange = frames.exchange(request);
    exchange.first = exchange.rest = 500ms;
    exchange.gap = 20ms;
    const auto judge = [&](ByteView reply) -> Reply<void> {
        const auto answer = frames.open(reply, what, board_number(address_));
        if (!answer) return refuse(answer.error());
        if ((*answer)[0] != expected) return refuse(Refusal::device_error);
        return {};
    };
    co_return co_await ask(channel, exchange, judge);
}

}  // namespace bmsd::bms::a5
