#include "fuzz/dialogue.h"

#include <fmt/format.h>

#include "bms/language/identity.h"
#include "config/schema.h"
#include "fuzz/invariants.h"
#include "support/channels.h"
#include "support/random_reading.h"

namespace bmsd::fuzz {
namespace {

constexpr int polls = 3;
constexpr std::size_t slow_bytes = 16;
constexpr std::size_t most_requested = 1024;  // bytes to a device: more are more of the same
constexpr std::size_t most_exchanges = 2000;  // of one call; more would never end on a real line

Choice read_head(ByteView input)
{
    return {(input[0] & 1) != 0, input[1], input[2], input[3]};
}

bms::Line line_of(const bms::Entry& entry, const Choice& choice)
{
    bms::Line line = entry.lines[choice.line % entry.lines.size()];
    line.address = static_cast<std::uint8_t>(line.address + choice.address % 16);
    return line;
}

config::Config config_of(const Choice& choice)
{
    config::Config config = config::defaults();
    config.soc_calculation = (choice.flags & 1) != 0;
    config.use_bms_dvcc_values = (choice.flags & 2) != 0;
    config.auto_reset_soc = (choice.flags & 4) != 0;
    config.invert_current_measurement = (choice.flags & 8) != 0 ? -1 : 1;
    return config;
}

const Reading& battery()
{
    static const Reading reading = [] {
        std::mt19937_64 random(1);
        return test::random_reading(random, 16);
    }();
    return reading;
}

/// Replies out of the fuzz input: each takes as many bytes as the exchange wants.
class FuzzChannel final : public bms::Channel {
  public:
    FuzzChannel(const bms::Entry& entry, ByteView input) : entry_(entry), input_(input) {}

    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override
    {
        if (++exchanges_ > most_exchanges) finding(entry_, "asks without an end");
        const std::uint8_t mark = next();
        const std::size_t left = mark == silent ? 0 : mark == cut ? next() : input_.size();
        const ByteView offered = input_.first(std::min(left, input_.size()));
        const std::size_t wanted = arrive(offered, exchange.length);
        input_ = input_.subspan(buffer_.size());
        if (buffer_.size() >= wanted) co_return ByteView(buffer_).first(wanted);
        if (buffer_.empty()) co_return bms::refuse(bms::Refusal::silence);
        if (!exchange.partial) co_return bms::refuse(bms::Refusal::cut_short);
        co_return ByteView(buffer_);
    }
    Task<void> pause(Duration) override { co_return; }
    void refused(bms::Refusal) override {}
    double wall() const override { return now; }
    Instant steady() const override
    {
        return Instant(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(now)));
    }
    void start_call() { exchanges_ = 0; }

    double now = 1785398184;

  private:
    /// The bytes come one by one at first, so that every short beginning is judged, then in growing pieces as from a
    /// read.
    std::size_t arrive(ByteView offered, const bms::Length& length)
    {
        buffer_.clear();
        std::size_t wanted = length(buffer_);
        for (std::size_t piece = 1; buffer_.size() < wanted && buffer_.size() < offered.size();) {
            if (buffer_.size() >= slow_bytes) piece *= 2;
            append(buffer_, offered.subspan(buffer_.size(), std::min(piece, offered.size() - buffer_.size())));
            wanted = length(buffer_);
        }
        if (buffer_.size() > wanted) buffer_.resize(wanted);
        return wanted;
    }
    std::uint8_t next()
    {
        if (input_.empty()) return silent;
        const std::uint8_t byte = input_.front();
        input_ = input_.subspan(1);
        return byte;
    }

    const bms::Entry& entry_;
    ByteView input_;
    Bytes buffer_;
    std::size_t exchanges_ = 0;
};

void run_host(const bms::Entry& entry, const Choice& choice, ByteView replies)
{
    const config::Config config = config_of(choice);
    const bms::Line line = line_of(entry, choice);
    FuzzChannel channel(entry, replies);
    const auto protocol = entry.make({config, line.address, line.baud});
    Reading reading;
    // what detection believes: the protocol says yes and the values are plausible
    if (!test::run(protocol->identify(channel, reading)) || !bms::plausible(reading.telemetry)) return;
    check(entry, reading);
    for (int i = 0; i < polls; ++i) {
        channel.start_call();
        channel.now += 40;
        Reading next = reading;  // as the session does: a refused poll leaves no trace
        if (!test::run(protocol->poll(channel, next))) continue;
        check(entry, next);
        reading = next;
    }
    for (const auto kind :
         {Command::Kind::force_charging_off, Command::Kind::force_discharging_off, Command::Kind::turn_balancing_off,
          Command::Kind::turn_heating_off, Command::Kind::set_soc}) {
        if (!entry.commands.has(kind)) continue;
        channel.start_call();
        Reading next = reading;
        if (test::run(protocol->command(channel, next, {kind, kind == Command::Kind::set_soc ? 55.0 : 1.0})))
            check(entry, next);
    }
}

void run_device(const bms::Entry& entry, const Choice& choice, ByteView requests)
{
    Reading truth = battery();
    const auto device = entry.device(truth, line_of(entry, choice));
    requests = requests.first(std::min(requests.size(), most_requested));
    Bytes reply;
    for (std::size_t arrived = 0; arrived < requests.size();) {
        arrived = std::min(arrived + 64, requests.size());
        for (std::size_t used = 1; used > 0 && arrived > 0;) {
            used = device->receive(requests.first(arrived), reply);
            if (used > arrived) finding(entry, "the device uses more bytes than there are");
            requests = requests.subspan(used);
            arrived -= used;
        }
        reply.clear();
    }
}

struct Recording {
    Bytes requests, replies;
};

Recording record(const bms::Entry& entry)
{
    Recording recording;
    const config::Config config = config::defaults();
    Reading truth = battery(), reading;
    const bms::Line line = entry.lines.front();
    const auto device = entry.device(truth, line);
    test::DeviceChannel channel(*device);
    channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        append(recording.requests, request);
        recording.replies.push_back(reply.empty() ? silent : whole);
        append(recording.replies, reply);
    };
    const auto protocol = entry.make({config, line.address, line.baud});
    if (!test::run(protocol->identify(channel, reading))) return recording;
    for (int i = 0; i < polls; ++i) (void)test::run(protocol->poll(channel, reading));
    for (const auto kind : {Command::Kind::force_charging_off, Command::Kind::force_discharging_off,
                            Command::Kind::turn_balancing_off, Command::Kind::turn_heating_off, Command::Kind::set_soc})
        if (entry.commands.has(kind)) (void)test::run(protocol->command(channel, reading, {kind, 1}));
    return recording;
}

}  // namespace

Bytes head_of(const Choice& choice)
{
    return {static_cast<std::uint8_t>(choice.device ? 1 : 0), choice.line, choice.address, choice.flags};
}

void run(const bms::Entry& entry, ByteView input)
{
    if (input.size() < head_size) return;
    const Choice choice = read_head(input);
    (choice.device ? run_device : run_host)(entry, choice, input.subspan(head_size));
}

Bytes record_replies(const bms::Entry& entry)
{
    Bytes input = head_of({});
    append(input, record(entry).replies);
    return input;
}

Bytes record_requests(const bms::Entry& entry)
{
    Bytes input = head_of({.device = true});
    append(input, record(entry).requests);
    return input;
}

}  // namespace bmsd::fuzz
