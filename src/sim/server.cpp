#include "sim/server.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace bmsd::sim {
namespace {

unsigned to_baud(speed_t code)
{
    switch (code) {
        case B1200:
            return 1200;
        case B2400:
            return 2400;
        case B4800:
            return 4800;
        case B9600:
            return 9600;
        case B19200:
            return 19200;
        case B38400:
            return 38400;
        case B57600:
            return 57600;
        case B115200:
            return 115200;
        case B230400:
            return 230400;
        case B460800:
            return 460800;
        default:
            return 0;
    }
}

/// Empty when it is no symbolic link.
std::string target_of(const std::string& link)
{
    std::error_code error;
    return std::filesystem::read_symlink(link, error).string();
}

/// A link of ours that outlived its pseudo terminal. Anything else at that path belongs to somebody.
bool left_behind(const std::string& link)
{
    const std::string target = target_of(link);
    return target.starts_with("/dev/pts/") && ::access(target.c_str(), F_OK) != 0 && errno == ENOENT;
}

}  // namespace

DeviceServer::DeviceServer(Loop& loop, Options options)
    : loop_(loop), options_(std::move(options)), random_(options_.faults.seed)
{
    open();
}

DeviceServer::~DeviceServer()
{
    unplug();
}

void DeviceServer::add(std::unique_ptr<bms::Device> device)
{
    devices_.push_back({std::move(device), {}});
}

void DeviceServer::open()
{
    master_ = link::Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    char name[64];
    if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
        ::ptsname_r(master_.get(), name, sizeof name) != 0)
        throw std::runtime_error(std::string("pseudo terminal: ") + std::strerror(errno));
    path_ = name;
    slave_ = link::Fd(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios line{};
    ::tcgetattr(slave_.get(), &line);
    ::cfmakeraw(&line);
    ::tcsetattr(slave_.get(), TCSANOW, &line);
    if (!options_.link.empty()) {
        if (left_behind(options_.link)) ::unlink(options_.link.c_str());
        if (::symlink(name, options_.link.c_str()) != 0)
            throw std::runtime_error(options_.link + ": " + std::strerror(errno));
    }
    reader_ = loop_.watch(master_.get(), Ready::read, [this] { on_readable(); });
}

void DeviceServer::unplug()
{
    reader_.reset();
    sender_.reset();
    output_.clear();
    if (!options_.link.empty() && master_ && target_of(options_.link) == path_) ::unlink(options_.link.c_str());
    slave_.reset();
    master_.reset();
}

void DeviceServer::plug(std::string link)
{
    if (!link.empty()) options_.link = std::move(link);
    open();
}

unsigned DeviceServer::speed() const
{
    termios line{};
    if (::tcgetattr(master_.get(), &line) != 0) return 0;
    return to_baud(::cfgetospeed(&line));
}

bool DeviceServer::speed_fits() const
{
    return options_.baud == 0 || speed() == options_.baud;
}

void DeviceServer::on_readable()
{
    std::uint8_t chunk[1024];
    const ssize_t count = ::read(master_.get(), chunk, sizeof chunk);
    if (count <= 0 || !speed_fits()) return;  // at another speed the device sees only noise
    for (Served& served : devices_) append(served.input, ByteView(chunk, static_cast<std::size_t>(count)));
    if (!options_.wire_timing) {
        serve();
        return;
    }
    const double on_wire = static_cast<double>(count) * 10 / std::max(1U, speed());
    wire_free_ = loop_.now() + seconds(on_wire);
    sender_ = loop_.at(wire_free_, [this] { serve(); });
}

void DeviceServer::serve()
{
    for (Served& served : devices_) {
        Bytes& input = served.input;
        while (!input.empty()) {
            Bytes reply;
            const std::size_t used = served.device->receive(input, reply);
            if (used == 0) break;
            input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(used));
            if (reply.empty()) continue;
            ++requests_;
            damage(reply);
            append(output_, reply);
        }
        if (input.size() > 4096) input.clear();
    }
    send();
}

void DeviceServer::damage(Bytes& reply)
{
    const Faults& f = options_.faults;
    const auto happens = [this](double probability) {
        return probability > 0 && std::uniform_real_distribution<>(0, 1)(random_) < probability;
    };
    if (happens(f.silent)) reply.clear();
    if (reply.empty()) return;
    if (happens(f.garbage)) {
        for (auto& byte : reply) byte = static_cast<std::uint8_t>(random_());
    }
    const auto any_of_reply = [&] { return static_cast<std::size_t>(random_() % reply.size()); };
    if (happens(f.bit_error)) reply[any_of_reply()] ^= static_cast<std::uint8_t>(1U << (random_() % 8));
    if (happens(f.cut)) reply.resize(any_of_reply());
}

void DeviceServer::send()
{
    sender_.reset();
    if (output_.empty() || !master_) return;
    const bool paced = options_.wire_timing || options_.faults.slow;
    constexpr auto slice = std::chrono::milliseconds(2);
    const double line_speed = std::max(1U, speed()) / 10.0 / (options_.faults.slow ? 10 : 1);  // bytes a second
    const auto count =
        paced ? std::clamp<std::size_t>(static_cast<std::size_t>(line_speed * to_seconds(slice)), 1, output_.size())
              : output_.size();
    const Duration took = seconds(static_cast<double>(count) / line_speed);
    const auto write_slice = [this, count] {
        const ssize_t written = ::write(master_.get(), output_.data(), count);
        if (written > 0) output_.erase(output_.begin(), output_.begin() + written);
        if (written <= 0 && errno != EAGAIN) output_.clear();
        send();
    };
    if (!paced) {
        const ssize_t written = ::write(master_.get(), output_.data(), count);
        if (written > 0) output_.erase(output_.begin(), output_.begin() + written);
        if (!output_.empty()) sender_ = loop_.at(loop_.now() + slice, [this] { send(); });
        return;
    }
    // from the end of the slice before, not from now: a late timer does not slow the wire down
    wire_free_ = std::max(wire_free_, loop_.now() - slice) + took;
    sender_ = loop_.at(wire_free_, write_slice);
}

}  // namespace bmsd::sim
