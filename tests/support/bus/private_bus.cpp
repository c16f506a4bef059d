#include "support/bus/private_bus.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bmsd::test {

PrivateBus::PrivateBus(unsigned connections)
{
    std::string pattern = (std::filesystem::temp_directory_path() / ("bmsd-bus-" + std::string(6, 'X'))).string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = pattern + "/files";
    std::filesystem::create_directory(folder_);
    address_ = "unix:path=" + pattern + "/socket";
    std::ofstream(pattern + "/bus.conf") << R"(<busconfig>
  <type>session</type>
  <listen>)" << address_ << R"(</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
)"
                                         << (connections == 0
                                                 ? std::string()
                                                 : fmt::format(R"(<limit name="max_connections_per_user">{}</limit>)",
                                                               connections))
                                         << "\n</busconfig>\n";
    start();
}

PrivateBus::~PrivateBus()
{
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(std::filesystem::path(folder_).parent_path(), ignored);
}

void PrivateBus::start()
{
    const auto parent = std::filesystem::path(folder_).parent_path();
    std::filesystem::remove(parent / "socket");
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const std::string config = "--config-file=" + (parent / "bus.conf").string();
    const std::string print = fmt::format("--print-address={}", 3);
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], 3);
        dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);  // it complains about limits it may not raise
        execlp("dbus-daemon", "dbus-daemon", config.c_str(), "--nofork", print.c_str(), nullptr);
        _exit(127);
    }
    close(ready[1]);
    char byte = 0;
    const bool up = pid_ > 0 && read(ready[0], &byte, 1) == 1;  // it prints once it listens
    close(ready[0]);
    if (!up) throw std::runtime_error("dbus-daemon did not start");
}

void PrivateBus::stop()
{
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void PrivateBus::pause()
{
    kill(pid_, SIGSTOP);
    int status = 0;
    waitpid(pid_, &status, WUNTRACED);
}

void PrivateBus::go_on()
{
    kill(pid_, SIGCONT);
}

bool run_until(RealLoop& loop, const std::function<bool()>& done, double seconds)
{
    const Instant deadline = loop.now() + bmsd::seconds(seconds);
    auto& context = loop.context();
    while (!done()) {
        if (loop.now() >= deadline) return false;
        context.restart();
        context.run_one_for(std::chrono::milliseconds(100));
    }
    return true;
}

}  // namespace bmsd::test
