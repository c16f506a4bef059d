// What bmsd doctor sees of a machine: a small tree that stands for "/".
#include "cli/machine.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "util/file.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

class Machine : public testing::Test {
  protected:
    Machine() { root = fs::path(testing::TempDir()) / ("machine-" + std::to_string(::getpid())); }
    ~Machine() override { fs::remove_all(root); }
    void put(const std::string& file, const std::string& text) { ASSERT_TRUE(write_file(root / file, text)); }
    MachineFacts look(const std::vector<std::string>& ports = {}) const
    {
        return look_at_machine(root, "/state", ports);
    }
    fs::path root;
};

TEST_F(Machine, AnEmptyOneTellsNothing)
{
    const auto facts = look({"/dev/ttyUSB0"});
    EXPECT_FALSE(facts.ports.at(0).accessible);
    EXPECT_EQ(facts.venus, "");
    EXPECT_EQ(facts.old_driver, "");
    EXPECT_NE(facts.state_problem.find("is not there"), std::string::npos) << facts.state_problem;
    EXPECT_EQ(facts.load_5, std::nullopt);
    EXPECT_EQ(facts.daemon_cpu, std::nullopt);
}

TEST_F(Machine, WhoHoldsAPort)
{
    put("dev/ttyUSB0", "");
    put("proc/77/comm", "gpsd\n");
    put("proc/78/comm", "bmsd\n");
    for (const char* process : {"77", "78"}) {
        fs::create_directories(root / "proc" / process / "fd");
        fs::create_symlink("/dev/ttyUSB0", root / "proc" / process / "fd/5");
    }
    EXPECT_EQ(look({"/dev/ttyUSB0"}).ports[0].holder, "gpsd (77)");
    EXPECT_TRUE(look({"/dev/ttyUSB0"}).ports[0].accessible);
    fs::remove_all(root / "proc/77");
    EXPECT_EQ(look({"/dev/ttyUSB0"}).ports[0].holder, "") << "bmsd itself";
}

TEST_F(Machine, VenusAndTheDriverBefore)
{
    put("opt/victronenergy/version", "v3.70\n20260801\n");
    put("data/apps/dbus-serialbattery/config.ini", "");
    put("data/conf/serial-starter.d/zz-bmsd.conf", "service bmsd bmsd\n");
    EXPECT_EQ(look().venus, "v3.70");
    EXPECT_EQ(look().old_driver, "/data/apps/dbus-serialbattery");
    EXPECT_FALSE(look().old_driver_enabled);
    EXPECT_TRUE(look().handed_over);
    put("data/rc.local", "#!/bin/sh\n# bash /data/apps/dbus-serialbattery/enable.sh --boot &\n");
    EXPECT_FALSE(look().old_driver_enabled) << "a comment";
    put("data/rc.local", "#!/bin/sh\nbash /data/apps/dbus-serialbattery/enable.sh --boot &\n");
    EXPECT_TRUE(look().old_driver_enabled);
    fs::remove(root / "data/rc.local");
    put("data/conf/serial-starter.d/dbus-serialbattery.conf", "service sbattery dbus-serialbattery\n");
    EXPECT_TRUE(look().old_driver_enabled);
}

TEST_F(Machine, WhereTheDriverBeforeRuns)
{
    const auto supervise = [&](const char* service, std::string process) {
        put("service/" + std::string(service) + "/supervise/status",
            std::string(12, '@') + process + std::string("\0d", 2));
    };
    put("service/dbus-serialbattery.ttyUSB9/run", "");
    supervise("dbus-serialbattery.ttyUSB0", std::string(4, '\0'));
    supervise("gps.ttyUSB1", std::string("\x02\x01\0\0", 4));
    put("proc/258/comm", "python3\n");
    EXPECT_TRUE(look().old_driver_on.empty()) << "folders of services, and another's process";
    supervise("dbus-serialbattery.ttyUSB2", std::string("\x02\x01\0\0", 4));
    supervise("dbus-serialbattery.ttyUSB0", std::string("\x02\x01\0\0", 4));
    EXPECT_EQ(look().old_driver_on, (std::vector<std::string>{"ttyUSB0", "ttyUSB2"}));
    fs::remove_all(root / "proc/258");
    EXPECT_TRUE(look().old_driver_on.empty()) << "what a killed supervise has left";
}

TEST_F(Machine, MediaAndPages)
{
    put("media/sda1/venus-data_installed.tar.gz", "");
    put("media/sda1/venus-data_install.log", "");
    put("proc/mounts", "/dev/root / ext4 ro 0 0\nOL_gui /data/x overlay rw 0 0\n");
    EXPECT_EQ(look().archive, "");
    EXPECT_FALSE(look().changed_pages);
    put("media/sda1/venus-data.tar.gz", "");
    put("proc/mounts", "OL_gui-v2 /opt/victronenergy/gui-v2 overlay rw 0 0\n");
    EXPECT_EQ(look().archive, "/media/sda1/venus-data.tar.gz");
    EXPECT_TRUE(look().changed_pages);
}

TEST_F(Machine, LoadMemoryAndTheDaemonsShare)
{
    put("proc/loadavg", "0.50 1.25 2.50 1/100 4711\n");
    put("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable:  204800 kB\n");
    put("proc/uptime", "1000.0 900.0\n");
    put("state/bmsd.pid", "42\n");
    put("proc/42/comm", "bmsd\n");
    const std::string start = std::to_string(500 * ::sysconf(_SC_CLK_TCK));
    const std::string used = std::to_string(5 * ::sysconf(_SC_CLK_TCK));
    put("proc/42/stat", "42 (bmsd) S 1 1 1 0 -1 0 0 0 0 0 " + used + " " + used + " 0 0 20 0 1 0 " + start + " 0 0\n");
    put("proc/42/status", "Name: bmsd\nVmRSS:  9216 kB\n");
    const auto facts = look();
    EXPECT_EQ(facts.load_5, 1.25);
    EXPECT_EQ(facts.load_15, 2.5);
    EXPECT_EQ(facts.memory_available, 200);
    EXPECT_EQ(facts.daemon_memory, 9);
    EXPECT_NEAR(facts.daemon_cpu.value_or(0), 0.02, 1e-9) << "10 of 500 s";
    EXPECT_EQ(facts.state_problem, "");
    EXPECT_GT(facts.state_free.value_or(0), 0);
    EXPECT_EQ(facts.daemon_sets_links, std::nullopt) << "nothing is told of its capabilities";
    put("proc/42/comm", "another\n");
    EXPECT_EQ(look().daemon_cpu, std::nullopt) << "the number was given to another program";
}

TEST_F(Machine, WhetherTheDaemonMayAdministerTheNetwork)
{
    put("state/bmsd.pid", "42\n");
    put("proc/42/comm", "bmsd\n");
    const auto with = [&](const std::string& line) {
        put("proc/42/status", "Name: bmsd\nCapBnd:\tffffffffffffffff\n" + line);
        return look().daemon_sets_links;
    };
    EXPECT_EQ(with("CapEff:\t0000000000001000\n"), true);
    EXPECT_EQ(with("CapEff:\t000001ffffffffff\n"), true) << "root";
    EXPECT_EQ(with("CapEff:\t0000000000000000\n"), false);
    EXPECT_EQ(with("CapEff:\t0000000000002000\n"), false) << "another one";
    EXPECT_EQ(with("CapEff:\tmuch\n"), std::nullopt);
    EXPECT_EQ(with("CapEff:\n"), std::nullopt);
    EXPECT_EQ(with(""), std::nullopt);
}

}  // namespace
}  // namespace bmsd::cli
