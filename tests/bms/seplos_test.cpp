// What is peculiar to Seplos boards before V3.
#include <gtest/gtest.h>

#include "bms/ascii_rig.h"

namespace bmsd::test {
namespace {

using bms::Refusal;

constexpr std::uint8_t telemetry = 0x42, alarms = 0x44;
constexpr std::size_t pack_at = 3 + 2 * 16 + 1 + 2 * 6;  // of the telemetry, 16 cells and 6 sensors
constexpr std::size_t events_at = 3 + 16 + 1 + 6 + 3;    // of the alarms

TEST(Seplos, TheGroupIsTheAddress)
{
    AsciiRig rig("Seplos", 16, 0x02);
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    for (const std::uint8_t code : {telemetry, alarms})
        for (const auto& request : rig.asked(code)) EXPECT_EQ(request.info, Bytes{0x02});
}

TEST(Seplos, AGroupThatIsRefusedIsTriedOnceAsOneAndKept)
{
    AsciiRig rig("Seplos");
    int asked = 0;
    rig.on(telemetry, [&](Bytes& info) {
        if (asked++ == 0) info.clear();
    });
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const auto requests = rig.asked(telemetry);
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].info, Bytes{0x00});
    EXPECT_EQ(requests[1].info, Bytes{0x01});
    EXPECT_EQ(requests[2].info, Bytes{0x01});
    for (const auto& request : rig.asked(alarms)) EXPECT_EQ(request.info, Bytes{0x01});
}

TEST(Seplos, AtAddressOneThereIsNothingElseToTry)
{
    AsciiRig rig("Seplos", 16, 0x01);
    rig.on(telemetry, nullptr);
    EXPECT_EQ(rig.identify().error(), Refusal::silence);
    EXPECT_EQ(rig.asked(telemetry).size(), 1U);
}

TEST(Seplos, TheUniqueIdNamesOtherAddresses)
{
    AsciiRig first("Seplos"), other("Seplos", 8, 0x02);
    first.truth.telemetry.capacity = 170;
    other.truth.telemetry.capacity = 100.5;
    ASSERT_TRUE(first.identify());
    ASSERT_TRUE(other.identify());
    EXPECT_EQ(first.reading.identity.unique_id, "SeplosBMS16S_170.0Ah");
    EXPECT_EQ(other.reading.identity.unique_id, "SeplosBMS8S_0x02_100.5Ah");
    EXPECT_EQ(other.reading.identity.hardware_version, "Seplos BMS 8S");
}

TEST(Seplos, AnyNumberOfCellsAndSensorsFits)
{
    for (const std::size_t cells : {1U, 8U, 14U, 16U, 24U, 32U}) {
        AsciiRig rig("Seplos", cells);
        rig.truth.telemetry.temperature_mosfet.reset();
        ASSERT_TRUE(rig.identify()) << cells;
        const Telemetry& t = rig.reading.telemetry;
        EXPECT_EQ(t.cell_voltages.size(), cells);
        EXPECT_EQ(t.cell_balancing.size(), cells);
        EXPECT_TRUE(t.temperature_ambient);
        EXPECT_FALSE(t.temperature_mosfet);
        for (std::size_t i = 16; i < cells; ++i) EXPECT_EQ(t.cell_balancing[i], false);
    }
}

TEST(Seplos, WhatCannotBeIsRefused)
{
    AsciiRig rig("Seplos");
    ASSERT_TRUE(rig.identify());
    const auto poll_with = [&](std::uint8_t code, std::size_t at, std::uint8_t value) {
        rig.on(code, [=](Bytes& info) { info[at] = value; });
        const auto taken = rig.poll();
        rig.on(code, [](Bytes&) {});
        return taken ? Refusal::link_lost : taken.error();
    };
    EXPECT_EQ(poll_with(telemetry, 2, 0), Refusal::bad_content);
    EXPECT_EQ(poll_with(telemetry, 2, 33), Refusal::bad_content);
    EXPECT_EQ(poll_with(telemetry, 3 + 2 * 16, 0), Refusal::bad_content);
    EXPECT_EQ(poll_with(telemetry, 3 + 2 * 16, 17), Refusal::bad_content);
    EXPECT_EQ(poll_with(telemetry, pack_at + 9, 0x04), Refusal::link_lost) << "taken";
    EXPECT_EQ(rig.reading.telemetry.soc, 100) << "102.4 %";
    EXPECT_EQ(poll_with(alarms, 3, 0x0C), Refusal::bad_content) << "a voltage in the place of a code";
    rig.on(alarms, [](Bytes& info) {
        info.erase(info.begin() + 3);
        info[2] = 15;
    });
    EXPECT_EQ(rig.poll().error(), Refusal::bad_content) << "another number of cells";
}

TEST(Seplos, EventBitsHaveTheirNames)
{
    AsciiRig rig("Seplos");
    ASSERT_TRUE(rig.identify());
    const auto with = [&](std::size_t at, std::uint8_t bits) {
        rig.on(alarms, [=](Bytes& info) {
            std::fill(info.begin() + events_at, info.end(), std::uint8_t{0});
            info[events_at + at] = bits;
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry;
    };
    const Alarms none = with(0, 0).alarms;
    EXPECT_EQ(with(0, 0x10).alarms[Alarm::cell_imbalance], 2);
    EXPECT_EQ(with(0, 0xEF).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(0, 0xEF).alarms[Alarm::cell_imbalance], 0);
    EXPECT_EQ(with(3, 0x10).alarms[Alarm::high_internal_temperature], 2) << "protection is the lower bit here";
    EXPECT_EQ(with(3, 0x20).alarms[Alarm::high_internal_temperature], 1);
    EXPECT_EQ(with(3, 0x4F).alarms, none);
    EXPECT_EQ(with(4, 0x80).alarms[Alarm::high_discharge_current], 2);
    EXPECT_EQ(with(5, 0x01).alarms[Alarm::high_voltage], 2);
    EXPECT_EQ(with(5, 0x08).alarms[Alarm::low_soc], 2);
    EXPECT_EQ(with(5, 0x04).alarms[Alarm::low_soc], 1);
    EXPECT_EQ(with(5, 0x12).alarms, none);
    EXPECT_EQ(with(5, 0x60).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(6, 0x01).discharge_fet, true);
    EXPECT_EQ(with(6, 0x01).charge_fet, false);
    EXPECT_EQ(with(6, 0x08).heating, true);
    EXPECT_EQ(with(8, 0x01).cell_balancing[8], true);
}

}  // namespace
}  // namespace bmsd::test
