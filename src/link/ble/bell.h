#pragma once
// Wakes the one coroutine that waits for something to happen, at the latest when its time is over.
#include <coroutine>

#include "util/loop.h"

namespace bmsd::link {

class Bell {
  public:
    explicit Bell(Loop& loop) : loop_(loop) {}
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    /// Whoever waits runs soon, from the loop; nobody: nothing happens.
    void ring()
    {
        if (waiting_ != nullptr) waiting_->wake_at(loop_.now());
    }
    /// co_await bell.wait(deadline); look then what has happened.
    auto wait(Instant deadline) { return Waiter(*this, deadline); }

  private:
    class Waiter {
      public:
        Waiter(Bell& bell, Instant deadline) : bell_(bell), deadline_(deadline) {}
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter()
        {
            if (bell_.waiting_ == this) bell_.waiting_ = nullptr;
        }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle)
        {
            handle_ = handle;
            bell_.waiting_ = this;
            wake_at(deadline_);
        }
        void await_resume() const noexcept {}
        void wake_at(Instant when)
        {
            timer_ = bell_.loop_.at(when, [this] {
                bell_.waiting_ = nullptr;
                handle_.resume();
            });
        }

      private:
        Bell& bell_;
        Instant deadline_;
        std::coroutine_handle<> handle_;
        Wait timer_;
    };

    Loop& loop_;
    Waiter* waiting_ = nullptr;
};

}  // namespace bmsd::link
