// What is peculiar to JBD UP16S boards: docs/bms/lltjbd_up16s.md
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

using Kind = Command::Kind;
const bms::Entry& entry = *bms::find("LltJbd_Up16s");
constexpr bms::Line first{9600, 1}, second{9600, 2};

Reading battery(std::size_t cells = 16)
{
    std::mt19937_64 random(7);
    return random_reading(random, cells);
}

/// The first register a request asks for; 0 = the individual status.
unsigned asked_for(ByteView request)
{
    return static_cast<unsigned>(read_be(&request[2], 2));
}

/// Replies to questions about one register become what `change` makes of their payload.
std::function<void(std::size_t, ByteView, Bytes&)> on(unsigned first_register, std::function<void(Bytes&)> change)
{
    return [=](std::size_t, ByteView request, Bytes& reply) {
        if (asked_for(request) != first_register || reply.empty()) return;
        Bytes data(reply.begin() + 8, reply.end() - 2);
        change(data);
        reply.resize(8);
        write_be(&reply[6], 2, data.size());
        append(reply, data);
        checksum::append_crc16_modbus(reply);
    };
}

struct Up16s : testing::Test {
    Rig rig{entry, battery(), first};
    const Telemetry& shown() const { return rig.reading.telemetry; }
    std::size_t asked(unsigned first_register)
    {
        std::size_t count = 0;
        for (const Bytes& request : rig.channel.requests) count += asked_for(request) == first_register ? 1 : 0;
        rig.channel.requests.clear();
        return count;
    }
    void silence(std::initializer_list<unsigned> registers)
    {
        const std::vector<unsigned> quiet(registers);
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (std::find(quiet.begin(), quiet.end(), asked_for(request)) != quiet.end()) reply.clear();
        };
    }
};

TEST_F(Up16s, AsksAsTheSheetSays)
{
    ASSERT_TRUE(rig.identify());
    auto requests = rig.take_requests();
    requests.resize(5);
    EXPECT_EQ(requests,
              (std::vector<std::string>{"0178100010a000007fb2", "01782006201800007d67", "0145000000540000d4d3",
                                        "01781c001ca000007c2e", "01782810283c00007787"}));
    Rig slave(entry, battery(), second);
    ASSERT_TRUE(slave.identify());
    requests = slave.take_requests();
    requests.resize(4);
    EXPECT_EQ(requests, (std::vector<std::string>{"0278100010a000003fa7", "02782006201800003d72",
                                                  "02781c001ca000003c3b", "02782810283c00003792"}));
}

TEST_F(Up16s, ADirectConnectionMayBeRequired)
{
    rig.config.up16s_require_direct_connection = true;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests().front(), "0145000000540000d4d3");
    silence({0});
    EXPECT_EQ(rig.identify().error(), bms::Refusal::silence);
}

TEST_F(Up16s, WhatIsNeverAnsweredIsNotAskedForEver)
{
    silence({0x2006, 0x0000, 0x1C00});
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(asked(0x1C00), 5U);
    EXPECT_EQ(rig.reading.identity.unique_id, "PK12345678_" + std::to_string(int(*shown().design_capacity)) + ".0");
    EXPECT_EQ(rig.reading.identity.hardware_version, "JBD UP 16S, FW ver 12.1");
    EXPECT_EQ(rig.reading.identity.firmware_version, "12.1");
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(rig.poll());
    EXPECT_EQ(asked(0x2006), 4U) << "five times in all";
    EXPECT_FALSE(shown().total_ah_drawn);
    rig.channel.damage = nullptr;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.channel.requests.size(), 1U);
}

TEST_F(Up16s, WhatWasOnceAnsweredIsAskedForAgain)
{
    ASSERT_TRUE(rig.identify());
    silence({0x2006});
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(rig.poll());
    EXPECT_EQ(asked(0x2006), 11U);
    EXPECT_TRUE(shown().total_ah_drawn);
}

TEST_F(Up16s, TheFineSocIsKeptWhileTheCoarseOneAgrees)
{
    const auto coarse = [&](unsigned centi_percent) {
        return on(0x1000, [=](Bytes& data) { write_be(&data[8], 2, centi_percent); });
    };
    rig.truth.telemetry.soc = 50.25;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().soc, 50.25);
    const auto poll_without_fine = [&](unsigned centi_percent) {
        const auto change = coarse(centi_percent);
        rig.channel.damage = [=](std::size_t step, ByteView request, Bytes& reply) {
            if (asked_for(request) == 0x2006) reply.clear();
            change(step, request, reply);
        };
        EXPECT_TRUE(rig.poll());
        return shown().soc;
    };
    EXPECT_EQ(poll_without_fine(5000), 50.25);
    EXPECT_EQ(poll_without_fine(5100), 50.25);
    EXPECT_EQ(poll_without_fine(5200), 52.0);
    EXPECT_EQ(poll_without_fine(5100), 51.0) << "1 % is too much";
}

TEST_F(Up16s, NoBatteryMayExceedTheLimitsOfTheBank)
{
    Reading one = battery(), two = battery(15);
    one.telemetry.max_charge_current = 60;
    one.telemetry.max_discharge_current = 150;
    two.telemetry.max_charge_current = 100;
    two.telemetry.max_discharge_current = 100;
    const auto device_1 = entry.device(one, first), device_2 = entry.device(two, second);
    Bus bus({device_1.get(), device_2.get()});
    DeviceChannel channel(bus);
    const auto config = config::defaults();
    const auto ask_1 = entry.make({config, 1, 9600}), ask_2 = entry.make({config, 2, 9600});
    Reading shown_1, shown_2;
    ASSERT_TRUE(run(ask_2->identify(channel, shown_2)));
    EXPECT_EQ(shown_2.telemetry.max_charge_current, 100) << "nothing known of the bank yet";
    ASSERT_TRUE(run(ask_1->identify(channel, shown_1)));
    channel.clock += 299;
    ASSERT_TRUE(run(ask_2->poll(channel, shown_2)));
    EXPECT_EQ(shown_2.telemetry.max_charge_current, 60);
    EXPECT_EQ(shown_2.telemetry.max_discharge_current, 100);
    EXPECT_EQ(shown_2.telemetry.cell_voltages.size(), 15U);
    channel.clock += 2;
    ASSERT_TRUE(run(ask_2->poll(channel, shown_2)));
    EXPECT_EQ(shown_2.telemetry.max_charge_current, 100) << "older than 300 s";
}

TEST_F(Up16s, AMissedIndividualStatusRaisesNoLimit)
{
    rig.truth.telemetry.max_charge_current = 200;
    rig.channel.damage = on(0, [](Bytes& data) { write_be(&data[96], 2, 500); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().max_charge_current, 50);
    silence({0});
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().max_charge_current, 50);
}

TEST_F(Up16s, SetsTheSoc)
{
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::set_soc, 100));
    EXPECT_TRUE(rig.command(Kind::set_soc, 98));
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"0179200620080006114a42442710427a", "01782006201800007d67",
                                        "0179200620080006114a424426484210", "01782006201800007d67"}));
    EXPECT_EQ(rig.truth.telemetry.soc, 98);
    EXPECT_EQ(shown().soc, 98) << "read back";
    Rig slave(entry, battery(), second);
    ASSERT_TRUE(slave.identify());
    slave.take_requests();
    EXPECT_TRUE(slave.command(Kind::set_soc, 100));
    EXPECT_EQ(slave.take_requests().front(), "0279200620080006114a424427104179");
    EXPECT_EQ(rig.command(Kind::set_soc, 100.5).error(), bms::Refusal::implausible);
    EXPECT_EQ(rig.command(Kind::force_charging_off, 1).error(), bms::Refusal::unsupported);
    EXPECT_TRUE(rig.take_requests().empty());
}

TEST_F(Up16s, TheAcknowledgementOfTheSoc)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = *from_hex("01792006200800006c62"); };
    EXPECT_TRUE(rig.command(Kind::set_soc, 100));
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = *from_hex("02792006200800002c77"); };
    EXPECT_EQ(rig.command(Kind::set_soc, 100).error(), bms::Refusal::cut_short) << "another battery's";
}

TEST_F(Up16s, AnAcknowledgedSocThatIsNotThereIsTold)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = on(0x2006, [](Bytes& data) {
        if (!data.empty()) write_be(data.data(), 2, 4200);
    });
    EXPECT_EQ(rig.command(Kind::set_soc, 100).error(), bms::Refusal::device_error);
    EXPECT_EQ(shown().soc, 42);
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[1] == 0x78) reply.clear();
    };
    EXPECT_TRUE(rig.command(Kind::set_soc, 100)) << "acknowledged, and the next poll shows it";
}

TEST_F(Up16s, NoiseAndALateReplyBeforeTheOwnAreSkipped)
{
    ASSERT_TRUE(rig.identify());
    const Reading good = rig.reading;
    rig.channel.refusals.clear();
    const Bytes late = *from_hex("02792006200800002c770179200620080000");
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        reply.insert(reply.begin(), late.begin(), late.end());
    };
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading, good);
    EXPECT_EQ(rig.channel.refusals.size(), 3U);
    EXPECT_EQ(rig.channel.refusals.front(), bms::Refusal::bad_start);
}

TEST_F(Up16s, TheEndOfTheScaleIsNoSensor)
{
    rig.channel.damage = on(0x1000, [](Bytes& data) {
        constexpr std::size_t sensors_at = 70 + 2 * 16;
        for (const std::size_t at : {std::size_t{16}, std::size_t{18}, sensors_at}) write_be(&data[at], 2, 0);
        write_be(&data[sensors_at + 2], 2, 499);
        write_be(&data[sensors_at + 4], 2, 500);
    });
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(shown().temperature_mosfet);
    EXPECT_FALSE(shown().temperature_ambient);
    EXPECT_FALSE(shown().temperatures[0]);
    EXPECT_EQ(shown().temperatures[1], -0.1);
    EXPECT_EQ(shown().temperatures[2], 0);
}

TEST_F(Up16s, AnUnansweredWriteIsTriedThriceAndOneNeverAnsweredIsGivenUp)
{
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    EXPECT_EQ(rig.command(Kind::set_soc, 50).error(), bms::Refusal::silence);
    EXPECT_EQ(rig.take_requests().size(), 3U);
    EXPECT_EQ(rig.command(Kind::set_soc, 50).error(), bms::Refusal::silence);
    rig.take_requests();
    EXPECT_EQ(rig.command(Kind::set_soc, 50).error(), bms::Refusal::unsupported);
    EXPECT_TRUE(rig.take_requests().empty());
}

TEST_F(Up16s, WithoutFineSocThereIsNoWrite)
{
    silence({0x2006});
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.command(Kind::set_soc, 50).error(), bms::Refusal::unsupported);
}

TEST_F(Up16s, TheNumberOfCellsAndSensorsIsChecked)
{
    ASSERT_TRUE(rig.identify());
    const auto poll_with = [&](std::function<void(Bytes&)> change) {
        rig.channel.damage = on(0x1000, change);
        const auto taken = rig.poll();
        return taken ? std::string("taken") : std::string(text(taken.error()));
    };
    constexpr std::size_t sensors_at = 68 + 2 * 16;
    EXPECT_EQ(poll_with([](Bytes&) {}), "taken");
    EXPECT_EQ(poll_with([](Bytes& data) { data.resize(data.size() + 8); }), "taken") << "longer tails occur";
    EXPECT_EQ(poll_with([](Bytes& data) { data.pop_back(); }), "bad length");
    EXPECT_EQ(poll_with([](Bytes& data) { data.resize(60); }), "bad length");
    EXPECT_EQ(poll_with([](Bytes& data) { data[67] = 0; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& data) { data[67] = 33; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& data) { data[66] = 1; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& data) { data[sensors_at + 1] = 17; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& data) { data[sensors_at + 1] = 16; }), "bad length");
}

TEST_F(Up16s, FaultsAndWarnings)
{
    ASSERT_TRUE(rig.identify());
    const auto alarms = [&](std::uint32_t faults, std::uint32_t warnings) {
        rig.channel.damage = on(0x1000, [=](Bytes& data) {
            write_be(&data[24], 4, faults);
            write_be(&data[28], 4, warnings);
        });
        EXPECT_TRUE(rig.poll());
        return shown().alarms;
    };
    EXPECT_EQ(alarms(1, 1)[Alarm::high_cell_voltage], 2) << "the fault wins";
    EXPECT_EQ(alarms(0, 1)[Alarm::high_cell_voltage], 1);
    EXPECT_EQ(alarms(1U << 25, 0)[Alarm::high_voltage], 0) << "fully charged is the normal end of a charge";
    EXPECT_EQ(alarms(0, 1U << 18)[Alarm::high_voltage], 1);
    for (const unsigned bit : {6U, 7U, 18U, 27U}) EXPECT_EQ(alarms(1U << bit, 0)[Alarm::high_discharge_current], 2);
    for (const unsigned bit : {19U, 20U, 21U, 22U, 23U, 24U, 26U})
        EXPECT_EQ(alarms(1U << bit, 0)[Alarm::internal_failure], 2);
    for (const unsigned bit : {16U, 17U}) EXPECT_EQ(alarms(0, 1U << bit)[Alarm::internal_failure], 2);
    EXPECT_EQ(alarms(0, 1U << 15)[Alarm::low_soc], 1);
    rig.config.soc_calculation = true;
    EXPECT_FALSE(alarms(1U << 17, 0)[Alarm::low_soc]);
}

TEST_F(Up16s, AModbusDeviceIsNoMatch)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = *from_hex("01f801c391"); };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::cut_short);
}

/// A port that another program has for the first exchanges.
class Taken final : public bms::Channel {
  public:
    Taken(bms::Channel& channel, int exchanges) : channel_(channel), left_(exchanges) {}
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override
    {
        if (left_-- > 0) co_return bms::refuse(bms::Refusal::port_taken);
        co_return co_await channel_.transact(std::move(exchange));
    }
    Task<void> pause(Duration duration) override
    {
        paused += duration;
        co_return;
    }
    void refused(bms::Refusal reason) override { channel_.refused(reason); }
    double wall() const override { return channel_.wall(); }
    Instant steady() const override { return channel_.steady(); }
    Duration paused{};

  private:
    bms::Channel& channel_;
    int left_;
};

TEST_F(Up16s, APortTakenByAnotherProgramIsWaitedFor)
{
    Taken taken(rig.channel, 8);
    ASSERT_TRUE(run(rig.protocol->identify(taken, rig.reading)));
    EXPECT_GE(taken.paused, std::chrono::seconds(8));
    Taken for_ever(rig.channel, 1000);
    EXPECT_EQ(run(rig.protocol->poll(for_ever, rig.reading)).error(), bms::Refusal::port_taken);
    EXPECT_LE(for_ever.paused, std::chrono::seconds(60));
}

}  // namespace
}  // namespace bmsd::test
