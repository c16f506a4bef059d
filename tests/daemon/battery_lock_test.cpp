#include "daemon/battery_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "util/file.h"

namespace bmsd::daemon {
namespace {

namespace fs = std::filesystem;

class BatteryLockTest : public testing::Test {
  protected:
    BatteryLockTest() { fs::create_directories(folder); }
    ~BatteryLockTest() override { fs::remove_all(folder); }
    std::string folder = testing::TempDir() + "bmsd-lock-" + std::to_string(::getpid());
    std::string file = folder + "/dbus-serialbattery_PACK_1.pid";
};

TEST_F(BatteryLockTest, OneAtATimeAndTheFileGoesWithIt)
{
    {
        auto first = BatteryLock::take(folder, "pack 1", "name:1\n");
        ASSERT_TRUE(first);
        EXPECT_EQ(read_file(file).value_or(""), "name:1\n");
        EXPECT_FALSE(BatteryLock::take(folder, "Pack 1", "name:2\n")) << "letter case apart";
        EXPECT_TRUE(BatteryLock::take(folder, "pack 2", "name:2\n"));
        BatteryLock moved;
        moved = std::move(*first);
        EXPECT_TRUE(fs::exists(file));
        EXPECT_FALSE(BatteryLock::take(folder, "pack 1", "name:2\n"));
    }
    EXPECT_TRUE(fs::is_empty(folder));
    EXPECT_TRUE(BatteryLock::take(folder, "pack 1", "name:3\n"));
}

TEST_F(BatteryLockTest, AFileLeftByAProcessThatWasKilledIsTaken)
{
    ASSERT_TRUE(write_file(file, "old:77\n"));
    const auto lock = BatteryLock::take(folder, "pack 1", "name:1\n");
    ASSERT_TRUE(lock);
    EXPECT_EQ(read_file(file).value_or(""), "name:1\n");
}

TEST_F(BatteryLockTest, AFolderThatIsNotThereIsNoHindrance)
{
    EXPECT_TRUE(BatteryLock::take(folder + "/none", "pack 1", "name:1\n"));
}

TEST_F(BatteryLockTest, ALinkIsNotFollowedAndAFolderOfEverybodyIsNotUsed)
{
    const std::string victim = folder + "/victim";
    ASSERT_TRUE(write_file(victim, "precious\n"));
    fs::create_symlink(victim, file);
    EXPECT_TRUE(BatteryLock::take(folder, "pack 1", "name:1\n")) << "told, and served";
    EXPECT_EQ(read_file(victim).value_or(""), "precious\n");
    fs::remove(file);
    fs::permissions(folder, fs::perms::all);
    {
        const auto open_to_all = BatteryLock::take(folder, "pack 1", "name:1\n");
        EXPECT_TRUE(open_to_all);
        EXPECT_FALSE(fs::exists(file)) << "anybody could hold it there";
    }
    fs::permissions(folder, fs::perms::owner_all);
}

}  // namespace
}  // namespace bmsd::daemon
