#pragma once
// Batches of lines that wait for the server: bounded, the oldest go first. Pure.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace bmsd::influx {

struct Batch {
    std::string lines;
    std::size_t count = 0;
};

class Ring {
  public:
    explicit Ring(std::size_t most) : most_(most) {}

    /// A batch of at most `lines_a_batch` lines is begun anew at the end; empty text is nothing.
    void add(std::string_view lines, std::size_t count);
    /// The oldest, out of the ring.
    std::optional<Batch> take();
    /// One that could not be sent is the oldest again, unless there is no room for it.
    void put_back(Batch batch);
    bool empty() const { return batches_.empty(); }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t dropped() const { return dropped_; }  // lines
    void drop(std::size_t count) { dropped_ += count; }

    static constexpr std::size_t lines_a_batch = 500;

  private:
    void make_room(std::size_t needed);

    std::size_t most_;
    std::deque<Batch> batches_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace bmsd::influx
