// Finding the daemons of this machine, and choosing the bus of one.
#include "cli/daemons.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "util/file.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

class Daemons : public testing::Test {
  protected:
    Daemons() { fs::create_directories(root); }
    ~Daemons() override { fs::remove_all(root); }

    void process(const std::string& id, const std::string& name, const std::string& words,
                 const std::string& environment) const
    {
        const std::string at = root + "/proc/" + id + "/";
        ASSERT_TRUE(write_file(at + "comm", name + "\n"));
        ASSERT_TRUE(write_file(at + "cmdline", words));
        ASSERT_TRUE(write_file(at + "environ", environment));
        fs::create_symlink("/home/me", at + "cwd");
    }

    std::string root = (fs::temp_directory_path() / ("bmsd-daemons-" + std::to_string(::getpid()))).string();
};

template <std::size_t size>
std::string with_zeros(const char (&text)[size])
{
    return {text, size - 1};
}

TEST_F(Daemons, AreFoundWithTheirFoldersAndBus)
{
    process("31", "bmsd", with_zeros("bmsd\0run\0--state-dir=/s\0sim:Daly\0"),
            with_zeros("HOME=/x\0DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/a,guid=1\0"));
    process("4", "bmsd", with_zeros("bmsd\0run\0--config\0c.ini\0"), "");
    process("5", "bmsd", with_zeros("bmsd\0watch\0"), with_zeros("A=1\0"));
    process("6", "other", with_zeros("other\0run\0"), with_zeros("A=1\0"));
    process("7", "bmsd", with_zeros("bmsd\0run\0"), with_zeros("A=1\0"));
    fs::create_symlink("/srv/other", root + "/proc/7/root");
    const auto all = running_daemons(root);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].process, "4");
    EXPECT_EQ(all[0].bus, "") << "it cannot be asked";
    EXPECT_EQ(all[0].config_file, "/home/me/c.ini");
    EXPECT_EQ(all[1].bus, "unix:path=/tmp/a,guid=1");
    EXPECT_EQ(all[1].state_dir, "/s");
}

TEST(Bus, IsThatOfTheDaemonUnlessAnotherWasChosen)
{
    const std::string mine = "unix:path=/run/user/0/bus";
    const std::vector<RunningDaemon> daemons{{"9", "unix:path=/tmp/a,guid=1", "", ""}};
    EXPECT_EQ(choose_bus(mine, false, {}).address, mine);
    const auto followed = choose_bus(mine, false, daemons);
    EXPECT_EQ(followed.address, "unix:path=/tmp/a,guid=1");
    EXPECT_EQ(followed.told, "bus of bmsd (9): unix:path=/tmp/a,guid=1");
    const auto chosen = choose_bus(mine, true, daemons);
    EXPECT_EQ(chosen.address, mine);
    EXPECT_EQ(chosen.told, "");
    EXPECT_NE(chosen.hint.find("DBUS_SESSION_BUS_ADDRESS='unix:path=/tmp/a,guid=1'"), std::string::npos);
    EXPECT_EQ(choose_bus("unix:path=/tmp/a", true, daemons).hint, "") << "it is the same one";
    const auto foreign = choose_bus("unix:path=/var/run/dbus/system_bus_socket", false, {{"9", "", "", ""}});
    EXPECT_NE(foreign.hint.find("sudo"), std::string::npos) << foreign.hint;
}

TEST_F(Daemons, OnlyWhoHoldsTheLockIsTheDaemon)
{
    const std::string file = root + "/bmsd.pid";
    EXPECT_EQ(lock_holder(file), "");
    ASSERT_TRUE(write_file(file, std::to_string(::getpid()) + "\n"));
    EXPECT_EQ(lock_holder(file), "") << "a number that another program has by now";
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(lock_holder(file), "") << "this test is no daemon";
    ::close(fd);
}

}  // namespace
}  // namespace bmsd::cli
