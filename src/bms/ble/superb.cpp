// Super-B Epsilon batteries of the first generation, which talk by themselves. What the bytes mean:
// docs/bms/ble/superb.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// A notification is a frame: nothing marks where one begins.
constexpr std::size_t frame_size = 20;
const Framing frames{.length = exactly(frame_size)};

constexpr Wire milli = f32<1000, true>;
constexpr std::array table{
    Field{2, u8, 1, &Telemetry::soc},
    Field{3, u8, 1, &Telemetry::soh},
    Field{8, milli, 0.001, &Telemetry::current, 0, not_a_number},
    Field{12, milli, 0.001, &Telemetry::voltage, 0, not_a_number},
};
static_assert(fits(table, frame_size) && apart(table));
constexpr std::array state_bits{Bit{1, 7, &Telemetry::balancing}};
constexpr std::uint8_t healthy = 0x01;

Reply<void> take_state(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    if (!t.current || !t.voltage) return refuse(Refusal::bad_content);
    if (*t.soh > 100) return refuse(Refusal::implausible);
    t.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>((data[1] & healthy) != 0 ? 0 : 1);
    return {};
}

void fill_state(Bytes& data, const Reading& reading)
{
    if (reading.telemetry.alarms[Alarm::internal_failure].value_or(0) == 0) data[1] |= healthy;
}

constexpr Layout layout{
    .least = frame_size, .fields = table, .bits = state_bits, .take = take_state, .fill = fill_state};

bool alike(const Telemetry& a, const Telemetry& b)
{
    return std::abs(*a.voltage - *b.voltage) <= *a.voltage / 10 && std::abs(*a.soc - *b.soc) <= 1 && a.soh == b.soh;
}

class Superb final : public Host {
    using Host::Host;

    /// A single frame proves nothing: any 20 bytes may pass for one. Two that follow each other agree.
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        Reading first, second;
        for (Reading* one : {&first, &second})
            co_await must(hear(channel, frames, [one](ByteView frame) { return take(layout, frame, *one); }));
        if (!alike(first.telemetry, second.telemetry)) co_return refuse(Refusal::bad_content);
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_return co_await hear_all(channel, frames, [&](ByteView frame) { return take(layout, frame, reading); });
    }
};

class SuperbDevice final : public Device {
  public:
    explicit SuperbDevice(Reading& truth) : truth_(truth) {}
    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    Bytes speak() override { return fill(layout, truth_); }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "74b9c2d1-dc6d-42cf-a2e9-7398b8fc2e70",
                       .notify = "6edadbe4-4f53-4a5a-96ed-02f93db93790",
                       .only_size = frame_size}};
constexpr Told delivers = Told{"alarms"}.add(layout);

}  // namespace

extern const Entry superb_bms;
constinit const Entry superb_bms{
    .name = "aiobmsble_superb_bms",
    .type = "Super-B Epsilon",
    .sheet = "ble/superb",
    .brands = "Super-B Epsilon (first generation)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Superb, superb_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<SuperbDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "no checksum",
};

}  // namespace bmsd::bms::ble
