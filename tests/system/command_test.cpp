// The other commands as whole programs: what they print and how they end.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <filesystem>

#include "system/machine.h"
#include "util/file.h"

namespace bmsd::test {
namespace {

class Command : public testing::Test {
  protected:
    Machine machine;
};

TEST_F(Command, ReadPrintsOneLineOfJson)
{
    machine.plug("ttyUSB0");
    ASSERT_EQ(machine.command({"read", machine.device("ttyUSB0"), "--json"}), 0) << machine.err;
    EXPECT_EQ(std::count(machine.out.begin(), machine.out.end(), '\n'), 1);
    const auto read = boost::json::parse(machine.out);
    EXPECT_EQ(read.at("type"), "LLT/JBD");
    EXPECT_EQ(read.at("voltage"), 52.8);
    EXPECT_EQ(read.at("cell_voltages").as_array().size(), 16U);
    EXPECT_FALSE(read.as_object().contains("soh")) << "what the BMS does not say is left out";
}

TEST_F(Command, ReadWithTypeAddressAndSpeed)
{
    machine.plug("ttyUSB0", "Jkbms_pb");
    ASSERT_EQ(machine.command({"read", machine.device("ttyUSB0"), "--bms", "Jkbms_pb", "--address", "0x01", "--baud",
                               "115200", "--json"}),
              0)
        << machine.err;
    EXPECT_EQ(boost::json::parse(machine.out).at("type"), "JKBMS PB Model");
    EXPECT_EQ(machine.command({"read", machine.device("ttyUSB0"), "--bms", "NoSuch"}), 2);
    EXPECT_NE(machine.err.find("NoSuch"), std::string::npos);
}

TEST_F(Command, ReadTellsWhyItFailed)
{
    machine.plug("ttyUSB0").server->set_faults({.bit_error = 1});
    EXPECT_EQ(machine.command({"read", machine.device("ttyUSB0"), "--bms", "LltJbd"}), 1);
    EXPECT_TRUE(machine.out.empty());
    EXPECT_NE(machine.err.find("refused"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.command({"read", machine.folder + "/nothing"}), 1);
    EXPECT_NE(machine.err.find("no such port"), std::string::npos) << machine.err;
}

TEST_F(Command, ScanFindsAllAndEndsWithOneWhenNothingIsThere)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "Jkbms_pb");
    ASSERT_EQ(machine.command({"scan", machine.device("ttyUSB0"), machine.device("ttyUSB1")}), 0) << machine.err;
    EXPECT_NE(machine.out.find("LltJbd"), std::string::npos);
    EXPECT_NE(machine.out.find("Jkbms_pb"), std::string::npos);
    EXPECT_EQ(machine.command({"scan", machine.folder + "/nothing"}), 1);
    EXPECT_EQ(machine.err.find("not asked"), std::string::npos) << "no type would have helped";
    EXPECT_EQ(machine.command({"scan", "/dev/null"}), 1);
    EXPECT_NE(machine.err.find("not asked: Revov, ANT, MNB, Sinowealth; bmsd scan --all"), std::string::npos)
        << machine.err;
}

TEST_F(Command, ReportPacksWhatAHelperNeeds)
{
    machine.write_config("MQTT_PASSWORD = s3cret\n");
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(write_file(machine.folder + "/state/capture/real.jsonl", "{}\n"));
    std::filesystem::create_symlink("/etc/passwd", machine.folder + "/state/capture/link.jsonl");
    const std::string archive = machine.folder + "/report.tar.gz";
    const std::vector<std::string> where{"--config", machine.folder + "/config.ini", "--state-dir",
                                         machine.folder + "/state"};
    std::vector<std::string> words{"report", archive};
    words.insert(words.end(), where.begin(), where.end());
    ASSERT_EQ(machine.command(words), 0) << machine.err;
    ASSERT_EQ(std::system(("tar -xzf " + archive + " -C " + machine.folder).c_str()), 0);
    const auto part = [&](const char* name) { return read_file(machine.folder + "/bmsd-report/" + name).value_or(""); };
    EXPECT_TRUE(part("about.txt").starts_with("bmsd "));
    EXPECT_NE(part("doctor.txt").find("ok       batteries        1 on the bus"), std::string::npos)
        << part("doctor.txt");
    EXPECT_NE(part("doctor.txt").find(" MB\n"), std::string::npos) << "what the daemon needs";
    EXPECT_NE(part("batteries.txt").find("/Info/Link/Replies"), std::string::npos);
    EXPECT_NE(part("config.ini").find("MQTT_PASSWORD = (removed)"), std::string::npos);
    EXPECT_EQ(part("config.ini").find("s3cret"), std::string::npos);
    EXPECT_NE(machine.out.find("batteries.txt"), std::string::npos) << "what it contains is listed: " << machine.out;
    EXPECT_EQ(std::filesystem::status(archive).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(read_file(machine.folder + "/bmsd-report/capture/real.jsonl").value_or(""), "{}\n");
    EXPECT_FALSE(std::filesystem::exists(machine.folder + "/bmsd-report/capture/link.jsonl"));
    EXPECT_EQ(machine.command(words), 1) << "a file is not replaced";
    words[1] = machine.folder + "/no/such/folder/report.tar.gz";
    EXPECT_EQ(machine.command(words), 1);
    EXPECT_NE(machine.err.find("cannot be written"), std::string::npos);
}

TEST_F(Command, DoctorKnowsTheFoldersOfTheDaemonOnItsBus)
{
    machine.write_config("MAX_CELL_VOLTAGE = 99\n");
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(machine.number("ttyUSB0", "/ErrorCode"), 119) << "what cannot be is an error everywhere";
    EXPECT_EQ(machine.command({"doctor"}), 1);
    EXPECT_EQ(machine.out.find("no daemon runs"), std::string::npos) << machine.out;
    EXPECT_NE(machine.out.find("MAX_CELL_VOLTAGE: 99 is outside"), std::string::npos) << machine.out;
    EXPECT_NE(machine.out.find("error 119"), std::string::npos) << machine.out;
}

TEST_F(Command, SimulatedBatteriesCanBeRead)
{
    ASSERT_EQ(machine.command({"read", "sim:LltJbd,soc=42,cells=8", "--json"}), 0) << machine.err;
    const auto read = boost::json::parse(machine.out);
    EXPECT_NEAR(read.at("soc").to_number<double>(), 42, 1);  // its cells differ a little
    EXPECT_EQ(read.at("cell_count").to_number<int>(), 8);
    EXPECT_EQ(machine.command({"read", "sim:LltJbd,volts=3"}), 2);
    EXPECT_EQ(machine.command({"read", "sim:NoSuch"}), 2);
}

TEST_F(Command, WatchOnceShowsTheBatteriesOfARunningDaemon)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_EQ(machine.command({"watch", "--once"}), 0) << machine.err;
    EXPECT_NE(machine.out.find("ttyUSB0"), std::string::npos);
    EXPECT_NE(machine.out.find(" 52.80 "), std::string::npos) << machine.out;
    ASSERT_EQ(machine.command({"watch", "--once", "--json"}), 0) << machine.err;
    EXPECT_EQ(boost::json::parse(machine.out).at("batteries").as_array().size(), 1U);
    EXPECT_NE(machine.out.find("Bulk"), std::string::npos);
}

TEST_F(Command, WordsItDoesNotKnowNameTheNearestAndEndWithTwo)
{
    EXPECT_EQ(machine.command({"wach"}), 2);
    EXPECT_NE(machine.err.find("did you mean watch?"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.command({"wacth"}), 2);
    EXPECT_NE(machine.err.find("did you mean watch?"), std::string::npos) << "two letters swapped: " << machine.err;
    EXPECT_EQ(machine.command({"watch", "--seconds", "-1"}), 2);
    EXPECT_EQ(machine.command({"read", "sim:LltJbd", "--timeout", "0"}), 2);
    EXPECT_EQ(machine.command({"simulate", "--bms", "Dally"}), 2);
    EXPECT_NE(machine.err.find("did you mean Daly?"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.command({"run", "sim:Dally"}), 2);
    EXPECT_EQ(machine.command({"scan", "--jsno"}), 2);
    EXPECT_NE(machine.err.find("did you mean --json?"), std::string::npos) << machine.err;
}

TEST_F(Command, SimulateReplacesNoFile)
{
    machine.write_config("mine");
    const std::string file = machine.folder + "/config.ini";
    EXPECT_EQ(machine.command({"simulate", "--link", file}), 1);
    EXPECT_TRUE(read_file(file).value_or("").ends_with("mine"));
    EXPECT_EQ(machine.command({"simulate", "--record", file, "--hours", "0.01"}), 1);
    EXPECT_TRUE(read_file(file).value_or("").ends_with("mine"));
}

TEST_F(Command, HelpAndVersion)
{
    EXPECT_EQ(machine.command({"--version"}), 0);
    EXPECT_TRUE(machine.out.starts_with("bmsd "));
    for (const char* name : {"run", "scan", "read", "watch", "simulate", "bms", "config", "reload"}) {
        EXPECT_EQ(machine.command({name, "--help"}), 0);
        EXPECT_NE(machine.out.find("Example"), std::string::npos) << name;
    }
    EXPECT_NE(machine.command({}), 0);
    EXPECT_EQ(machine.command({"reload", "--state-dir", machine.folder}), 1);
}

TEST_F(Command, ConfigCheckTellsEverythingThatIsWrong)
{
    machine.write_config("MAX_CELL_VOLTAGE = high\nMAX_CEL_VOLTAGE = 3.5\n");
    EXPECT_EQ(machine.command({"config", "check", machine.folder + "/config.ini"}), 1);
    EXPECT_NE(machine.out.find(":2"), std::string::npos) << machine.out;
    EXPECT_NE(machine.out.find("MAX_CELL_VOLTAGE"), std::string::npos);
    EXPECT_EQ(machine.command({"config", "diff", machine.folder + "/config.ini"}), 1);
    EXPECT_NE(machine.err.find("MAX_CELL_VOLTAGE"), std::string::npos) << machine.err;
    EXPECT_EQ(machine.out, "; nothing differs from the defaults\n");
    machine.write_config("MAX_CELL_VOLTAGE = 3.5\n");
    EXPECT_EQ(machine.command({"config", "check", machine.folder + "/config.ini"}), 0) << machine.out;
    EXPECT_EQ(machine.command({"config", "diff", machine.folder + "/config.ini"}), 0) << machine.err;
    EXPECT_EQ(machine.out, "[DEFAULT]\n\n; default: 3.450\nMAX_CELL_VOLTAGE = 3.5\n");
    EXPECT_EQ(machine.command({"config", "diff", machine.folder + "/none.ini"}), 1);
    EXPECT_EQ(machine.command({"config", "explain", "top", "balancing"}), 0) << machine.err;
    EXPECT_EQ(machine.command({"config", "explain", "MAX_CEL_VOLTAGE"}), 1);
    EXPECT_NE(machine.err.find("did you mean MAX_CELL_VOLTAGE?"), std::string::npos) << machine.err;
    machine.write_config("; mine\nTEMP_1_NAME = A\n");
    EXPECT_EQ(machine.command({"config", "upgrade", machine.folder + "/config.ini"}), 0) << machine.err;
    EXPECT_NE(machine.out.find("; mine\nTEMPERATURE_1_NAME = A\n"), std::string::npos) << machine.out;
}

}  // namespace
}  // namespace bmsd::test
