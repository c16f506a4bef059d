#pragma once
// Lines to somebody who may have stopped reading: never waits for him.
#include <cstdint>
#include <string>
#include <string_view>

namespace bmsd {

class LineWriter {
  public:
    /// `fd` stays the caller's. A pipe or a terminal is opened once more, without blocking: the flag would else be set
    /// for all who share it.
    explicit LineWriter(int fd);
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// Writes `line`, which ends in '\n', or loses it as a whole. Once something is taken again, the first line tells
    /// how many are lost.
    void write(std::string_view line);
    /// Since somebody read the last time.
    std::uint64_t lost() const { return lost_; }

  private:
    bool flush();
    bool offer(std::string line);
    long push(std::string_view bytes) const;

    int fd_;
    bool socket_ = false;
    bool own_ = false;   // opened here: does not block
    bool file_ = false;  // takes everything
    std::string rest_;   // of a line that is taken in part
    std::uint64_t lost_ = 0;
};

}  // namespace bmsd
