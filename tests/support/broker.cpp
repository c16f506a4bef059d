#include "support/broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace bmsd::test {
namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t free_port()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

bool answers(std::uint16_t port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool good = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return good;
}

void shell(const std::string& command)
{
    if (std::system(("(" + command + ") >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error(command + " failed");
}

}  // namespace

MqttBroker::MqttBroker(std::string folder, Kind kind) : folder_(std::move(folder)), kind_(kind), port_(free_port())
{
    shell("mkdir -p " + folder_);
    std::ofstream config(folder_ + "/mosquitto.conf");
    config << "listener " << port_ << " 127.0.0.1\npersistence false\nuser root\n";
    if (kind_.password) {
        shell("touch " + folder_ + "/passwords && mosquitto_passwd -b " + folder_ + "/passwords bmsd secret");
        config << "allow_anonymous false\npassword_file " << folder_ << "/passwords\n";
    } else {
        config << "allow_anonymous true\n";
    }
    if (kind_.tls) {
        shell("cd " + folder_ +
              " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt "
              "-days 2 "
              "-subj /CN=private && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout broker.key "
              "-out broker.csr -subj /CN=localhost && openssl x509 -req -in broker.csr -CA ca.crt -CAkey ca.key "
              "-CAcreateserial -out broker.crt -days 2 && chmod 644 broker.key");
        config << "certfile " << folder_ << "/broker.crt\nkeyfile " << folder_ << "/broker.key\n";
    }
    config.close();
    start();
}

MqttBroker::~MqttBroker()
{
    kill();
}

void MqttBroker::start()
{
    pid_ = ::fork();
    if (pid_ == 0) {
        const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(log, 1), ::dup2(log, 2);
        ::execlp("mosquitto", "mosquitto", "-c", (folder_ + "/mosquitto.conf").c_str(), nullptr);
        ::execl("/usr/sbin/mosquitto", "mosquitto", "-c", (folder_ + "/mosquitto.conf").c_str(), nullptr);
        ::_exit(127);
    }
    for (int i = 0; i < 1000; ++i) {
        if (answers(port_)) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
        ::poll(nullptr, 0, 10);
    }
    throw std::runtime_error("mosquitto does not start, see " + folder_ + "/log");
}

void MqttBroker::kill()
{
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string MqttBroker::access() const
{
    std::string text = " -h localhost -p " + std::to_string(port_);
    if (kind_.tls) text += " --cafile " + ca_file();
    if (kind_.password) text += " -u bmsd -P secret";
    return text;
}

void MqttBroker::publish(const std::string& arguments) const
{
    shell("mosquitto_pub" + access() + " " + arguments);
}

std::string MqttBroker::listen(const std::string& topic, int count, int seconds) const
{
    const std::string command = "mosquitto_sub" + access() + " -t '" + topic + "' -C " + std::to_string(count) +
                                " -W " + std::to_string(seconds) + " -F '%t %r %p' 2>/dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    ::pclose(pipe);
    return text;
}

}  // namespace bmsd::test
