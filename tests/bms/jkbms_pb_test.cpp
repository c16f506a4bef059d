// What is peculiar to the JK PB boards: docs/bms/jkbms_pb.md
#include <gtest/gtest.h>

#include "support/alarm_bits.h"
#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

const bms::Entry& entry()
{
    return *bms::find("Jkbms_pb");
}

Reading battery(std::size_t cells = 16)
{
    std::mt19937_64 random(7);
    return random_reading(random, cells);
}

struct JkbmsPb : testing::Test {
    Rig rig{entry(), battery()};
    /// Changes a payload byte of the next replies and mends its checksum.
    void change(std::size_t offset, ByteView bytes)
    {
        const Bytes kept(bytes.begin(), bytes.end());
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& reply) {
            if (reply.size() < 300) return;
            std::copy(kept.begin(), kept.end(), reply.begin() + static_cast<std::ptrdiff_t>(offset));
            reply[299] = checksum::sum8(ByteView(reply).first(299));
        };
    }
    void change(std::size_t offset, std::initializer_list<std::uint8_t> bytes) { change(offset, ByteView(bytes)); }
};

TEST_F(JkbmsPb, AsksAsTheSheetSays)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"0110161e0001020000d22f", "0110161c0001020000d3cd", "011016200001020000d6f1"}));
    Rig third(entry(), battery(), {115200, 0x03});
    ASSERT_TRUE(third.identify());
    EXPECT_EQ(third.take_requests(),
              (std::vector<std::string>{"0310161e0001020000cb4f", "0310161c0001020000caad", "031016200001020000cf91"}));
}

TEST_F(JkbmsPb, AsksTheStatusTwiceAndNoMore)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.requests.clear();
    rig.channel.damage = [this](std::size_t, ByteView, Bytes& reply) {
        if (rig.channel.requests.size() == 1) reply.clear();
    };
    EXPECT_TRUE(rig.poll());
    rig.channel.requests.clear();
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.channel.requests.size(), 2U);
}

TEST_F(JkbmsPb, OnlyTheAcknowledgementTellsWhoseThePayloadIs)
{
    ASSERT_TRUE(rig.identify());
    const auto acknowledged_with = [&](std::string_view text) {
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& reply) {
            reply.resize(300);
            append(reply, *from_hex(text));
        };
        return rig.poll();
    };
    EXPECT_TRUE(acknowledged_with("011016200001044b"));
    EXPECT_TRUE(acknowledged_with("00011016200001044b00")) << "padding";
    EXPECT_TRUE(acknowledged_with("")) << "a missing one is let pass";
    EXPECT_TRUE(acknowledged_with("01101620")) << "a cut one, too";
    EXPECT_TRUE(acknowledged_with("031016200001ffff")) << "a broken one says nothing";
    EXPECT_EQ(acknowledged_with("03101620000105a9").error(), bms::Refusal::wrong_address);
    EXPECT_EQ(acknowledged_with("0003101620000105a900").error(), bms::Refusal::wrong_address);
    EXPECT_EQ(acknowledged_with("0110161e00016587").error(), bms::Refusal::wrong_echo);
}

TEST_F(JkbmsPb, AWholeOrCutEchoOfTheRequestIsSkipped)
{
    for (const std::size_t size : {3U, 11U}) {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            const auto echo = request.last(size);
            reply.insert(reply.begin(), echo.begin(), echo.end());
        };
        EXPECT_TRUE(rig.identify());
    }
}

TEST_F(JkbmsPb, AModbusDeviceIsNoMatch)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = *from_hex("0110161e00016587"); };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_start);
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = *from_hex("0190024dc1"); };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_start);
}

TEST_F(JkbmsPb, ACellThatIsMissingForAMomentKeepsItsVoltage)
{
    ASSERT_TRUE(rig.identify());
    const Number before = rig.reading.telemetry.cell_voltages[2];
    rig.truth.telemetry.cell_voltages[2].reset();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(rig.poll());
        EXPECT_EQ(rig.reading.telemetry.cell_voltages[2], before);
    }
    ASSERT_TRUE(rig.poll());
    EXPECT_FALSE(rig.reading.telemetry.cell_voltages[2]) << "what stays unknown is not made up";
    rig.truth.telemetry.cell_voltages[2] = 3.25;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.cell_voltages[2], 3.25);
}

TEST_F(JkbmsPb, BothFormsOfANegativeTemperature)
{
    ASSERT_TRUE(rig.identify());
    const auto sensor_1 = [&](std::uint16_t raw) {
        change(162, {static_cast<std::uint8_t>(raw), static_cast<std::uint8_t>(raw >> 8)});
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.temperatures[0].value_or(999);
    };
    EXPECT_EQ(sensor_1(1050), -5.0);
    EXPECT_EQ(sensor_1(0xFFCE), -5.0);
    EXPECT_EQ(sensor_1(1000), 0.0) << "minus zero";
    EXPECT_EQ(sensor_1(0xF830), 999) << "not fitted";
    EXPECT_EQ(sensor_1(995), 99.5);
}

TEST_F(JkbmsPb, SensorsThatAreNotThereAreAbsent)
{
    ASSERT_TRUE(rig.identify());
    change(214, {0b010011});
    ASSERT_TRUE(rig.poll());
    EXPECT_TRUE(rig.reading.telemetry.temperatures[0]);
    EXPECT_FALSE(rig.reading.telemetry.temperatures[1]);
    EXPECT_TRUE(rig.reading.telemetry.temperatures[2]);
    EXPECT_FALSE(rig.reading.telemetry.temperatures[3]);
}

TEST_F(JkbmsPb, ABarePayloadIsNobodysWhereSeveralAreAsked)
{
    ASSERT_TRUE(rig.identify());
    const auto other = entry().make({rig.config, 0x02, 115200});
    Reading shown;
    ASSERT_FALSE(run(other->identify(rig.channel, shown)));
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) {
        reply.resize(std::min<std::size_t>(reply.size(), 300));
    };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::wrong_address);
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) {
        const Bytes broadcast(reply.begin(), reply.begin() + 300);
        reply.insert(reply.begin(), broadcast.begin(), broadcast.end());
    };
    EXPECT_TRUE(rig.poll()) << "the master's is skipped";
}

TEST_F(JkbmsPb, TheHighByteOfTheTypeSaysNothing)
{
    change(5, {0x05});
    EXPECT_TRUE(rig.identify());
}

TEST_F(JkbmsPb, AHeaterCurrentBelowZeroIsNone)
{
    ASSERT_TRUE(rig.identify());
    change(236, {0x34, 0xEF});
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.heater_current, 0);
}

TEST_F(JkbmsPb, EachAlarmBit)
{
    ASSERT_TRUE(rig.identify());
    using A = Alarm;
    std::vector<Says> sheet{{0, 1, A::high_internal_temperature, 2},
                            {0, 4, A::high_cell_voltage, 2},
                            {0, 5, A::high_voltage, 2},
                            {0, 6, A::high_charge_current, 2},
                            {0, 7, A::high_charge_current, 2},
                            {0, 8, A::high_charge_temperature, 2},
                            {0, 9, A::low_charge_temperature, 2},
                            {0, 11, A::low_cell_voltage, 2},
                            {0, 12, A::low_voltage, 2},
                            {0, 13, A::high_discharge_current, 2},
                            {0, 14, A::high_discharge_current, 2},
                            {0, 15, A::high_temperature, 2},
                            {0, 21, A::high_temperature, 2}};
    for (const unsigned bit : {2U, 3U, 10U, 16U, 17U, 20U, 22U}) sheet.push_back({0, bit, A::internal_failure, 2});
    expect_each_bit(sheet, 1, 32, [&](int, unsigned bit) {
        Bytes word(4);
        write_le(word.data(), 4, std::uint64_t{1} << bit);
        change(166, word);
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.alarms;
    });
}

TEST_F(JkbmsPb, MinusZeroOfThePowerStageIsTrueOnlyWhenItWasHot)
{
    const auto mosfet = [&](std::uint16_t raw) {
        change(144, {static_cast<std::uint8_t>(raw), static_cast<std::uint8_t>(raw >> 8)});
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.temperature_mosfet;
    };
    rig.truth.telemetry.temperature_mosfet = 50;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(mosfet(1000), 0);
    EXPECT_EQ(mosfet(899), 89.9);
    EXPECT_EQ(mosfet(1000), 0);
    EXPECT_EQ(mosfet(900), 90);
    EXPECT_EQ(mosfet(1000), 100);
    EXPECT_EQ(mosfet(1000), 100);
    EXPECT_EQ(mosfet(1001), -0.1);
    EXPECT_EQ(mosfet(1000), 0);
}

TEST_F(JkbmsPb, SettingsAndStatusAreNeeded)
{
    for (const std::uint8_t reg : {std::uint8_t{0x1E}, std::uint8_t{0x20}}) {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (request[3] == reg) reply.clear();
        };
        EXPECT_EQ(rig.identify().error(), bms::Refusal::silence);
    }
    std::size_t asked = 0;
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        if (request[3] == 0x1E && asked++ == 0) reply.clear();
    };
    EXPECT_TRUE(rig.identify()) << "one lost reply costs nothing";
    EXPECT_EQ(rig.reading.telemetry.max_charge_current, rig.truth.telemetry.max_charge_current);
}

TEST_F(JkbmsPb, DeviceInfoThatCameLaterIsShownAndTheIdStays)
{
    rig.truth.telemetry.heater_temperature_start = -3;
    bool quiet = true;
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        if (quiet && request[3] == 0x1C) reply.clear();
    };
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    rig.take_requests();
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests().size(), 1U) << "once a minute";
    quiet = false;
    rig.channel.time += std::chrono::seconds(61);
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.identity.hardware_version, "HW1.2 / 1.20");
    EXPECT_EQ(rig.reading.identity.serial_number, "SN12345678");
    EXPECT_EQ(rig.reading.identity.unique_id, "0x01");
    EXPECT_EQ(rig.reading.telemetry.heater_temperature_start, -3) << "where the version says it stands";
}

TEST_F(JkbmsPb, HeatingThresholdsDependOnTheVersions)
{
    struct Row {
        const char *hardware, *software;
        bool newer;
    };
    for (const Row row :
         {Row{"15A", "15.40", false}, Row{"15A", "15.41", true}, Row{"15A", "16", true}, Row{"15A", "15.41x", false},
          Row{"15A", "", false}, Row{"14A", "19.10", false}, Row{"19A", "1.0", true}}) {
        Reading truth = battery();
        truth.identity.hardware_version = row.hardware;
        truth.identity.firmware_version = row.software;
        truth.telemetry.heater_temperature_start = -3;
        Rig one(entry(), truth);
        one.channel.damage = [&](std::size_t step, ByteView, Bytes& reply) {
            if (step != 0) return;
            reply[row.newer ? 98 : 284] = 0x7F;  // the place that does not count
            reply[299] = checksum::sum8(ByteView(reply).first(299));
        };
        ASSERT_TRUE(one.identify());
        EXPECT_EQ(one.reading.telemetry.heater_temperature_start, -3) << row.hardware << ' ' << row.software;
    }
}

TEST_F(JkbmsPb, AnUnansweredDeviceInfoIsAskedForThriceAndRemembered)
{
    const auto quiet_about_info = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[3] == 0x1C) reply.clear();
    };
    rig.channel.damage = quiet_about_info;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests().size(), 5U);
    EXPECT_EQ(rig.reading.identity.unique_id, "0x01");
    EXPECT_EQ(rig.reading.identity.hardware_version, "");
    EXPECT_EQ(rig.reading.identity.firmware_version, "");
    EXPECT_FALSE(rig.reading.identity.model_name);

    rig.channel.damage = nullptr;
    rig.reading = {};
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "SN12345678");
    EXPECT_EQ(rig.reading.identity.hardware_version, "HW1.2 / 1.20");

    rig.channel.damage = quiet_about_info;  // a reconnect must not change the id
    rig.reading = {};
    rig.protocol = entry().make({rig.config, 0x01, 115200});
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "SN12345678");
}

TEST_F(JkbmsPb, FactoryTextsAreNoLabel)
{
    for (const char* text : {"JK-BMS", "Input Userdata", ""}) {
        Reading truth = battery();
        truth.identity.user_label = text;
        Rig one(entry(), truth);
        ASSERT_TRUE(one.identify());
        EXPECT_FALSE(one.reading.identity.user_label) << text;
    }
}

TEST_F(JkbmsPb, ImpossibleCellCountsAreRefused)
{
    for (const std::uint8_t count : {std::uint8_t{0}, std::uint8_t{33}}) {
        change(114, {count});
        EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_content);
    }
}

TEST_F(JkbmsPb, SeveralBoardsOnOnePair)
{
    Reading first = battery(16), second = battery(8);
    first.identity.unique_id = "first";
    second.identity.unique_id = "second";
    const auto one = entry().device(first, {115200, 0x01}), two = entry().device(second, {115200, 0x02});
    Bus bus({one.get(), two.get()});
    DeviceChannel channel(bus);
    const auto config = config::defaults();
    const auto ask_1 = entry().make({config, 0x01, 115200}), ask_2 = entry().make({config, 0x02, 115200}),
               ask_3 = entry().make({config, 0x03, 115200});
    Reading shown_1, shown_2, shown_3;
    ASSERT_TRUE(run(ask_1->identify(channel, shown_1)));
    ASSERT_TRUE(run(ask_2->identify(channel, shown_2)));
    EXPECT_EQ(run(ask_3->identify(channel, shown_3)).error(), bms::Refusal::silence);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(run(ask_1->poll(channel, shown_1)));
        ASSERT_TRUE(run(ask_2->poll(channel, shown_2)));
    }
    EXPECT_EQ(shown_1.identity.unique_id, "first");
    EXPECT_EQ(shown_2.identity.unique_id, "second");
    EXPECT_EQ(shown_1.telemetry.cell_voltages.size(), 16U);
    EXPECT_EQ(shown_2.telemetry.cell_voltages.size(), 8U);
}

}  // namespace
}  // namespace bmsd::test
