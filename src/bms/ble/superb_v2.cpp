// Super-B Epsilon V2: half of it is asked for, half comes by itself. What the bytes mean: docs/bms/ble/superb_v2.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// A notification is a frame; its first byte is the type.
constexpr std::size_t frame_size = 24;
constexpr std::uint8_t question[]{0x21, 0x54, 0x00};
constexpr std::uint8_t answer = 0x00, measured = 0x02;
const Framing frames{.length = exactly(frame_size)};

constexpr std::array answer_table{Field{1, u8, 1, &Telemetry::soc}, Field{18, u8, 1, &Telemetry::cycles},
                                  Field{19, u8, 1, &Telemetry::soh}};
constexpr std::array measured_table{Field{6, i32be, 0.001, &Telemetry::current},
                                    Field{10, u16be, 0.001, &Telemetry::voltage}};

Reply<void> take_answer(ByteView, Reading& reading)
{
    return *reading.telemetry.soh <= 100 ? Reply<void>{} : refuse(Refusal::implausible);
}

constexpr Layout answer_layout{.least = frame_size, .fields = answer_table, .take = take_answer};
constexpr Layout measured_layout{
    .least = frame_size, .fields = measured_table, .fill = [](Bytes& data, const Reading&) { data[0] = measured; }};

class SuperbV2 final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    /// Both must have come since the last poll, in any order.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        bool heard = false;
        const auto hear_measured = [&](ByteView frame) -> Reply<void> {
            if (frame[0] != measured) return refuse(Refusal::wrong_echo);
            const auto taken = take(measured_layout, frame, reading);
            heard = heard || taken;
            return taken;
        };
        const auto hear_answer = [&](ByteView frame) -> Reply<void> {
            if (frame[0] == answer) return take(answer_layout, frame, reading);
            static_cast<void>(hear_measured(frame));
            return refuse(Refusal::wrong_echo);
        };
        co_await must(ask(channel, {.request = question, .framing = frames}, hear_answer));
        if (!heard) co_await must(hear(channel, frames, hear_measured));
        co_return Reply<void>{};
    }
};

class SuperbV2Device final : public Device {
  public:
    explicit SuperbV2Device(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const std::size_t known = std::min(input.size(), std::size(question));
        if (!std::equal(question, question + known, input.begin())) return 1;
        if (known < std::size(question)) return 0;
        append(reply, fill(answer_layout, truth_));
        return known;
    }
    Bytes speak() override { return fill(measured_layout, truth_); }

  private:
    Reading& truth_;
};

constexpr std::string_view dialogue = "cf9ccdfa-eee9-43ce-87a5-82b54af5324e";
constexpr Gatt gatt[]{{.service = "cf9ccdf7-eee9-43ce-87a5-82b54af5324e",
                       .notify = dialogue,
                       .write = dialogue,
                       .also_notify = "e0fef452-9d2b-4005-a1e3-69fe1102b436",
                       .only_size = frame_size}};
constexpr Told delivers = Told{}.add(answer_layout).add(measured_layout);

}  // namespace

extern const Entry superb_v2_bms;
constinit const Entry superb_v2_bms{
    .name = "aiobmsble_superb_v2_bms",
    .type = "Super-B Epsilon v2",
    .sheet = "ble/superb_v2",
    .brands = "Super-B Epsilon V2",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<SuperbV2, superb_v2_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<SuperbV2Device>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "no checksum",
};

}  // namespace bmsd::bms::ble
