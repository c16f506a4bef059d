// Topband batteries, which send a frame a second by themselves. What the bytes mean: docs/bms/ble/topband.md
#include "bms/ble/topband_rows.h"
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using namespace bmsd::bms::topband;

constexpr std::array voltage{Field{0, u32le, 0.001, &Telemetry::voltage}};

class Topband final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto data = open(frame);
            if (!data) return refuse(data.error());
            decode(voltage, *data, reading.telemetry);
            return bms::take(layout, *data, reading);
        };
        co_await must(hear_all(channel, frames, take));
        co_return settle_cells(reading.telemetry);
    }
};

class TopbandDevice final : public Device {
  public:
    explicit TopbandDevice(Reading& truth) : truth_(truth) {}
    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    Bytes speak() override
    {
        Bytes data = fill(layout, truth_);
        encode(voltage, data, truth_.telemetry);
        return frame(std::move(data));
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe4"}};
constexpr Told delivers = Told{"cell_count", "cell_voltages", "voltage"}.add(layout);

}  // namespace

extern const Entry topband_bms;
constinit const Entry topband_bms{
    .name = "aiobmsble_topband_bms",
    .type = "Topband smart BMS",
    .sheet = "ble/topband",
    .brands = "Topband, Ective, StartCraft, KiloVault",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Topband, topband_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<TopbandDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
