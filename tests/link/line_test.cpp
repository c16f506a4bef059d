// The finer points of a serial exchange: replies that end by silence, requests without a reply, a line that is never
// quiet, a port another program meddles with.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>

#include "link/serial.h"
#include "sim/server.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

class Answering final : public bms::Device {
  public:
    explicit Answering(Bytes& reply) : reply_(reply) {}
    std::size_t receive(ByteView input, Bytes& reply) override
    {
        reply = reply_;
        return input.size();
    }

  private:
    Bytes& reply_;
};

struct Line : testing::Test {
    RealLoop loop;
    sim::DeviceServer server{loop, {}};
    Bytes reply{'a', 'b', 'c'};
    link::SerialPort port{loop, server.path()};
    Bytes request{'?'};

    Line()
    {
        server.add(std::make_unique<Answering>(reply));
        EXPECT_TRUE(port.open(9600));
    }
    bms::Reply<ByteView> transact(bms::Exchange exchange)
    {
        auto task = port.transact(std::move(exchange));
        task.start();
        for (int i = 0; i < 500 && !task.done(); ++i) loop.run_for(10ms);
        return task.result();
    }
    bms::Exchange endless() const
    {
        return {.request = request, .length = [](ByteView so_far) { return so_far.size() + 1; }, .partial = true};
    }
};

TEST_F(Line, AReplyWithoutLengthEndsBySilence)
{
    auto exchange = endless();
    exchange.first = 2s;
    exchange.rest = 5s;
    exchange.idle = 50ms;
    const Instant before = loop.now();
    const auto taken = transact(exchange);
    ASSERT_TRUE(taken);
    EXPECT_EQ(Bytes(taken->begin(), taken->end()), reply);
    EXPECT_LT(loop.now() - before, 1s);
    EXPECT_GE(loop.now() - before, 50ms);
}

TEST_F(Line, NothingIsAwaitedWhereNothingWillCome)
{
    const Instant before = loop.now();
    const auto taken = transact({.request = request, .length = bms::exactly(0)});
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->empty());
    EXPECT_LT(loop.now() - before, 100ms);
}

TEST_F(Line, ARequestWaitsForQuiet)
{
    reply.assign(400, 'x');
    bool waited = false;
    for (int i = 0; i < 5 && !waited; ++i) {  // on a busy machine all of it may have come before
        ASSERT_TRUE(transact({.request = request, .length = bms::exactly(3)}));  // the rest of it comes unasked
        const Instant before = loop.now();
        ASSERT_TRUE(transact({.request = request, .length = bms::exactly(3), .gap = 60ms}));
        waited = loop.now() - before >= 40ms;
    }
    EXPECT_TRUE(waited);
}

TEST_F(Line, SettingsChangedByAnotherProgramAreNoticedAndMended)
{
    const link::Fd other(::open(server.path().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!other) GTEST_SKIP() << "only root may open a port somebody claims";
    const auto speed = [&] {
        termios line{};
        ::tcgetattr(other.get(), &line);
        return ::cfgetospeed(&line);
    };
    termios line{};
    ::tcgetattr(other.get(), &line);
    ::cfsetispeed(&line, B19200);
    ::cfsetospeed(&line, B19200);
    ::tcsetattr(other.get(), TCSANOW, &line);
    reply.clear();
    auto exchange = bms::Exchange{.request = request, .length = bms::exactly(3), .first = 20ms};
    EXPECT_EQ(transact(exchange).error(), bms::Refusal::port_taken);
    EXPECT_EQ(transact(exchange).error(), bms::Refusal::silence);
    EXPECT_EQ(speed(), static_cast<speed_t>(B9600));
}

}  // namespace
}  // namespace bmsd::test
