// KiloVault HLX+ batteries: Topband's frames, read with what is known of this maker. What the bytes mean:
// docs/bms/kilovault_ble.md
#include "bms/ble/topband_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

using namespace bmsd::bms::topband;

constexpr std::array voltage{Field{0, u16le, 0.001, &Telemetry::voltage}};
constexpr std::string_view name_uuid = "ffe6";
constexpr Duration silence_limit = 10s;

class Kilovault final : public Host {
  public:
    using Host::Host;

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        const Bytes name = co_await must(channel.radio()->read(name_uuid));
        std::string text = printable(name);
        reading.identity.user_label = text.empty() ? std::nullopt : Text(std::move(text));
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto data = open(frame);
            if (!data) return refuse(data.error());
            Telemetry& t = reading.telemetry;
            decode(voltage, *data, t);
            t.charge_fet = t.discharge_fet = t.balance_fet = (*data)[status_at] == 0;
            return bms::take(layout, *data, reading);
        };
        co_await must(hear_all(channel, frames, take, silence_limit));
        co_return settle_cells(reading.telemetry);
    }
};

class KilovaultDevice final : public Device {
  public:
    explicit KilovaultDevice(Reading& truth) : truth_(truth) {}
    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    Bytes speak() override
    {
        Bytes data = fill(layout, truth_);
        encode(voltage, data, truth_.telemetry);
        Bytes bytes = frame(std::move(data), 0xB0);
        bytes.insert(bytes.end(), 8, 'R');
        return bytes;
    }
    std::optional<Bytes> value(std::string_view uuid) override
    {
        if (uuid != name_uuid) return std::nullopt;
        const std::string name = truth_.identity.user_label.value_or("");
        return Bytes(name.begin(), name.end());
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe4"}};
constexpr Told delivers = Told{"user_label", "cell_count", "cell_voltages", "voltage"}.add(layout);
constexpr std::string_view assumed[]{"charge_fet", "discharge_fet", "balance_fet"};  // on while nothing is wrong

}  // namespace

extern const Entry kilovault_ble;
constinit const Entry kilovault_ble{
    .name = "Kilovault_Ble",
    .type = "Kilovault HLX+ BLE",
    .sheet = "kilovault_ble",
    .brands = "KiloVault HLX+",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .assumed = assumed,
    .make = make<Kilovault, kilovault_ble>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<KilovaultDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
