// What every entry of the catalogue must hold to when a request stays unanswered, when noise comes before a reply, and
// when a command is carried out.
#include <gtest/gtest.h>

#include <set>

#include "model/fields.h"
#include "support/battery_of.h"
#include "support/required.h"
#include "support/rig.h"
#include "util/log.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;
using bms::Entry;
using Damage = std::function<void(std::size_t, ByteView, Bytes&)>;

Reading battery(const Entry& entry, unsigned seed)
{
    std::mt19937_64 random(seed);
    return battery_of<Rig>(entry, random);
}

Damage silence(const std::string& request)
{
    return [=](std::size_t, ByteView sent, Bytes& reply) {
        if (to_hex(sent) == request) reply.clear();
    };
}

std::size_t lines = 0;

/// Whether what is there of a list stands in the right one, in its order.
template <class List>
bool all_of_it(const List& right, const List& list)
{
    const auto* next = right.begin();
    for (const auto& one : list) {
        if (!one) continue;
        next = std::find(next, right.end(), one);
        if (next == right.end()) return false;
        ++next;
    }
    return true;
}

/// What `shown` has that is neither absent nor as in `truth`, by name.
std::string neither_absent_nor(const Telemetry& truth, const Telemetry& shown)
{
    std::string names;
    for (const auto& field : telemetry_fields()) {
        const bool fine = std::visit(
            [&](auto member) {
                const auto &value = shown.*member, &right = truth.*member;
                if constexpr (requires { value.has_value(); })
                    return !value || value == right;
                else
                    return all_of_it(right, value);
            },
            field.member);
        if (!fine) names += std::string(field.name) + ' ';
    }
    for (std::size_t i = 0; i < sensor_count; ++i)
        if (shown.temperatures[i] && shown.temperatures[i] != truth.temperatures[i]) names += "temperatures ";
    for (std::size_t i = 0; i < alarm_count; ++i)
        if (shown.alarms.levels[i].value_or(0) != 0 && shown.alarms.levels[i] != truth.alarms.levels[i])
            names += std::string(alarm_names[i]) + ' ';
    return names;
}

class EveryRequest : public testing::TestWithParam<const Entry*> {
  protected:
    const Entry& entry() const { return *GetParam(); }
    bool known() const
    {
        const Required* row = required_of(entry().name);
        return row != nullptr && row->asked_again;
    }
    /// Every request of a start and a poll that is answered, once.
    std::vector<std::string> requests(const Reading& truth) const
    {
        Rig rig(entry(), truth);
        std::vector<std::string> all;
        rig.channel.damage = [&](std::size_t, ByteView sent, Bytes& reply) {
            const auto text = to_hex(sent);
            if (!reply.empty() && std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
        };
        EXPECT_TRUE(rig.identify());
        EXPECT_TRUE(rig.poll());
        return all;
    }
    static bms::Reply<void> poll_after(Rig& rig, Duration time)
    {
        rig.channel.time += time;
        const Reading before = rig.reading;
        const auto taken = rig.poll();
        if (!taken) rig.reading = before;
        return taken;
    }
    void SetUp() override
    {
        lines = 0;
        log::set_sink([](log::Level level, std::string_view) { lines += level >= log::Level::warning ? 1 : 0; });
    }
    void TearDown() override { log::set_sink(nullptr); }
};

TEST_P(EveryRequest, NeverAnsweredItIsRequiredOrItsFieldsAreAbsent)
{
    if (entry().transport == bms::Transport::spi) GTEST_SKIP() << "a chip answers everything or nothing";
    const Reading truth = battery(entry(), 21);
    Rig whole(entry(), truth);
    ASSERT_TRUE(whole.identify());
    ASSERT_TRUE(whole.poll());
    std::string needed, optional;
    for (const std::string& request : requests(truth)) {
        Rig rig(entry(), truth);
        rig.channel.damage = silence(request);
        const bool battery_there = rig.identify().has_value();
        (battery_there ? optional : needed) += request.substr(0, 12) + ' ';
        if (const Required* row = required_of(entry().name)) {
            const bool listed = std::any_of(row->requests.begin(), row->requests.end(),
                                            [&](auto start) { return request.starts_with(start); });
            EXPECT_EQ(!battery_there, listed) << request;
        }
        if (!battery_there) continue;
        lines = 0;
        std::size_t asked = 0;
        for (int i = 0; i < 200; ++i) {
            rig.channel.requests.clear();
            ASSERT_TRUE(poll_after(rig, 1s)) << request;
            for (const Bytes& sent : rig.channel.requests) asked += to_hex(sent) == request ? 1 : 0;
            Telemetry shown = rig.reading.telemetry;
            if (shown.capacity == rig.config.battery_capacity) shown.capacity.reset();             // the configured one
            if (entry().name == "Ecs") shown.cell_voltages.clear(), shown.cell_balancing.clear();  // of other modules
            if (entry().name == "Jkbms_pb")  // where an older board has them, until device info tells the version
                shown.heater_temperature_start = shown.heater_temperature_stop = {};
            ASSERT_EQ(neither_absent_nor(whole.reading.telemetry, shown), "") << request;
        }
        EXPECT_LE(lines, 1U) << request << " is told once";
        if (!known() || rig.reading.telemetry == whole.reading.telemetry) continue;
        EXPECT_GE(asked, 3U) << request << " is asked for again";
        rig.channel.damage = nullptr;
        for (int i = 0; i < 61; ++i) ASSERT_TRUE(poll_after(rig, 1s));
        EXPECT_EQ(rig.reading.telemetry, whole.reading.telemetry) << request << " is answered at last";
        EXPECT_EQ(rig.reading.identity.model_name, whole.reading.identity.model_name);
    }
    std::printf("%s\n  needed   %s\n  optional %s\n", entry().name.data(), needed.c_str(), optional.c_str());
}

TEST_P(EveryRequest, LostLaterNothingOldPassesForFresh)
{
    if (entry().transport == bms::Transport::spi) GTEST_SKIP() << "a chip answers everything or nothing";
    const Reading first = battery(entry(), 22), second = battery(entry(), 23);
    for (const std::string& request : requests(first)) {
        Rig rig(entry(), first);
        ASSERT_TRUE(rig.identify());
        ASSERT_TRUE(poll_after(rig, 1s));
        const Identity identity = rig.truth.identity;
        rig.truth = possible(entry(), second);
        rig.truth.identity = identity;
        rig.truth.telemetry.capacity = first.telemetry.capacity;  // read at the start
        rig.channel.damage = silence(request);
        bms::Reply<void> taken;
        for (int i = 0; i < 5; ++i) taken = poll_after(rig, 1s);
        if (!taken) continue;
        Rig fresh(entry(), rig.truth);
        ASSERT_TRUE(fresh.identify());
        ASSERT_TRUE(fresh.poll());
        Telemetry now = fresh.reading.telemetry;
        // what is read once at the start, or rarely
        for (const auto member : {&Telemetry::max_charge_current, &Telemetry::max_discharge_current,
                                  &Telemetry::max_battery_voltage, &Telemetry::min_battery_voltage,
                                  &Telemetry::requested_charge_current, &Telemetry::requested_discharge_current})
            if (rig.reading.telemetry.*member != now.*member) now.*member = rig.reading.telemetry.*member;
        if (known()) {
            now.cycles = rig.reading.telemetry.cycles;
            now.balance_fet = rig.reading.telemetry.balance_fet;
            now.soc = rig.reading.telemetry.soc ? now.soc : std::nullopt;
            EXPECT_EQ(neither_absent_nor(now, rig.reading.telemetry), "") << request;
        }
    }
}

/// Types without a byte that begins every reply, and why.
constexpr std::pair<std::string_view, std::string_view> startless[]{
    {"Sinowealth", "a reply is data and a checksum"},
    {"MNB", "SPI has no bytes that nobody asked for"},
    {"HLPdataBMS4S", "text; the answer is found in it"},
};

TEST_P(EveryRequest, NoiseBeforeAReplyIsCountedAndPassedOver)
{
    for (const auto& [name, why] : startless)
        if (name == entry().name) GTEST_SKIP() << why;
    const Reading truth = battery(entry(), 24);
    Rig quiet(entry(), truth);
    ASSERT_TRUE(quiet.identify());
    ASSERT_TRUE(quiet.poll());
    for (const Bytes& noise : {Bytes{0x00}, Bytes{0x00, 0x00}, Bytes{0xFF, 0xFE, 0x00, 0x80}}) {
        Rig rig(entry(), truth);
        std::size_t replies = 0;
        rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            if (reply.empty()) return;
            reply.insert(reply.begin(), noise.begin(), noise.end());
            ++replies;
        };
        const auto taken = rig.identify();
        ASSERT_TRUE(taken) << text(taken.error());
        ASSERT_TRUE(rig.poll());
        EXPECT_EQ(rig.reading.telemetry, quiet.reading.telemetry);
        const auto counted =
            std::count(rig.channel.refusals.begin(), rig.channel.refusals.end(), bms::Refusal::bad_start);
        EXPECT_EQ(static_cast<std::size_t>(counted), replies);
    }
}

/// Writes of a command, without what only reads.
std::vector<std::string> writes_of(Rig& rig, Command::Kind kind, double value)
{
    rig.take_requests();
    EXPECT_TRUE(rig.command(kind, value)) << name(kind) << " = " << value;
    return rig.take_requests();
}

constexpr Command::Kind switch_kinds[]{Command::Kind::force_charging_off, Command::Kind::force_discharging_off,
                                       Command::Kind::turn_balancing_off, Command::Kind::turn_heating_off};
constexpr Flag Telemetry::*state_of[]{&Telemetry::charge_fet, &Telemetry::discharge_fet, &Telemetry::balance_fet,
                                      &Telemetry::heater_fet};

/// A battery with all its switches on.
Reading all_on(const Entry& entry)
{
    Reading truth = battery(entry, 25);
    for (const auto state : state_of) truth.telemetry.*state = true;
    truth.telemetry.alarms = {};
    return truth;
}

TEST_P(EveryRequest, ASwitchDoesWhatItSaysAndIsShown)
{
    for (std::size_t i = 0; i < std::size(switch_kinds); ++i) {
        if (!entry().commands.has(switch_kinds[i])) continue;
        Rig rig(entry(), all_on(entry()));
        ASSERT_TRUE(rig.identify());
        for (const bool off : {true, false, true}) {
            ASSERT_TRUE(rig.command(switch_kinds[i], off ? 1 : 0)) << name(switch_kinds[i]);
            EXPECT_EQ(rig.truth.telemetry.*state_of[i], !off) << name(switch_kinds[i]);
            ASSERT_TRUE(rig.poll());
            const Flag shown = rig.reading.telemetry.*state_of[i];
            EXPECT_EQ(shown.value_or(!off), !off) << name(switch_kinds[i]);
            for (std::size_t k = 0; k < std::size(switch_kinds); ++k)
                EXPECT_TRUE(k == i || rig.truth.telemetry.*state_of[k] != false) << name(switch_kinds[k]);
        }
    }
}

TEST_P(EveryRequest, ACommandWritesTheWishNeverWhatWasMeasured)
{
    for (std::size_t i = 0; i < 2; ++i) {
        const auto kind = switch_kinds[i];
        const auto other = state_of[1 - i];
        if (!entry().commands.has(kind)) continue;
        Rig calm(entry(), all_on(entry())), tripped(entry(), all_on(entry()));
        for (Rig* rig : {&calm, &tripped}) ASSERT_TRUE(rig->identify());
        tripped.truth.telemetry.*other = false;  // by a protection, nobody asked for it
        for (Rig* rig : {&calm, &tripped}) ASSERT_TRUE(rig->poll());
        for (const double value : {1.0, 0.0})
            EXPECT_EQ(writes_of(calm, kind, value), writes_of(tripped, kind, value)) << name(kind) << " = " << value;
    }
}

TEST_P(EveryRequest, TwoSwitchesLetGoAreBothOn)
{
    const auto charging = Command::Kind::force_charging_off, discharging = Command::Kind::force_discharging_off;
    if (!entry().commands.has(charging) || !entry().commands.has(discharging)) GTEST_SKIP() << "it has not both";
    Rig rig(entry(), all_on(entry()));
    ASSERT_TRUE(rig.identify());
    for (const double value : {1.0, 0.0}) {
        ASSERT_TRUE(rig.command(charging, value));
        ASSERT_TRUE(rig.command(discharging, value));
        EXPECT_EQ(rig.truth.telemetry.charge_fet, value == 0);
        EXPECT_EQ(rig.truth.telemetry.discharge_fet, value == 0);
    }
}

TEST_P(EveryRequest, ACommandThatIsAcknowledgedAndNotDoneIsRefused)
{
    if (!known()) GTEST_SKIP() << "not read back yet";
    for (std::size_t i = 0; i < std::size(switch_kinds); ++i) {
        if (!entry().commands.has(switch_kinds[i])) continue;
        Rig rig(entry(), all_on(entry()));
        ASSERT_TRUE(rig.identify());
        rig.channel.damage = [&](std::size_t, ByteView, Bytes&) { rig.truth.telemetry.*state_of[i] = true; };
        EXPECT_EQ(rig.command(switch_kinds[i], 1).error(), bms::Refusal::device_error) << name(switch_kinds[i]);
        EXPECT_TRUE(rig.command(switch_kinds[i], 0));
    }
    if (!entry().commands.has(Command::Kind::set_soc)) return;
    Rig rig(entry(), all_on(entry()));
    ASSERT_TRUE(rig.identify());
    const Telemetry before = rig.truth.telemetry;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes&) { rig.truth.telemetry = before; };
    EXPECT_EQ(rig.command(Command::Kind::set_soc, *before.soc > 50 ? 10 : 90).error(), bms::Refusal::device_error);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRequest, testing::ValuesIn(bms::catalogue().begin(), bms::catalogue().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace bmsd::test
