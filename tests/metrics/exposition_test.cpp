// The page for Prometheus: its format, what it says of a lost battery, and promtool's own judgement.
#include "metrics/exposition.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>

#include "every_metric.h"
#include "util/file.h"
#include "util/version.h"

namespace bmsd::metrics {
namespace {

using site::Change;
using testing::HasSubstr;
using testing::Not;

struct MetricsPage : testing::Test {
    ManualLoop loop;
    site::Board board;
    Exposition page{board, loop};

    void post(Change::What what, const site::WhoPtr& who, const Snapshot& snapshot) { board.post(what, who, snapshot); }
    std::string sample(const std::string& name_and_labels) const
    {
        std::istringstream lines(page.text());
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(name_and_labels + " ")) return line.substr(name_and_labels.size() + 1);
        return "none";
    }
};

TEST_F(MetricsPage, TellsWhatIsKnownAndNothingElse)
{
    post(Change::What::appeared, who(1, "a"), full_battery());
    EXPECT_EQ(sample("bmsd_battery_up{battery=\"a\"}"), "1");
    EXPECT_EQ(sample("bmsd_battery_voltage_volts{battery=\"a\"}"), "53.1");
    EXPECT_EQ(sample("bmsd_battery_current_amperes{battery=\"a\"}"), "-10.5");
    EXPECT_EQ(sample("bmsd_battery_soc_ratio{battery=\"a\"}"), "0.5");
    EXPECT_EQ(sample("bmsd_battery_charged_joules_total{battery=\"a\"}"), "5400000");
    EXPECT_EQ(sample("bmsd_cell_voltage_volts{battery=\"a\",cell=\"04\"}"), "3.303");
    EXPECT_EQ(sample("bmsd_cell_voltage_volts{battery=\"a\",cell=\"05\"}"), "none");  // absent, not 0
    EXPECT_EQ(sample("bmsd_cell_balancing{battery=\"a\",cell=\"04\"}"), "1");
    EXPECT_EQ(sample("bmsd_alarm{battery=\"a\",alarm=\"low_cell_voltage\"}"), "2");
    EXPECT_EQ(sample("bmsd_alarm{battery=\"a\",alarm=\"high_voltage\"}"), "0");
    EXPECT_EQ(sample("bmsd_alarm{battery=\"a\",alarm=\"fuse_blown\"}"), "none");
    EXPECT_EQ(sample("bmsd_switch_on{battery=\"a\",switch=\"discharge\"}"), "0");
    EXPECT_EQ(sample("bmsd_switch_on{battery=\"a\",switch=\"heater\"}"), "none");
    EXPECT_EQ(sample("bmsd_temperature_celsius{battery=\"a\",sensor=\"1\"}"), "20");
    EXPECT_EQ(sample("bmsd_temperature_celsius{battery=\"a\",sensor=\"2\"}"), "none");
    EXPECT_EQ(sample("bmsd_poll_errors_total{battery=\"a\",kind=\"bad_checksum\"}"), "3");
    EXPECT_EQ(sample("bmsd_polls_total{battery=\"a\",kind=\"answered\"}"), "7");
    EXPECT_THAT(page.text(), HasSubstr(std::string("bmsd_build_info{version=\"") + std::string(version) + "\"} 1\n"));
}

TEST_F(MetricsPage, ALostBatteryHasNoValuesButIsDown)
{
    auto snapshot = full_battery();
    post(Change::What::appeared, who(1, "a"), snapshot);
    const std::string seen = sample("bmsd_battery_last_seen_timestamp_seconds{battery=\"a\"}");
    EXPECT_EQ(seen, fmt::format("{:.12g}", loop.wall()));
    loop.set_wall(loop.wall() + 100);
    snapshot.state.online = false;
    snapshot.age = 100;
    snapshot.link.timeouts += 5;
    post(Change::What::cycle, who(1, "a"), snapshot);
    EXPECT_EQ(sample("bmsd_battery_up{battery=\"a\"}"), "0");
    EXPECT_EQ(sample("bmsd_battery_last_seen_timestamp_seconds{battery=\"a\"}"), seen);
    EXPECT_THAT(page.text(), Not(HasSubstr("bmsd_cell_voltage_volts")));
    EXPECT_THAT(page.text(), Not(HasSubstr("bmsd_battery_soc_ratio")));
    EXPECT_EQ(sample("bmsd_polls_total{battery=\"a\",kind=\"unanswered\"}"), "7");
    post(Change::What::left, who(1, "a"), snapshot);
    EXPECT_EQ(sample("bmsd_battery_up{battery=\"a\"}"), "0");
    EXPECT_THAT(page.text(), Not(HasSubstr("bmsd_polls_total")));
}

TEST_F(MetricsPage, AMissedPollIsNotSeeing)
{
    auto snapshot = full_battery();
    post(Change::What::appeared, who(1, "a"), snapshot);
    const auto then = sample("bmsd_battery_last_seen_timestamp_seconds{battery=\"a\"}");
    loop.set_wall(loop.wall() + 10);
    snapshot.age = 10;
    post(Change::What::cycle, who(1, "a"), snapshot);  // still online, nothing new was heard
    EXPECT_EQ(sample("bmsd_battery_up{battery=\"a\"}"), "1");
    EXPECT_EQ(sample("bmsd_battery_last_seen_timestamp_seconds{battery=\"a\"}"), then);
}

TEST_F(MetricsPage, OneReasonIsOneAndTheOthersZero)
{
    auto snapshot = full_battery();
    post(Change::What::appeared, who(1, "a"), snapshot);
    snapshot.limits.charge.cause.limiter = "Temp";
    post(Change::What::cycle, who(1, "a"), snapshot);
    const std::string head = "bmsd_limit_reason{battery=\"a\",direction=\"charge\",reason=";
    EXPECT_EQ(sample(head + "\"temperature\"}"), "1");
    EXPECT_EQ(sample(head + "\"cell_voltage\"}"), "0");
    EXPECT_EQ(sample("bmsd_limit_reason{battery=\"a\",direction=\"discharge\",reason=\"maximum\"}"), "1");
}

TEST_F(MetricsPage, BatteriesThatComeAndGoDoNotPileUp)
{
    for (std::uint32_t i = 1; i < 500; ++i) {
        const auto one = who(i, "b" + std::to_string(i));
        post(Change::What::appeared, one, full_battery());
        post(Change::What::left, one, full_battery());
    }
    const std::string text = page.text();
    std::size_t count = 0;
    for (auto at = text.find("bmsd_battery_up{"); at != std::string::npos; at = text.find("bmsd_battery_up{", at + 1))
        ++count;
    EXPECT_EQ(count, 64U);
    EXPECT_EQ(sample("bmsd_battery_up{battery=\"b499\"}"), "0");
}

/// Rules of the text format that promtool does not look at.
TEST_F(MetricsPage, TheFormatHolds)
{
    post(Change::What::appeared, who(1, "a"), full_battery());
    post(Change::What::appeared, who(2, "B 2"), full_battery());
    const std::string text = page.text();
    ASSERT_TRUE(text.ends_with('\n'));
    std::set<std::string> types, samples;
    std::string present;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        ASSERT_FALSE(line.empty());
        if (line.starts_with("# TYPE ")) {
            present = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(types.insert(present).second) << line;
        } else if (!line.starts_with("# HELP ")) {
            EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), present);  // all of a name in one group
            EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
        }
    }
    EXPECT_THAT(text, HasSubstr("model=\"SP\\\"16S\\\"\\\\020\\nnext\""));
    EXPECT_LT(text.size(), 2 * 12000U);
}

TEST_F(MetricsPage, PromtoolFindsNothingWrong)
{
    if (std::system("command -v promtool >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "*** promtool is not here: the metrics are NOT judged by it (scripts/setup.sh test)";
    post(Change::What::appeared, who(1, "a"), full_battery());
    const auto file = std::filesystem::path(testing::TempDir()) / ("bmsd-metrics-" + std::to_string(::getpid()));
    ASSERT_TRUE(write_file(file.string(), page.text()));
    const int code = std::system(("promtool check metrics <" + file.string()).c_str());
    std::filesystem::remove(file);
    EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace bmsd::metrics
