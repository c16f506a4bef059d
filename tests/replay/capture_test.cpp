#include "replay/capture.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "util/file.h"

namespace bmsd::replay {
namespace {

class CaptureTest : public testing::Test {
  protected:
    CaptureTest() { std::filesystem::remove_all(folder); }
    std::string folder =
        testing::TempDir() + "bmsd_capture_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    double wall = 1753780000.123;
};

TEST_F(CaptureTest, LinesAreWhatTheSheetSays)
{
    Capture capture("/dev/ttyUSB0", {folder}, [&] { return wall; });
    const Bytes request{0xDD, 0xA5};
    capture.sent(request);
    capture.received({});
    Reading reading;
    reading.telemetry.voltage = 52.1;
    capture.decoded(reading, 0.0782, true);
    wall += 1;
    capture.decoded(reading, 0.08, false);
    EXPECT_EQ(capture.file(), folder + "/_dev_ttyUSB0.jsonl");
    std::ifstream lines(capture.file());
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, R"({"t": 1753780000.123, "dir": "tx", "raw": "dda5"})");
    std::getline(lines, line);
    const auto decoded = boost::json::parse(line);
    EXPECT_EQ(decoded.at("dir"), "decoded");
    EXPECT_EQ(decoded.at("dt_since_last"), 0.0);
    EXPECT_EQ(decoded.at("duration_ms"), 78.2);
    EXPECT_EQ(decoded.at("decoded").at("voltage"), 52.1);
    std::getline(lines, line);
    EXPECT_EQ(boost::json::parse(line).at("dt_since_last"), 1.0);
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(CaptureTest, FullFilesMoveUpAndTheOldestGoes)
{
    Capture capture("p", {folder, 400, 2}, [&] { return wall; });
    const Bytes bytes(40, 0xAA);
    for (int i = 0; i < 20; ++i) capture.sent(bytes);
    EXPECT_TRUE(std::filesystem::exists(folder + "/p.jsonl.1"));
    EXPECT_TRUE(std::filesystem::exists(folder + "/p.jsonl.2"));
    EXPECT_FALSE(std::filesystem::exists(folder + "/p.jsonl.3"));
    for (const auto& file : std::filesystem::directory_iterator(folder)) EXPECT_LE(file.file_size(), 400U);
}

TEST_F(CaptureTest, WithoutBackupsTheFileStartsAnew)
{
    Capture capture("p", {folder, 400, 0}, [&] { return wall; });
    const Bytes bytes(40, 0xAA);
    for (int i = 0; i < 20; ++i) capture.sent(bytes);
    EXPECT_FALSE(std::filesystem::exists(folder + "/p.jsonl.1"));
    EXPECT_LE(std::filesystem::file_size(folder + "/p.jsonl"), 400U);
}

TEST_F(CaptureTest, AFolderThatCannotBeWrittenDisturbsNobody)
{
    ASSERT_TRUE(write_file(folder, "a file where the folder should be"));
    Capture capture("p", {folder}, [&] { return wall; });
    capture.sent(Bytes{1});
}

TEST_F(CaptureTest, NeitherALinkNorAPipeIsWrittenTo)
{
    namespace fs = std::filesystem;
    fs::create_directories(folder);
    const Bytes bytes(4, 0xAA);
    ASSERT_TRUE(write_file(folder + "/victim", "precious\n"));
    fs::create_symlink(folder + "/victim", folder + "/link.jsonl");
    fs::create_hard_link(folder + "/victim", folder + "/twin.jsonl");
    ASSERT_EQ(::mkfifo((folder + "/pipe.jsonl").c_str(), 0600), 0);
    for (const char* name : {"link", "twin", "pipe"}) {
        Capture capture(name, {folder}, [&] { return wall; });
        capture.sent(bytes);
    }
    EXPECT_EQ(read_file(folder + "/victim").value_or(""), "precious\n");
}

}  // namespace
}  // namespace bmsd::replay
