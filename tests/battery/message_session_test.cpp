// A battery told by messages, in virtual time.
#include "battery/message_session.h"

#include "battery/session_fixture.h"

namespace bmsd::battery {
namespace {

class MessageSessionTest : public testing::Test {
  protected:
    static std::string message(double soc = 50, const std::string& serial = "SN1")
    {
        return R"({"cell_count":2,"capacity":100,"serial_number":")" + serial +
               R"(","voltage":6.6,"current":5,"soc":)" + std::to_string(soc) +
               R"(,"temperature_1":25,"charge_fet":true,"discharge_fet":true,)" +
               R"("cells":[{"voltage":3.3},{"voltage":3.3}]})";
    }
    void tell(const std::string& text, bool kept = false) { session.receive(text, kept); }
    /// A message each second.
    void run(int seconds)
    {
        for (int i = 0; i < seconds; ++i) {
            loop.advance(1s);
            tell(message());
        }
    }
    Battery& battery() { return *host.batteries.begin()->second; }

    ManualLoop loop;
    config::Config config = config::defaults();
    RecordingHost host{loop, config};
    MessageSession session{loop, "home/battery", 0, host, config};
};

TEST_F(MessageSessionTest, IsServedFromItsFirstValidMessageOn)
{
    loop.advance(40s);
    tell("nonsense");
    EXPECT_EQ(host.attached, 0);
    EXPECT_EQ(session.refused(), 1U);
    loop.advance(1s);
    tell(message());
    ASSERT_EQ(host.attached, 1);
    EXPECT_EQ(battery().facts().port, "home/battery");
    EXPECT_EQ(battery().facts().configured, "0");
    EXPECT_EQ(battery().facts().entry->name, "Generic_Mqtt");
    EXPECT_EQ(battery().snapshot().derived.soc, 50);
    EXPECT_EQ(battery().link().replies, 1U);
    loop.advance(1s);
    tell(message(60));
    EXPECT_EQ(battery().snapshot().derived.soc, 60);
    EXPECT_EQ(host.attached, 1);
}

TEST_F(MessageSessionTest, ARefusedMessageChangesNothing)
{
    run(3);
    tell("{}");
    loop.advance(1s);
    tell(message(70, "SN2"));
    EXPECT_EQ(battery().snapshot().derived.soc, 50);
    EXPECT_EQ(battery().link().refused.at("bad content"), 2U);
    EXPECT_TRUE(battery().snapshot().state.online);
}

TEST_F(MessageSessionTest, SilenceIsALostLinkAndInItsTimeTheEnd)
{
    run(3);
    loop.advance(5s);
    EXPECT_EQ(battery().missed(), 0);
    loop.advance(2s);
    EXPECT_EQ(battery().missed(), 1);
    loop.advance(5s);
    EXPECT_FALSE(battery().snapshot().state.online);
    run(1);
    loop.advance(1s);
    EXPECT_EQ(battery().missed(), 0);
    EXPECT_TRUE(host.released.empty());
    for (int i = 0; i < 120 && host.released.empty(); ++i) loop.advance(60s);
    ASSERT_EQ(host.released.size(), 1U);
    EXPECT_EQ(session.battery(), nullptr);
    loop.advance(1s);
    tell(message(51));  // the same values as half an hour ago would not be believed
    EXPECT_NE(session.battery(), nullptr);
}

TEST_F(MessageSessionTest, RefusedOnesKeepItNotAlive)
{
    run(3);
    for (int i = 0; i < 15; ++i) {
        loop.advance(1s);
        tell("{}");
    }
    EXPECT_FALSE(battery().snapshot().state.online);
}

TEST_F(MessageSessionTest, WhatTheBrokerKeptCountsOnce)
{
    tell(message(), true);
    EXPECT_EQ(host.attached, 1);
    for (int i = 0; i < 15; ++i) {
        loop.advance(1s);
        tell(message(), true);  // the broker was restarted again and again, the source is dead
    }
    EXPECT_FALSE(battery().snapshot().state.online);
    tell(message());
    EXPECT_EQ(battery().missed(), 0);
}

TEST_F(MessageSessionTest, AFloodCostsFiveReadsASecondAndItsLastCounts)
{
    run(1);
    const int before = host.cycles.begin()->second;
    for (int i = 0; i < 1000; ++i) {
        loop.advance(1ms);
        tell(message(i / 10.0));
    }
    loop.advance(1s);
    EXPECT_LE(host.cycles.begin()->second - before, 6);
    EXPECT_EQ(battery().snapshot().derived.soc, 99.9);
}

TEST_F(MessageSessionTest, StopReleasesIt)
{
    run(2);
    session.stop();
    EXPECT_EQ(host.released.size(), 1U);
    loop.advance(100s);
    EXPECT_EQ(host.released.size(), 1U);
}

}  // namespace
}  // namespace bmsd::battery
