// Every type asked of every type's device: each is found as itself, never as another. Printed as a table:
// a row is the device on the line, a column (numbered as the rows) the type asked for.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bms/language/identity.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

using bms::Entry;

enum class Outcome : char { silent = '.', refused = 'r', found = 'X' };

/// One device, asked by one type at one of its speeds and addresses.
Outcome ask(const Entry& there, const bms::Line& mine, const Entry& asked, const bms::Line& line)
{
    std::mt19937_64 random(5);
    Reading truth = random_reading(random, 16), reading;
    const auto device = there.device(truth, mine);
    DeviceChannel channel(*device);
    const config::Config config = config::defaults();
    const auto protocol = asked.make({config, line.address, line.baud});
    const auto taken = run(protocol->identify(channel, reading));
    if (taken) return bms::plausible(reading.telemetry) ? Outcome::found : Outcome::refused;
    return taken.error() == bms::Refusal::silence || taken.error() == bms::Refusal::unsupported ? Outcome::silent
                                                                                                : Outcome::refused;
}

/// At every speed both have; at another speed a device hears no byte.
Outcome ask(const Entry& there, const Entry& asked)
{
    Outcome most = Outcome::silent;
    for (const bms::Line& mine : there.lines) {
        for (const bms::Line& line : asked.lines) {
            if (mine.baud != line.baud) continue;
            const Outcome outcome = ask(there, mine, asked, line);
            if (outcome == Outcome::found || most == Outcome::silent) most = outcome;
        }
    }
    return most;
}

TEST(Matrix, EachTypeIsFoundAsItselfAndAsNoOther)
{
    const auto all = bms::catalogue();
    std::string table = "on the line        asked as\n                  ";
    for (std::size_t i = 0; i < all.size(); ++i) table += fmt::format("{:3}", i + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
        table += fmt::format("\n{:2} {:15}", i + 1, all[i]->name);
        for (const Entry* asked : all) {
            const Outcome outcome = ask(*all[i], *asked);
            table += fmt::format("  {}", static_cast<char>(outcome));
            EXPECT_EQ(outcome == Outcome::found, asked == all[i]) << all[i]->name << " asked as " << asked->name;
        }
    }
    std::printf("%s\nX found, r answers and is refused, . silent\n", table.c_str());
}

}  // namespace
}  // namespace bmsd::test
