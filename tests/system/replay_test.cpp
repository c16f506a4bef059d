// bmsd replay as a whole program: the recorded scenarios and captures.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "config/schema.h"
#include "replay/scenario.h"
#include "replay/scenario_output.h"
#include "system/machine.h"
#include "util/file.h"

namespace bmsd::test {
namespace {

std::string recorded(const std::string& file)
{
    return std::string(BMSD_VECTORS) + "/core/" + file;
}

/// The lines of `--json`, each case's by itself. A file with one case does not name it.
std::map<std::string, std::vector<boost::json::object>> by_case(const std::string& lines, const std::string& only)
{
    std::map<std::string, std::vector<boost::json::object>> out;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) {
        auto object = boost::json::parse(line).as_object();
        const auto* name = object.if_contains("case");
        out[name != nullptr ? std::string(name->as_string()) : only].push_back(std::move(object));
    }
    return out;
}

class Replay : public testing::TestWithParam<const char*> {
  protected:
    Machine machine;
};

TEST_P(Replay, EveryCaseAtEveryCheckedTime)
{
    const auto cases = replay::read_scenarios(*read_file(recorded(GetParam())), config::defaults());
    ASSERT_TRUE(cases) << cases.error();
    ASSERT_EQ(machine.command({"replay", recorded(GetParam()), "--json"}), 0) << machine.err;
    const auto cycles = by_case(machine.out, cases->front().name);
    for (const auto& scenario : *cases) {
        const auto& lines = cycles.at(scenario.name);
        std::size_t at = 0;
        for (const auto& check : scenario.checks) {
            while (at < lines.size() && lines[at].at("t").to_number<double>() + 1e-6 < check.t) ++at;
            ASSERT_LT(at, lines.size()) << scenario.name << ": no cycle at " << check.t;
            EXPECT_NEAR(lines[at].at("t").to_number<double>(), check.t, 1e-6);
            for (const auto& d : replay::differences(check, lines[at])) {
                ADD_FAILURE() << scenario.name << " t=" << d.t << " " << d.name << ": expected " << d.expected
                              << ", found " << d.found;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, Replay,
                         testing::Values("control-charge-voltage.json", "control-current-limits.json",
                                         "control-connection-alarms.json", "control-soc.json", "control-history.json"));

TEST(ReplayBank, PrintsOneObjectAStepCountedByTheCasesPlaceInTheFile)
{
    Machine machine;
    ASSERT_EQ(machine.command({"replay", recorded("aggregate-soc.json"), "--json"}), 0) << machine.err;
    std::istringstream stream(machine.out);
    std::vector<boost::json::object> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(boost::json::parse(line).as_object());
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines[2].at("case"), 0);
    EXPECT_EQ(lines[2].at("step"), 2);
    EXPECT_EQ(lines[5].at("case"), 2);
    const auto& values = lines[2].at("values").as_object();
    EXPECT_NEAR(values.at("charge_ah").to_number<double>(), 300.48, 0.01);
    EXPECT_NEAR(values.at("/Soc").to_number<double>(), 53.66, 0.01);
    EXPECT_EQ(values.at("bank_state"), "CHARGE");
}

TEST(ReplayBank, AVirtualBatteryIsOneObjectACase)
{
    Machine machine;
    ASSERT_EQ(machine.command({"replay", recorded("virtual-mqtt.json"), "--json"}), 0) << machine.err;
    std::istringstream stream(machine.out);
    std::size_t lines = 0, refused = 0;
    for (std::string line; std::getline(stream, line); ++lines) {
        if (boost::json::parse(line).as_object().contains("refused")) ++refused;
    }
    EXPECT_EQ(lines, 11U);
    EXPECT_EQ(refused, 3U);
    ASSERT_EQ(machine.command({"replay", recorded("aggregate-ir.json"), "--json"}), 0) << machine.err;
    EXPECT_NE(machine.out.find("\"accepted\":true"), std::string::npos) << machine.out;
}

TEST(ReplayCapture, ABatteryThatChargesItselfHasNoPhases)
{
    Machine machine;
    const auto mode_of = [&](const char* type) {
        const std::string file = machine.folder + "/capture.jsonl";
        EXPECT_TRUE(write_file(
            file,
            R"({"t": 1700000000, "dir": "decoded", "success": true, "decoded": {"type": ")" + std::string(type) +
                R"(", "cell_count": 4, "cell_voltages": [3.3, 3.3, 3.3, 3.3], "voltage": 13.2, "soc": 60, "capacity": 50}})"));
        EXPECT_EQ(machine.command({"replay", file, "--json"}), 0) << machine.err;
        return std::string(boost::json::parse(machine.out).at("charge_mode").as_string());
    };
    EXPECT_EQ(mode_of("LLT/JBD"), "Bulk │ Linear Mode");
    EXPECT_EQ(mode_of("HLPdataBMS4S").find("Bulk"), std::string::npos);
}

TEST(ReplayDrawing, IsMadeAlsoWhenNobodyReadsTheRest)
{
    Machine machine;
    const std::string drawing = machine.folder + "/day.svg";
    // more than a pipe holds, and nobody at its end
    const std::string code = machine.folder + "/code";
    const std::string replay = std::string(BMSD_BUILD) + "/bmsd replay " + recorded("control-soc.json") +
                               " --case soc_calculation_resets --json --svg " + drawing;
    ASSERT_NE(std::system(("(" + replay + "; echo $? >" + code + ") | :").c_str()), -1);
    ASSERT_TRUE(machine.until([&] { return !read_file(code).value_or("").empty(); }));
    EXPECT_EQ(*read_file(code), "0\n");
    EXPECT_TRUE(read_file(drawing).value_or("").contains("</svg>"));
}

TEST(ReplayCapture, TellsWhyItCannot)
{
    Machine machine;
    const std::string file = machine.folder + "/x.json";
    EXPECT_EQ(machine.command({"replay", file}), 1);
    EXPECT_NE(machine.err.find("No such file"), std::string::npos) << machine.err;
    ASSERT_TRUE(write_file(file, "{bad"));
    EXPECT_EQ(machine.command({"replay", file}), 1);
    EXPECT_NE(machine.err.find("neither scenarios nor a raw capture"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.command({"replay", recorded("control-soc.json"), "--case", "none"}), 1);
    EXPECT_NE(machine.err.find("there is no case none"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.command({"replay", recorded("control-soc.json"), "--svg", machine.folder + "/x.svg"}), 1);
    EXPECT_NE(machine.err.find("--case"), std::string::npos) << machine.err;
}

}  // namespace
}  // namespace bmsd::test
