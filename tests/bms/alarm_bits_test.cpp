// Every bit of every alarm word alone, with its alarm and level, as the sheets say; bits without a meaning raise
// nothing.
#include <gtest/gtest.h>

#include "bms/language/word_groups.h"
#include "bms/types/max17853.h"
#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

struct Said {
    unsigned bit;
    Alarm alarm;
    int level;
};

/// A type whose alarms are the bits of a word; place() says in which byte of the reply a bit stands.
struct Word {
    std::string_view type;
    std::string_view request;  // its first four bytes
    unsigned bits;
    std::size_t (*place)(ByteView reply, unsigned bit);
    std::vector<Said> said;
    void (*seal)(ByteView request, Bytes& reply) = nullptr;                // puts the checksum right; Modbus
    void (*flip)(ByteView request, Bytes& reply, unsigned bit) = nullptr;  // in the place of all this
};

std::size_t heltec(ByteView, unsigned bit)
{
    return 3 + bit / 8;
}
std::size_t seplos(ByteView, unsigned bit)
{
    return 3 + bit / 8;
}
std::size_t felicity(ByteView, unsigned bit)
{
    return 3 + 4 + 1 - bit / 8;
}
/// Faults are bits 0 to 31, warnings 32 to 63; each four bytes, most significant first.
std::size_t up16s(ByteView, unsigned bit)
{
    return 8 + 24 + bit / 32 * 4 + 3 - bit % 32 / 8;
}
/// The second word of group 6.
std::size_t word_groups(ByteView reply, unsigned bit)
{
    std::size_t at = 4;
    while (reply[at] != 6) at += 2U + 2U * reply[at + 1];
    return at + 2 + 2 + 1 - bit / 8;
}

void seal_groups(ByteView, Bytes& reply)
{
    reply = bms::groups::frame(reply[0], reply[1], reply[2],
                               ByteView(reply).subspan(4, reply.size() - bms::groups::around));
}
std::size_t daly(ByteView, unsigned bit)
{
    return 4 + bit / 8;
}
void seal_daly(ByteView, Bytes& reply)
{
    reply[12] = checksum::sum8(ByteView(reply).first(12));
}
std::size_t jbd(ByteView, unsigned bit)
{
    return 4 + 16 + 1 - bit / 8;
}
void seal_jbd(ByteView, Bytes& reply)
{
    write_be(&reply[reply.size() - 3], 2, checksum::negated_sum16(ByteView(reply).subspan(2, reply.size() - 5)));
}
std::size_t sinowealth(ByteView, unsigned bit)
{
    return 1 - bit / 8;
}
void seal_sinowealth(ByteView request, Bytes& reply)
{
    Bytes all(request.begin(), request.end());
    append(all, ByteView(reply).first(2));
    reply[2] = checksum::crc8(all);
}
/// Status 1, status 2 and FEMA 1, 16 bits each.
void flip_mnb(ByteView request, Bytes& reply, unsigned bit)
{
    constexpr std::uint8_t registers[]{0x02, 0x03, 0x05};
    const auto asked = bms::max17853::open_request(request);
    if (!asked->read || asked->reg != registers[bit / 16]) return;
    const auto data = bms::max17853::open_answer(reply).data ^ 1U << bit % 16;
    const auto frame = bms::max17853::answer_frame(static_cast<std::uint16_t>(data));
    reply.assign(frame.begin(), frame.end());
}

constexpr unsigned status_2 = 16, fema = 32;  // of MNB
constexpr unsigned warn = 32;                 // of UP16S
constexpr unsigned in_byte(unsigned byte, unsigned bit)
{
    return 8 * byte + bit;
}
using enum Alarm;

const Word words[]{
    {"HeltecModbus",
     "0103009c",
     16,
     heltec,
     {{0, high_cell_voltage, 2},
      {1, low_cell_voltage, 2},
      {3, high_voltage, 2},
      {4, low_voltage, 2},
      {5, high_charge_current, 2},
      {6, high_discharge_current, 1},
      {7, high_discharge_current, 2},
      {8, high_discharge_current, 2},
      {9, high_charge_temperature, 2},
      {10, low_charge_temperature, 2},
      {11, high_temperature, 2},
      {12, low_temperature, 2},
      {13, high_internal_temperature, 2},
      {14, low_soc, 2},
      {15, high_voltage, 2}}},
    {"Seplosv3",
     "00011200",
     144,
     seplos,
     {{in_byte(9, 0), high_cell_voltage, 1},
      {in_byte(9, 1), high_cell_voltage, 2},
      {in_byte(9, 2), low_cell_voltage, 1},
      {in_byte(9, 3), low_cell_voltage, 2},
      {in_byte(9, 4), high_voltage, 1},
      {in_byte(9, 5), high_voltage, 2},
      {in_byte(9, 6), low_voltage, 1},
      {in_byte(9, 7), low_voltage, 2},
      {in_byte(10, 0), high_charge_temperature, 1},
      {in_byte(10, 1), high_charge_temperature, 2},
      {in_byte(10, 2), low_charge_temperature, 1},
      {in_byte(10, 3), low_charge_temperature, 2},
      {in_byte(10, 4), high_temperature, 1},
      {in_byte(10, 5), high_temperature, 2},
      {in_byte(10, 6), low_temperature, 1},
      {in_byte(10, 7), low_temperature, 2},
      {in_byte(11, 4), high_internal_temperature, 1},
      {in_byte(11, 5), high_internal_temperature, 2},
      {in_byte(12, 0), high_charge_current, 1},
      {in_byte(12, 1), high_charge_current, 2},
      {in_byte(12, 2), high_charge_current, 2},
      {in_byte(12, 3), high_discharge_current, 1},
      {in_byte(12, 4), high_discharge_current, 2},
      {in_byte(12, 5), high_discharge_current, 2},
      {in_byte(12, 6), high_discharge_current, 2},
      {in_byte(13, 0), high_discharge_current, 2},
      {in_byte(13, 2), high_charge_current, 2},
      {in_byte(13, 3), high_discharge_current, 2},
      {in_byte(14, 2), low_soc, 1},
      {in_byte(14, 3), low_soc, 2},
      {in_byte(14, 4), cell_imbalance, 1},
      {in_byte(17, 0), internal_failure, 2},
      {in_byte(17, 1), internal_failure, 2},
      {in_byte(17, 2), internal_failure, 2},
      {in_byte(17, 3), internal_failure, 2},
      {in_byte(17, 4), cell_imbalance, 2},
      {in_byte(17, 5), internal_failure, 2},
      {in_byte(17, 6), internal_failure, 2},
      {in_byte(17, 7), internal_failure, 2}}},
    {"Felicity",
     "01031302",
     16,
     felicity,
     {{2, high_cell_voltage, 2},
      {3, low_cell_voltage, 2},
      {4, high_charge_current, 2},
      {5, high_discharge_current, 2},
      {6, high_internal_temperature, 2},
      {8, high_charge_temperature, 2},
      {9, low_charge_temperature, 2}}},
    {"LltJbd_Up16s",
     "01781000",
     64,
     up16s,
     {{0, high_cell_voltage, 2},
      {1, low_cell_voltage, 2},
      {2, high_voltage, 2},
      {3, low_voltage, 2},
      {4, high_charge_current, 2},
      {5, high_charge_current, 2},
      {6, high_discharge_current, 2},
      {7, high_discharge_current, 2},
      {8, high_charge_temperature, 2},
      {9, low_charge_temperature, 2},
      {10, high_temperature, 2},
      {11, low_temperature, 2},
      {12, high_internal_temperature, 2},
      {13, high_temperature, 2},
      {14, low_temperature, 2},
      {15, cell_imbalance, 2},
      {16, cell_imbalance, 2},
      {17, low_soc, 2},
      {18, high_discharge_current, 2},
      {19, internal_failure, 2},
      {20, internal_failure, 2},
      {21, internal_failure, 2},
      {22, internal_failure, 2},
      {23, internal_failure, 2},
      {24, internal_failure, 2},
      {26, internal_failure, 2},
      {27, high_discharge_current, 2},
      {warn + 0, high_cell_voltage, 1},
      {warn + 1, low_cell_voltage, 1},
      {warn + 2, high_voltage, 1},
      {warn + 3, low_voltage, 1},
      {warn + 4, high_charge_current, 1},
      {warn + 5, high_discharge_current, 1},
      {warn + 6, high_charge_temperature, 1},
      {warn + 7, low_charge_temperature, 1},
      {warn + 8, high_temperature, 1},
      {warn + 9, low_temperature, 1},
      {warn + 10, high_internal_temperature, 1},
      {warn + 11, high_temperature, 1},
      {warn + 12, low_temperature, 1},
      {warn + 13, cell_imbalance, 1},
      {warn + 14, cell_imbalance, 1},
      {warn + 15, low_soc, 1},
      {warn + 16, internal_failure, 2},
      {warn + 17, internal_failure, 2},
      {warn + 18, high_voltage, 1}}},
    {"EG4_Lifepower",
     "7e010100",
     16,
     word_groups,
     {{2, high_discharge_current, 2},
      {3, high_discharge_current, 2},
      {3, high_charge_current, 2},
      {4, high_voltage, 2},
      {5, low_voltage, 2},
      {6, high_charge_temperature, 2},
      {7, low_charge_temperature, 2}},
     seal_groups},
    {"Revov",
     "7c010100",
     16,
     word_groups,
     {{3, high_charge_current, 2},
      {4, high_voltage, 2},
      {5, low_voltage, 2},
      {6, high_charge_temperature, 2},
      {7, low_charge_temperature, 2}},
     seal_groups},
    {"Daly",
     "a5409808",
     64,
     daly,
     {{in_byte(0, 0), high_cell_voltage, 1},
      {in_byte(0, 1), high_cell_voltage, 2},
      {in_byte(0, 2), low_cell_voltage, 1},
      {in_byte(0, 3), low_cell_voltage, 2},
      {in_byte(0, 4), high_voltage, 1},
      {in_byte(0, 5), high_voltage, 2},
      {in_byte(0, 6), low_voltage, 1},
      {in_byte(0, 7), low_voltage, 2},
      {in_byte(1, 0), high_charge_temperature, 1},
      {in_byte(1, 1), high_charge_temperature, 2},
      {in_byte(1, 2), low_charge_temperature, 1},
      {in_byte(1, 3), low_charge_temperature, 2},
      {in_byte(1, 4), high_temperature, 1},
      {in_byte(1, 5), high_temperature, 2},
      {in_byte(1, 6), low_temperature, 1},
      {in_byte(1, 7), low_temperature, 2},
      {in_byte(2, 0), high_charge_current, 1},
      {in_byte(2, 1), high_charge_current, 2},
      {in_byte(2, 2), high_discharge_current, 1},
      {in_byte(2, 3), high_discharge_current, 2},
      {in_byte(2, 6), low_soc, 1},
      {in_byte(2, 7), low_soc, 2},
      {in_byte(3, 0), cell_imbalance, 1},
      {in_byte(3, 1), cell_imbalance, 2},
      {in_byte(4, 0), high_internal_temperature, 2},
      {in_byte(4, 1), high_internal_temperature, 2},
      {in_byte(4, 2), internal_failure, 2},
      {in_byte(4, 3), internal_failure, 2},
      {in_byte(4, 4), internal_failure, 2},
      {in_byte(4, 5), internal_failure, 2},
      {in_byte(4, 6), internal_failure, 2},
      {in_byte(4, 7), internal_failure, 2},
      {in_byte(5, 0), internal_failure, 2},
      {in_byte(5, 1), internal_failure, 2},
      {in_byte(5, 2), internal_failure, 2},
      {in_byte(5, 3), internal_failure, 2},
      {in_byte(5, 5), internal_failure, 2},
      {in_byte(5, 7), internal_failure, 2},
      {in_byte(6, 0), internal_failure, 2},
      {in_byte(6, 1), internal_failure, 2},
      {in_byte(6, 2), high_discharge_current, 2}},
     seal_daly},
    {"LltJbd",
     "dda50300",
     16,
     jbd,
     {{0, high_cell_voltage, 2},
      {1, low_cell_voltage, 2},
      {2, high_voltage, 2},
      {3, low_voltage, 2},
      {4, high_charge_temperature, 1},
      {5, low_charge_temperature, 1},
      {6, high_temperature, 1},
      {7, low_temperature, 1},
      {8, high_charge_current, 1},
      {9, high_discharge_current, 1},
      {10, high_discharge_current, 2},
      {11, internal_failure, 2}},
     seal_jbd},
    {"Sinowealth",
     "0a1602",
     16,
     sinowealth,
     {{0, high_voltage, 2},
      {1, low_voltage, 2},
      {2, high_charge_current, 2},
      {3, high_discharge_current, 2},
      {8, high_charge_temperature, 2},
      {9, high_temperature, 2},
      {10, low_charge_temperature, 2},
      {11, low_temperature, 2},
      {12, high_cell_voltage, 2},
      {13, high_discharge_current, 2},
      {14, internal_failure, 2}},
     seal_sinowealth},
    {"MNB",
     "",
     48,
     nullptr,
     {{2, internal_failure, 2},
      {3, internal_failure, 2},
      {7, high_temperature, 2},
      {7, high_charge_temperature, 2},
      {8, low_temperature, 2},
      {8, low_charge_temperature, 2},
      {9, low_voltage, 2},
      {10, high_voltage, 2},
      {11, low_cell_voltage, 2},
      {12, high_cell_voltage, 2},
      {13, cell_imbalance, 2},
      {status_2 + 4, internal_failure, 2},
      {status_2 + 5, internal_failure, 2},
      {status_2 + 6, internal_failure, 2},
      {fema + 2, internal_failure, 2},
      {fema + 3, internal_failure, 2},
      {fema + 4, internal_failure, 2},
      {fema + 5, internal_failure, 2},
      {fema + 6, internal_failure, 2}},
     nullptr,
     flip_mnb},
};

class AlarmBits : public testing::TestWithParam<Word> {
  protected:
    static Reading calm()
    {
        std::mt19937_64 random(9);
        Reading reading = random_reading(random, 8);
        for (Level& level : reading.telemetry.alarms.levels) level = std::uint8_t{0};
        reading.telemetry.soc = 60;  // JBD has no low_soc of its own
        return reading;
    }
    static void flip(const Word& word, ByteView request, Bytes& reply, unsigned bit)
    {
        if (word.flip != nullptr) return word.flip(request, reply, bit);
        if (!to_hex(request).starts_with(word.request)) return;
        reply[word.place(reply, bit)] ^= static_cast<std::uint8_t>(1U << bit % 8);
        if (word.seal != nullptr) return word.seal(request, reply);
        reply.resize(reply.size() - 2);
        checksum::append_crc16_modbus(reply);
    }
};

TEST_P(AlarmBits, EachAloneRaisesItsAlarmAndNoOther)
{
    const Word& word = GetParam();
    Rig rig(*bms::find(word.type), calm());
    ASSERT_TRUE(rig.identify());
    for (unsigned bit = 0; bit < word.bits; ++bit) {
        rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) { flip(word, request, reply, bit); };
        ASSERT_TRUE(rig.poll()) << bit;
        Alarms expected;
        for (const Said& said : word.said)
            if (said.bit == bit) expected.raise(said.alarm, static_cast<std::uint8_t>(said.level));
        for (std::size_t i = 0; i < alarm_count; ++i)
            EXPECT_EQ(rig.reading.telemetry.alarms.levels[i].value_or(0), expected.levels[i].value_or(0))
                << "bit " << bit << ", " << alarm_names[i];
    }
}

TEST_P(AlarmBits, AlarmsThatTheTypeHasNotAreAbsent)
{
    const Word& word = GetParam();
    Rig rig(*bms::find(word.type), calm());
    ASSERT_TRUE(rig.identify());
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const bool has = std::any_of(word.said.begin(), word.said.end(),
                                     [&](const Said& said) { return static_cast<std::size_t>(said.alarm) == i; }) ||
                         (word.type == "HeltecModbus" && static_cast<Alarm>(i) == internal_failure) ||
                         (word.type == "LltJbd" && static_cast<Alarm>(i) == low_soc);  // by the configured limits
        EXPECT_EQ(rig.reading.telemetry.alarms.levels[i].has_value(), has) << alarm_names[i];
    }
}

INSTANTIATE_TEST_SUITE_P(Types, AlarmBits, testing::ValuesIn(words),
                         [](const auto& info) { return std::string(info.param.type); });

TEST(AlarmBitsOfHeltec, EveryOtherFaultIsAFailure)
{
    std::mt19937_64 random(9);
    Reading truth = random_reading(random, 8);
    truth.telemetry.alarms = {};
    Rig rig(*bms::find("HeltecModbus"), truth);
    ASSERT_TRUE(rig.identify());
    for (unsigned bit = 16; bit < 32; ++bit) {
        rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
            if (to_hex(request.first(4)) != "0103009c") return;
            reply[3 + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            reply.resize(reply.size() - 2);
            checksum::append_crc16_modbus(reply);
        };
        ASSERT_TRUE(rig.poll());
        for (std::size_t i = 0; i < alarm_count; ++i)
            EXPECT_EQ(rig.reading.telemetry.alarms.levels[i].value_or(0),
                      static_cast<Alarm>(i) == internal_failure ? 2 : 0)
                << "bit " << bit << ", " << alarm_names[i];
    }
}

}  // namespace
}  // namespace bmsd::test
