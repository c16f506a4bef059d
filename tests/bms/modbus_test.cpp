// The Modbus framing that several types share.
#include "bms/language/modbus.h"

#include <gtest/gtest.h>

#include "modbus_rig.h"

namespace bmsd::bms::modbus {
namespace {

constexpr Block voltages{0x0004, 2}, coils{0x0010, 12, Function::read_coils};
constexpr std::array table{Field{0, u16be, 0.01, &Telemetry::voltage}, Field{2, i16be, 0.1, &Telemetry::current}};
void count_up(MutableBytes data, const Reading&)
{
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i + 1);
}

constexpr std::array layouts{Layout{.block = {0x0000, 4}, .fill = count_up}, Layout{.block = voltages, .fields = table},
                             Layout{.block = coils, .fill = count_up}};

class ModbusTest : public testing::Test {
  protected:
    ModbusTest()
    {
        truth.telemetry.voltage = 53.25;
        truth.telemetry.current = -12.5;
    }
    Reply<Bytes> read(Block block, std::uint8_t address = 0x11, int tries = 1)
    {
        const Host host(address, {std::chrono::milliseconds(100), std::chrono::seconds(1), Duration::zero()});
        Bytes bytes;
        const auto take_bytes = [&](ByteView data) -> Reply<void> {
            bytes.assign(data.begin(), data.end());
            return {};
        };
        const auto taken = test::run(host.read(channel, block, take_bytes, tries));
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
    const Host host(0x11, {});
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

TEST_F(ModbusTest, ItsLengthIsKnownAfterThreeBytes)
{
    EXPECT_EQ(reply_length({}), 3U);
    EXPECT_EQ(reply_length(*from_hex("0103")), 3U);
    EXPECT_EQ(reply_length(*from_hex("010320")), 37U);
    EXPECT_EQ(reply_length(*from_hex("018302")), 5U);
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

TEST_F(ModbusTest, AfterALateReplyTheNextRequestWaits)
{
    ASSERT_TRUE(read(voltages, 0x11, 2));
    EXPECT_EQ(channel.time, Instant{});
    int asked = 0;
    channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        if (++asked == 1) reply.clear();
    };
    ASSERT_TRUE(read(voltages, 0x11, 2));
    EXPECT_EQ(channel.time, Instant(std::chrono::milliseconds(200))) << "of silence, and as long again";
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
