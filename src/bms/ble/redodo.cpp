// Redodo, LiTime and Power Queen batteries, by the name of the aiobmsble family. What the bytes mean:
// docs/bms/ble/redodo.md
#include "bms/ble/litime_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace litime {
namespace {

constexpr std::size_t flags_at = 63, protection_at = 71, failures_at = 75, state_at = 83;
constexpr std::uint32_t discharge_off_by_app = 0x80, heater_error = 0x02, discharge_protections = 0xA0;
constexpr std::uint16_t charging_disabled = 4;

class LitimeDevice final : public Device {
  public:
    explicit LitimeDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const std::size_t known = std::min(input.size(), std::size(question));
        if (!std::equal(question, question + known, input.begin())) return 1;
        if (known < std::size(question)) return 0;
        Bytes data = fill(layout, truth_);
        for (const Field& voltage : {terminals, sum_of_cells}) encode(std::span(&voltage, 1), data, truth_.telemetry);
        append(reply, frames.frame(data, 0, 0x01, answers));
        return known;
    }

  private:
    Reading& truth_;
};

}  // namespace

Reply<void> take_states(ByteView data, Reading& reading)
{
    if (data[0] != 0x55 || data[1] != 0xAA) return refuse(Refusal::bad_content);
    Telemetry& t = reading.telemetry;
    const auto flags = read_le(&data[flags_at], 4);
    t.charge_fet = read_le(&data[state_at], 2) != charging_disabled;
    t.discharge_fet =
        (flags & discharge_off_by_app) == 0 && (read_le(&data[protection_at], 4) & discharge_protections) == 0;
    const bool failed = read_le(&data[failures_at], 4) != 0 || (flags & heater_error) != 0;
    t.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>(failed ? 2 : 0);
    return {};
}

void fill_states(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    data[0] = 0x55;
    data[1] = 0xAA;
    if (t.discharge_fet.value_or(true))
        write_le(&data[protection_at], 4, read_le(&data[protection_at], 4) & ~std::uint64_t{discharge_protections});
    write_le(&data[flags_at], 4, t.discharge_fet.value_or(true) ? 0 : discharge_off_by_app);
    write_le(&data[state_at], 2, t.charge_fet.value_or(true) ? 0 : charging_disabled);
    write_le(&data[failures_at], 4, t.alarms[Alarm::internal_failure].value_or(0) == 2 ? 1 : 0);
}

Task<Reply<void>> Litime::greet(Channel& channel, Reading& reading)
{
    if (information_) co_await device_information(channel, reading.identity);
    co_return Reply<void>{};
}

Task<Reply<void>> Litime::read(Channel& channel, Reading& reading)
{
    const auto data = co_await must(ask(channel, frames, question, answers));
    co_await must(take(layout, data, reading));
    decode(std::span(&voltage_, 1), data, reading.telemetry);
    second_.keep(0, reading.telemetry.temperatures[1]);
    co_return Reply<void>{};
}

std::unique_ptr<Device> device(Reading& truth, const Line&)
{
    return std::make_unique<LitimeDevice>(truth);
}

}  // namespace litime

namespace {

constexpr Told delivers = Told{"voltage", "charge_fet", "discharge_fet"}.add(litime::layout);

}  // namespace

extern const Entry redodo_bms;
constinit const Entry redodo_bms{
    .name = "aiobmsble_redodo_bms",
    .type = "Redodo Bluetooth battery",
    .sheet = "ble/redodo",
    .brands = "Redodo, LiTime, Power Queen, Starry Sea",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> {
        return std::make_unique<litime::Litime>(redodo_bms, setup, litime::sum_of_cells, true);
    },
    .device = litime::device,
    .gatt = litime::gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
