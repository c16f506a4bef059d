#pragma once
// JBD boards over Bluetooth, whatever their characteristics are called. What the bytes mean: docs/bms/lltjbd.md
#include "bms/language/ble.h"
#include "bms/language/told.h"
#include "bms/types/jbd_frame.h"
#include "bms/types/jbd_rows.h"

namespace bmsd::bms::jbd {

// Boards with a password answer nothing until it was sent: FF AA 15, n, characters or result, sum.
inline constexpr Envelope lock_frames{
    .start = "\xFF\xAA\x15", .head = 4, .count_at = 3, .summed_from = 2, .sum = big_endian<checksum::sum8>};

/// Where a password is configured, it is sent once a connection.
inline Task<Reply<void>> unlock(Channel& channel)
{
    const std::string_view secret = channel.radio()->secret();
    if (secret.empty()) co_return Reply<void>{};
    const Bytes request = lock_frames.frame(Bytes(secret.begin(), secret.end()));
    const auto result = co_await must(ble::ask(channel, lock_frames, request, 0, 0, 1));
    co_return result[0] == 0 ? Reply<void>{} : ble::wrong_secret(channel);
}

class Jbd final : public ble::Host {
  public:
    using Host::Host;

  private:
    auto taker(Channel& channel, Reading& reading)
    {
        return [&channel, &reading](const Row& row) -> Task<Reply<void>> {
            const Bytes request = frames.frame({}, read_code, row.reg);
            const auto data = co_await must(ble::ask(channel, frames, request, row.reg));
            co_return bms::take(row.layout, data, reading);
        };
    }

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        co_await must(unlock(channel));
        co_return co_await requests_.read_one(channel, name_row, reading, taker(channel, reading));
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(requests_.read_one(channel, general_row, reading, taker(channel, reading)));
        judge_soc(config_, reading.telemetry);
        reading.telemetry.balancing = any(reading.telemetry.cell_balancing);
        co_return co_await requests_.read_one(channel, cells_row, reading, taker(channel, reading));
    }

    Requests requests_;
};

class JbdDevice final : public Device {
  public:
    explicit JbdDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        ByteView request;
        if (const std::size_t secret = lock_frames.next(input, request); !request.empty()) {
            append(reply, lock_frames.frame(Bytes{0}));  // whatever was sent is right
            return secret;
        }
        const std::size_t used = frames.next(input, request);
        for (const Row* row : {&general_row, &cells_row, &name_row})
            if (!request.empty() && request[2] == row->reg)
                append(reply, frames.frame(fill(row->layout, truth_), row->reg, 0));
        return used;
    }

  private:
    Reading& truth_;
};

inline constexpr Told delivers = Told{"hardware_version", "balancing", "temperatures", "temperature_mosfet"}
                                     .add(name_row.layout)
                                     .add(general_row.layout)
                                     .add(cells_row.layout);

}  // namespace bmsd::bms::jbd
