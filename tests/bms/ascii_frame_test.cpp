// The shared framing of YD/T 1363: what is sent, and every check of what comes.
#include "bms/language/ascii_frame.h"

#include <gtest/gtest.h>

#include <random>

#include "support/channels.h"

namespace bmsd::test {
namespace {

using bms::Refusal;
using namespace bms;

Bytes characters(std::string_view text)
{
    return Bytes(text.begin(), text.end());
}

std::string shown(const Bytes& bytes)
{
    return std::string(bytes.begin(), bytes.end());
}

constexpr ascii::Dialect dialect{.start = '~', .version = 0x25, .reply_starts = "~", .groups = {0x46, 0x46}};
constexpr ascii::Service analog{0x46, 0x42, 2};

/// Repairs CHKSUM after a change of the text, so that a check before it must see the change.
std::string sealed(std::string text)
{
    std::uint16_t sum = 0;
    for (std::size_t i = 1; i + 5 < text.size(); ++i) sum = static_cast<std::uint16_t>(sum + text[i]);
    char digits[5];
    std::snprintf(digits, sizeof digits, "%04X", static_cast<unsigned>(static_cast<std::uint16_t>(-sum)));
    return text.replace(text.size() - 5, 4, digits);
}

TEST(AsciiFrame, BuildsTheExamplesOfTheSheets)
{
    EXPECT_EQ(shown(ascii::build('~', {0x25, 0x01, 0x46, 0xC1})), "~250146C10000FD9A\r");
    EXPECT_EQ(shown(ascii::build('~', {0x20, 0x00, 0x46, 0x42, {0x00}})), "~20004642E00200FD37\r");
    EXPECT_EQ(shown(ascii::build('~', {0x22, 0x01, 0x4A, 0xB0, {0x01, 0x01, 0x03, 0xFF, 0x00}})),
              "~22014AB0600A010103FF00FB6C\r");
    EXPECT_EQ(shown(ascii::build('>', {0x22, 0x01, 0x42, 0x42})), ">220142420000FDAF\r");
}

TEST(AsciiFrame, OpensWhatItBuilds)
{
    for (const std::size_t size : {0U, 1U, 15U, 83U, 99U, 2047U}) {
        ascii::Frame frame{0x22, 0x0F, 0x4A, 0x00, Bytes(size, 0xA5)};
        const auto opened = ascii::open(ascii::build('~', frame), "~");
        ASSERT_TRUE(opened) << size;
        EXPECT_EQ(opened->version, 0x22);
        EXPECT_EQ(opened->address, 0x0F);
        EXPECT_EQ(opened->group, 0x4A);
        EXPECT_EQ(opened->code, 0x00);
        EXPECT_EQ(opened->info, frame.info);
    }
}

TEST(AsciiFrame, LowerCaseDigitsCount)
{
    EXPECT_TRUE(ascii::open(characters(sealed("~25014600E002abFFFF\r")), "~"));
}

TEST(AsciiFrame, EveryCheckHasItsReason)
{
    const std::string good = sealed("~25014600E002FF0000\r");
    ASSERT_TRUE(ascii::open(characters(good), "~"));
    const auto reason = [](const std::string& text) { return ascii::open(characters(text), "~").error(); };
    EXPECT_EQ(reason(""), Refusal::bad_start);
    EXPECT_EQ(reason(">" + good.substr(1)), Refusal::bad_start);
    EXPECT_EQ(reason(good.substr(0, good.size() - 1)), Refusal::bad_end);
    EXPECT_EQ(reason("~\r"), Refusal::bad_length);
    EXPECT_EQ(reason(sealed("~25014600E002 F0000\r")), Refusal::bad_content);
    EXPECT_EQ(reason(sealed("~25014600E002F 0000\r")), Refusal::bad_content);
    EXPECT_EQ(reason(sealed("~25014600E002FG0000\r")), Refusal::bad_content);
    EXPECT_EQ(reason(sealed("~25014600F001F0000\r")), Refusal::bad_content);    // half a byte
    EXPECT_EQ(reason(sealed("~250146000002FF0000\r")), Refusal::bad_checksum);  // check digit of LENGTH
    EXPECT_EQ(reason(sealed("~25014600C004FF0000\r")), Refusal::bad_length);
    EXPECT_EQ(reason(sealed("~250146000000FF0000\r")), Refusal::bad_length);
    EXPECT_EQ(reason("~25014600E002FF0000\r"), Refusal::bad_checksum);
}

/// The INFO the host takes from one reply text.
Reply<Bytes> asked(const ascii::Dialect& how, const std::string& reply, const ascii::Check& check = {})
{
    ScriptChannel channel;
    ascii::Host host(how, 0x01);
    channel.add(ascii::build('~', {0x25, 0x01, 0x46, 0x42, {0xFF}}), characters(reply));
    Bytes told;
    const auto keep = [&](ByteView info) -> Reply<void> {
        told.assign(info.begin(), info.end());
        return check ? check(info) : Reply<void>();
    };
    const auto taken = run(host.ask(channel, analog, Bytes{0xFF}, keep));
    if (!taken) return refuse(taken.error());
    return told;
}

TEST(AsciiFrame, TheHostTakesOnlyTheReplyToItsRequest)
{
    EXPECT_EQ(asked(dialect, sealed("~25014600C00412340000\r")).value(), (Bytes{0x12, 0x34}));
    EXPECT_EQ(asked(dialect, sealed("~22014600C00412340000\r")).error(), Refusal::wrong_echo);
    EXPECT_EQ(asked(dialect, sealed("~25024600C00412340000\r")).error(), Refusal::wrong_address);
    EXPECT_EQ(asked(dialect, sealed("~25014A00C00412340000\r")).error(), Refusal::wrong_echo);
    EXPECT_EQ(asked(dialect, sealed("~25014604C00412340000\r")).error(), Refusal::device_error);
    EXPECT_EQ(asked(dialect, sealed("~25014600E002120000\r")).error(), Refusal::bad_length);
    const auto never = [](ByteView) -> Reply<void> { return refuse(Refusal::implausible); };
    EXPECT_EQ(asked(dialect, sealed("~25014600C00412340000\r"), never).error(), Refusal::implausible);
}

TEST(AsciiFrame, ADialectMayTakeAnotherStartAndGroup)
{
    ascii::Dialect free = dialect;
    free.reply_starts = ">~";
    free.group_repeated = false;
    EXPECT_TRUE(asked(free, sealed(">25014A00C00412340000\r")));
    EXPECT_TRUE(asked(free, sealed("~25014A00C00412340000\r")));
}

TEST(AsciiFrame, NoiseBeforeTheStartIsSkipped)
{
    const std::string good = sealed("~25014600C00412340000\r");
    EXPECT_TRUE(asked(dialect, std::string("\0\xFF", 2) + good));
    EXPECT_TRUE(asked(dialect, "\r" + good));
    EXPECT_TRUE(asked(dialect, "~2501" + good));
}

TEST(AsciiFrame, TheLengthIsKnownFromTheHead)
{
    const Bytes text = ascii::build('~', {0x25, 0x01, 0x46, 0x00, Bytes(692)});
    const auto found = ascii::find_text(ByteView(text).first(13), "~", 692);
    EXPECT_EQ(found.begin, 0U);
    EXPECT_EQ(found.end, text.size());
}

TEST(AsciiFrame, ALengthNoReplyHasIsNotWaitedFor)
{
    const Bytes text = ascii::build('~', {0x25, 0x01, 0x46, 0x00, Bytes(692)});
    EXPECT_LE(ascii::find_text(ByteView(text).first(13), "~", 691).end, 400U);
    EXPECT_LE(ascii::find_text(characters("~2501460012340000"), "~", 691).end, 400U) << "a wrong check digit";
}

/// How many characters of an endless `babble` an exchange waits for.
std::size_t held_by(const std::function<std::uint8_t()>& babble)
{
    Bytes stream;
    while (stream.size() < ascii::find_text(stream, "~", 160).end) stream.push_back(babble());
    return stream.size();
}

TEST(AsciiFrame, ALineThatBabblesHoldsAnExchangeForLessThanASecond)
{
    std::mt19937 random(1);
    const auto digit = [&] { return static_cast<std::uint8_t>("0123456789ABCDEF~"[random() % 17]); };
    EXPECT_LE(held_by([] { return std::uint8_t{0}; }), 700U);
    EXPECT_LE(held_by([] { return std::uint8_t{'~'}; }), 700U);
    EXPECT_LE(held_by([] { return std::uint8_t{'0'}; }), 700U);
    for (int i = 0; i < 50; ++i) {
        EXPECT_LE(held_by([&] { return static_cast<std::uint8_t>(random()); }), 700U);
        EXPECT_LE(held_by(digit), 700U);
    }
}

class EchoDevice final : public ascii::AsciiDevice {
  public:
    EchoDevice() : AsciiDevice(dialect, 0x01) {}

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        if (request.code != 0x42) return std::unexpected(ascii::unknown_command);
        return request.info;
    }
};

std::string told(const std::string& input)
{
    EchoDevice device;
    Bytes pending = characters(input), reply;
    while (!pending.empty()) {
        const std::size_t used = device.receive(pending, reply);
        if (used == 0) break;
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(used));
    }
    return shown(reply);
}

TEST(AsciiFrame, TheDeviceAnswersItsHostOnly)
{
    const std::string good = sealed("~25014642E002FF0000\r"), echo = sealed("~25014600E002FF0000\r");
    EXPECT_EQ(told(good), echo);
    EXPECT_EQ(told("noise" + good), echo);
    EXPECT_EQ(told("~2501" + good), echo) << "a request that broke off";
    EXPECT_EQ(told(good + good), echo + echo);
    EXPECT_EQ(told(good.substr(0, 12)), "");
    EXPECT_EQ(told(sealed("~25024642E002FF0000\r")), "") << "another address";
    EXPECT_EQ(told(sealed("~22014642E002FF0000\r")), "") << "another version";
    EXPECT_EQ(told(sealed("~25014A42E002FF0000\r")), "") << "another CID1";
    EXPECT_EQ(told("~25014642E002FF0000\r"), "") << "checksum";
    EXPECT_EQ(told(sealed("~25014643E002FF0000\r")), sealed("~2501460400000000\r"));
}

}  // namespace
}  // namespace bmsd::test
