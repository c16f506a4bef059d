#include "support/bus/jump_loop.h"

namespace bmsd::test {

struct JumpLoop::Timer final : Wait::Impl {
    Timer(std::shared_ptr<std::list<Timer*>> timers, Instant when, Callback callback)
        : all(std::move(timers)), due(when), run(std::move(callback))
    {
        all->push_back(this);
    }
    ~Timer() override { all->remove(this); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void arm(RealLoop& loop, Duration shift) { wait = loop.at(due - shift, run); }

    std::shared_ptr<std::list<Timer*>> all;
    Instant due;
    Callback run;
    Wait wait;
};

Wait JumpLoop::at(Instant when, Callback callback)
{
    auto timer = std::make_unique<Timer>(timers_, when, std::move(callback));
    timer->arm(real_, shift_);
    return Wait(std::move(timer));
}

void JumpLoop::jump(Duration duration)
{
    const Instant before = now();
    shift_ += duration;
    wall_ += to_seconds(duration);
    for (Timer* timer : *timers_) {
        if (timer->due > before) timer->arm(real_, shift_);
    }
}

}  // namespace bmsd::test
