#pragma once
// The real loop with a clock that can be put forward: file descriptors are real, minutes need not be waited for.
#include <list>

#include "util/loop.h"

namespace bmsd::test {

class JumpLoop final : public Loop {
  public:
    Instant now() const override { return real_.now() + shift_; }
    /// Moves only with jump() and set_wall().
    double wall() const override { return wall_; }
    void set_wall(double seconds) { wall_ = seconds; }
    [[nodiscard]] Wait at(Instant when, Callback callback) override;
    [[nodiscard]] Wait watch(int fd, Ready what, Callback callback) override
    {
        return real_.watch(fd, what, std::move(callback));
    }
    void post(Callback callback) override { real_.post(std::move(callback)); }

    /// Both clocks; timers that are due then run as soon as the loop runs.
    void jump(Duration duration);
    RealLoop& real() { return real_; }

  private:
    struct Timer;
    RealLoop real_;
    Duration shift_{};
    double wall_ = 1750000000;
    std::shared_ptr<std::list<Timer*>> timers_ = std::make_shared<std::list<Timer*>>();
};

}  // namespace bmsd::test
