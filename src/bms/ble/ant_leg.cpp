// Older ANT boards over Bluetooth: the frame of the serial port. What the bytes mean: docs/bms/ant.md
#include "bms/language/ble_rows.h"
#include "bms/types/ant_rows.h"

namespace bmsd::bms::ble {
namespace {

using namespace ant_rows;

class AntLeg final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto data = frames.open(frame);
            return data ? bms::take(layout, *data, reading) : refuse(data.error());
        };
        const Asking asking{.request = question, .framing = framing(frames)};
        co_return co_await ask(channel, asking, take);
    }
};

class AntLegDevice final : public Device {
  public:
    explicit AntLegDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto used = begins_with(input, question);
        if (used.value_or(0) != 0) append(reply, frames.frame(fill(layout, truth_)));
        return used.value_or(1);
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1"}};
constexpr Told delivers = told();

}  // namespace

extern const Entry ant_leg_bms;
const Entry ant_leg_bms{
    .name = "aiobmsble_ant_leg_bms",
    .type = "ANT legacy smart BMS",
    .sheet = "ble/ant_leg",
    .brands = "ANT boards up to 2021 (ANT-BLE0..., ANT-BLE1...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<AntLeg, ant_leg_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<AntLegDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
