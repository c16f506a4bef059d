// What holds for each type of the ASCII family: a request that is not answered, a reply that came late, every alarm
// bit.
#include <gtest/gtest.h>

#include "bms/ascii_rig.h"
#include "model/fields.h"
#include "support/alarm_bits.h"

namespace bmsd::test {
namespace {

using bms::Refusal;

// ---- each request unanswered

struct Request {
    const char* type;
    std::uint8_t code;
    std::optional<std::uint8_t> module;
    std::vector<std::string_view> tells;  // what is absent without it; none: there is no battery without it
};

std::vector<Request> requests()
{
    return {
        {"Pace", 0x42, {}, {}},
        {"Pace", 0x44, {}, {"charge_fet", "discharge_fet", "cell_balancing", "balancing", "alarms"}},
        {"Pace", 0xC1, {}, {"hardware_version"}},
        {"Pace", 0xC2, {}, {"serial_number"}},
        {"Seplos", 0x42, {}, {}},
        {"Seplos", 0x44, {}, {}},
        {"Daren485", 0x42, {}, {}},
        {"Daren485", 0x47, {}, {"max_charge_current", "max_discharge_current"}},
        {"Daren485", 0x51, {}, {"hardware_version", "firmware_version"}},
        {"Daren485", 0xB0, 0x03, {"serial_number", "production_date"}},
        {"Daren485", 0xB0, 0x04, {"total_ah_drawn", "charged_energy", "discharged_energy"}},
        {"KS48100", 0xB0, 0x03, {}},
        {"KS48100", 0x47, {}, {"max_charge_current", "max_discharge_current"}},
        {"KS48100", 0x42, {}, {}},
        {"KS48100", 0x51, {}, {"hardware_version"}},
        {"KS48100",
         0xB0,
         0x04,
         {"design_capacity", "total_ah_drawn", "total_ah_charged", "charged_energy", "discharged_energy"}},
    };
}

/// Names of what `type` says it delivers and `shown` does not have.
std::vector<std::string_view> missing(const bms::Entry& entry, const Reading& shown)
{
    std::vector<std::string_view> names;
    const auto delivered = [&](std::string_view name) {
        return std::find(entry.delivers.begin(), entry.delivers.end(), name) != entry.delivers.end();
    };
    const auto absent = [&](auto member) {
        const auto& value = shown.telemetry.*member;
        if constexpr (requires { value.has_value(); })
            return !value.has_value();
        else
            return value.empty();
    };
    for (const auto& field : identity_fields())
        if (delivered(field.name) && !(shown.identity.*field.member)) names.push_back(field.name);
    for (const auto& field : telemetry_fields())
        if (delivered(field.name) && std::visit(absent, field.member)) names.push_back(field.name);
    if (shown.telemetry.alarms == Alarms()) names.push_back("alarms");
    return names;
}

class EachRequest : public testing::TestWithParam<Request> {
  protected:
    std::vector<std::string_view> sorted(std::vector<std::string_view> names)
    {
        std::sort(names.begin(), names.end());
        return names;
    }
    const Request& request() const { return GetParam(); }
    AsciiRig rig{GetParam().type};
    std::vector<std::string_view> missing_now() { return sorted(missing(*bms::find(request().type), rig.reading)); }
};

TEST_P(EachRequest, UnansweredCostsWhatItTells)
{
    rig.silence(request().code, request().module);
    const auto found = rig.identify();
    if (request().tells.empty()) {
        EXPECT_FALSE(found);
        return;
    }
    ASSERT_TRUE(found) << text(found.error());
    EXPECT_EQ(missing_now(), sorted(request().tells));
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(missing_now(), sorted(request().tells));
    rig.speak();
    for (int i = 0; i < 3; ++i) {
        rig.channel.time += std::chrono::seconds(61);
        ASSERT_TRUE(rig.poll());
    }
    EXPECT_EQ(missing_now(), sorted({})) << "it is asked again";
}

TEST_P(EachRequest, RefusedCostsWhatItTells)
{
    if (request().module) return;  // the rig refuses a service as a whole
    rig.fail(request().code, 0x04);
    EXPECT_EQ(rig.identify().has_value(), !request().tells.empty());
    if (request().tells.empty()) return;
    EXPECT_EQ(missing_now(), sorted(request().tells));
}

TEST_P(EachRequest, UnansweredLaterIsMissedTwiceAndThenAbsent)
{
    ASSERT_TRUE(rig.identify());
    ASSERT_EQ(missing_now(), sorted({}));
    rig.silence(request().code, request().module);
    int refused = 0;
    for (int i = 0; i < 5; ++i) {
        rig.channel.time += std::chrono::seconds(61);
        const Reading before = rig.reading;
        if (!rig.poll()) {
            ++refused;
            rig.reading = before;
        }
    }
    const bool text_only = std::string_view("hardware_version serial_number")
                               .find(request().tells.empty() ? "-" : request().tells.front()) != std::string_view::npos;
    if (request().tells.empty()) {
        EXPECT_EQ(refused, request().code == 0xB0 ? 0 : 5) << "a serial number is asked for once";
    } else if (text_only) {
        EXPECT_EQ(refused, 0) << "not asked for again";
        EXPECT_EQ(missing_now(), sorted({}));
    } else {
        EXPECT_EQ(refused, 2);
        EXPECT_EQ(missing_now(), sorted(request().tells));
    }
}

INSTANTIATE_TEST_SUITE_P(Ascii, EachRequest, testing::ValuesIn(requests()), [](const auto& info) {
    return info.param.type + std::string("_") + to_hex(Bytes{info.param.code, info.param.module.value_or(0)});
});

// ---- replies of others, and of other requests

class AsciiType : public testing::TestWithParam<const char*> {};

/// What of `shown` is there and not as in `good`.
std::string changed(const Reading& good, const Reading& shown)
{
    std::string names;
    for (const auto& field : telemetry_fields()) {
        const bool same = std::visit(
            [&](auto member) {
                const auto &a = good.telemetry.*member, &b = shown.telemetry.*member;
                if constexpr (requires { b.has_value(); })
                    return !b || a == b;
                else
                    return b.empty() || a == b;
            },
            field.member);
        if (!same) names += std::string(field.name) + ' ';
    }
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const Level level = shown.telemetry.alarms.levels[i];
        if (level && level != good.telemetry.alarms.levels[i]) names += std::string(alarm_names[i]) + ' ';
    }
    for (std::size_t i = 0; i < sensor_count; ++i) {
        const Number sensor = shown.telemetry.temperatures[i];
        if (sensor && sensor != good.telemetry.temperatures[i]) names += "temperature ";
    }
    for (const auto& field : identity_fields()) {
        const Text& text = shown.identity.*field.member;
        if (text && field.name != "unique_id" && text != good.identity.*field.member)
            names += std::string(field.name) + '=' + *text + ' ';
    }
    return names;
}

TEST_P(AsciiType, ALateReplyToAnotherRequestIsNotTaken)
{
    for (const std::size_t cells : {1U, 2U, 4U, 5U, 6U, 8U, 16U}) {
        std::mt19937_64 random(cells);
        const bms::Entry& entry = *bms::find(GetParam());
        Rig rig(entry, random_reading(random, cells));
        std::vector<Bytes> replies;
        rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) { replies.push_back(reply); };
        ASSERT_TRUE(rig.identify());
        for (int i = 0; i < 2; ++i) {
            rig.channel.time += std::chrono::seconds(61);
            ASSERT_TRUE(rig.poll());
        }
        const Reading good = rig.reading;
        for (std::size_t late = 0; late < replies.size(); ++late) {
            for (std::size_t step = late + 1; step < std::min(late + 4, replies.size()); ++step) {
                Rig other(entry, good);
                other.truth = rig.truth;
                other.channel.damage = [&](std::size_t now, ByteView, Bytes& reply) {
                    if (now == step) reply = replies[late];
                };
                bool taken = other.identify().has_value();
                for (int i = 0; i < 2 && taken; ++i) {
                    other.channel.time += std::chrono::seconds(61);
                    taken = other.poll().has_value();
                }
                if (!taken) continue;
                EXPECT_EQ(changed(good, other.reading), "") << cells << " cells, " << late << " for " << step;
            }
        }
    }
}

TEST_P(AsciiType, AReplyOfAnotherBatteryIsNotTaken)
{
    AsciiRig first(GetParam(), 16, 0x02), second(GetParam(), 16, 0x03);
    ASSERT_TRUE(first.identify());
    ASSERT_TRUE(second.identify());
    first.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        auto frame = *bms::ascii::open(request, "~>");
        frame.address = 0x03;
        reply.clear();
        second.device->receive(bms::ascii::build(request[0], frame), reply);
        ASSERT_FALSE(reply.empty());
    };
    EXPECT_EQ(first.poll().error(), Refusal::wrong_address);
}

INSTANTIATE_TEST_SUITE_P(Ascii, AsciiType, testing::Values("Pace", "Seplos", "Daren485", "KS48100"),
                         [](const auto& info) { return std::string(info.param); });

/// A pack that answers at its own address and, as itself, at 0.
class PaceLine final : public bms::Device {
  public:
    PaceLine(std::uint8_t own, Reading& truth) : own_(own), device_(bms::find("Pace")->device(truth, {9600, own})) {}
    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto request = bms::ascii::open(input, "~");
        if (!request) return input.size();
        bms::ascii::Frame asked = *request;
        if (asked.address == 0) asked.address = own_;
        device_->receive(bms::ascii::build('~', asked), reply);
        return input.size();
    }

  private:
    std::uint8_t own_;
    std::unique_ptr<bms::Device> device_;
};

TEST(Pace, AskedAtZeroItMayAnswerWithItsOwnAddress)
{
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 16), shown;
    PaceLine line(0x02, truth);
    DeviceChannel channel(line);
    const auto config = generous();
    const auto zero = bms::find("Pace")->make({config, 0x00, 9600});
    ASSERT_TRUE(run(zero->identify(channel, shown)));
    EXPECT_TRUE(run(zero->poll(channel, shown)));
}

TEST(Pace, AnAddressAskedElsewhereNeverAnswersForZero)
{
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 16), shown, other;
    PaceLine line(0x02, truth);
    DeviceChannel channel(line);
    const auto config = generous();
    const auto zero = bms::find("Pace")->make({config, 0x00, 9600}),
               two = bms::find("Pace")->make({config, 0x02, 9600});
    ASSERT_TRUE(run(two->identify(channel, other)));
    EXPECT_EQ(run(zero->identify(channel, shown)).error(), Refusal::wrong_address);
}

TEST(Pace, NotEvenWhenItDidBeforeTheOtherWasAsked)
{
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 16), shown, other;
    PaceLine line(0x02, truth);
    DeviceChannel channel(line);
    const auto config = generous();
    const auto zero = bms::find("Pace")->make({config, 0x00, 9600}),
               two = bms::find("Pace")->make({config, 0x02, 9600});
    ASSERT_TRUE(run(zero->identify(channel, shown)));
    ASSERT_TRUE(run(two->identify(channel, other)));
    EXPECT_EQ(run(zero->poll(channel, shown)).error(), Refusal::wrong_address) << "one battery is not served twice";
    EXPECT_TRUE(run(two->poll(channel, other)));
}

TEST(Pace, AnAddressAnotherTypeWasAskedAtIsFree)
{
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 16), shown;
    PaceLine line(0x01, truth);
    DeviceChannel channel(line);
    const auto config = generous();
    for (const auto* type : {"Daren485", "KS48100", "Jkbms_pb"}) {
        Reading none;
        ASSERT_FALSE(run(bms::find(type)->make({config, 0x01, 9600})->identify(channel, none)));
    }
    EXPECT_TRUE(run(bms::find("Pace")->make({config, 0x00, 9600})->identify(channel, shown)));
}

// ---- every alarm bit

using A = Alarm;

TEST(Pace, EachAlarmBit)
{
    AsciiRig rig("Pace");
    ASSERT_TRUE(rig.identify());
    constexpr int protect1 = 3, protect2 = 4, fault = 7, warn1 = 10, warn2 = 11;
    const std::vector<Says> sheet{
        {protect1, 0, A::high_cell_voltage, 2},
        {warn1, 0, A::high_cell_voltage, 1},
        {protect1, 1, A::low_cell_voltage, 2},
        {warn1, 1, A::low_cell_voltage, 1},
        {protect1, 2, A::high_voltage, 2},
        {warn1, 2, A::high_voltage, 1},
        {protect1, 3, A::low_voltage, 2},
        {protect1, 7, A::low_voltage, 2},
        {warn1, 3, A::low_voltage, 1},
        {protect1, 4, A::high_charge_current, 2},
        {warn1, 4, A::high_charge_current, 1},
        {protect1, 5, A::high_discharge_current, 2},
        {protect1, 6, A::high_discharge_current, 2},
        {warn1, 5, A::high_discharge_current, 1},
        {protect2, 0, A::high_charge_temperature, 2},
        {warn2, 0, A::high_charge_temperature, 1},
        {protect2, 1, A::high_temperature, 2},
        {protect2, 5, A::high_temperature, 2},
        {warn2, 1, A::high_temperature, 1},
        {warn2, 4, A::high_temperature, 1},
        {protect2, 2, A::low_charge_temperature, 2},
        {warn2, 2, A::low_charge_temperature, 1},
        {protect2, 3, A::low_temperature, 2},
        {protect2, 6, A::low_temperature, 2},
        {warn2, 3, A::low_temperature, 1},
        {warn2, 5, A::low_temperature, 1},
        {protect2, 4, A::high_internal_temperature, 2},
        {warn2, 6, A::high_internal_temperature, 1},
        {warn2, 7, A::low_soc, 1},
        {fault, 0, A::internal_failure, 2},
        {fault, 1, A::internal_failure, 2},
        {fault, 2, A::internal_failure, 2},
        {fault, 4, A::internal_failure, 2},
        {fault, 5, A::internal_failure, 2},
    };
    expect_each_bit(sheet, 12, 8, [&](int byte, unsigned bit) {
        rig.on(0x44, [=](Bytes& info) {
            std::fill(info.begin() + 26, info.end(), std::uint8_t{0});
            info[26 + static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(1U << bit);
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.alarms;
    });
}

TEST(Seplos, EachAlarmBit)
{
    AsciiRig rig("Seplos");
    ASSERT_TRUE(rig.identify());
    std::vector<Says> sheet{
        {1, 1, A::high_cell_voltage, 2},
        {1, 0, A::high_cell_voltage, 1},
        {1, 3, A::low_cell_voltage, 2},
        {1, 2, A::low_cell_voltage, 1},
        {1, 5, A::high_voltage, 2},
        {5, 0, A::high_voltage, 2},
        {1, 4, A::high_voltage, 1},
        {1, 7, A::low_voltage, 2},
        {1, 6, A::low_voltage, 1},
        {2, 1, A::high_charge_temperature, 2},
        {2, 0, A::high_charge_temperature, 1},
        {2, 3, A::low_charge_temperature, 2},
        {2, 2, A::low_charge_temperature, 1},
        {2, 5, A::high_temperature, 2},
        {2, 4, A::high_temperature, 1},
        {2, 7, A::low_temperature, 2},
        {2, 6, A::low_temperature, 1},
        {3, 4, A::high_internal_temperature, 2},
        {3, 5, A::high_internal_temperature, 1},
        {4, 1, A::high_charge_current, 2},
        {4, 0, A::high_charge_current, 1},
        {4, 2, A::high_discharge_current, 1},
        {5, 3, A::low_soc, 2},
        {5, 2, A::low_soc, 1},
        {0, 4, A::cell_imbalance, 2},
        {5, 5, A::internal_failure, 2},
        {5, 6, A::internal_failure, 2},
    };
    for (const unsigned bit : {3U, 4U, 5U, 6U, 7U}) sheet.push_back({4, bit, A::high_discharge_current, 2});
    for (const unsigned bit : {0U, 1U, 2U, 3U, 5U, 6U, 7U}) sheet.push_back({0, bit, A::internal_failure, 2});
    expect_each_bit(sheet, 20, 8, [&](int byte, unsigned bit) {
        rig.on(0x44, [=](Bytes& info) {
            std::fill(info.begin() + 29, info.end(), std::uint8_t{0});
            info[29 + static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(1U << bit);
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.alarms;
    });
}

/// V, C, T, W, F: the status words of DR-1363 boards.
enum Word { V, C, T, W, F };

std::vector<Says> dr1363_sheet()
{
    return {
        {V, 2, A::high_voltage, 2},
        {V, 6, A::high_voltage, 1},
        {V, 0, A::high_cell_voltage, 2},
        {V, 4, A::high_cell_voltage, 1},
        {V, 3, A::low_voltage, 2},
        {V, 7, A::low_voltage, 1},
        {V, 1, A::low_cell_voltage, 2},
        {V, 5, A::low_cell_voltage, 1},
        {V, 14, A::cell_imbalance, 2},
        {V, 8, A::cell_imbalance, 1},
        {V, 13, A::fuse_blown, 2},
        {C, 2, A::high_charge_current, 2},
        {C, 6, A::high_charge_current, 1},
        {C, 3, A::high_discharge_current, 2},
        {C, 4, A::high_discharge_current, 2},
        {C, 5, A::high_discharge_current, 2},
        {C, 7, A::high_discharge_current, 1},
        {T, 0, A::high_charge_temperature, 2},
        {T, 8, A::high_charge_temperature, 1},
        {T, 1, A::low_charge_temperature, 2},
        {T, 9, A::low_charge_temperature, 1},
        {T, 0, A::high_temperature, 2},
        {T, 2, A::high_temperature, 2},
        {T, 8, A::high_temperature, 1},
        {T, 10, A::high_temperature, 1},
        {T, 1, A::low_temperature, 2},
        {T, 3, A::low_temperature, 2},
        {T, 9, A::low_temperature, 1},
        {T, 11, A::low_temperature, 1},
        {T, 4, A::high_internal_temperature, 2},
        {T, 6, A::high_internal_temperature, 2},
        {T, 12, A::high_internal_temperature, 1},
        {T, 14, A::high_internal_temperature, 1},
        {W, 7, A::low_soc, 2},
        {F, 2, A::internal_failure, 2},
        {F, 3, A::internal_failure, 2},
    };
}

void expect_each_bit_of_dr1363(AsciiRig& rig, std::span<const Says> sheet)
{
    ASSERT_TRUE(rig.identify());
    constexpr std::size_t status_at = 13 + 2 * 16 + 2 * 4 + 13;
    expect_each_bit(sheet, 5, 16, [&](int word, unsigned bit) {
        rig.on(0x42, [=](Bytes& info) {
            std::fill_n(info.begin() + status_at, 10, std::uint8_t{0});
            write_be(&info[status_at + 2 * static_cast<std::size_t>(word)], 2, 1U << bit);
        });
        EXPECT_TRUE(rig.poll());
        return rig.reading.telemetry.alarms;
    });
}

TEST(Daren485, EachAlarmBit)
{
    std::vector<Says> sheet = dr1363_sheet();
    for (const unsigned bit : {1U, 2U, 3U, 4U, 5U, 6U}) sheet.push_back({W, bit, A::internal_failure, 2});
    sheet.push_back({V, 12, A::internal_failure, 2});
    AsciiRig rig("Daren485");
    expect_each_bit_of_dr1363(rig, sheet);
}

TEST(Ks48100, EachAlarmBit)
{
    std::vector<Says> sheet = dr1363_sheet();
    for (const unsigned bit : {1U, 2U, 3U, 4U, 10U, 11U, 12U, 13U, 14U, 15U})
        sheet.push_back({W, bit, A::internal_failure, 2});
    sheet.push_back({W, 0, A::cell_imbalance, 1});
    sheet.push_back({W, 8, A::high_internal_temperature, 2});
    sheet.push_back({W, 9, A::high_internal_temperature, 1});
    AsciiRig rig("KS48100");
    expect_each_bit_of_dr1363(rig, sheet);
}

}  // namespace
}  // namespace bmsd::test
