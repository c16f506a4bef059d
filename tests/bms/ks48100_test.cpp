// What is peculiar to KS48100 boards; what they share with Daren485 is tested there.
#include <gtest/gtest.h>

#include "bms/ascii_rig.h"

namespace bmsd::test {
namespace {

using bms::Refusal;

constexpr std::uint8_t realtime = 0x42, parameters = 0x47, maker = 0x51, module = 0xB0;
constexpr std::size_t pack_at = 13 + 2 * 16 + 2 * 4;  // of service 42, 16 cells and 4 sensors

TEST(Ks48100, RequestsAreThoseOfTheSheetInItsOrder)
{
    AsciiRig rig("KS48100");
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    std::vector<std::string> texts;
    for (const Bytes& request : rig.channel.requests) texts.emplace_back(request.begin(), request.end());
    EXPECT_EQ(texts, (std::vector<std::string>{
                         ">22014AB0600A010103FF56FB61\r", ">22014247E00201FD32\r", ">220142420000FDAF\r",
                         ">220142510000FDAF\r", ">22014AB0600A010104FF00FB6B\r",  // found
                         ">220142420000FDAF\r", ">22014247E00201FD32\r", ">22014AB0600A010104FF00FB6B\r"}));
}

TEST(Ks48100, IsKnownByItsSerialNumberAndItsCells)
{
    for (const std::uint8_t code : {module, realtime}) {
        AsciiRig rig("KS48100");
        rig.fail(code, 0x04);
        EXPECT_EQ(rig.identify().error(), Refusal::device_error) << int{code};
    }
}

TEST(Ks48100, ARefusedRequestFailsTheCycleWithoutARepeat)
{
    for (const std::uint8_t code : {parameters, realtime, module}) {
        AsciiRig rig("KS48100");
        ASSERT_TRUE(rig.identify());
        rig.forget_requests();
        rig.on(code, nullptr);
        EXPECT_EQ(rig.poll().error(), Refusal::silence);
        EXPECT_EQ(rig.asked(code).size(), 1U);
    }
}

TEST(Ks48100, EitherStartCharacterAndAnyGroupMayAnswer)
{
    AsciiRig rig("KS48100");
    const auto change = rig.channel.damage;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        auto frame = bms::ascii::open(reply, ">");
        ASSERT_TRUE(frame);
        frame->group = 0x4A;
        reply = bms::ascii::build('~', *frame);
    };
    EXPECT_TRUE(rig.identify());
}

TEST(Ks48100, FifteenCharactersNameThePack)
{
    AsciiRig rig("KS48100");
    rig.on(module, [](Bytes& info) {
        constexpr std::string_view text = "CER2408-04     NOT THIS";
        if (info[3] == 0x03) std::copy(text.begin(), text.end(), info.begin() + 6);
    });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, "CER2408-04");
    EXPECT_EQ(rig.reading.identity.unique_id, "CER2408-04");

    rig.on(module, [](Bytes& info) {
        if (info[3] == 0x03) std::fill_n(info.begin() + 6, 15, std::uint8_t{0xFF});
    });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, std::nullopt);
    EXPECT_EQ(rig.reading.identity.unique_id->find("HW12012000_"), 0U) << *rig.reading.identity.unique_id;
}

TEST(Ks48100, BothRepliesSpeakOfTheSameCells)
{
    AsciiRig rig("KS48100");
    rig.truth.telemetry.cell_count = 15;
    EXPECT_EQ(rig.identify().error(), Refusal::bad_content);
    rig.truth.telemetry.cell_count = 3300;  // a cell voltage: the reply to another request
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.telemetry.max_charge_current);
    rig.truth.telemetry.cell_count = 16;
    ASSERT_TRUE(rig.identify());
    rig.truth.telemetry.cell_count = 15;
    EXPECT_EQ(rig.poll().error(), Refusal::bad_content);
}

TEST(Ks48100, AnyNumberOfCellsAndSensorsFits)
{
    for (const std::size_t cells : {1U, 8U, 32U}) {
        AsciiRig rig("KS48100", cells);
        rig.truth.telemetry.temperatures[2].reset();
        rig.truth.telemetry.temperatures[3].reset();
        ASSERT_TRUE(rig.identify()) << cells;
        EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), cells);
        EXPECT_TRUE(rig.reading.telemetry.temperatures[1]);
        EXPECT_FALSE(rig.reading.telemetry.temperatures[2]);
    }
    AsciiRig rig("KS48100");
    rig.on(realtime, [](Bytes& info) {  // nine sensors
        info.insert(info.begin() + pack_at, 10, std::uint8_t{0});
        info[12 + 2 * 16] = 9;
    });
    EXPECT_TRUE(rig.identify());
}

TEST(Ks48100, StatusBitsHaveTheirNames)
{
    AsciiRig rig("KS48100");
    ASSERT_TRUE(rig.identify());
    const auto with = [&](std::size_t at, std::uint16_t bits) {
        rig.on(realtime, [=](Bytes& info) {
            std::fill_n(info.begin() + pack_at + 13, 10, std::uint8_t{0});
            write_be(&info[pack_at + at], 2, bits);
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry;
    };
    constexpr std::size_t V = 13, T = 17, W = 19, F = 21;
    const Alarms none = with(W, 0).alarms;
    EXPECT_EQ(with(W, 0x0001).alarms[Alarm::cell_imbalance], 1);
    EXPECT_EQ(with(V, 0x4000).alarms[Alarm::cell_imbalance], 2);
    EXPECT_EQ(with(W, 0x0100).alarms[Alarm::high_internal_temperature], 2);
    EXPECT_EQ(with(W, 0x0200).alarms[Alarm::high_internal_temperature], 1);
    EXPECT_EQ(with(W, 0x0060).alarms, none) << "LED and buzzer are on";
    EXPECT_EQ(with(V, 0x1000).alarms, none) << "not an alarm of this type";
    EXPECT_EQ(with(T, 0xA0A0).alarms, none) << "a cold board";
    for (const unsigned bit : {1U, 2U, 3U, 4U, 10U, 11U, 12U, 13U, 14U, 15U})
        EXPECT_EQ(with(W, static_cast<std::uint16_t>(1U << bit)).alarms[Alarm::internal_failure], 2) << bit;
    EXPECT_EQ(with(F, 0x0004).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(F, 0x0002).discharge_fet, true);
    EXPECT_EQ(with(F, 0x0002).max_charge_current, 0);
    EXPECT_EQ(with(F, 0x0000).max_discharge_current, 0);
}

}  // namespace
}  // namespace bmsd::test
