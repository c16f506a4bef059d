#include "link/serial.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bmsd::link {
namespace {

constexpr std::size_t largest_reply = 4096;
constexpr tcflag_t format_bits = CSIZE | PARENB | PARODD | CSTOPB;
constexpr Duration longest_unrest = std::chrono::milliseconds(500);

speed_t speed(unsigned baud)
{
    struct Row {
        unsigned baud;
        speed_t code;
    };
    static constexpr Row rows[]{{1200, B1200},     {2400, B2400},    {4800, B4800},   {9600, B9600},
                                {19200, B19200},   {38400, B38400},  {57600, B57600}, {115200, B115200},
                                {230400, B230400}, {460800, B460800}};
    const auto* row = std::find_if(std::begin(rows), std::end(rows), [=](const Row& r) { return r.baud == baud; });
    return row == std::end(rows) ? B0 : row->code;
}

Failure system_error(const std::string& what)
{
    return Failure(what + ": " + std::strerror(errno));
}

}  // namespace

/// Waits until the reply is complete, the port is gone or time is up: `first` without any byte, then the time the reply
/// takes on the wire and `rest` after the first, or `idle` after the latest.
class SerialPort::Arrival {
  public:
    Arrival(SerialPort& port, Instant first, Duration rest, Duration idle)
        : port_(port), deadline_(first), rest_(rest), idle_(idle)
    {
    }
    Arrival(const Arrival&) = delete;
    Arrival& operator=(const Arrival&) = delete;
    ~Arrival() { port_.waiting_ = nullptr; }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle)
    {
        handle_ = handle;
        port_.waiting_ = this;
        arm();
    }
    void await_resume() const noexcept {}

    /// `whole`: how long the reply takes on the wire, as far as is known now.
    void byte_came(Instant now, Duration whole)
    {
        if (!begun_) begun_ = now;
        const Instant end = *begun_ + whole + rest_;
        deadline_ = idle_ > Duration::zero() ? std::min(end, now + idle_) : end;
        if (deadline_ < armed_) arm();
    }
    void done()
    {
        timer_.reset();
        port_.waiting_ = nullptr;
        handle_.resume();
    }

  private:
    void arm()
    {
        armed_ = deadline_;
        timer_ = port_.loop_.at(deadline_, [this] {
            if (port_.loop_.now() < deadline_) {  // moved by what came
                arm();
            } else {
                done();
            }
        });
    }

    SerialPort& port_;
    Instant deadline_;
    Duration rest_, idle_;
    Instant armed_{};
    std::optional<Instant> begun_;
    std::coroutine_handle<> handle_;
    Wait timer_;
};

/// While it lives what arrives belongs to a reply. Ends with the exchange, also when that is cancelled.
class SerialPort::Awaited {
  public:
    Awaited(SerialPort& port, bms::Length& length) : port_(port) { port_.length_ = &length; }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;
    ~Awaited() { port_.length_ = nullptr; }

  private:
    SerialPort& port_;
};

SerialPort::SerialPort(Loop& loop, std::string path, std::string name)
    : loop_(loop), path_(std::move(path)), name_(std::move(name))
{
    buffer_.reserve(largest_reply);
}

SerialPort::~SerialPort() = default;

bool SerialPort::present() const
{
    struct stat status {};
    return ::stat(path_.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
}

Result<void> SerialPort::open(unsigned baud, bms::Parity parity)
{
    if (fd_ && baud == baud_ && parity == parity_) return {};
    if (!fd_) {
        Fd opened(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
        if (!opened) return system_error(path_);
        // another program that keeps to the custom of locking the tty has it
        if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return system_error(path_ + " is used by another program");
        ::ioctl(opened.get(), TIOCEXCL);
        fd_ = std::move(opened);
        const auto set = set_line(baud, parity);
        if (!set) {
            close();
            return set;
        }
        reader_ = loop_.watch(fd_.get(), Ready::read, [this] { on_readable(); });
        return {};
    }
    return set_line(baud, parity);
}

Result<void> SerialPort::set_line(unsigned baud, bms::Parity parity)
{
    const speed_t code = speed(baud);
    if (code == B0) return Failure(path_ + ": no such speed: " + std::to_string(baud));
    termios line{};
    if (::tcgetattr(fd_.get(), &line) != 0) return system_error(path_);
    ::cfmakeraw(&line);
    line.c_cflag |= CLOCAL | CREAD;
    line.c_cflag &= ~(CSTOPB | CRTSCTS | PARODD);
    if (parity == bms::Parity::even) line.c_cflag |= PARENB;
    line.c_cc[VMIN] = 0;
    line.c_cc[VTIME] = 0;
    ::cfsetispeed(&line, code);
    ::cfsetospeed(&line, code);
    if (::tcsetattr(fd_.get(), TCSANOW, &line) != 0) return system_error(path_);
    if (::tcgetattr(fd_.get(), &line) != 0) return system_error(path_);
    ::tcflush(fd_.get(), TCIOFLUSH);
    baud_ = baud;
    parity_ = parity;
    format_ = line.c_cflag & format_bits;
    taken_ = false;
    return {};
}

void SerialPort::close()
{
    reader_.reset();
    if (fd_) ::ioctl(fd_.get(), TIOCNXCL);
    fd_.reset();
    baud_ = 0;
    wake();
}

void SerialPort::wake()
{
    if (waiting_ != nullptr) waiting_->done();
}

Duration SerialPort::bytes_time(std::size_t count) const
{
    const double bits = parity_ == bms::Parity::none ? 10 : 11;
    return seconds(static_cast<double>(count) * bits / std::max(1U, baud_));
}

bool SerialPort::line_changed() const
{
    termios line{};
    return fd_ && ::tcgetattr(fd_.get(), &line) == 0 &&
           (::cfgetospeed(&line) != speed(baud_) || (line.c_cflag & format_bits) != format_);
}

void SerialPort::on_readable()
{
    std::uint8_t chunk[1024];
    const ssize_t count = ::read(fd_.get(), chunk, sizeof chunk);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {  // the adapter was pulled, or the other end of a pseudo terminal closed
        close();
        return;
    }
    last_heard_ = loop_.now();
    if (length_ == nullptr) return;  // nobody asked: noise or a late reply
    last_byte_ = last_heard_;
    append(buffer_, ByteView(chunk, static_cast<std::size_t>(count)));
    if (buffer_.size() > largest_reply) {  // babbling: no reply is that long
        buffer_.resize(largest_reply);
        wanted_ = largest_reply;
    } else {
        wanted_ = (*length_)(buffer_);
    }
    if (waiting_ != nullptr) waiting_->byte_came(last_byte_, bytes_time(wanted_));
    if (buffer_.size() >= wanted_) wake();
}

Task<bms::Reply<void>> SerialPort::send(ByteView bytes, Instant deadline)
{
    while (!bytes.empty()) {
        if (!fd_) co_return bms::refuse(bms::Refusal::link_lost);
        const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN && loop_.now() < deadline) {
            co_await loop_.sleep(std::chrono::milliseconds(5));  // a full output buffer empties at line speed
        } else {
            if (errno != EAGAIN) close();
            co_return bms::refuse(bms::Refusal::link_lost);
        }
    }
    co_return bms::Reply<void>{};
}

bms::Reply<ByteView> SerialPort::judge(bool partial) const
{
    if (!buffer_.empty() && (buffer_.size() >= wanted_ || partial))
        return ByteView(buffer_).first(std::min(buffer_.size(), wanted_));
    if (!fd_) return bms::refuse(bms::Refusal::link_lost);
    if (taken_) return bms::refuse(bms::Refusal::port_taken);
    return bms::refuse(buffer_.empty() ? bms::Refusal::silence : bms::Refusal::cut_short);
}

/// Until the line has been quiet for `exchange.gap` and the previous request is `exchange.interval` ago. A line that
/// never gets quiet is not waited for.
Task<void> SerialPort::await_turn(const bms::Exchange& exchange)
{
    const Instant patience = loop_.now() + std::max({exchange.interval, exchange.gap, longest_unrest});
    for (;;) {
        const Instant turn = std::min(std::max(last_heard_ + exchange.gap, started_ + exchange.interval), patience);
        if (turn <= loop_.now()) co_return;
        co_await loop_.sleep_until(turn);
    }
}

Task<bms::Reply<ByteView>> SerialPort::transact(bms::Exchange exchange)
{
    if (!fd_) co_return bms::refuse(bms::Refusal::link_lost);
    co_await await_turn(exchange);
    if (!fd_) co_return bms::refuse(bms::Refusal::link_lost);

    if (taken_) set_line(baud_, parity_);
    ::tcflush(fd_.get(), TCIFLUSH);  // noise, or a late reply that must not be taken for the new one
    buffer_.clear();
    wanted_ = exchange.length(buffer_);
    started_ = last_byte_ = last_heard_ = loop_.now();
    const Awaited awaited(*this, exchange.length);
    if (tap_ != nullptr) tap_->sent(exchange.request);
    const auto sent = co_await send(exchange.request, started_ + std::chrono::seconds(1));
    if (sent && buffer_.size() < wanted_) {
        const Instant first = loop_.now() + bytes_time(exchange.request.size()) + exchange.first;
        Arrival arrival(*this, first, exchange.rest, exchange.idle);
        co_await arrival;
        taken_ = buffer_.size() < wanted_ && line_changed();
    }
    if (!sent) co_return bms::refuse(sent.error());
    if (wanted_ == 0) co_return ByteView{};
    const auto reply = judge(exchange.partial);
    if (tap_ != nullptr && !buffer_.empty()) tap_->received(buffer_);
    co_return reply;
}

Task<void> SerialPort::pause(Duration duration)
{
    co_await loop_.sleep(duration);
}

}  // namespace bmsd::link
