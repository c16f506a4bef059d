// The serial port against simulated devices on pseudo terminals, with everything a wire can do wrong.
#include "link/serial.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "bms/catalogue.h"
#include "bms/language/identity.h"
#include "config/schema.h"
#include "sim/server.h"
#include "support/random_reading.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

/// Runs the loop until the task has ended.
template <class T>
T finish(RealLoop& loop, Task<T> task, Duration longest = 20s)
{
    task.start();
    const Instant end = loop.now() + longest;
    while (!task.done() && loop.now() < end) loop.run_for(10ms);
    if (!task.done()) throw std::runtime_error("the task did not end");
    return task.result();
}

/// Answers like a recorded dialogue.
class ScriptDevice final : public bms::Device {
  public:
    explicit ScriptDevice(const Vector& vector) : vector_(vector) {}
    std::size_t receive(ByteView input, Bytes& reply) override
    {
        for (const auto& [request, response] : vector_.exchanges) {
            if (input.size() < request.size() || !std::equal(request.begin(), request.end(), input.begin())) continue;
            const auto& answers = answers_of(request);
            reply = answers[std::min(used_[to_hex(request)]++, answers.size() - 1)];
            return request.size();
        }
        const bool beginning =
            std::any_of(vector_.exchanges.begin(), vector_.exchanges.end(), [&](const auto& exchange) {
                return input.size() < exchange.first.size() &&
                       std::equal(input.begin(), input.end(), exchange.first.begin());
            });
        return beginning ? 0 : 1;
    }

  private:
    std::vector<Bytes> answers_of(const Bytes& wanted) const
    {
        std::vector<Bytes> answers;
        for (const auto& [request, response] : vector_.exchanges)
            if (request == wanted) answers.push_back(response);
        return answers;
    }
    const Vector& vector_;
    std::map<std::string, std::size_t> used_;
};

/// A device of a test answers at once or never, so nobody waits for it as long as for a real one.
class Hurried final : public bms::Channel {
  public:
    explicit Hurried(bms::Channel& channel) : channel_(channel) {}
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override
    {
        exchange.first = std::min<Duration>(exchange.first, 250ms);
        exchange.rest = std::min<Duration>(exchange.rest, 250ms);
        return channel_.transact(std::move(exchange));
    }
    Task<void> pause(Duration) override { return channel_.pause(1ms); }
    void refused(bms::Refusal reason) override { channel_.refused(reason); }
    double wall() const override { return channel_.wall(); }
    Instant steady() const override { return channel_.steady(); }

  private:
    bms::Channel& channel_;
};

class EveryVectorOnAPty : public testing::TestWithParam<Vector> {};

TEST_P(EveryVectorOnAPty, DecodesAsItsSheetSays)
{
    const Vector& v = GetParam();
    const bms::Entry& entry = *bms::find(v.bms);
    const bms::Line line = entry.lines.front();
    RealLoop loop;
    sim::DeviceServer server(loop, {});
    server.add(std::make_unique<ScriptDevice>(v));
    link::SerialPort port(loop, server.path());
    ASSERT_TRUE(port.open(v.baud ? v.baud : line.baud, line.parity));
    LinkQuality quality;
    link::PortChannel line_channel(port, quality);
    Hurried channel(line_channel);
    const auto protocol = entry.make({v.config, v.address.value_or(line.address), v.baud ? v.baud : line.baud});
    Reading reading;
    auto taken = finish(loop, protocol->identify(channel, reading));
    if (taken) taken = finish(loop, protocol->poll(channel, reading));
    if (v.rejects) {
        EXPECT_FALSE(taken) << v.source;
        return;
    }
    ASSERT_TRUE(taken) << text(taken.error()) << " in " << v.source;
    EXPECT_EQ(difference(v.expect, reading), "") << v.source;
    EXPECT_GT(quality.replies, 0U);
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryVectorOnAPty, testing::ValuesIn(load_vectors({"serial"})),
                         [](const auto& info) { return info.param.name(); });

class SerialPort : public testing::Test {
  protected:
    SerialPort() : server(loop, {}), port(loop, server.path())
    {
        std::mt19937_64 random(1);
        truth = random_reading(random, 16);
        server.add(entry.device(truth, entry.lines.front()));
        EXPECT_TRUE(port.open(9600));
        protocol = entry.make({config, 0, 9600});
    }
    bms::Reply<void> identify() { return finish(loop, protocol->identify(channel, reading)); }
    bms::Reply<void> poll() { return finish(loop, protocol->poll(channel, reading)); }

    const bms::Entry& entry = *bms::find("LltJbd");
    config::Config config = config::defaults();
    RealLoop loop;
    Reading truth, reading;
    sim::DeviceServer server;
    link::SerialPort port;
    LinkQuality quality;
    link::PortChannel channel{port, quality};
    std::unique_ptr<bms::Protocol> protocol;
};

TEST_F(SerialPort, ReadsAWholeBattery)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(reading.telemetry.cell_voltages.size(), 16U);
    EXPECT_EQ(quality.timeouts, 0U);
    EXPECT_GT(channel.take_wire_seconds(), 0);
}

TEST_F(SerialPort, CountsWhatItRefusesByReason)
{
    ASSERT_TRUE(identify());
    server.set_faults({.bit_error = 1});
    EXPECT_FALSE(poll());
    std::uint64_t refused = 0;
    for (const auto& [reason, count] : quality.refused) refused += count;
    EXPECT_EQ(refused + quality.timeouts, 1U);
    server.set_faults({});
    EXPECT_TRUE(poll());
}

TEST_F(SerialPort, ASilentDeviceIsATimeout)
{
    server.set_faults({.silent = 1});
    EXPECT_EQ(poll().error(), bms::Refusal::silence);
    EXPECT_EQ(quality.timeouts, 1U);
}

TEST_F(SerialPort, APulledAdapterEndsTheExchangeAtOnce)
{
    ASSERT_TRUE(identify());
    server.set_faults({.silent = 1});
    auto task = protocol->poll(channel, reading);
    task.start();
    server.unplug();
    for (int i = 0; i < 100 && !task.done(); ++i) loop.run_for(1ms);
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.result().error(), bms::Refusal::link_lost);
    EXPECT_FALSE(port.is_open());
    EXPECT_FALSE(port.present());
    EXPECT_EQ(poll().error(), bms::Refusal::link_lost);
}

TEST_F(SerialPort, ACancelledExchangeLeavesThePortUsable)
{
    ASSERT_TRUE(identify());
    {
        auto task = protocol->poll(channel, reading);
        task.start();
    }
    loop.run_for(20ms);
    EXPECT_TRUE(poll());
}

TEST_F(SerialPort, ASecondOwnerIsRefused)
{
    link::SerialPort second(loop, server.path());
    const auto opened = second.open(9600);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().find(server.path()), std::string::npos);
}

TEST_F(SerialPort, AnUnknownSpeedAndAMissingDeviceAreErrors)
{
    link::SerialPort none(loop, "/nonexistent/tty");
    EXPECT_FALSE(none.open(9600));
    EXPECT_FALSE(none.present());
    EXPECT_FALSE(port.open(12345));
}

TEST_F(SerialPort, FloodingDoesNotGrowOrHang)
{
    class Babbler final : public bms::Device {
        std::size_t receive(ByteView input, Bytes& reply) override
        {
            reply.assign(20000, 0xDD);
            return input.size();
        }
    };
    sim::DeviceServer flooding(loop, {});
    flooding.add(std::make_unique<Babbler>());
    link::SerialPort flooded(loop, flooding.path());
    ASSERT_TRUE(flooded.open(9600));
    link::PortChannel babble(flooded, quality);
    EXPECT_FALSE(finish(loop, protocol->poll(babble, reading)));
}

TEST_F(SerialPort, AnotherSpeedFindsNobody)
{
    sim::DeviceServer fast(loop, {.baud = 115200});
    fast.add(entry.device(truth, entry.lines.front()));
    link::SerialPort slow(loop, fast.path());
    ASSERT_TRUE(slow.open(9600));
    link::PortChannel line(slow, quality);
    EXPECT_FALSE(finish(loop, protocol->poll(line, reading)));
    ASSERT_TRUE(slow.open(115200));
    EXPECT_TRUE(finish(loop, protocol->identify(line, reading)));
}

}  // namespace
}  // namespace bmsd::test
