// The Modbus framing that several types share.
#include "bms/language/modbus.h"

#include <gtest/gtest.h>

#include "modbus_rig.h"

namespace bmsd::bms::modbus {
namespace {

constexpr Block voltages{0x0004, 2}, coils{0x0010, 12, Function::read_coils};
constexpr std::array table{Field{0, u16be, 0.01, &Telemetry::voltage}, Field{2, i16be, 0.1, &Telemetry::current}};
void count_up(Bytes& data, const Reading&)
{
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i + 1);
}

constexpr Row layouts[]{
    {{}, {0x0000, 4}, {.fill = count_up}}, {{}, voltages, {.fields = table}}, {{}, coils, {.fill = count_up}}};

class ModbusTest : public testing::Test {
  protected:
    ModbusTest()
    {
        truth.telemetry.voltage = 53.25;
        truth.telemetry.current = -12.5;
    }
    Reply<Bytes> read(Block block, std::uint8_t address = 0x11, int tries = 1)
    {
        Host host(address, {std::chrono::milliseconds(100), std::chrono::seconds(1), Duration::zero(), tries});
        Bytes bytes;
        const auto take_bytes = [&](ByteView data) -> Reply<void> {
            bytes.assign(data.begin(), data.end());
            return {};
        };
        const auto taken = test::run(host.read(channel, block, take_bytes));
        return taken ? Reply<Bytes>(bytes) : refuse(taken.error());
    }

    Reading truth;
    ModbusDevice board{truth, 0x11, layouts};
    test::DeviceChannel channel{board};
};

TEST_F(ModbusTest, BytesAreThoseOfTheSheets)
{
    EXPECT_EQ(to_hex(request(0x30, {0x1402, 8})), "300314020008e41d");
    EXPECT_EQ(to_hex(request(0x00, {0x1700, 10, Function::read_input})), "00041700000a7468");
    EXPECT_EQ(to_hex(request(0x01, {0x1200, 0x90, Function::read_coils})), "010112000090391e");
    const auto reply = *from_hex("01030201f4b853");
    const auto data = open(reply, 1, {0, 1});
    ASSERT_TRUE(data);
    EXPECT_EQ(to_hex(*data), "01f4");
}

TEST_F(ModbusTest, BothEndsShareTheTables)
{
    Host host(0x11, {});
    Reading reading;
    ASSERT_TRUE(test::run(host.read(channel, layouts[1], reading)));
    EXPECT_EQ(reading.telemetry.voltage, 53.25);
    EXPECT_EQ(reading.telemetry.current, -12.5);
}

TEST_F(ModbusTest, AnyPartOfABlockCanBeRead)
{
    EXPECT_EQ(to_hex(*read({0x0001, 2})), "03040506");
    EXPECT_EQ(to_hex(*read(coils)), "0102");
    EXPECT_EQ(to_hex(*read({0x0018, 4, Function::read_coils})), "02");
}

TEST_F(ModbusTest, WhatTheDeviceHasNotIsRefusedByIt)
{
    EXPECT_EQ(read({0x0008, 1}).error(), Refusal::device_error);
    EXPECT_EQ(read({0x0005, 2}).error(), Refusal::device_error) << "reaches beyond the block";
    EXPECT_EQ(read({0x0000, 4, Function::read_input}).error(), Refusal::device_error);
    EXPECT_EQ(read({0x0011, 2, Function::read_coils}).error(), Refusal::device_error);
    EXPECT_EQ(read({0x0000, 0}).error(), Refusal::device_error);
    EXPECT_EQ(read(voltages, 0x12).error(), Refusal::silence);
}

TEST_F(ModbusTest, EachCheckHasItsReason)
{
    const auto reason = [](std::string_view hex, Block block = {0, 1}) {
        Bytes bytes = *from_hex(hex);
        const auto crc = checksum::crc16_modbus(bytes);
        bytes.insert(bytes.end(), {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)});
        const auto data = open(bytes, 1, block);
        return data ? "taken" : text(data.error());
    };
    EXPECT_EQ(reason("01030201f4"), "taken");
    EXPECT_EQ(reason("02030201f4"), "wrong address");
    EXPECT_EQ(reason("01040201f4"), "wrong echo");
    EXPECT_EQ(reason("018302"), "device error");
    EXPECT_EQ(reason("018402"), "wrong echo") << "the refusal of another function";
    EXPECT_EQ(reason("01030401f40000"), "bad length") << "not the number of registers asked for";
    EXPECT_EQ(reason("01030301f4"), "bad length") << "not as long as it says";
    EXPECT_EQ(open(*from_hex("01030201f4b854"), 1, {0, 1}).error(), Refusal::bad_checksum);
    EXPECT_EQ(open(*from_hex("0103"), 1, {0, 1}).error(), Refusal::bad_length);
    EXPECT_EQ(open({}, 1, {0, 1}).error(), Refusal::bad_length);
}

TEST_F(ModbusTest, ItsLengthIsKnownFromWhatWasAskedFor)
{
    const auto length = [](std::string_view hex) { return reply_length(*from_hex(hex), 1, {0, 16}); };
    EXPECT_EQ(length(""), 5U);
    EXPECT_EQ(length("01"), 5U);
    EXPECT_EQ(length("0103"), 37U);
    EXPECT_EQ(length("010320"), 37U);
    EXPECT_EQ(length("018302"), 5U);
    EXPECT_EQ(length("ff0001"), 7U) << "two bytes of noise";
    EXPECT_EQ(length("ff000103"), 39U);
    EXPECT_EQ(length("010304"), 8U) << "the answer to something else, and what comes behind it";
    EXPECT_EQ(length("01830c"), 8U) << "no code of a refusal";
}

TEST_F(ModbusTest, TheAnswerIsFoundBehindNoise)
{
    const Bytes good = *read(voltages);
    const Bytes late = *from_hex("1103087fff7fff7fff7fffdf33"), other = *from_hex("1203040001000208f3");
    for (const Bytes& noise : {Bytes{0x00}, Bytes{0xFF, 0x11}, Bytes{0x11, 0x03}, Bytes{0x11, 0x03, 0x05},
                               Bytes{0x11, 0x11, 0x03, 0x04, 0x11}, late, other}) {
        channel.refusals.clear();
        channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            reply.insert(reply.begin(), noise.begin(), noise.end());
        };
        const auto data = read(voltages);
        ASSERT_TRUE(data) << to_hex(noise) << ' ' << text(data.error());
        EXPECT_EQ(*data, good);
        EXPECT_EQ(channel.refusals, std::vector{Refusal::bad_start}) << "counted";
    }
}

TEST_F(ModbusTest, NoiseAloneIsNoAnswer)
{
    const auto reason = [&](std::string_view hex) {
        channel.damage = [=](std::size_t, ByteView, Bytes& reply) { reply = *from_hex(hex); };
        return text(read(voltages).error());
    };
    EXPECT_EQ(reason("1203040001000208f3"), "wrong address");
    EXPECT_EQ(reason("110404000100023a44"), "wrong echo");
    EXPECT_EQ(reason("110304000100021a"), "cut short");
    EXPECT_EQ(reason("1103040001000200aa"), "bad checksum");
    EXPECT_EQ(reason("00"), "bad length");
}

TEST_F(ModbusTest, AsksAgainAsOftenAsTold)
{
    int asked = 0;
    channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        if (++asked < 3) reply[3] ^= 1;
    };
    EXPECT_EQ(read(voltages, 0x11, 2).error(), Refusal::bad_checksum);
    EXPECT_EQ(asked, 2);
    EXPECT_TRUE(read(voltages, 0x11, 2));
    EXPECT_EQ(channel.refusals, (std::vector{Refusal::bad_checksum, Refusal::bad_checksum}));
}

/// Asks for several blocks in turn, one battery.
class ModbusRows : public ModbusTest {
  protected:
    Reply<void> read(const Row& row) { return test::run(host.read(channel, row, reading)); }
    std::vector<std::string> requests()
    {
        std::vector<std::string> texts;
        for (const Bytes& bytes : channel.requests) texts.push_back(to_hex(ByteView(bytes).subspan(2, 4)));
        channel.requests.clear();
        return texts;
    }
    void silence(bool silent)
    {
        channel.damage = [=](std::size_t, ByteView, Bytes& reply) {
            if (silent) reply.clear();
        };
    }

    static constexpr Row rows[]{{{"voltages"}, voltages, {.fields = table}},
                                {{"same length", Need::optional}, {0x0001, 2}},
                                {{"long"}, {0x0000, 4}},
                                {{"short"}, {0x0000, 1}},
                                {{"none", Need::optional}, {0x0100, 1}}};
    Host host{0x11,
              {std::chrono::milliseconds(100), std::chrono::seconds(1), Duration::zero(), 2},
              std::span<const Row>(rows).subspan(2, 2)};
    Reading reading;
};

TEST_F(ModbusRows, AfterALateReplyNothingElseIsAskedForASecond)
{
    silence(true);
    EXPECT_FALSE(read(rows[0]));
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(200))) << "nobody was heard yet, nothing can be late";
    silence(false);
    ASSERT_TRUE(read(rows[0]));
    ASSERT_TRUE(read(rows[2]));
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(200)));
    silence(true);
    EXPECT_FALSE(read(rows[0]));
    silence(false);
    ASSERT_TRUE(read(rows[0])) << "the same may be asked at once: a late reply is the answer";
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(400)));
    ASSERT_TRUE(read(rows[2]));
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(1400)));
    ASSERT_TRUE(read(rows[0]));
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(1400)));
}

TEST_F(ModbusRows, NoRequestFollowsOneWithAReplyOfTheSameLength)
{
    ASSERT_TRUE(read(rows[0]));
    ASSERT_TRUE(read(rows[0]));
    EXPECT_EQ(requests(), (std::vector<std::string>{"00040002", "00040002"})) << "the same one may";
    ASSERT_TRUE(read(rows[1]));
    EXPECT_EQ(requests(), (std::vector<std::string>{"00000001", "00010002"})) << "the shortest comes between";
    ASSERT_TRUE(read(rows[2]));
    ASSERT_TRUE(read(rows[1]));
    EXPECT_EQ(requests(), (std::vector<std::string>{"00000004", "00010002"}));
}

TEST_F(ModbusRows, WhatADeviceRefusesIsAbsentAtOnceAndAskedAMinuteLater)
{
    EXPECT_TRUE(read(rows[4])) << "optional";
    EXPECT_EQ(requests().size(), 1U) << "a refusal is an answer: no second try";
    EXPECT_FALSE(host.answers(rows[4]));
    ASSERT_TRUE(read(rows[4])) << "once more soon";
    EXPECT_EQ(requests().size(), 1U);
    ASSERT_TRUE(read(rows[4]));
    EXPECT_EQ(requests().size(), 0U);
    channel.time += std::chrono::seconds(61);
    ASSERT_TRUE(read(rows[4]));
    EXPECT_EQ(requests().size(), 1U);
}

TEST_F(ModbusTest, TheDeviceFindsARequestBehindNoise)
{
    Bytes input = *from_hex("00ff11"), reply;
    append(input, request(0x11, voltages));
    while (!input.empty()) {
        const auto used = board.receive(input, reply);
        if (used == 0) break;
        input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(used));
    }
    EXPECT_TRUE(open(reply, 0x11, voltages)) << to_hex(reply);
}

}  // namespace
}  // namespace bmsd::bms::modbus
