// What a battery needs not answer: rows of a protocol, required, optional and settings.
#include "bms/language/requests.h"

#include <gtest/gtest.h>

#include <set>

#include "support/channels.h"
#include "util/log.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;
using bms::Field;
using bms::Need;
using bms::Refusal;

struct Row : bms::Request {
    char name_on_wire;
    std::span<const Field> fields;
};
constexpr std::array voltage{Field{0, bms::u8, 1, &Telemetry::voltage}};
constexpr std::array current{Field{0, bms::u8, 1, &Telemetry::current}};
constexpr std::array soc{Field{0, bms::u8, 1, &Telemetry::soc}};
constexpr Row rows[]{
    {{"voltage"}, 'v', voltage},
    {{"current", Need::optional, [](Reading& reading) { reading.identity.model_name.reset(); }}, 'c', current},
    {{"soc", Need::setting}, 's', soc},
};

struct Nobody final : bms::Device {
    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
};

/// Answers every row but the silent ones with the number of the poll.
struct Battery {
    std::set<char> silent;
    Refusal how = Refusal::silence;
    std::uint8_t told = 0;
    std::string asked;
    bms::Requests requests;
    Nobody nobody;
    DeviceChannel channel{nobody};
    Reading reading;

    bms::Reply<void> poll()
    {
        ++told;
        asked.clear();
        channel.time += 1s;
        Reading next = reading;
        const auto ask = [&](const Row& row) -> Task<bms::Reply<void>> {
            asked += row.name_on_wire;
            if (silent.contains(row.name_on_wire)) co_return bms::refuse(how);
            decode(row.fields, ByteView(&told, 1), next.telemetry);
            if (row.name_on_wire == 'c') next.identity.model_name = "it";
            co_return bms::Reply<void>{};
        };
        const auto taken = run(requests.read(channel, rows, next, ask));
        if (taken) reading = next;
        return taken;
    }
    /// The log lines of `polls` polls.
    std::size_t lines_of(int polls)
    {
        static std::size_t lines;
        lines = 0;
        log::set_sink([](log::Level, std::string_view) { ++lines; });
        for (int i = 0; i < polls; ++i) static_cast<void>(poll());
        log::set_sink(nullptr);
        return lines;
    }
};

TEST(Requests, AllAnsweredASettingOnce)
{
    Battery battery;
    ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.asked, "vcs");
    ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.asked, "vc");
    EXPECT_EQ(battery.reading.telemetry.current, 2);
    EXPECT_EQ(battery.reading.telemetry.soc, 1);
    EXPECT_TRUE(battery.requests.answers(rows[1]));
}

TEST(Requests, WithoutARequiredOneThereIsNoBattery)
{
    Battery battery;
    battery.silent = {'v'};
    EXPECT_EQ(battery.poll().error(), Refusal::silence);
    EXPECT_EQ(battery.asked, "v") << "nothing else is asked";
    ASSERT_EQ(battery.lines_of(1), 0U) << "it is the poll that tells";
}

TEST(Requests, AnOptionalOneNeverAnsweredIsAbsentToldOnceAndAskedEachMinute)
{
    Battery battery;
    battery.silent = {'c'};
    EXPECT_EQ(battery.lines_of(2), 1U);
    EXPECT_EQ(battery.reading.telemetry.voltage, 2);
    EXPECT_EQ(battery.reading.telemetry.current, std::nullopt);
    EXPECT_FALSE(battery.requests.answers(rows[1]));
    EXPECT_EQ(battery.lines_of(60), 0U);
    int asked = 0;
    for (int i = 0; i < 600; ++i) {
        ASSERT_TRUE(battery.poll());
        if (battery.asked.find('c') != std::string::npos) ++asked;
    }
    EXPECT_EQ(asked, 10);
}

TEST(Requests, OneThatComesLaterIsThereAndTold)
{
    Battery battery;
    battery.silent = {'c', 's'};
    ASSERT_TRUE(battery.poll());
    ASSERT_TRUE(battery.poll());  // the second time at once, the reply may have been lost
    EXPECT_EQ(battery.asked, "vcs");
    battery.silent = {};
    EXPECT_EQ(battery.lines_of(59), 0U);
    EXPECT_EQ(battery.reading.telemetry.current, std::nullopt);
    EXPECT_EQ(battery.lines_of(2), 2U);
    EXPECT_EQ(battery.reading.telemetry.current, battery.told);
    ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.asked, "vc");
}

TEST(Requests, AnOptionalOneLostLaterRefusesTwoPollsThenIsAbsent)
{
    Battery battery;
    ASSERT_TRUE(battery.poll());
    battery.silent = {'c'};
    EXPECT_EQ(battery.poll().error(), Refusal::silence);
    EXPECT_EQ(battery.poll().error(), Refusal::silence);
    EXPECT_EQ(battery.reading.telemetry.current, 1) << "nothing of a refused poll is taken";
    ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.reading.telemetry.voltage, 4);
    EXPECT_EQ(battery.reading.telemetry.current, std::nullopt) << "nothing old passes for fresh";
    EXPECT_EQ(battery.reading.identity.model_name, std::nullopt) << "what its own forget() names, too";
}

TEST(Requests, AnExceptionIsAnAnswerNothingIsAwaited)
{
    Battery battery;
    ASSERT_TRUE(battery.poll());
    battery.silent = {'c'};
    battery.how = Refusal::device_error;
    ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.reading.telemetry.current, std::nullopt);
}

TEST(Requests, ASilentBatteryHasNotLostItsOptionalOnes)
{
    Battery battery;
    ASSERT_TRUE(battery.poll());
    battery.silent = {'v', 'c', 's'};
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(battery.poll());
    battery.silent = {};
    EXPECT_EQ(battery.lines_of(1), 0U);
    EXPECT_EQ(battery.reading.telemetry.current, battery.told);
}

TEST(Requests, ASettingOnceReadIsKept)
{
    Battery battery;
    ASSERT_TRUE(battery.poll());
    battery.silent = {'s'};
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(battery.poll());
    EXPECT_EQ(battery.reading.telemetry.soc, 1);
    EXPECT_FALSE(battery.requests.any_due(std::span<const Row>(rows).subspan(2), battery.channel.time));
}

}  // namespace
}  // namespace bmsd::test
