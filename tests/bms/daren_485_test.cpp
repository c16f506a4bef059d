// What is peculiar to DR-1363 boards on RS485.
#include <gtest/gtest.h>

#include "bms/ascii_rig.h"

namespace bmsd::test {
namespace {

using bms::Refusal;

constexpr std::uint8_t realtime = 0x42, parameters = 0x47, maker = 0x51, module = 0xB0;
constexpr std::size_t pack_at = 13 + 2 * 16 + 2 * 4;  // of service 42, 16 cells and 4 sensors

/// Changes only the replies of one module of service B0.
AsciiRig::Hand of_module(std::uint8_t number, AsciiRig::Hand hand)
{
    return [=](Bytes& info) {
        if (info.size() > 3 && info[3] == number) hand(info);
    };
}

TEST(Daren485, RequestsAreThoseOfTheSheet)
{
    AsciiRig rig("Daren485");
    ASSERT_TRUE(rig.identify());
    std::vector<std::string> texts;
    for (const Bytes& request : rig.channel.requests) texts.emplace_back(request.begin(), request.end());
    EXPECT_EQ(texts, (std::vector<std::string>{"~22014A42E00201FD28\r", "~22014A47E00201FD23\r", "~22014A510000FDA0\r",
                                               "~22014AB0600A010103FF00FB6C\r", "~22014AB0600A010104FF00FB6B\r"}));
}

TEST(Daren485, IsUsedWithoutWhatIsOptional)
{
    AsciiRig rig("Daren485");
    rig.truth.telemetry.capacity = 102.92;
    rig.fail(maker, 0x04);
    rig.on(module, nullptr);
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.asked(maker).size(), 3U);
    EXPECT_EQ(rig.asked(module).size(), 6U);
    const Identity& identity = rig.reading.identity;
    EXPECT_EQ(identity.hardware_version, std::nullopt);
    EXPECT_EQ(identity.serial_number, std::nullopt);
    EXPECT_EQ(identity.unique_id, "102.92Ah_0x01");
    EXPECT_EQ(rig.reading.telemetry.total_ah_drawn, std::nullopt);
    EXPECT_EQ(rig.reading.telemetry.charged_energy, std::nullopt);
    EXPECT_TRUE(rig.poll());
}

TEST(Daren485, WithoutASerialNumberABarCodeNamesThePack)
{
    AsciiRig rig("Daren485");
    rig.on(module, of_module(0x03, [](Bytes& info) { std::fill_n(info.begin() + 6, 30, std::uint8_t{0xFF}); }));
    const auto barcodes = [&](std::string_view product, std::string_view board) {
        rig.on(parameters, [=](Bytes& info) {
            std::copy(product.begin(), product.end(), info.begin() + 25);
            std::copy(board.begin(), board.end(), info.begin() + 45);
        });
        EXPECT_TRUE(rig.identify());
        return rig.reading.identity.unique_id;
    };
    EXPECT_EQ(barcodes("PRODUCT-7", "BOARD-8  "), "BOARD-8");
    EXPECT_EQ(barcodes("PRODUCT-7", ""), "PRODUCT-7");
}

TEST(Daren485, ShortParametersHaveNoBarCodes)
{
    AsciiRig rig("Daren485");
    rig.on(module, nullptr);
    rig.on(parameters, [](Bytes& info) { info.resize(19); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, std::nullopt);
    EXPECT_TRUE(rig.reading.telemetry.max_charge_current);
    rig.on(parameters, [](Bytes& info) { info.resize(18); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.max_charge_current, std::nullopt) << "too short to be believed";
}

TEST(Daren485, OlderBoardsWantTheirAddressInTheRequest)
{
    AsciiRig rig("Daren485", 16, 0x03);
    int asked = 0;
    rig.on(realtime, [&](Bytes& info) {
        if (asked++ < 2) info.clear();
    });
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const auto requests = rig.asked(realtime);
    ASSERT_EQ(requests.size(), 4U);
    for (const std::size_t i : {0U, 1U}) EXPECT_EQ(requests[i].info, Bytes{0x01});
    for (const std::size_t i : {2U, 3U}) EXPECT_EQ(requests[i].info, Bytes{0x03});
    EXPECT_EQ(rig.asked(parameters).at(0).info, Bytes{0x03});
}

TEST(Daren485, ASilentLineIsGivenUpAtOnce)
{
    AsciiRig rig("Daren485");
    rig.on(realtime, nullptr);
    EXPECT_EQ(rig.identify().error(), Refusal::silence);
    EXPECT_EQ(rig.channel.requests.size(), 1U);
}

TEST(Daren485, ARequestIsRepeatedOnceInACycle)
{
    AsciiRig rig("Daren485");
    ASSERT_TRUE(rig.identify());
    int asked = 0;
    rig.on(realtime, [&](Bytes& info) {
        if (asked++ == 0) info.pop_back(), info.resize(20);
    });
    EXPECT_TRUE(rig.poll());
    rig.fail(realtime, 0x91);
    rig.forget_requests();
    EXPECT_EQ(rig.poll().error(), Refusal::device_error);
    EXPECT_EQ(rig.asked(realtime).size(), 2U);
}

TEST(Daren485, LimitAndCountersAreReadEachMinute)
{
    AsciiRig rig("Daren485");
    ASSERT_TRUE(rig.identify());
    rig.forget_requests();
    rig.truth.telemetry.charge_fet = rig.truth.telemetry.discharge_fet = true;
    rig.truth.telemetry.max_charge_current = rig.truth.telemetry.max_discharge_current = 33;
    rig.truth.telemetry.total_ah_drawn = 4711;
    for (int second = 1; second < 60; ++second) {
        rig.channel.time += std::chrono::seconds(1);
        ASSERT_TRUE(rig.poll());
    }
    EXPECT_EQ(rig.channel.requests.size(), 59U);
    rig.channel.time += std::chrono::seconds(1);
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.channel.requests.size(), 62U);
    EXPECT_EQ(rig.reading.telemetry.max_discharge_current, 33);
    EXPECT_EQ(rig.reading.telemetry.total_ah_drawn, 4711);
    rig.channel.time += std::chrono::seconds(1);
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.channel.requests.size(), 63U);
}

TEST(Daren485, TheScaleOfTheEnergyFollowsFromTheCharge)
{
    AsciiRig rig("Daren485");
    rig.truth.telemetry.voltage = 53.26;
    const auto energy = [&](std::uint16_t count, std::uint32_t ampere_hours) {
        rig.on(module, of_module(0x04, [=](Bytes& info) {
                   write_be(&info[12], 4, ampere_hours);
                   write_be(&info[20], 2, count);
               }));
        EXPECT_TRUE(rig.identify());
        return rig.reading.telemetry.charged_energy;
    };
    EXPECT_EQ(energy(129, 237), 12.9);
    EXPECT_EQ(energy(1290, 237), 12.9);
    EXPECT_EQ(energy(129, 80), std::nullopt) << "161 V or 16 V";
    EXPECT_EQ(energy(0, 237), std::nullopt);
    EXPECT_EQ(energy(129, 0), std::nullopt);
}

TEST(Daren485, CellsBeyondTheNumberOfServiceFortySevenAreDropped)
{
    AsciiRig rig("Daren485");
    rig.truth.telemetry.cell_count = 15;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.cell_count, 15);
    EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), 15U);
    EXPECT_EQ(rig.reading.telemetry.cell_balancing.size(), 15U);
    for (const std::int64_t nonsense : {0, 17, 3329}) {
        rig.truth.telemetry.cell_count = nonsense;
        ASSERT_TRUE(rig.identify());
        EXPECT_EQ(rig.reading.telemetry.cell_count, 16) << nonsense;
    }
}

TEST(Daren485, AnyNumberOfCellsAndSensorsFits)
{
    for (const std::size_t cells : {1U, 8U, 17U, 32U}) {
        AsciiRig rig("Daren485", cells);
        rig.truth.telemetry.temperatures[3].reset();
        ASSERT_TRUE(rig.identify()) << cells;
        EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), cells);
        EXPECT_EQ(rig.reading.telemetry.cell_balancing, rig.truth.telemetry.cell_balancing);
        EXPECT_FALSE(rig.reading.telemetry.temperatures[3]);
    }
}

TEST(Daren485, WhatAShorterReplyDoesNotSayIsAbsent)
{
    AsciiRig rig("Daren485");
    rig.on(realtime, [](Bytes& info) { info.resize(pack_at + 23); });
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(rig.reading.telemetry.cell_balancing.empty());
    EXPECT_EQ(rig.reading.telemetry.balancing, std::nullopt);
    rig.on(realtime, [](Bytes& info) { info.resize(pack_at + 22); });
    EXPECT_EQ(rig.poll().error(), Refusal::bad_length);
}

TEST(Daren485, WhatCannotBeIsRefused)
{
    AsciiRig rig("Daren485");
    ASSERT_TRUE(rig.identify());
    const auto poll_with = [&](std::size_t at, std::uint8_t value) {
        rig.on(realtime, [=](Bytes& info) { info[at] = value; });
        const auto taken = rig.poll();
        return taken ? Refusal::link_lost : taken.error();
    };
    EXPECT_EQ(poll_with(5, 0), Refusal::bad_content);
    EXPECT_EQ(poll_with(5, 33), Refusal::bad_content);
    EXPECT_EQ(poll_with(12 + 2 * 16, 9), Refusal::bad_content);
    EXPECT_EQ(poll_with(1, 0x28), Refusal::link_lost) << "taken";
    EXPECT_EQ(rig.reading.telemetry.soc, 100) << "more than 102.4 %";
}

TEST(Daren485, ALateTelemetryReplyIsNoParameters)
{
    AsciiRig rig("Daren485");
    Bytes late;
    rig.on(realtime, [&](Bytes& info) { late = info; });
    rig.on(parameters, [&](Bytes& info) { info = late; });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.channel.refusals, (std::vector{Refusal::wrong_echo, Refusal::wrong_echo}));
    EXPECT_EQ(rig.reading.telemetry.max_charge_current, std::nullopt);
    EXPECT_EQ(rig.reading.telemetry.cell_count, 16);
}

TEST(Daren485, TheModuleIsEchoed)
{
    AsciiRig rig("Daren485");
    rig.on(module, [](Bytes& info) { info[3] ^= 7; });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, std::nullopt);
    EXPECT_EQ(rig.reading.telemetry.total_ah_drawn, std::nullopt);
}

TEST(Daren485, StatusBitsHaveTheirNames)
{
    AsciiRig rig("Daren485");
    ASSERT_TRUE(rig.identify());
    const auto with = [&](std::size_t at, std::uint16_t bits) {
        rig.on(realtime, [=](Bytes& info) {
            std::fill_n(info.begin() + pack_at + 13, 10, std::uint8_t{0});
            write_be(&info[pack_at + at], 2, bits);
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry;
    };
    constexpr std::size_t V = 13, C = 15, T = 17, W = 19, F = 21;
    EXPECT_EQ(with(V, 0x2000).alarms[Alarm::fuse_blown], 2);
    EXPECT_EQ(with(V, 0x1000).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(V, 0x4100).alarms[Alarm::cell_imbalance], 2);
    EXPECT_EQ(with(V, 0x0100).alarms[Alarm::cell_imbalance], 1);
    EXPECT_EQ(with(C, 0x0008).alarms[Alarm::high_discharge_current], 2) << "short circuit";
    EXPECT_EQ(with(T, 0x0001).alarms[Alarm::high_charge_temperature], 2);
    EXPECT_EQ(with(T, 0x0001).alarms[Alarm::high_temperature], 2) << "charging too hot is too hot";
    EXPECT_EQ(with(T, 0x0004).alarms[Alarm::high_charge_temperature], 0);
    EXPECT_EQ(with(T, 0x1000).alarms[Alarm::high_internal_temperature], 1);
    EXPECT_EQ(with(W, 0x0080).alarms[Alarm::low_soc], 2);
    EXPECT_EQ(with(W, 0x0001).alarms, with(W, 0).alarms);
    EXPECT_EQ(with(F, 0x000C).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(F, 0x0001).charge_fet, true);
    EXPECT_EQ(with(F, 0x0001).max_discharge_current, 0);
    rig.config.soc_calculation = true;
    EXPECT_EQ(with(W, 0x0080).alarms[Alarm::low_soc], std::nullopt);
}

}  // namespace
}  // namespace bmsd::test
