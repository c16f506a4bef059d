#pragma once
// A value that somebody hands over once, now or later, to the one coroutine that awaits it.
#include <coroutine>
#include <optional>
#include <utility>

namespace bmsd {

template <class T>
class Later {
  public:
    Later() = default;
    Later(const Later&) = delete;
    Later& operator=(const Later&) = delete;

    /// The first value counts. Resumes the one who waits.
    void set(T value)
    {
        if (value_) return;
        value_.emplace(std::move(value));
        if (waiting_) std::exchange(waiting_, {}).resume();
    }

    /// Cancelling the coroutine that awaits is fine as long as the Later outlives it.
    auto operator co_await() noexcept
    {
        struct Awaiter {
            Later& later;
            ~Awaiter() { later.waiting_ = {}; }
            bool await_ready() const noexcept { return later.value_.has_value(); }
            void await_suspend(std::coroutine_handle<> handle) noexcept { later.waiting_ = handle; }
            T await_resume() { return std::move(*later.value_); }
        };
        return Awaiter{*this};
    }

  private:
    std::optional<T> value_;
    std::coroutine_handle<> waiting_;
};

}  // namespace bmsd
