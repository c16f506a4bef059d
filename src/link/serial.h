#pragma once
// A serial port: raw, non-blocking, owned exclusively. Replies end by their length; nothing ever blocks the loop.
#include <memory>

#include "link/port.h"
#include "util/fd.h"
#include "util/loop.h"

namespace bmsd::link {

using bmsd::Fd;

class SerialPort final : public Port {
  public:
    /// `name` is what the user knows the port by, where that is not its path.
    SerialPort(Loop& loop, std::string path, std::string name = {});
    ~SerialPort() override;

    const std::string& name() const override { return name_.empty() ? path_ : name_; }
    Result<void> open(unsigned baud, bms::Parity parity = bms::Parity::none) override;
    void close() override;
    bool is_open() const override { return static_cast<bool>(fd_); }
    bool present() const override;
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override;
    double wall() const override { return loop_.wall(); }
    Instant steady() const override { return loop_.now(); }
    void set_tap(Tap* tap) override { tap_ = tap; }
    double wire_seconds() const override { return to_seconds(last_byte_ - started_); }

  private:
    class Arrival;
    class Awaited;

    Result<void> set_line(unsigned baud, bms::Parity parity);
    bool line_changed() const;
    Task<void> await_turn(const bms::Exchange& exchange);
    Task<bms::Reply<void>> send(ByteView bytes, Instant deadline);
    void on_readable();
    void wake();
    Duration bytes_time(std::size_t count) const;
    bms::Reply<ByteView> judge(bool partial) const;

    Loop& loop_;
    std::string path_, name_;
    Fd fd_;
    unsigned baud_ = 0;
    bms::Parity parity_ = bms::Parity::none;
    unsigned format_ = 0;  // as the system took it: a pseudo terminal knows no parity
    Tap* tap_ = nullptr;
    Bytes buffer_;                   // the reply being read
    std::size_t wanted_ = 0;         // its length as far as known
    bms::Length* length_ = nullptr;  // set while a reply is awaited
    Arrival* waiting_ = nullptr;
    Instant started_{}, last_byte_{};
    Instant last_heard_{};  // also what nobody asked for
    bool taken_ = false;    // another program changed the settings of the line
    Wait reader_;           // last member: goes first
};

}  // namespace bmsd::link
