// JBD boards over Bluetooth, by the name of the aiobmsble family. What the bytes mean: docs/bms/lltjbd.md
#include "bms/language/ble.h"
#include "bms/language/told.h"
#include "bms/types/jbd_frame.h"
#include "bms/types/jbd_rows.h"

namespace bmsd::bms::ble {
namespace {

using namespace bmsd::bms::jbd;

// Boards with a password answer nothing until it was sent: FF AA 15, n, characters or result, sum.
constexpr Envelope lock_frames{
    .start = "\xFF\xAA\x15", .head = 4, .count_at = 3, .summed_from = 2, .sum = big_endian<checksum::sum8>};

class Jbd final : public Host {
    using Host::Host;

    auto taker(Channel& channel, Reading& reading)
    {
        return [&channel, &reading](const Row& row) -> Task<Reply<void>> {
            const Bytes request = frames.frame({}, read_code, row.reg);
            const auto data = co_await must(ask(channel, frames, request, row.reg));
            co_return bms::take(row.layout, data, reading);
        };
    }

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        if (const std::string_view secret = channel.radio()->secret(); !secret.empty()) {
            const Bytes request = lock_frames.frame(Bytes(secret.begin(), secret.end()));
            const auto result = co_await must(ask(channel, lock_frames, request, 0, 0, 1));
            if (result[0] != 0) co_return wrong_secret(channel);
        }
        co_return co_await requests_.read_one(channel, name_row, reading, taker(channel, reading));
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(requests_.read_one(channel, general_row, reading, taker(channel, reading)));
        judge_soc(config_, reading.telemetry);
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
        const std::size_t used = frames.next(input, request);
        for (const Row* row : {&general_row, &cells_row, &name_row})
            if (!request.empty() && request[2] == row->reg)
                append(reply, frames.frame(fill(row->layout, truth_), row->reg, 0));
        return used;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ff00", .notify = "ff01", .write = "ff02"},
                      {.service = "fff0", .notify = "fff1", .write = "fff2"}};
constexpr Told delivers = Told{"hardware_version", "temperatures", "temperature_mosfet"}
                              .add(name_row.layout)
                              .add(general_row.layout)
                              .add(cells_row.layout);

}  // namespace

extern const Entry jbd_bms;
constinit const Entry jbd_bms{
    .name = "aiobmsble_jbd_bms",
    .type = "Jiabaida smart BMS",
    .sheet = "ble/jbd",
    .brands = "JBD, Daren, Docan, Lossigy, Supervolt, SBL, OGRPHY, CERRNSS, Chins, Liontron",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Jbd, jbd_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<JbdDevice>(truth); },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
