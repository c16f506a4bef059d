#include "bms/types/jbd_frame.h"

#include "bms/language/ble.h"

namespace bmsd::bms::jbd {
namespace {

constexpr int tries_to_leave = 3;
constexpr Duration radio_limit = std::chrono::milliseconds(1500);  // for a reply over Bluetooth

Task<Reply<ByteView>> transact(Channel& channel, Bytes bytes, int tries)
{
    const std::uint8_t reg = bytes[2];
    if (channel.radio() != nullptr) {
        // not repeated at length: boards that know no factory mode leave several requests unanswered each minute
        const ble::Asking asking{.request = bytes, .once = true, .limit = radio_limit};
        Reply<ByteView> reply = refuse(Refusal::silence);
        for (int i = 0; i < tries && !reply && reply.error() != Refusal::device_error; ++i)
            reply = co_await ble::ask(channel, frames, asking, reg);
        co_return reply;
    }
    const auto open = [reg](ByteView reply) { return frames.open(reply, reg); };
    co_return co_await ask(channel, frames.exchange(bytes), open, tries);
}

}  // namespace

Task<Reply<ByteView>> read(Channel& channel, std::uint8_t reg, int tries)
{
    return transact(channel, frames.frame({}, read_code, reg), tries);
}

Task<Reply<void>> write(Channel& channel, std::uint8_t reg, std::uint16_t value, int tries)
{
    std::uint8_t data[2];
    write_be(data, 2, value);
    co_await must(transact(channel, frames.frame(data, write_code, reg), tries));
    co_return Reply<void>{};
}

Task<Reply<void>> in_factory_mode(Channel& channel, Body body, int tries)
{
    const auto entered = co_await write(channel, factory_register, enter_factory, tries);
    bool changed = false;
    const auto done = co_await body(entered, changed);
    if (!entered && entered.error() == Refusal::device_error) co_return done;  // it said no
    const auto left =
        co_await write(channel, leave_register, done && changed ? leave_saved : leave_unsaved, tries_to_leave);
    co_return done&& entered ? left : done;
}

}  // namespace bmsd::bms::jbd
