// What is peculiar to Daly boards: docs/bms/daly.md
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

using Kind = Command::Kind;
const bms::Entry& entry = *bms::find("Daly");
constexpr bms::Line wired{9600, 0x40}, bluetooth{9600, 0x80};

Reading battery(std::size_t cells = 16)
{
    std::mt19937_64 random(7);
    return random_reading(random, cells);
}

Bytes framed(std::uint8_t number, std::uint8_t id, std::initializer_list<std::uint8_t> data)
{
    Bytes bytes{0xA5, number, id, 8};
    bytes.insert(bytes.end(), data);
    bytes.resize(12);
    bytes.push_back(checksum::sum8(bytes));
    return bytes;
}

std::uint8_t id_of(ByteView request)
{
    return request[2];
}

/// Replies to one id become what `change` makes of them.
std::function<void(std::size_t, ByteView, Bytes&)> on(std::uint8_t id, std::function<void(Bytes&)> change)
{
    return [=](std::size_t, ByteView request, Bytes& reply) {
        if (id_of(request) == id) change(reply);
    };
}

void silent(Bytes& reply)
{
    reply.clear();
}

struct Daly : testing::Test {
    Rig rig{entry, battery(), wired};
    const Telemetry& shown() const { return rig.reading.telemetry; }
    std::size_t asked(std::uint8_t id)
    {
        std::size_t count = 0;
        for (const Bytes& request : rig.channel.requests) count += id_of(request) == id ? 1 : 0;
        rig.channel.requests.clear();
        return count;
    }
};

TEST_F(Daly, AsksAsTheSheetSays)
{
    const std::vector<std::string> at_0x40{
        "a5409408aaaaaaaaaaaaaaaad1", "a5409008aaaaaaaaaaaaaaaacd", "a5405708aaaaaaaaaaaaaaaa94",
        "a5405008aaaaaaaaaaaaaaaa8d", "a5405308aaaaaaaaaaaaaaaa90", "a5409008aaaaaaaaaaaaaaaacd",
        "a5409308aaaaaaaaaaaaaaaad0", "a5409108aaaaaaaaaaaaaaaace", "a5409808aaaaaaaaaaaaaaaad5",
        "a5409208aaaaaaaaaaaaaaaacf", "a5409708aaaaaaaaaaaaaaaad4", "a5409508aaaaaaaaaaaaaaaad2"};
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(), at_0x40);
    Rig other(entry, battery(), bluetooth);
    ASSERT_TRUE(other.identify());
    const auto requests = other.take_requests();
    EXPECT_EQ(requests[0], "a5809408aaaaaaaaaaaaaaaa11");
    EXPECT_EQ(requests[1], "a5809008aaaaaaaaaaaaaaaa0d");
    EXPECT_EQ(requests[11], "a5809508aaaaaaaaaaaaaaaa12");
    EXPECT_EQ(other.reading.identity.address, "0x80");
    EXPECT_EQ(other.reading.telemetry.cell_voltages.size(), 16U);
}

TEST_F(Daly, SwitchesAtTheConfiguredAddress)
{
    struct Row {
        bms::Line line;
        Kind kind;
        double value;
        const char* bytes;
    };
    for (const Row& row : {Row{wired, Kind::force_charging_off, 1, "a540da0800aaaaaaaaaaaaaa6d"},
                           Row{wired, Kind::force_charging_off, 0, "a540da0801aaaaaaaaaaaaaa6e"},
                           Row{wired, Kind::force_discharging_off, 1, "a540d90800aaaaaaaaaaaaaa6c"},
                           Row{wired, Kind::force_discharging_off, 0, "a540d90801aaaaaaaaaaaaaa6d"},
                           Row{bluetooth, Kind::force_charging_off, 1, "a580da0800aaaaaaaaaaaaaaad"},
                           Row{bluetooth, Kind::force_charging_off, 0, "a580da0801aaaaaaaaaaaaaaae"},
                           Row{bluetooth, Kind::force_discharging_off, 1, "a580d90800aaaaaaaaaaaaaaac"},
                           Row{bluetooth, Kind::force_discharging_off, 0, "a580d90801aaaaaaaaaaaaaaad"}}) {
        Rig one(entry, battery(), row.line);
        ASSERT_TRUE(one.identify());
        one.take_requests();
        EXPECT_TRUE(one.command(row.kind, row.value));
        const auto requests = one.take_requests();
        EXPECT_EQ(requests.size(), 2U);
        EXPECT_EQ(requests[0], row.bytes);
        EXPECT_EQ(requests[1].substr(4, 2), "93") << "read back";
        const Telemetry& t = one.reading.telemetry;
        EXPECT_EQ(row.kind == Kind::force_charging_off ? t.charge_fet : t.discharge_fet, row.value == 0);
    }
}

TEST_F(Daly, ASwitchIsDoneWhenItsAcknowledgementSaysSo)
{
    const auto answered = [&](std::string_view reply) {
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& bytes) { bytes = *from_hex(reply); };
        const auto done = rig.command(Kind::force_discharging_off, 0);
        return done ? std::string("done") : std::string(text(done.error()));
    };
    EXPECT_EQ(answered("a501d9080101000002006cbeb5"), "done") << "as a real board said it; 93 was never asked";
    EXPECT_EQ(answered(to_hex(framed(1, 0xD9, {0}))), "device error");
    EXPECT_EQ(answered(to_hex(framed(1, 0xDA, {1}))), "wrong echo");
    EXPECT_EQ(answered(to_hex(framed(2, 0xD9, {1}))), "wrong address");
    rig.take_requests();
    EXPECT_EQ(answered(""), "silence");
    EXPECT_EQ(rig.take_requests().size(), 1U) << "sent once";
    EXPECT_EQ(rig.command(Kind::turn_balancing_off, 1).error(), bms::Refusal::unsupported);
}

TEST_F(Daly, SettingTheSocSetsTheClock)
{
    ::setenv("TZ", "LOCAL-1", 1);  // the channel's clock stands at 07:56:24 UTC
    ::tzset();
    Rig other(entry, battery(), bluetooth);
    EXPECT_TRUE(rig.command(Kind::set_soc, 100));
    EXPECT_TRUE(rig.command(Kind::set_soc, 50.5));
    EXPECT_TRUE(other.command(Kind::set_soc, 100));
    EXPECT_TRUE(other.command(Kind::set_soc, 50.5));
    ::unsetenv("TZ");
    ::tzset();
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"a54021081a071e08381803e890", "a5409008aaaaaaaaaaaaaaaacd",
                                        "a54021081a071e08381801f99f", "a5409008aaaaaaaaaaaaaaaacd"}));
    EXPECT_EQ(other.take_requests(),
              (std::vector<std::string>{"a58021081a071e08381803e8d0", "a5809008aaaaaaaaaaaaaaaa0d",
                                        "a58021081a071e08381801f9df", "a5809008aaaaaaaaaaaaaaaa0d"}));
    EXPECT_EQ(rig.truth.telemetry.soc, 50.5);
    for (const double impossible : {-0.1, 100.1, std::nan("")})
        EXPECT_EQ(rig.command(Kind::set_soc, impossible).error(), bms::Refusal::implausible);
    EXPECT_TRUE(rig.take_requests().empty()) << "nothing was sent";
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply = framed(1, 0x21, {0}); };
    EXPECT_EQ(rig.command(Kind::set_soc, 100).error(), bms::Refusal::device_error);
}

TEST_F(Daly, SomeReadsAreTriedThrice)
{
    ASSERT_TRUE(rig.identify());
    for (const std::uint8_t id : {std::uint8_t{0x94}, std::uint8_t{0x90}}) {
        rig.channel.requests.clear();
        rig.channel.damage = on(id, silent);
        EXPECT_FALSE(rig.identify());
        EXPECT_EQ(asked(id), 3U);
    }
    rig.channel.damage = on(0x57, silent);
    EXPECT_TRUE(rig.identify());
    EXPECT_EQ(asked(0x57), 3U);
    rig.channel.damage = on(0x93, silent);
    EXPECT_FALSE(rig.poll());
    EXPECT_EQ(asked(0x93), 1U);
}

TEST_F(Daly, AllOptionalReadsOfAPollAreTriedWhateverFails)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.requests.clear();
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (id_of(request) != 0x90) reply.clear();
    };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.channel.requests.size(), 7U);
}

TEST_F(Daly, ABoardWithoutSingleCellsOrWithoutExtremesIsABattery)
{
    for (const std::uint8_t id : {std::uint8_t{0x91}, std::uint8_t{0x92}, std::uint8_t{0x95}, std::uint8_t{0x97}}) {
        Rig one(entry, battery(), wired);
        one.channel.damage = on(id, silent);
        ASSERT_TRUE(one.identify()) << int(id);
        ASSERT_TRUE(one.poll());
        EXPECT_EQ(one.reading.telemetry.cell_voltages.empty(), id == 0x95);
        EXPECT_EQ(one.reading.telemetry.cell_balancing.empty(), id == 0x97);
        EXPECT_EQ(one.reading.telemetry.max_cell_voltage.has_value(), id != 0x91);
        EXPECT_EQ(one.reading.telemetry.temperatures[0].has_value(), id != 0x92);
        EXPECT_EQ(one.reading.telemetry.soc.has_value(), true);
    }
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (id_of(request) == 0x91 || id_of(request) == 0x95) reply.clear();
    };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::silence) << "nothing is known of its cells";
}

TEST_F(Daly, NoiseBeforeAReplyIsCountedAndPassedOver)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.insert(reply.begin(), {0, 0}); };
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.channel.refusals.size(), rig.channel.requests.size());
    for (const auto reason : rig.channel.refusals) EXPECT_EQ(reason, bms::Refusal::bad_start);
}

TEST_F(Daly, ASwitchThatDoesNothingIsRefused)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes&) {
        if (id_of(request) == 0xDA) rig.truth.telemetry.charge_fet = true;  // acknowledged, not done
    };
    EXPECT_EQ(rig.command(Kind::force_charging_off, 1).error(), bms::Refusal::device_error);
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes&) {
        if (id_of(request) == 0xDA) rig.truth.telemetry.charge_fet = false;  // a protection holds it open
    };
    EXPECT_TRUE(rig.command(Kind::force_charging_off, 0));
    EXPECT_EQ(shown().charge_fet, false);
}

TEST_F(Daly, WithoutSensorsThereAreNoTemperatures)
{
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (id_of(request) == 0x94) reply[5] = 0;
        if (id_of(request) == 0x92) reply = framed(1, 0x92, {40, 1, 40, 1});
        reply[12] = checksum::sum8(ByteView(reply).first(12));
    };
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(shown().temperatures[0] || shown().temperatures[1]);
    for (const std::uint8_t filler : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
        rig.channel.damage = on(0x92, [=](Bytes& reply) { reply = framed(1, 0x92, {filler, 1, filler, 1}); });
        ASSERT_TRUE(rig.identify());
        EXPECT_FALSE(shown().temperatures[0] || shown().temperatures[1]) << int(filler);
    }
    rig.channel.damage = on(0x92, [](Bytes& reply) { reply = framed(1, 0x92, {40, 1, 39, 2}); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().temperatures[0], -1);
    EXPECT_EQ(shown().temperatures[1], 0);
}

TEST_F(Daly, OneBadSeriesOfCellsIsForgiven)
{
    ASSERT_TRUE(rig.identify());
    const Cells before = shown().cell_voltages;
    for (auto& cell : rig.truth.telemetry.cell_voltages) cell = 3.0;
    const auto corrupt = [](Bytes& reply) { reply[20] ^= 0x10; };
    for (const auto& damage : {std::function<void(Bytes&)>(corrupt), std::function<void(Bytes&)>(silent)}) {
        rig.channel.damage = on(0x95, damage);
        EXPECT_TRUE(rig.poll());
        EXPECT_EQ(shown().cell_voltages, before) << "old values stay";
        EXPECT_FALSE(rig.poll()) << "not twice in a row";
        EXPECT_FALSE(rig.poll());
        rig.channel.damage = nullptr;
        EXPECT_TRUE(rig.poll());
        EXPECT_EQ(shown().cell_voltages[0], 3.0);
        rig.reading.telemetry.cell_voltages = before;
    }
    rig.reading = {};
    rig.channel.damage = on(0x95, corrupt);
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(shown().cell_voltages.empty()) << "nothing known yet";
    EXPECT_TRUE(shown().max_cell_voltage);
    rig.channel.damage = nullptr;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().cell_voltages[0], 3.0);
}

TEST_F(Daly, CellFramesComeInAnyOrderWithStrayNumbersAmongThem)
{
    rig.channel.damage = on(0x95, [](Bytes& reply) {
        Bytes mixed = framed(1, 0x95, {0xFF, 1, 2, 3, 4, 5, 6});
        append(mixed, framed(1, 0x95, {0, 1, 2, 3, 4, 5, 6}));
        append(mixed, framed(1, 0x95, {9, 1, 2, 3, 4, 5, 6}));
        for (std::size_t at = reply.size(); at >= 13; at -= 13) append(mixed, ByteView(reply).subspan(at - 13, 13));
        reply = mixed;
    });
    ASSERT_TRUE(rig.identify());
    for (std::size_t i = 0; i < 16; ++i)
        EXPECT_NEAR(shown().cell_voltages[i].value_or(0), *rig.truth.telemetry.cell_voltages[i], 0.0006) << i;
    rig.reading.telemetry.cell_voltages.clear();
    rig.channel.damage = on(0x95, [](Bytes& reply) { reply.erase(reply.begin() + 13, reply.begin() + 26); });
    EXPECT_EQ(rig.poll().error(), bms::Refusal::cut_short) << "one number is missing";
    rig.channel.damage = on(0x95, [](Bytes& reply) {
        reply.clear();
        for (int i = 0; i < 30; ++i) append(reply, framed(1, 0x95, {1}));
    });
    EXPECT_EQ(rig.poll().error(), bms::Refusal::cut_short) << "more frames than a board has";
}

TEST_F(Daly, CellsFarBelowEmptyAreAbsent)
{
    rig.truth.telemetry.cell_voltages[3] = 1.449;
    rig.truth.telemetry.cell_voltages[4] = 1.45;
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(shown().cell_voltages[3]);
    EXPECT_EQ(shown().cell_voltages[4], 1.45);
}

TEST_F(Daly, ImpossiblePackValuesAreAskedForAgain)
{
    ASSERT_TRUE(rig.identify());
    struct Row {
        unsigned decivolts, current, permille;
        bool good;
    };
    for (const Row row : {Row{80, 30000, 0, true}, Row{79, 30000, 0, false}, Row{1000, 30000, 1000, true},
                          Row{1001, 30000, 0, false}}) {
        rig.channel.requests.clear();
        rig.channel.damage = on(0x90, [=](Bytes& reply) {
            write_be(&reply[4], 2, row.decivolts);
            write_be(&reply[8], 2, row.current);
            write_be(&reply[10], 2, row.permille);
            reply[12] = checksum::sum8(ByteView(reply).first(12));
        });
        EXPECT_EQ(rig.poll().has_value(), row.good) << row.decivolts << ' ' << row.current << ' ' << row.permille;
        EXPECT_EQ(asked(0x90), row.good ? 1U : 3U);
    }
}

TEST_F(Daly, AnotherImpossibleValueCostsOnlyItself)
{
    ASSERT_TRUE(rig.identify());
    const auto told = [&](unsigned current, unsigned permille) {
        rig.channel.damage = on(0x90, [=](Bytes& reply) {
            write_be(&reply[8], 2, current);
            write_be(&reply[10], 2, permille);
            reply[12] = checksum::sum8(ByteView(reply).first(12));
        });
        EXPECT_TRUE(rig.poll());
        EXPECT_NEAR(*shown().voltage, *rig.truth.telemetry.voltage, 0.06);
    };
    told(30000, 1001);
    EXPECT_EQ(shown().soc, 100) << "a little more than full";
    told(30000, 1101);
    EXPECT_EQ(shown().soc, std::nullopt);
    EXPECT_EQ(shown().current, 0);
    for (const unsigned current : {40001U, 19999U}) {
        told(current, 500);
        EXPECT_EQ(shown().current, std::nullopt);
        EXPECT_EQ(shown().soc, 50);
    }
}

TEST_F(Daly, EveryAlarmBit)
{
    ASSERT_TRUE(rig.identify());
    const auto alarms = [&](unsigned byte, unsigned bits) {
        rig.channel.damage = on(0x98, [=](Bytes& reply) {
            std::fill(reply.begin() + 4, reply.begin() + 12, std::uint8_t{0});
            reply[4 + byte] = static_cast<std::uint8_t>(bits);
            reply[12] = checksum::sum8(ByteView(reply).first(12));
        });
        EXPECT_TRUE(rig.poll());
        return shown().alarms;
    };
    const Alarms quiet = alarms(0, 0);
    for (const Level& level : quiet.levels) EXPECT_TRUE(level == 0 || &level == &quiet[Alarm::fuse_blown]);
    EXPECT_EQ(alarms(0, 0b01)[Alarm::high_cell_voltage], 1);
    EXPECT_EQ(alarms(0, 0b11)[Alarm::high_cell_voltage], 2) << "level 2 wins";
    EXPECT_EQ(alarms(0, 1 << 3)[Alarm::low_cell_voltage], 2);
    EXPECT_EQ(alarms(0, 1 << 3)[Alarm::high_voltage], 0);
    EXPECT_EQ(alarms(0, 1 << 4)[Alarm::high_voltage], 1);
    EXPECT_EQ(alarms(1, 1 << 6)[Alarm::low_temperature], 1);
    EXPECT_EQ(alarms(2, 1 << 7)[Alarm::low_soc], 2);
    EXPECT_EQ(alarms(2, 0b00110000), quiet) << "SoC too high";
    EXPECT_EQ(alarms(3, 0b11)[Alarm::cell_imbalance], 2);
    EXPECT_EQ(alarms(3, 0b1100), quiet) << "temperature difference";
    for (const unsigned bit : {0U, 1U}) EXPECT_EQ(alarms(4, 1U << bit)[Alarm::high_internal_temperature], 2);
    for (unsigned bit = 2; bit < 8; ++bit) EXPECT_EQ(alarms(4, 1U << bit)[Alarm::internal_failure], 2);
    for (const unsigned bit : {0U, 1U, 2U, 3U, 5U, 7U}) EXPECT_EQ(alarms(5, 1U << bit)[Alarm::internal_failure], 2);
    for (const unsigned bit : {4U, 6U}) EXPECT_EQ(alarms(5, 1U << bit), quiet);
    for (const unsigned bit : {0U, 1U}) EXPECT_EQ(alarms(6, 1U << bit)[Alarm::internal_failure], 2);
    EXPECT_EQ(alarms(6, 1 << 2)[Alarm::high_discharge_current], 2);
    EXPECT_EQ(alarms(6, 1 << 3), quiet);
    EXPECT_EQ(alarms(7, 0xFF), quiet);
    rig.config.soc_calculation = true;
    EXPECT_FALSE(alarms(2, 1 << 7)[Alarm::low_soc]);
}

TEST_F(Daly, AShuntTheOtherWayRound)
{
    rig.truth.telemetry.current = 12.5;
    rig.config.invert_current_measurement = -1;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().current, -12.5);
    const auto alarms = [&](unsigned byte, unsigned bits) {
        rig.channel.damage = on(0x98, [=](Bytes& reply) {
            std::fill(reply.begin() + 4, reply.begin() + 12, std::uint8_t{0});
            reply[4 + byte] = static_cast<std::uint8_t>(bits);
            reply[12] = checksum::sum8(ByteView(reply).first(12));
        });
        EXPECT_TRUE(rig.poll());
        return shown().alarms;
    };
    EXPECT_EQ(alarms(2, 0b0010)[Alarm::high_discharge_current], 2);
    EXPECT_EQ(alarms(2, 0b0010)[Alarm::high_charge_current], 0);
    EXPECT_EQ(alarms(2, 0b0100)[Alarm::high_charge_current], 1);
    EXPECT_EQ(alarms(6, 0b0100)[Alarm::high_discharge_current], 2) << "a short circuit stays one";
}

TEST_F(Daly, WhatIsNotToldIsTakenFromElsewhere)
{
    struct Row {
        bool label, date, capacity;
        const char* id;
    };
    for (const Row row : {Row{true, true, true, "House_Bank"}, Row{false, true, true, "20240229_280"},
                          Row{false, true, false, "20240229_99"}, Row{false, false, true, "DalyBMS16S_280.5Ah"},
                          Row{true, false, false, "House_Bank"}}) {
        Reading truth = battery();
        truth.telemetry.capacity = 280.5;
        truth.identity.user_label = "House  Bank ";
        Rig one(entry, truth, wired);
        one.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            const std::uint8_t id = id_of(request);
            if ((id == 0x57 && !row.label) || (id == 0x53 && !row.date) || (id == 0x50 && !row.capacity)) reply.clear();
        };
        ASSERT_TRUE(one.identify());
        EXPECT_EQ(one.reading.identity.unique_id, row.id);
        EXPECT_EQ(one.reading.telemetry.capacity, row.capacity ? 280.5 : 99);
        EXPECT_EQ(one.reading.identity.hardware_version, "DalyBMS 16S");
    }
    rig.channel.damage = on(0x50, [](Bytes& reply) { reply = framed(1, 0x50, {0}); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(shown().capacity, 99) << "a board that was never told its capacity";
}

TEST_F(Daly, CellCountsOutsideOneTo48AreRefused)
{
    for (const std::uint8_t cells : {std::uint8_t{0}, std::uint8_t{49}}) {
        rig.channel.damage = on(0x94, [=](Bytes& reply) { reply = framed(1, 0x94, {cells}); });
        EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_content);
    }
    Reading tall = battery(48);
    tall.telemetry.voltage = 99;
    Rig large(entry, tall, bluetooth);
    ASSERT_TRUE(large.identify());
    EXPECT_EQ(large.reading.telemetry.cell_voltages.size(), 48U);
}

TEST_F(Daly, AnEchoOfTheRequestIsNoReply)
{
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        reply.assign(request.begin(), request.end());
    };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::wrong_address);
}

TEST_F(Daly, SeveralBoardsOnOneLine)
{
    Reading first = battery(16), second = battery(8);
    second.identity.user_label = "Second";
    const auto one = entry.device(first, wired), two = entry.device(second, {9600, 0x41});
    Bus bus({one.get(), two.get()});
    DeviceChannel channel(bus);
    const auto config = config::defaults();
    const auto ask_1 = entry.make({config, 0x40, 9600}), ask_2 = entry.make({config, 0x41, 9600}),
               ask_3 = entry.make({config, 0x42, 9600});
    Reading shown_1, shown_2, shown_3;
    ASSERT_TRUE(run(ask_1->identify(channel, shown_1)));
    ASSERT_TRUE(run(ask_2->identify(channel, shown_2)));
    EXPECT_EQ(run(ask_3->identify(channel, shown_3)).error(), bms::Refusal::silence);
    ASSERT_TRUE(run(ask_2->command(channel, shown_2, {Kind::force_charging_off, 1})));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(run(ask_1->poll(channel, shown_1)));
        ASSERT_TRUE(run(ask_2->poll(channel, shown_2)));
    }
    EXPECT_EQ(shown_1.identity.unique_id, "Cellar");
    EXPECT_EQ(shown_2.identity.unique_id, "Second");
    EXPECT_EQ(shown_1.telemetry.cell_voltages.size(), 16U);
    EXPECT_EQ(shown_2.telemetry.cell_voltages.size(), 8U);
    EXPECT_EQ(shown_1.telemetry.charge_fet, first.telemetry.charge_fet);
    EXPECT_EQ(shown_2.telemetry.charge_fet, false) << "the other board's switch was left alone";
}

}  // namespace
}  // namespace bmsd::test
