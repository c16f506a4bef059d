// Against real servers, where Debian's packages are there: InfluxDB 1 and VictoriaMetrics.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/schema.h"
#include "influx/sender.h"

namespace bmsd::influx {
namespace {

std::string output_of(const std::string& command)
{
    std::string text;
    if (FILE* pipe = ::popen(command.c_str(), "r")) {
        char buffer[512];
        while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
        ::pclose(pipe);
    }
    return text;
}

bool installed(const std::string& program)
{
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// A program of the test, ended with it.
class Process {
  public:
    explicit Process(const std::string& command) : pid_(::fork())
    {
        if (pid_ != 0) return;
        ::execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null 2>&1").c_str(), nullptr);
        ::_exit(127);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

  private:
    pid_t pid_;
};

struct RealServer : testing::Test {
    RealLoop loop;
    site::Board board;
    std::string folder = testing::TempDir() + "bmsd-influx-" + std::to_string(::getpid());
    int port = 21000 + ::getpid() % 10000;

    RealServer() { std::filesystem::create_directories(folder); }
    ~RealServer() override { std::filesystem::remove_all(folder); }

    /// True as soon as the command prints `what`.
    static bool prints(const std::string& command, const std::string& what)
    {
        for (int i = 0; i < 150; ++i) {
            if (output_of(command).find(what) != std::string::npos) return true;
            ::poll(nullptr, 0, 100);
        }
        return false;
    }

    void write(config::Config config)
    {
        config.influx_url = fmt::format("http://127.0.0.1:{}", port);
        auto settings = settings_of(config);
        ASSERT_TRUE(settings);
        settings->interval = std::chrono::milliseconds(50);
        Sender sender(loop, board, std::move(*settings));
        auto who = std::make_shared<Who>();
        who->id = BatteryId{1};
        who->unique_id = "Bat, 1";
        who->custom_name = "My = \"battery\" \\";
        Snapshot s;
        s.derived.voltage = 53;
        s.telemetry.cell_voltages = {3.301, std::nullopt, 3.303};
        s.alarms[Alarm::low_soc] = 1;
        board.post(site::Change::What::appeared, who, s);
        const Instant end = loop.now() + std::chrono::seconds(20);
        while (sender.counts().sent < 4 && loop.now() < end) loop.run_for(std::chrono::milliseconds(20));
        EXPECT_EQ(sender.counts().sent, 4U) << sender.counts().problem;  // the event, the battery, two cells
        EXPECT_EQ(sender.counts().refused, 0U);
    }
};

TEST_F(RealServer, InfluxDb1TakesThePoints)
{
    if (!installed("influxd") || !installed("curl"))
        GTEST_SKIP() << "*** influxd or curl is not here: NOT tested against InfluxDB 1";
    std::ofstream(folder + "/influx.conf") << fmt::format(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{1}\"\n[meta]\ndir = \"{0}/meta\"\n[data]\ndir = "
        "\"{0}/data\"\nwal-dir = "
        "\"{0}/wal\"\n[http]\nbind-address = \"127.0.0.1:{2}\"\n",
        folder, port + 10001, port);
    const Process server("influxd -config " + folder + "/influx.conf");
    const std::string query = fmt::format("curl -s -m 5 -XPOST http://127.0.0.1:{}/query --data-urlencode ", port);
    ASSERT_TRUE(prints(query + "'q=CREATE DATABASE bmsd'", "statement_id"));
    auto config = config::defaults();
    config.influx_version = 1;
    write(config);
    EXPECT_TRUE(prints(query + "'q=SELECT voltage FROM cell GROUP BY *' -d db=bmsd", "\"cell\":\"03\""));
    EXPECT_TRUE(prints(query + "'q=SELECT voltage FROM battery GROUP BY *' -d db=bmsd", "53"));
}

TEST_F(RealServer, VictoriaMetricsTakesThePoints)
{
    if (!installed("victoria-metrics") || !installed("curl"))
        GTEST_SKIP() << "*** victoria-metrics or curl is not here: NOT tested against it";
    const Process server(
        fmt::format("victoria-metrics -httpListenAddr=127.0.0.1:{} -storageDataPath={}", port, folder));
    const std::string at = fmt::format("http://127.0.0.1:{}", port);
    ASSERT_TRUE(prints("curl -s -m 5 " + at + "/health", "OK"));
    for (const int version : {1, 2}) {
        auto config = config::defaults();
        config.influx_version = version;
        write(config);
    }
    EXPECT_TRUE(prints(
        "curl -s -m 5 '" + at + "/internal/force_flush'; curl -s -m 5 '" + at + "/api/v1/series?match[]=cell_voltage'",
        "\"cell\":\"03\""));
}

}  // namespace
}  // namespace bmsd::influx
