// The socket where ports are handed over: one daemon has it, and it survives a process without descriptors.
#include "daemon/claims.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "support/bus/private_bus.h"

namespace bmsd::daemon {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct ClaimsTest : testing::Test {
    ClaimsTest() { fs::create_directories(folder); }
    ~ClaimsTest() override { fs::remove_all(folder); }
    auto open()
    {
        return Claims::open(loop, path,
                            {[this](const std::string& port) {
                                 claimed.push_back(port);
                                 return Result<void>();
                             },
                             [](const std::string&) {}});
    }
    link::Fd connect() const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        link::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
        return fd;
    }

    RealLoop loop;
    std::string folder = testing::TempDir() + "bmsd-claims-" + std::to_string(::getpid());
    std::string path = folder + "/claims";
    std::vector<std::string> claimed;
};

TEST_F(ClaimsTest, ASecondDaemonCannotTakeTheSocketOfOneThatRuns)
{
    auto first = open();
    ASSERT_TRUE(first) << first.error();
    const auto second = open();
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("another daemon"), std::string::npos) << second.error();
    loop.run_for(10ms);
    EXPECT_TRUE(connect()) << "the first one still listens";
}

TEST_F(ClaimsTest, WhatAKilledDaemonLeftIsReplacedAndWhatIsNoSocketIsNot)
{
    {
        auto killed = open();
        fs::rename(path, path + ".kept");  // a socket nobody listens at any more
    }
    fs::rename(path + ".kept", path);
    EXPECT_TRUE(open());
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_FALSE(open());
    EXPECT_TRUE(fs::is_fifo(path));
}

TEST_F(ClaimsTest, WithoutDescriptorsItWaitsInsteadOfSpinning)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "UBSan needs descriptors of its own to look at an object for the first time";
#endif
    auto claims = open();
    ASSERT_TRUE(claims);
    const link::Fd client = connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(::send(client.get(), "/dev/ttyUSB0\n", 13, 0), 13);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{3, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const std::clock_t busy = std::clock();
    for (int i = 0; i < 5; ++i) loop.run_for(100ms);
    const double cpu = static_cast<double>(std::clock() - busy) / CLOCKS_PER_SEC;
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_LT(cpu, 0.2);
    EXPECT_TRUE(claimed.empty());
    EXPECT_TRUE(test::run_until(loop, [&] { return !claimed.empty(); }));
}

}  // namespace
}  // namespace bmsd::daemon
