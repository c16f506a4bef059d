#pragma once
// The event loop everything runs on: one thread, timers, file descriptors, signals.
// Tests and simulations use a ManualLoop, whose clock moves only when they say so.
#include <coroutine>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "util/clock.h"

namespace boost::asio {
class io_context;
}

namespace bmsd {

enum class Ready { read, write };

/// Something that waits. Destroying it cancels the wait; the callback then never runs.
class Wait {
  public:
    class Impl {
      public:
        virtual ~Impl() = default;
    };
    Wait() = default;
    explicit Wait(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
    void reset() { impl_.reset(); }
    explicit operator bool() const { return impl_ != nullptr; }

  private:
    std::unique_ptr<Impl> impl_;
};

class Loop {
  public:
    using Callback = std::function<void()>;

    virtual ~Loop() = default;
    virtual Instant now() const = 0;
    /// Seconds since 1970.
    virtual double wall() const = 0;
    /// Runs `callback` once, at `when` or as soon as the loop gets to it. The Wait may be destroyed inside the
    /// callback.
    [[nodiscard]] virtual Wait at(Instant when, Callback callback) = 0;
    /// Runs `callback` each time `fd` is ready, until the Wait goes. The fd must stay open that long.
    [[nodiscard]] virtual Wait watch(int fd, Ready what, Callback callback) = 0;
    /// Runs `callback` soon, after what runs now has returned.
    virtual void post(Callback callback) = 0;

    /// co_await loop.sleep(d)
    auto sleep_until(Instant when) { return Sleep{*this, when, {}}; }
    auto sleep(Duration duration) { return Sleep{*this, now() + duration, {}}; }
    /// co_await loop.ready(fd, Ready::read)
    auto ready(int fd, Ready what) { return Readiness{*this, fd, what, {}}; }

  private:
    struct Sleep {
        Loop& loop;
        Instant when;
        Wait wait;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle)
        {
            wait = loop.at(when, [handle] { handle.resume(); });
        }
        void await_resume() const noexcept {}
    };
    struct Readiness {
        Loop& loop;
        int fd;
        Ready what;
        Wait wait;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle)
        {
            wait = loop.watch(fd, what, [this, handle] {
                wait.reset();
                handle.resume();
            });
        }
        void await_resume() const noexcept {}
    };
};

/// The real loop, on Boost.Asio.
class RealLoop final : public Loop {
  public:
    RealLoop();
    ~RealLoop() override;
    Instant now() const override;
    double wall() const override;
    [[nodiscard]] Wait at(Instant when, Callback callback) override;
    [[nodiscard]] Wait watch(int fd, Ready what, Callback callback) override;
    void post(Callback callback) override;
    /// Runs `callback` each time the process gets the signal, until the Wait goes.
    [[nodiscard]] Wait on_signal(int signal, Callback callback);
    /// Until stop(), or nothing waits any more.
    void run();
    /// Runs what is due and waits at most `longest` for more; for tests.
    void run_for(Duration longest);
    void stop();
    boost::asio::io_context& context();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A loop whose clock stands still until advance(): timers run in order, at their exact time. It has no file
/// descriptors.
class ManualLoop final : public Loop {
  public:
    ManualLoop();
    ~ManualLoop() override;
    Instant now() const override { return now_; }
    double wall() const override { return wall_; }
    void set_wall(double seconds) { wall_ = seconds; }
    [[nodiscard]] Wait at(Instant when, Callback callback) override;
    [[nodiscard]] Wait watch(int fd, Ready what, Callback callback) override;
    void post(Callback callback) override;
    /// Runs everything that is due within `duration` and ends that much later.
    void advance(Duration duration);

  private:
    struct Timers;
    struct Timer;
    std::shared_ptr<Timers> timers_;
    Instant now_{std::chrono::hours(1)};
    double wall_ = 1.7e9;
};

}  // namespace bmsd
