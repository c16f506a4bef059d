// ANT BMS, old protocol with frames of 140 bytes. What the bytes mean: docs/bms/ant.md
#include <algorithm>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/ant_rows.h"

namespace bmsd::bms {
namespace {

using namespace ant_rows;
using namespace std::chrono_literals;

constexpr Question questions[]{question, {0x5A, 0x5A}};  // some boards with a serial port only know the second

/// Where the frame begins; noise may come before it, and the first byte of a frame within that.
std::optional<std::size_t> find_frame(ByteView stream)
{
    const auto same = [](std::uint8_t byte, char mark) { return byte == static_cast<std::uint8_t>(mark); };
    const auto found = std::search(stream.begin(), stream.end(), frames.start.begin(), frames.start.end(), same);
    if (found == stream.end()) return std::nullopt;
    return static_cast<std::size_t>(found - stream.begin());
}

std::size_t stream_length(ByteView so_far)
{
    const auto at = find_frame(so_far);
    return at ? *at + frame_size : so_far.size() + 1;
}

/// `noise` is how many bytes came before the frame.
Reply<ByteView> open(ByteView stream, std::size_t& noise)
{
    const auto at = find_frame(stream);
    if (!at) return refuse(Refusal::bad_start);
    noise = *at;
    return frames.open(stream.subspan(*at, std::min(stream.size() - *at, frame_size)));
}

class Ant final : public Protocol {
  public:
    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Reply<void> polled;
        for (const Question& question : questions) {
            question_ = &question;
            polled = co_await poll(channel, reading);
            if (polled || polled.error() != Refusal::silence) break;
        }
        co_await must(polled);
        Identity& identity = reading.identity;
        identity.type = "ANT";
        identity.hardware_version = "ANT BMS " + std::to_string(*reading.telemetry.cell_count) + 'S';
        identity.firmware_version = "ANT BMS V2.0";
        identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const Exchange exchange{
            .request = *question_, .length = stream_length, .first = 500ms, .rest = 500ms, .partial = true};
        std::size_t noise = 0;
        const auto judge = [&](ByteView stream) { return open(stream, noise); };
        const auto frame = co_await must(ask(channel, exchange, judge));
        if (noise != 0) channel.refused(Refusal::bad_start);
        const auto taken = bms::take(layout, frame, reading);
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }

  private:
    const Question* question_ = &questions[0];  // the one it answers to
};

class AntDevice final : public Device {
  public:
    explicit AntDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const Question& request = questions[0];
        const std::size_t known = std::min(input.size(), request.size());
        if (!std::equal(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(known), input.begin())) return 1;
        if (known < request.size()) return 0;
        append(reply, frames.frame(fill(layout, truth_)));
        return request.size();
    }

  private:
    Reading& truth_;
};

constexpr Line lines[]{{19200}};
constexpr Told delivers = told({"hardware_version", "firmware_version"});

}  // namespace

extern const Entry ant;
constinit const Entry ant{
    .name = "ANT",
    .type = "ANT",
    .sheet = "ant",
    .brands = "ANT BMS up to 2021 (old protocol), 4S..32S",
    .wiring = "TTL port of the board, or RS485 by an adapter; one board a port",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup&) -> std::unique_ptr<Protocol> { return std::make_unique<Ant>(); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<AntDevice>(truth); },
    .only_when_named = true,
    .addressable = false,
    .addressed = false,
    .warning = "ANT: its request upsets other BMS; name it in BMS_TYPE only where an ANT board is on the line",
};

}  // namespace bmsd::bms
