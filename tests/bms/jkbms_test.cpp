// What is peculiar to the JK boards with the "4E 57" protocol: docs/bms/jkbms.md
#include <gtest/gtest.h>

#include "support/alarm_bits.h"
#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

const bms::Entry& entry()
{
    return *bms::find("Jkbms");
}

Reading battery()
{
    std::mt19937_64 random(7);
    return random_reading(random, 16);
}

Bytes framed(ByteView data, std::uint8_t command = 6, std::uint8_t type = 1)
{
    Bytes bytes{0x4E, 0x57, 0, 0, 0, 0, 0, 0, command, 0, type};
    append(bytes, data);
    bytes.insert(bytes.end(), {0, 0, 0, 7, 0x68, 0, 0, 0, 0});
    write_be(&bytes[2], 2, bytes.size() - 2);
    write_be(&bytes[bytes.size() - 2], 2, checksum::sum16(ByteView(bytes).first(bytes.size() - 4)));
    return bytes;
}

Bytes data_of(const Bytes& reply)
{
    return {reply.begin() + 11, reply.end() - 9};
}

struct Jkbms : testing::Test {
    Rig rig{entry(), battery()};

    /// Changes the items of the next replies: `edit` gets the data, the frame around them is mended.
    void edit(std::function<void(Bytes& data)> edit)
    {
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& reply) {
            Bytes data = data_of(reply);
            edit(data);
            reply = framed(data);
        };
    }
    /// Where the value of `tag` begins; all the items of the device side have the sizes the sheet gives.
    static std::size_t place(const Bytes& data, std::uint8_t tag)
    {
        constexpr std::pair<std::uint8_t, std::size_t> sent[]{{0x79, 49}, {0x80, 2},  {0x81, 2}, {0x82, 2}, {0x83, 2},
                                                              {0x87, 2},  {0x97, 2},  {0x99, 2}, {0x9D, 1}, {0xAA, 4},
                                                              {0x84, 2},  {0x85, 1},  {0x8C, 2}, {0x8B, 2}, {0xB4, 8},
                                                              {0xB7, 15}, {0xBA, 24}, {0xB5, 4}, {0xC0, 1}};
        std::size_t at = 0;
        for (const auto& [known, size] : sent) {
            EXPECT_EQ(data[at], known);
            if (known == tag) return at + 1;
            at += 1 + size;
        }
        throw std::logic_error("no such tag");
    }
    void set(std::uint8_t tag, std::initializer_list<std::uint8_t> value)
    {
        const Bytes bytes(value);
        edit([=](Bytes& data) {
            std::copy(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(place(data, tag)));
        });
    }
    const Telemetry& shown() const { return rig.reading.telemetry; }
};

TEST_F(Jkbms, AsksAsTheSheetSays)
{
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const std::string read_all = "4e5700130000000006030000000000006800000129";
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{read_all, read_all}));
}

TEST_F(Jkbms, EchoesReportsAndNoiseBeforeTheReplyAreSkipped)
{
    const Bytes report = framed(Bytes{0x85, 50}, 6, 2), noise{0x4E, 0x00, 0x57, 0x4E, 0x57, 0xFF, 0xFF, 1, 2};
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        Bytes all(request.begin(), request.end());
        append(all, report);
        append(all, noise);
        // noise that looks like a frame of 65535 bytes must not swallow the reply
        all.insert(all.end(), 8, 0);
        append(all, reply);
        reply = all;
    };
    EXPECT_TRUE(rig.identify());
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        reply.assign(request.begin(), request.end());
    };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::bad_start) << "an echo alone is no battery";
}

TEST_F(Jkbms, TheCurrentCodeDependsOnTheProtocolVersion)
{
    const auto current = [&](std::function<void(Bytes&)> change) {
        edit([=](Bytes& data) {
            const std::size_t at = place(data, 0x84);
            data[at] = 0x80, data[at + 1] = 0xD0;
            change(data);
        });
        EXPECT_TRUE(rig.poll());
        return shown().current.value_or(1e9);
    };
    constexpr double by_version_1 = 2.08, by_version_0 = (10000 - 0x80D0) / 100.0;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(current([](Bytes&) {}), by_version_1);
    EXPECT_EQ(current([](Bytes& data) { data.back() = 0; }), by_version_0);
    EXPECT_EQ(current([](Bytes& data) { data.resize(data.size() - 2); }), by_version_0) << "no version is version 0";
    EXPECT_EQ(current([](Bytes& data) { data[data.size() - 2] = 0x7A; }), by_version_1) << "an unknown tag: 1";
    const Bytes then_0{0x7A, 9, 9, 0xC0, 0}, then_1{0x7A, 9, 9, 0xC0, 1};
    const auto end_with = [&](const Bytes& end) {
        return [=](Bytes& data) {
            data.resize(data.size() - 2);
            append(data, end);
        };
    };
    EXPECT_EQ(current(end_with(then_0)), by_version_0);
    EXPECT_EQ(current(end_with(then_1)), by_version_1);
    EXPECT_EQ(current([&](Bytes& data) { append(data, then_0); }), by_version_1) << "C0 met before";
}

TEST_F(Jkbms, CurrentsOfTheSheet)
{
    ASSERT_TRUE(rig.identify());
    set(0x84, {0x00, 0x45});
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().current, -0.69);
    edit([](Bytes& data) {
        write_be(&data[place(data, 0x84)], 2, 9120);
        data.back() = 0;
    });
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().current, 8.8);
}

TEST_F(Jkbms, Temperatures)
{
    ASSERT_TRUE(rig.identify());
    for (const auto& [raw, celsius] :
         {std::pair<std::uint8_t, double>{99, 99}, {100, 0}, {101, -1}, {140, -40}, {0, 0}}) {
        set(0x81, {0, raw});
        ASSERT_TRUE(rig.poll());
        EXPECT_EQ(shown().temperatures[0], celsius);
    }
}

TEST_F(Jkbms, TagsAfterAnUnknownOneAreAbsent)
{
    edit([](Bytes& data) { data[place(data, 0xB4) - 1] = 0x7B; });
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.identity.user_label);
    EXPECT_FALSE(rig.reading.identity.firmware_version);
    EXPECT_FALSE(rig.reading.identity.production_date);
    EXPECT_EQ(rig.reading.identity.hardware_version, "JKBMS 16S");
    EXPECT_TRUE(rig.reading.identity.unique_id->starts_with("JKBMS16S_"));
    EXPECT_TRUE(shown().voltage);
}

TEST_F(Jkbms, ABadTextAffectsOnlyThatText)
{
    set(0xB4, {0xFF, 0xFE, 'A', 0, 0, 'b', 0x80, 0});
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.user_label, "A b");
    EXPECT_EQ(rig.reading.identity.firmware_version, "1.20");
    set(0xB4, {'I', 'n', 'p', 'u', 't', ' ', 'U', 's'});
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.identity.user_label);
}

TEST_F(Jkbms, AStateOfChargeALittleOverIsFullAndFarOverNone)
{
    for (const auto& [raw, soc] :
         {std::pair<std::uint8_t, Number>{100, 100}, {101, 100}, {110, 100}, {111, {}}, {255, {}}}) {
        set(0x85, {raw});
        ASSERT_TRUE(rig.identify());
        EXPECT_EQ(shown().soc, soc) << int{raw};
    }
}

TEST_F(Jkbms, MinusZeroOfThePowerStageIsTrueOnlyWhenItWasHot)
{
    const auto mosfet = [&](std::uint8_t raw) {
        set(0x80, {0, raw});
        EXPECT_TRUE(rig.poll());
        return shown().temperature_mosfet;
    };
    set(0x80, {0, 100});
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().temperature_mosfet, 0) << "nothing was read before";
    EXPECT_EQ(mosfet(89), 89);
    EXPECT_EQ(mosfet(100), 0);
    EXPECT_EQ(mosfet(90), 90);
    EXPECT_EQ(mosfet(100), 100);
    EXPECT_EQ(mosfet(100), 100) << "and stays hot";
    EXPECT_EQ(mosfet(99), 99);
    EXPECT_EQ(mosfet(100), 100);
    EXPECT_EQ(mosfet(101), -1);
    EXPECT_EQ(mosfet(100), 0);
}

TEST_F(Jkbms, TemperatureAlarmsTakeTheirDirectionFromTheCurrent)
{
    ASSERT_TRUE(rig.identify());
    const auto alarms = [&](std::uint16_t word, bool charging) {
        edit([=](Bytes& data) {
            write_be(&data[place(data, 0x8B)], 2, word);
            write_be(&data[place(data, 0x84)], 2, charging ? 0x8064 : 0x0064);
        });
        EXPECT_TRUE(rig.poll());
        return shown().alarms;
    };
    for (const unsigned bit : {4U, 8U}) {
        const auto word = static_cast<std::uint16_t>(1U << bit);
        EXPECT_EQ(alarms(word, true)[Alarm::high_charge_temperature], 1);
        EXPECT_EQ(alarms(word, true)[Alarm::high_temperature], 0);
        EXPECT_EQ(alarms(word, false)[Alarm::high_charge_temperature], 0);
        EXPECT_EQ(alarms(word, false)[Alarm::high_temperature], 1);
    }
    EXPECT_EQ(alarms(1 << 9, true)[Alarm::low_charge_temperature], 1);
    EXPECT_EQ(alarms(1 << 9, false)[Alarm::low_temperature], 1);
    EXPECT_EQ(alarms(0xF000, false), alarms(0, false)) << "not published and reserved bits";
    rig.config.soc_calculation = true;
    EXPECT_FALSE(alarms(1, false)[Alarm::low_soc]);
    rig.config.soc_calculation = false;
    EXPECT_EQ(alarms(1, false)[Alarm::low_soc], 2);
}

TEST_F(Jkbms, EachAlarmBit)
{
    ASSERT_TRUE(rig.identify());
    using A = Alarm;
    for (const bool charging : {true, false}) {
        std::vector<Says> sheet{
            {0, 0, A::low_soc, 2},        {0, 1, A::high_internal_temperature, 2}, {0, 2, A::high_voltage, 2},
            {0, 3, A::low_voltage, 2},    {0, 5, A::high_charge_current, 1},       {0, 6, A::high_discharge_current, 1},
            {0, 7, A::cell_imbalance, 1}, {0, 10, A::high_cell_voltage, 1},        {0, 11, A::low_cell_voltage, 1}};
        for (const unsigned bit : {4U, 8U})
            sheet.push_back({0, bit, charging ? A::high_charge_temperature : A::high_temperature, 1});
        sheet.push_back({0, 9, charging ? A::low_charge_temperature : A::low_temperature, 1});
        for (const A other :
             {A::high_charge_temperature, A::high_temperature, A::low_charge_temperature, A::low_temperature})
            sheet.push_back({-1, 0, other, 0});
        expect_each_bit(sheet, 1, 16, [&](int, unsigned bit) {
            edit([=](Bytes& data) {
                write_be(&data[place(data, 0x8B)], 2, 1U << bit);
                write_be(&data[place(data, 0x84)], 2, charging ? 0x8064 : 0x0064);
            });
            EXPECT_TRUE(rig.poll());
            return shown().alarms;
        });
    }
}

TEST_F(Jkbms, WhatTheSheetRejects)
{
    ASSERT_TRUE(rig.identify());
    const auto poll_with = [&](std::function<void(Bytes&)> change) {
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& reply) { change(reply); };
        const auto taken = rig.poll();
        return taken ? std::string("taken") : std::string(text(taken.error()));
    };
    const auto poll_with_data = [&](std::function<void(Bytes&)> change) {
        edit(change);
        const auto taken = rig.poll();
        return taken ? std::string("taken") : std::string(text(taken.error()));
    };
    EXPECT_EQ(poll_with([](Bytes& r) { r.insert(r.end(), 40, 0x55); }), "taken") << "what follows is dropped";
    EXPECT_EQ(poll_with([](Bytes& r) { r[2] = 0, r[3] = 18; }), "bad start");
    EXPECT_EQ(poll_with([](Bytes& r) { r[2] = 4; }), "bad start");
    EXPECT_EQ(poll_with([](Bytes& r) { r[r.size() - 5] = 0x69; }), "bad end");
    EXPECT_EQ(poll_with([](Bytes& r) { r.back() ^= 1; }), "bad checksum");
    EXPECT_EQ(poll_with([](Bytes& r) { r.pop_back(); }), "cut short");
    EXPECT_EQ(poll_with([](Bytes& r) { r = framed(data_of(r), 3); }), "wrong echo");
    EXPECT_EQ(poll_with_data([](Bytes& d) { d.pop_back(); }), "bad length") << "a value runs into the record number";
    EXPECT_EQ(poll_with_data([](Bytes& d) { d[1] = 250; }), "bad length");
    EXPECT_EQ(poll_with_data([](Bytes& d) { d[1] = 47; }), "bad content");
    EXPECT_EQ(poll_with_data([](Bytes& d) { d.erase(d.begin(), d.begin() + 50); }), "bad content") << "no cells";
    EXPECT_EQ(poll_with_data([](Bytes& d) {
                  const Bytes cells(33 * 3, 0x0C);
                  d.erase(d.begin(), d.begin() + 50);
                  d.insert(d.begin(), cells.begin(), cells.end());
                  d.insert(d.begin(), {0x79, 33 * 3});
              }),
              "bad content");
    for (const std::uint8_t tag : Bytes{0x83, 0x84, 0x85, 0x8B, 0x8C})
        EXPECT_EQ(poll_with_data([=](Bytes& d) {
                      const auto at = d.begin() + static_cast<std::ptrdiff_t>(place(d, tag)) - 1;
                      d.erase(at, at + (tag == 0x85 ? 2 : 3));
                  }),
                  "bad content")
            << int(tag);
}

TEST_F(Jkbms, ACellThatIsMissingForAMomentKeepsItsVoltage)
{
    ASSERT_TRUE(rig.identify());
    const Number before = shown().cell_voltages[2];
    rig.truth.telemetry.cell_voltages[2].reset();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(rig.poll());
        EXPECT_EQ(shown().cell_voltages[2], before);
    }
    ASSERT_TRUE(rig.poll());
    EXPECT_FALSE(shown().cell_voltages[2]) << "what stays unknown is not made up";
}

}  // namespace
}  // namespace bmsd::test
