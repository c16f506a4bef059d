// What is peculiar to Pace boards.
#include <gtest/gtest.h>

#include "bms/ascii_rig.h"

namespace bmsd::test {
namespace {

using bms::Refusal;

constexpr std::uint8_t analog = 0x42, status = 0x44, version = 0xC1, product = 0xC2;
constexpr std::size_t pack_at = 3 + 2 * 16 + 1 + 2 * 6;  // of the analog reply, 16 cells and 6 sensors
constexpr std::size_t states_at = 3 + 16 + 1 + 6;        // of the status reply

TEST(Pace, IsUsedWithoutItsTexts)
{
    AsciiRig rig("Pace");
    rig.truth.telemetry.capacity = 103.46;
    rig.truth.telemetry.capacity_remaining = 48.19;
    rig.on(product, nullptr);
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.asked(product).size(), 3U);
    EXPECT_EQ(rig.reading.identity.serial_number, std::nullopt);
    EXPECT_EQ(rig.reading.identity.unique_id, "HW12_103.46Ah");

    rig.on(version, nullptr);
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.hardware_version, std::nullopt);
    EXPECT_EQ(rig.reading.identity.unique_id, "103.46Ah");
}

TEST(Pace, ALateVersionIsNoSerialNumber)
{
    AsciiRig rig("Pace");
    rig.truth.identity.serial_number = rig.truth.identity.hardware_version;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, std::nullopt);
}

TEST(Pace, TheSecondSerialNumberIsNotUsed)
{
    AsciiRig rig("Pace");
    rig.on(product, [](Bytes& info) { info.resize(40, 'P'); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.serial_number, "SN12345678");
}

TEST(Pace, StateOfChargeIsRemainingToFull)
{
    AsciiRig rig("Pace");
    ASSERT_TRUE(rig.identify());
    const auto soc = [&](std::uint16_t remaining, std::uint16_t full) {
        rig.on(analog, [=](Bytes& info) {
            write_be(&info[pack_at + 4], 2, remaining);
            write_be(&info[pack_at + 7], 2, full);
        });
        return rig.poll();
    };
    ASSERT_TRUE(soc(4819, 10346));
    EXPECT_EQ(rig.reading.telemetry.soc, 46.58);
    ASSERT_TRUE(soc(11000, 10000));
    EXPECT_EQ(rig.reading.telemetry.soc, 100);
    ASSERT_TRUE(soc(11001, 10000));
    EXPECT_EQ(rig.reading.telemetry.soc, std::nullopt) << "one field, not the reply";
    ASSERT_TRUE(soc(5000, 0));
    EXPECT_EQ(rig.reading.telemetry.soc, std::nullopt);
}

TEST(Pace, MissingSensorsAreAbsent)
{
    AsciiRig rig("Pace", 15);
    Telemetry& t = rig.truth.telemetry;
    t.temperature_ambient.reset();
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(rig.reading.telemetry.temperature_mosfet);
    EXPECT_FALSE(rig.reading.telemetry.temperature_ambient);
    t.temperature_mosfet.reset();
    t.temperatures[3].reset();
    ASSERT_TRUE(rig.poll());
    EXPECT_FALSE(rig.reading.telemetry.temperature_mosfet);
    EXPECT_FALSE(rig.reading.telemetry.temperatures[3]);
    EXPECT_TRUE(rig.reading.telemetry.temperatures[2]);
    EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), 15U);
}

TEST(Pace, OfSeveralPacksTheFirstIsRead)
{
    AsciiRig rig("Pace");
    ASSERT_TRUE(rig.identify());
    const Reading one = rig.reading;
    rig.on(analog, [](Bytes& info) {
        info[1] = 2;
        append(info, Bytes(info.begin() + 2, info.end()));
    });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading, one);
}

TEST(Pace, BothRepliesSpeakOfTheSameCells)
{
    AsciiRig rig("Pace");
    ASSERT_TRUE(rig.identify());
    for (const std::uint8_t code : {status, analog}) {
        rig.on(code, [=](Bytes& info) {
            const std::size_t size = code == status ? 1 : 2;
            info.erase(info.begin() + 3, info.begin() + 3 + static_cast<std::ptrdiff_t>(size));
            info[2] = 15;
        });
        EXPECT_EQ(rig.poll().error(), Refusal::bad_content);
        rig.on(code, [](Bytes&) {});
        EXPECT_TRUE(rig.poll());
    }
}

TEST(Pace, ALateAnalogReplyIsNoStatus)
{
    AsciiRig rig("Pace", 15);
    Bytes late;
    rig.on(analog, [&](Bytes& info) { late = info; });
    ASSERT_TRUE(rig.identify());
    late[3 + 15] = 4;  // even when the byte that counts sensors there is believable
    rig.on(status, [&](Bytes& info) { info = late; });
    EXPECT_EQ(rig.poll().error(), Refusal::bad_content);
}

TEST(Pace, NumbersOutsideTheLayoutAreRefused)
{
    AsciiRig rig("Pace");
    for (const auto& [at, value] : {std::pair{2, 0}, {2, 17}, {3 + 2 * 16, 9}}) {
        rig.on(analog, [=](Bytes& info) { info[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value); });
        EXPECT_EQ(rig.identify().error(), Refusal::bad_content) << at << ' ' << value;
    }
}

TEST(Pace, StatusBitsHaveTheirNames)
{
    AsciiRig rig("Pace");
    ASSERT_TRUE(rig.identify());
    const auto with = [&](std::size_t at, std::uint8_t bits) {
        rig.on(status, [=](Bytes& info) {
            std::fill(info.begin() + states_at, info.end(), std::uint8_t{0});
            info[states_at + at] = bits;
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry;
    };
    EXPECT_EQ(with(3, 0x80).alarms[Alarm::low_voltage], 2);
    EXPECT_EQ(with(3, 0x40).alarms[Alarm::high_discharge_current], 2) << "short circuit";
    EXPECT_EQ(with(4, 0x60).alarms[Alarm::high_temperature], 2) << "environment";
    EXPECT_EQ(with(4, 0x60).alarms[Alarm::low_temperature], 2) << "environment";
    EXPECT_EQ(with(4, 0x80).alarms, with(4, 0).alarms) << "fully charged is no alarm";
    EXPECT_EQ(with(7, 0x37).alarms[Alarm::internal_failure], 2);
    EXPECT_EQ(with(7, 0xC8).alarms[Alarm::internal_failure], 0);
    EXPECT_EQ(with(11, 0x80).alarms[Alarm::low_soc], 1);
    EXPECT_EQ(with(0, 0).alarms[Alarm::cell_imbalance], std::nullopt);
    EXPECT_EQ(with(5, 0x02).charge_fet, true);
    EXPECT_EQ(with(5, 0x02).discharge_fet, false);
    EXPECT_EQ(with(9, 0x80).cell_balancing[15], true);
    EXPECT_EQ(with(9, 0x80).balancing, true);
}

}  // namespace
}  // namespace bmsd::test
