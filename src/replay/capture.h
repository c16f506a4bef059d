#pragma once
// The raw capture: what travels on a port and what it was taken for, one JSON object a line. A problem with it is
// logged once and never disturbs the battery. Format and rotation: core/lifecycle.md section 12.
#include <cstdint>
#include <functional>
#include <string>

#include "link/port.h"

namespace bmsd::replay {

class Capture final : public link::Tap {
  public:
    struct Options {
        std::string folder;
        std::uint64_t largest = 5U << 20;  // bytes of one file
        unsigned backups = 3;              // older files kept; 0: the file is cut to nothing when it is full
    };

    /// `wall` gives the time in seconds since 1970.
    Capture(const std::string& port, Options options, std::function<double()> wall);
    ~Capture() override;
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    void sent(ByteView bytes) override { bytes_line("tx", bytes); }
    void received(ByteView bytes) override { bytes_line("rx", bytes); }
    /// The end of a read cycle of `duration` seconds.
    void decoded(const Reading& reading, double duration, bool success);
    const std::string& file() const { return path_; }

  private:
    void bytes_line(const char* direction, ByteView bytes);
    void write(const std::string& line);
    bool make_room(std::size_t size);
    void open();
    void fail(const std::string& what);

    Options options_;
    std::function<double()> wall_;
    std::string path_;
    int fd_ = -1;
    std::uint64_t size_ = 0;
    double last_decoded_ = 0;
    bool failed_ = false;
};

/// The port's name as a file name: every character outside A-Z a-z 0-9 _ . - becomes _.
std::string capture_name(std::string_view port);

}  // namespace bmsd::replay
