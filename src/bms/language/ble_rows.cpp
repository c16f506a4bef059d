#include "bms/language/ble_rows.h"

#include <algorithm>

namespace bmsd::bms::ble {

Task<Reply<void>> RowHost::greet(Channel& channel, Reading& reading)
{
    requests_.anew();
    for (const Row& row : speech_.rows) {
        if (row.need != Need::setting) continue;
        const Reply<void> taken = co_await take(channel, row, reading);
        if (taken) continue;
        if (taken.error() == Refusal::link_lost) co_return taken;
        forget(row, reading);
    }
    if (speech_.information) co_await device_information(channel, reading.identity);
    co_return Reply<void>{};
}

Task<Reply<void>> RowHost::read(Channel& channel, Reading& reading)
{
    const auto ask = [&](const Row& row) { return take(channel, row, reading); };
    for (const Row& row : speech_.rows)
        if (row.need != Need::setting) co_await must(requests_.read_one(channel, row, reading, ask));
    co_return Reply<void>{};
}

Task<Reply<void>> RowHost::take(Channel& channel, const Row& row, Reading& reading)
{
    const Bytes request = speech_.request(row);
    const auto open = [&](ByteView frame) -> Reply<void> {
        const auto data = speech_.reply.answer(frame, request);
        if (!data) return refuse(data.error());
        if (row.size != 0 && data->size() != row.size) return refuse(Refusal::bad_length);
        return bms::take(row.layout, *data, reading);
    };
    const Asking asking{.request = request, .framing = framing(speech_.reply), .once = row.need != Need::required};
    co_return co_await ble::ask(channel, asking, open);
}

std::size_t RowDevice::receive(ByteView input, Bytes& reply)
{
    bool may_become = false;
    for (const Row& row : speech_.rows) {
        const Bytes request = speech_.request(row);
        const auto used = begins_with(input, request);
        may_become = may_become || used == 0;
        if (used.value_or(0) == 0) continue;
        Bytes data = fill(row.layout, truth_);
        if (row.size != 0) data.resize(row.size);
        append(reply, speech_.reply.reply_to(request, data));
        return *used;
    }
    return may_become ? 0 : 1;
}

std::optional<std::size_t> begins_with(ByteView input, ByteView request)
{
    const std::size_t known = std::min(input.size(), request.size());
    if (!std::equal(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(known), input.begin()))
        return std::nullopt;
    return known == request.size() ? known : 0;
}

}  // namespace bmsd::bms::ble
