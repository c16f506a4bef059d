// The SPI port, with a simulated chip in place of the bus.
#include "link/spi.h"

#include <gtest/gtest.h>

#include "bms/catalogue.h"
#include "config/schema.h"
#include "support/random_reading.h"

namespace bmsd::link {
namespace {

using namespace std::chrono_literals;

struct Chip {
    std::unique_ptr<bms::Device> device;
    std::map<unsigned, bool> lines;
    bool there = true, open = false;
    unsigned hertz = 0;
    int transfers = 0;
};

class ChipBus final : public SpiBus {
  public:
    explicit ChipBus(Chip& chip) : chip_(chip) {}
    Result<void> open(const std::string& path, unsigned hertz) override
    {
        if (!chip_.there) return Failure(path + ": no such device");
        chip_.open = true;
        chip_.hertz = hertz;
        return {};
    }
    void close() override { chip_.open = false; }
    bool present(const std::string&) const override { return chip_.there; }
    bool transfer(MutableBytes bytes) override
    {
        if (!chip_.there) return false;
        ++chip_.transfers;
        Bytes reply;
        chip_.device->receive(bytes, reply);
        std::copy_n(reply.begin(), bytes.size(), bytes.begin());
        return true;
    }
    bool drive(unsigned line, bool high) override
    {
        chip_.lines[line] = high;
        return true;
    }

  private:
    Chip& chip_;
};

class SpiTest : public testing::Test {
  protected:
    SpiTest()
    {
        std::mt19937_64 random(7);
        truth = test::random_reading(random, 8);
        truth.telemetry.cell_voltages = {3.3, 3.3, 3.3, 3.3, 3.3, 3.3, 3.3, 3.3};
        chip.device = mnb.device(truth, mnb.lines.front());
    }
    bms::Reply<void> finish(Task<bms::Reply<void>> task)
    {
        task.start();
        for (int i = 0; i < 5000 && !task.done(); ++i) loop.advance(1ms);
        return task.done() ? task.result() : bms::refuse(bms::Refusal::silence);
    }

    const bms::Entry& mnb = *bms::find("MNB");
    ManualLoop loop;
    config::Config config = config::defaults();
    Reading truth, reading;
    Chip chip;
    SpiPort port{loop, "/dev/spidev0.0", "/dev/ttyUSB9", std::make_unique<ChipBus>(chip)};
    LinkQuality quality;
    PortChannel channel{port, quality};
    std::unique_ptr<bms::Protocol> protocol = mnb.make({config, 0, mnb.lines.front().baud});
};

TEST_F(SpiTest, ABoardIsReadThroughThePort)
{
    ASSERT_TRUE(port.open(mnb.lines.front().baud));
    EXPECT_EQ(chip.hertz, 500'000U);
    ASSERT_TRUE(finish(protocol->identify(channel, reading)));
    EXPECT_NEAR(*reading.telemetry.voltage, 26.4, 0.02);
    EXPECT_TRUE(chip.lines.at(2));
    EXPECT_TRUE(chip.lines.at(3));
}

TEST_F(SpiTest, TransfersKeepTheirDistance)
{
    ASSERT_TRUE(port.open(500'000));
    const Instant started = loop.now();
    ASSERT_TRUE(finish(protocol->identify(channel, reading)));
    EXPECT_GE(loop.now() - started, (chip.transfers - 1) * 10ms);
}

TEST_F(SpiTest, AClosedPortLeavesNothingSwitchedOn)
{
    ASSERT_TRUE(port.open(500'000));
    ASSERT_TRUE(finish(protocol->identify(channel, reading)));
    port.close();
    for (const auto& [line, high] : chip.lines) EXPECT_FALSE(high) << line;
    EXPECT_FALSE(chip.open);
    EXPECT_FALSE(port.drive(2, true)) << "it is closed";
}

TEST_F(SpiTest, ABusThatVanishesIsALostLink)
{
    ASSERT_TRUE(port.open(500'000));
    ASSERT_TRUE(finish(protocol->identify(channel, reading)));
    chip.there = false;
    EXPECT_EQ(finish(protocol->poll(channel, reading)).error(), bms::Refusal::link_lost);
    EXPECT_FALSE(port.is_open());
    EXPECT_FALSE(port.open(500'000));
}

}  // namespace
}  // namespace bmsd::link
