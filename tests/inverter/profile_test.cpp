// Frames towards inverters: byte for byte, back again, at their limits.
#include "inverter/profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace bmsd::inverter {
namespace {

/// The worked example of the specification.
Values example()
{
    Values v;
    v.cvl = 55.2;
    v.ccl = 100;
    v.dcl = 150;
    v.low_voltage = 44.8;
    v.soc = 87.65;
    v.soh = 99;
    v.voltage = 52.17;
    v.current = -30.1;
    v.temperature = 23.5;
    v.modules_online = 3;
    v.min_cell_voltage = 3.312;
    v.max_cell_voltage = 3.328;
    v.min_temperature = 20;
    v.max_temperature = 24;
    v.charge_allowed = v.discharge_allowed = true;
    return v;
}

/// The data of frame `id` as hexadecimal text; "" = it is not sent.
std::string sent(std::string_view name, const Values& values, std::uint32_t id)
{
    for (const CanFrame& frame : frames_of(*profile(name), values))
        if (frame.id == CanId{id, false}) return to_hex(frame.bytes());
    return "";
}

TEST(InverterFrames, TheWorkedExampleByteForByte)
{
    const Values v = example();
    EXPECT_EQ(sent("pylontech", v, 0x351), "2802e803dc05c001");
    EXPECT_EQ(sent("pylontech", v, 0x355), "570063003d220000");
    EXPECT_EQ(sent("pylontech", v, 0x356), "6114d3feeb000000");
    EXPECT_EQ(sent("pylontech", v, 0x359), "0000000003504e00");
    EXPECT_EQ(sent("pylontech_plus", v, 0x35A), "aaaaaa02aaaaaa02");
    EXPECT_EQ(sent("pylontech", v, 0x35C), "c000000000000000");
    EXPECT_EQ(sent("pylontech", v, 0x35E), "50594c4f4e202020");
    EXPECT_EQ(sent("pylontech_plus", v, 0x373), "f00c000d25012901");
}

TEST(InverterFrames, EachProfileSendsItsSetAndNoOther)
{
    Values v = example();
    v.capacity = v.installed_capacity = 280;
    v.capacity_remaining = 140;
    v.cells.fill(3.3);
    v.charged_energy = v.discharged_energy = 1234.5;
    v.name = "Bank of the house";
    v.serial = "SN-0001-2345";
    v.min_cell_name = v.max_cell_name = v.min_temperature_name = v.max_temperature_name = "A: 3";
    const auto ids = [&v](std::string_view name) {
        std::vector<std::uint32_t> out;
        for (const CanFrame& frame : frames_of(*profile(name), v)) out.push_back(frame.id.value);
        return out;
    };
    using Ids = std::vector<std::uint32_t>;
    EXPECT_EQ(ids("pylontech"), (Ids{0x351, 0x355, 0x356, 0x359, 0x35C, 0x35E}));
    EXPECT_EQ(ids("pylontech_plus"),
              (Ids{0x351, 0x355, 0x356, 0x359, 0x35A, 0x35C, 0x35E, 0x372, 0x373, 0x374, 0x375, 0x376, 0x377, 0x379}));
    const Ids all{0x351, 0x355, 0x356, 0x35A, 0x35E, 0x35F, 0x360, 0x370, 0x371, 0x372,
                  0x373, 0x374, 0x375, 0x376, 0x377, 0x378, 0x379, 0x380, 0x381, 0x382};
    EXPECT_EQ(ids("victron"), all);
    EXPECT_EQ(ids("byd"), all);
    EXPECT_EQ(ids("sma"), (Ids{0x351, 0x355, 0x356, 0x35A, 0x35B, 0x35E, 0x35F}));
    EXPECT_EQ(ids("luxpower"), (Ids{0x351, 0x355, 0x356, 0x359, 0x35C, 0x35E}));
    EXPECT_EQ(ids("growatt"), (Ids{0x311, 0x312, 0x313, 0x314, 0x315, 0x316, 0x317, 0x318, 0x319}));
    EXPECT_EQ(sent("byd", v, 0x35F).substr(0, 4), "4c69");
    EXPECT_EQ(sent("byd", v, 0x382), "5052454d49554d20");
    EXPECT_EQ(sent("victron", v, 0x378), "3930000039300000");  // 12345 times 100 Wh
}

TEST(InverterFrames, LongTextsGoOnInTheSecondFrameAndStrangeLettersAreMarked)
{
    Values v = example();
    v.name = "12345678ab\xC3\xA4";
    EXPECT_EQ(sent("victron", v, 0x370), "3132333435363738");
    EXPECT_EQ(sent("victron", v, 0x371), "61623f3f20202020");
    v.name = "short";
    EXPECT_EQ(sent("victron", v, 0x371), "");
}

TEST(InverterFrames, LuxAndGrowattByteForByte)
{
    Values v = example();
    v.capacity = 300;
    v.cycles = 258;
    EXPECT_EQ(sent("luxpower", v, 0x355), "57006300000df00c");
    EXPECT_EQ(sent("luxpower", v, 0x356), "6114d3fef000c800");
    EXPECT_EQ(sent("luxpower", v, 0x359), "00000000032c0100");
    EXPECT_EQ(sent("luxpower", v, 0x35C), "c000020100000000");
    v.capacity_remaining = 150;
    v.cell_count = 16;
    v.cells = {3.312, 3.328, 3.32, 3.32};
    v.min_cell_number = 1;
    v.max_cell_number = 2;
    EXPECT_EQ(sent("growatt", v, 0x311), "022803e805dc0063");  // discharging, both allowed
    EXPECT_EQ(sent("growatt", v, 0x312), "0000000003000010");
    EXPECT_EQ(sent("growatt", v, 0x313), "1461fed300f05763");
    EXPECT_EQ(sent("growatt", v, 0x314), "3a98753000100102");
    EXPECT_EQ(sent("growatt", v, 0x315), "0cf00d000cf80cf8");
    EXPECT_EQ(sent("growatt", v, 0x316), "");  // no cell known
    EXPECT_EQ(sent("growatt", v, 0x319), "c00d000cf0020100");
    v.current = 0;
    v.alarms[Alarm::high_cell_voltage] = 2;
    EXPECT_EQ(sent("growatt", v, 0x311), "022803e805dc0065");
}

TEST(InverterFrames, EveryAlarmAloneAtBothLevels)
{
    struct Case {
        Alarm alarm;
        const char *pylon_alarm, *pylon_warning, *pair_alarm, *pair_warning;
    };
    const Case cases[]{
        {Alarm::high_voltage, "02000000", "00000200", "a6aaaa02aaaaaa02", "aaaaaa02a6aaaa02"},
        {Alarm::high_cell_voltage, "02000000", "00000200", "a6aaaa02aaaaaa02", "aaaaaa02a6aaaa02"},
        {Alarm::low_voltage, "04000000", "00000400", "9aaaaa02aaaaaa02", "aaaaaa029aaaaa02"},
        {Alarm::low_cell_voltage, "04000000", "00000400", "9aaaaa02aaaaaa02", "aaaaaa029aaaaa02"},
        {Alarm::low_soc, "00000000", "00000000", "aaaaaa02aaaaaa02", "aaaaaa02aaaaaa02"},
        {Alarm::high_charge_current, "00010000", "00000001", "aaaaa902aaaaaa02", "aaaaaa02aaaaa902"},
        {Alarm::high_discharge_current, "80000000", "00008000", "aa6aaa02aaaaaa02", "aaaaaa02aa6aaa02"},
        {Alarm::cell_imbalance, "00000000", "00000000", "aaaaaa01aaaaaa02", "aaaaaa02aaaaaa01"},
        {Alarm::internal_failure, "00080000", "00000008", "aaaa6a02aaaaaa02", "aaaaaa02aaaa6a02"},
        {Alarm::high_charge_temperature, "08000000", "00000800", "aaa6aa02aaaaaa02", "aaaaaa02aaa6aa02"},
        {Alarm::low_charge_temperature, "10000000", "00001000", "aa9aaa02aaaaaa02", "aaaaaa02aa9aaa02"},
        {Alarm::high_temperature, "08000000", "00000800", "6aaaaa02aaaaaa02", "aaaaaa026aaaaa02"},
        {Alarm::low_temperature, "10000000", "00001000", "aaa9aa02aaaaaa02", "aaaaaa02aaa9aa02"},
        {Alarm::high_internal_temperature, "08000000", "00000800", "6aaaaa02aaaaaa02", "aaaaaa026aaaaa02"},
        {Alarm::fuse_blown, "00080000", "00000008", "aaaa6a02aaaaaa02", "aaaaaa02aaaa6a02"},
    };
    static_assert(std::size(cases) == alarm_count);
    for (const Case& one : cases) {
        SCOPED_TRACE(alarm_names[static_cast<std::size_t>(one.alarm)]);
        Values v = example();
        v.alarms[one.alarm] = 2;
        EXPECT_EQ(sent("pylontech_plus", v, 0x359).substr(0, 8), one.pylon_alarm);
        EXPECT_EQ(sent("pylontech_plus", v, 0x35A), one.pair_alarm);
        v.alarms[one.alarm] = 1;
        EXPECT_EQ(sent("pylontech_plus", v, 0x359).substr(0, 8), one.pylon_warning);
        EXPECT_EQ(sent("pylontech_plus", v, 0x35A), one.pair_warning);
    }
}

TEST(InverterFrames, FullAndEmptyOnlyWhenTheControlSaysSo)
{
    Values v = example();
    const auto soc = [&v] { return sent("pylontech", v, 0x355); };
    v.soc = 99.999;
    EXPECT_EQ(soc(), "630063000f270000");
    v.soc = 100;
    EXPECT_EQ(soc().substr(0, 4), "6400");
    v.full = false;
    EXPECT_EQ(soc(), "630063000f270000");
    v.soc = 0.4;
    EXPECT_EQ(soc(), "0100630064000000");
    v.dcl = 0;
    EXPECT_EQ(soc(), "0000630028000000");
}

TEST(InverterFrames, WhatIsUnknownIsNotMadeUp)
{
    EXPECT_TRUE(sent("pylontech_plus", {}, 0x351).empty());
    Values v;
    v.cvl = 55;
    EXPECT_EQ(sent("pylontech", v, 0x351), "2602000000000000");  // no current where no limit is known
    EXPECT_EQ(sent("pylontech", v, 0x355), "");
    EXPECT_EQ(sent("pylontech", v, 0x356), "");
    EXPECT_EQ(sent("pylontech_plus", v, 0x373), "");
    EXPECT_EQ(sent("pylontech", v, 0x35C), "0000000000000000");
    v.voltage = 52;
    v.current = 1;
    v.soc = 50;
    EXPECT_EQ(sent("sma", v, 0x356), "50140a0000800000");
    EXPECT_EQ(sent("sma", v, 0x355), "3200ffff88130000");
    EXPECT_EQ(sent("sma", v, 0x351), "260200000000ffff");
}

TEST(InverterFrames, AVoltageSmaWouldRejectIsNotSent)
{
    Values v = example();
    v.cvl = 28;
    EXPECT_EQ(sent("sma", v, 0x351), "");
    EXPECT_NE(sent("pylontech", v, 0x351), "");
    v.cvl = 70;
    v.low_voltage = 30;
    v.ccl = 2000;
    EXPECT_EQ(sent("sma", v, 0x351), "7602e02edc059a01");
}

TEST(InverterFrames, RandomValuesNeverWrapAndLimitsAreNeverAboveTheInput)
{
    const unsigned seed = 20261130;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> exponent(-3, 9);
    const auto any = [&]() -> Number {
        if (random() % 8 == 0) return std::nullopt;
        if (random() % 16 == 0) return std::nan("");
        return (random() % 2 == 0 ? 1 : -1) * std::pow(10, exponent(random));
    };
    for (int i = 0; i < 3000; ++i) {
        Values in;
        for (const auto& row : number_names()) in.*row.member = any();
        for (const Profile& one : profiles()) {
            Values out;
            for (const CanFrame& frame : frames_of(one, in)) ASSERT_TRUE(decode(one, frame, out));
            for (const auto limit : {&Values::cvl, &Values::ccl, &Values::dcl}) {
                if (!(out.*limit)) continue;
                const double given = std::isfinite((in.*limit).value_or(0)) ? (in.*limit).value_or(0) : 0;
                ASSERT_LE(*(out.*limit), std::max(given, 0.0) + 1e-6) << one.name;
            }
            if (out.soc) {
                ASSERT_TRUE(*out.soc >= 0 && *out.soc <= 100) << one.name << *out.soc;
            }
            if (out.current && in.current) {
                ASSERT_NEAR(*out.current, std::clamp(*in.current, -3276.8, 3276.7), 0.051) << one.name;
            }
        }
    }
}

TEST(InverterFrames, WhatIsSentCanBeReadBack)
{
    const Values v = example();
    Values out;
    const Profile& plus = *profile("pylontech_plus");
    for (const CanFrame& frame : frames_of(plus, v)) EXPECT_TRUE(decode(plus, frame, out));
    EXPECT_EQ(out.cvl, 55.2);
    EXPECT_EQ(out.ccl, 100);
    EXPECT_EQ(out.dcl, 150);
    EXPECT_EQ(out.low_voltage, 44.8);
    EXPECT_NEAR(*out.soc, 87.65, 1e-9);
    EXPECT_EQ(out.voltage, 52.17);
    EXPECT_EQ(out.current, -30.1);
    EXPECT_EQ(out.temperature, 23.5);
    EXPECT_EQ(out.modules_online, 3);
    EXPECT_NEAR(*out.min_temperature, 20, 0.5);
    EXPECT_EQ(out.charge_allowed, true);
    EXPECT_EQ(out.alarms[Alarm::high_voltage], 0);
    EXPECT_FALSE(decode(plus, {{0x351, true}, 8, {}}, out));
    EXPECT_FALSE(decode(plus, {{0x305, false}, 8, {}}, out));
    Values half;
    EXPECT_TRUE(decode(plus, {{0x351, false}, 3, {0x28, 2, 9}}, half));  // cut short
    EXPECT_EQ(half.cvl, 55.2);
    EXPECT_FALSE(half.ccl);
}

}  // namespace
}  // namespace bmsd::inverter
