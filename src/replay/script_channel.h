#pragma once
// Channels without a wire: the reply is there at once, read with the same length rule as from a port. What `bmsd
// decode` and the tests run protocols on.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bms/language/protocol.h"

namespace bmsd::replay {

/// Answers each request with what `respond` gives: empty = silence, too short = cut short.
class BufferChannel : public bms::Channel {
  public:
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) final;
    Task<void> pause(Duration duration) final
    {
        time += duration;
        co_return;
    }
    void refused(bms::Refusal reason) final { refusals.push_back(reason); }
    double wall() const final { return clock; }

    Instant steady() const final { return time; }

    bool drive(unsigned line, bool high) final
    {
        driven[line] = high;
        return drives && line != broken_line;
    }

    bool drives = true;  // there are output lines
    std::optional<unsigned> broken_line;
    std::map<unsigned, bool> driven;     // as they stand
    Instant time{};                      // passes in pauses and while a reply is awaited that does not come
    std::vector<bms::Refusal> refusals;  // silence and cuts included
    std::vector<Bytes> requests;
    double clock = 1785398184;  // 2026-07-30 07:56:24 UTC

  protected:
    virtual Bytes respond(ByteView request) = 0;

  private:
    Bytes buffer_;
};

/// A recorded dialogue. Replies are matched by request; a repeated request gets its answers in turn, then the last
/// again.
class ScriptChannel final : public BufferChannel {
  public:
    void add(ByteView request, ByteView response);

  protected:
    Bytes respond(ByteView request) override;

  private:
    struct Answers {
        std::vector<Bytes> replies;
        std::size_t next = 0;
    };
    std::map<std::string, Answers> script_;
};

/// Runs a task that never really waits.
template <class T>
T run_now(Task<T> task)
{
    task.start();
    if (!task.done()) throw std::logic_error("the task waits for something");
    return task.result();
}

}  // namespace bmsd::replay
