// Modbus types and their like on a wire that doubles, delays and loses replies: what is shown is the battery's, or
// nothing.
#include <gtest/gtest.h>

#include <set>

#include "model/fields.h"
#include "support/random_reading.h"
#include "support/required.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

struct Type {
    std::string_view name;
    bool modbus = true;
};
const Type types[]{{"Renogy"},
                   {"HeltecModbus"},
                   {"Seplosv3"},
                   {"Felicity"},
                   {"Ecs"},
                   {"EG4_LL"},
                   {"LltJbd_Up16s", false},
                   {"EG4_Lifepower", false},
                   {"Revov", false}};

std::string key(ByteView request)
{
    return to_hex(request.first(4));
}

/// Whether `shown` has nothing that `good` has not, or otherwise.
template <class T>
bool is_of(const std::optional<T>& good, const std::optional<T>& shown)
{
    return !shown || shown == good;
}
template <class List>
requires requires(const List& list)
{
    list.begin();
}
bool is_of(const List& good, const List& shown)
{
    if (shown.empty()) return true;
    if (shown.size() != good.size()) return false;
    for (std::size_t i = 0; i < good.size(); ++i)
        if (!is_of(good[i], shown[i])) return false;
    return true;
}

/// What of `shown` is not the battery's.
std::string invented(const Telemetry& good, const Telemetry& shown)
{
    std::string names;
    for (const auto& field : telemetry_fields())
        if (!std::visit([&](auto member) { return is_of(good.*member, shown.*member); }, field.member))
            names += std::string(field.name) + ' ';
    if (!is_of(good.temperatures, shown.temperatures)) names += "temperatures ";
    if (!is_of(good.alarms.levels, shown.alarms.levels)) names += "alarms ";
    return names;
}

class HostileWire : public testing::TestWithParam<Type> {
  protected:
    static Reading battery()
    {
        std::mt19937_64 random(3);
        return random_reading(random, 4);  // as many cells as make the most blocks of one length
    }
    std::unique_ptr<Rig> rig() const { return std::make_unique<Rig>(*bms::find(GetParam().name), battery()); }
    /// The distinct requests of an identification and a poll.
    std::vector<Bytes> requests() const
    {
        const auto asked = rig();
        EXPECT_TRUE(asked->identify());
        EXPECT_TRUE(asked->poll());
        std::vector<Bytes> distinct;
        std::set<std::string> known;
        for (const Bytes& request : asked->channel.requests)
            if (known.insert(key(request)).second) distinct.push_back(request);
        return distinct;
    }
    bool needed(const std::string& request) const
    {
        return std::ranges::count(required_of(GetParam().name)->requests, request) > 0;
    }

    /// Polls through `damage`; each poll that is taken must show the battery. Gives how many were.
    int polls_through(const std::function<void(std::size_t, ByteView, Bytes&)>& damage, int polls) const
    {
        const auto asked = rig();
        EXPECT_TRUE(asked->identify());
        EXPECT_TRUE(asked->poll());
        const Reading good = asked->reading;
        asked->channel.damage = damage;
        int taken = 0;
        for (int i = 0; i < polls; ++i) {
            asked->reading = good;
            if (!asked->poll()) continue;
            ++taken;
            EXPECT_EQ(invented(good.telemetry, asked->reading.telemetry), "") << "poll " << i;
        }
        asked->channel.damage = nullptr;
        asked->reading = good;
        asked->channel.time += std::chrono::seconds(61);
        EXPECT_TRUE(asked->poll() || asked->poll());
        EXPECT_EQ(asked->reading.telemetry, good.telemetry) << "a good wire, and everything is there again";
        return taken;
    }
};

TEST_P(HostileWire, EachRequestRefusedByTheDeviceInTurn)
{
    if (!GetParam().modbus) GTEST_SKIP();
    for (const Bytes& request : requests()) {
        const std::string which = key(request);
        const auto asked = rig();
        asked->channel.damage = [&](std::size_t, ByteView now, Bytes& reply) {
            if (key(now) != which) return;
            reply = {now[0], static_cast<std::uint8_t>(now[1] | 0x80), 2};
            checksum::append_crc16_modbus(reply);
        };
        const bool there = asked->identify().has_value();
        EXPECT_EQ(there, !needed(which)) << which;
        if (there) {
            EXPECT_TRUE(asked->poll()) << which;
        }
    }
}

TEST_P(HostileWire, APreviousReplyInsteadOfTheOwn)
{
    std::mt19937_64 random(5);
    Bytes previous;
    const int taken = polls_through(
        [&](std::size_t, ByteView, Bytes& reply) {
            const Bytes own = reply;
            if (random() % 8 == 0) reply = previous;
            previous = own;
        },
        300);
    EXPECT_GT(taken, 20);
}

TEST_P(HostileWire, EveryReplyIsThatToTheRequestBefore)
{
    Bytes previous;
    polls_through([&](std::size_t, ByteView, Bytes& reply) { std::swap(reply, previous); }, 20);
}

TEST_P(HostileWire, ADoubledReplyBeforeTheNext)
{
    Bytes previous;
    const int taken = polls_through(
        [&](std::size_t, ByteView, Bytes& reply) {
            const Bytes own = reply;
            reply.insert(reply.begin(), previous.begin(), previous.end());
            previous = own;
        },
        20);
    EXPECT_GT(taken, GetParam().modbus || GetParam().name == "LltJbd_Up16s" ? 19 : 0);
}

TEST_P(HostileWire, ALateReplyBeforeTheNext)
{
    std::mt19937_64 random(6);
    Bytes late;
    polls_through(
        [&](std::size_t, ByteView, Bytes& reply) {
            if (random() % 10 == 0) {
                late = reply;
                reply.clear();
            } else if (!late.empty()) {
                reply.insert(reply.begin(), late.begin(), late.end());
                late.clear();
            }
        },
        300);
}

TEST_P(HostileWire, AnotherAddressAnswers)
{
    const bms::Entry& entry = *bms::find(GetParam().name);
    if (!entry.addressable) GTEST_SKIP();
    const auto asked = rig();
    ASSERT_TRUE(asked->identify());
    const Reading good = asked->reading;
    Reading other_truth = battery();
    other_truth.telemetry.voltage = 3.0;
    bms::Line line = entry.lines.front();
    line.address = static_cast<std::uint8_t>(line.address + 1);
    const auto other = entry.device(other_truth, line);
    Reading scratch;
    const auto other_host = entry.make({asked->config, line.address, line.baud});
    DeviceChannel other_channel(*other);
    ASSERT_TRUE(run(other_host->identify(other_channel, scratch)));
    for (const bool both : {false, true}) {
        std::size_t next = 0;
        std::vector<Bytes> theirs;
        other_channel.damage = [&](std::size_t, ByteView, Bytes& reply) { theirs.push_back(reply); };
        ASSERT_TRUE(run(other_host->poll(other_channel, scratch)));
        asked->channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            const Bytes& strange = theirs[next++ % theirs.size()];
            if (!both) reply.clear();
            reply.insert(reply.begin(), strange.begin(), strange.end());
        };
        const auto taken = asked->poll();
        if (!both) {
            EXPECT_FALSE(taken) << "another's answer alone";
        }
        if (taken) {
            EXPECT_EQ(invented(good.telemetry, asked->reading.telemetry), "");
        }
        asked->reading = good;
    }
}

TEST_P(HostileWire, TheDeviceSideWaitsForWholeRequests)
{
    Reading truth = battery();
    const bms::Entry& entry = *bms::find(GetParam().name);
    const auto device = entry.device(truth, entry.lines.front());
    for (const Bytes& request : requests()) {
        Bytes whole;
        const std::size_t taken = device->receive(request, whole);
        if (whole.empty()) continue;  // to an address where nobody is
        EXPECT_EQ(taken, request.size());
        for (std::size_t cut = 1; cut < request.size(); ++cut) {
            Bytes reply;
            EXPECT_EQ(device->receive(ByteView(request).first(cut), reply), 0U) << to_hex(request) << " at " << cut;
            EXPECT_TRUE(reply.empty());
        }
        Bytes behind_noise = {0x55}, reply;
        append(behind_noise, request);
        std::size_t used = 1;
        while (used > 0 && !behind_noise.empty()) {
            used = device->receive(behind_noise, reply);
            behind_noise.erase(behind_noise.begin(), behind_noise.begin() + static_cast<std::ptrdiff_t>(used));
        }
        EXPECT_EQ(reply, whole) << to_hex(request);
    }
}

INSTANTIATE_TEST_SUITE_P(Types, HostileWire, testing::ValuesIn(types),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace bmsd::test
