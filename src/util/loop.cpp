#include "util/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <stdexcept>

namespace bmsd {

namespace asio = boost::asio;

struct RealLoop::Impl {
    asio::io_context context{1};
};

namespace {

// Handlers outlive the Wait that owns the I/O object, so each looks at a flag that the Wait clears.
using Alive = std::shared_ptr<bool>;

class TimerWait final : public Wait::Impl {
  public:
    TimerWait(asio::io_context& context, Instant when, Loop::Callback callback) : timer_(context)
    {
        timer_.expires_at(when);
        timer_.async_wait([alive = alive_, callback = std::move(callback)](const boost::system::error_code& error) {
            if (!error && *alive) callback();
        });
    }
    ~TimerWait() override { *alive_ = false; }

  private:
    asio::steady_timer timer_;
    Alive alive_ = std::make_shared<bool>(true);
};

class DescriptorWait final : public Wait::Impl {
  public:
    DescriptorWait(asio::io_context& context, int fd, Ready what, Loop::Callback callback)
        : descriptor_(context, fd), what_(what), callback_(std::make_shared<Loop::Callback>(std::move(callback)))
    {
        arm();
    }
    ~DescriptorWait() override
    {
        *alive_ = false;
        descriptor_.release();  // the fd belongs to the caller
    }

  private:
    void arm()
    {
        const auto direction = what_ == Ready::read ? asio::posix::stream_descriptor::wait_read
                                                    : asio::posix::stream_descriptor::wait_write;
        descriptor_.async_wait(direction,
                               [this, alive = alive_, callback = callback_](const boost::system::error_code& error) {
                                   if (!*alive || error == asio::error::operation_aborted) return;
                                   (*callback)();
                                   if (*alive) arm();
                               });
    }

    asio::posix::stream_descriptor descriptor_;
    Ready what_;
    std::shared_ptr<Loop::Callback> callback_;
    Alive alive_ = std::make_shared<bool>(true);
};

class SignalWait final : public Wait::Impl {
  public:
    SignalWait(asio::io_context& context, int signal, Loop::Callback callback)
        : signals_(context, signal), callback_(std::move(callback))
    {
        arm();
    }
    ~SignalWait() override { *alive_ = false; }

  private:
    void arm()
    {
        signals_.async_wait([this, alive = alive_](const boost::system::error_code& error, int) {
            if (error || !*alive) return;
            callback_();
            if (*alive) arm();
        });
    }

    asio::signal_set signals_;
    Loop::Callback callback_;
    Alive alive_ = std::make_shared<bool>(true);
};

}  // namespace

RealLoop::RealLoop() : impl_(std::make_unique<Impl>()) {}
RealLoop::~RealLoop() = default;

Instant RealLoop::now() const
{
    return std::chrono::steady_clock::now();
}

double RealLoop::wall() const
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Wait RealLoop::at(Instant when, Callback callback)
{
    return Wait(std::make_unique<TimerWait>(impl_->context, when, std::move(callback)));
}

Wait RealLoop::watch(int fd, Ready what, Callback callback)
{
    return Wait(std::make_unique<DescriptorWait>(impl_->context, fd, what, std::move(callback)));
}

void RealLoop::post(Callback callback)
{
    asio::post(impl_->context, std::move(callback));
}

Wait RealLoop::on_signal(int signal, Callback callback)
{
    return Wait(std::make_unique<SignalWait>(impl_->context, signal, std::move(callback)));
}

void RealLoop::run()
{
    impl_->context.restart();
    impl_->context.run();
}

void RealLoop::run_for(Duration longest)
{
    impl_->context.restart();
    impl_->context.run_for(longest);
}

void RealLoop::stop()
{
    impl_->context.stop();
}

asio::io_context& RealLoop::context()
{
    return impl_->context;
}

struct ManualLoop::Timers {
    std::multimap<Instant, std::shared_ptr<Callback>> due;
};

struct ManualLoop::Timer final : Wait::Impl {
    std::shared_ptr<Timers> timers;
    std::weak_ptr<Callback> callback;
    Instant when;

    ~Timer() override
    {
        const auto mine = callback.lock();
        if (!mine) return;
        const auto [first, last] = timers->due.equal_range(when);
        for (auto it = first; it != last; ++it) {
            if (it->second == mine) {
                timers->due.erase(it);
                return;
            }
        }
    }
};

ManualLoop::ManualLoop() : timers_(std::make_shared<Timers>()) {}
ManualLoop::~ManualLoop() = default;

Wait ManualLoop::at(Instant when, Callback callback)
{
    auto timer = std::make_unique<Timer>();
    auto shared = std::make_shared<Callback>(std::move(callback));
    timer->timers = timers_;
    timer->callback = shared;
    timer->when = when;
    timers_->due.emplace(when, std::move(shared));
    return Wait(std::move(timer));
}

Wait ManualLoop::watch(int, Ready, Callback)
{
    throw std::logic_error("ManualLoop has no file descriptors");
}

void ManualLoop::post(Callback callback)
{
    timers_->due.emplace(now_, std::make_shared<Callback>(std::move(callback)));
}

void ManualLoop::advance(Duration duration)
{
    const Instant end = now_ + duration;
    while (!timers_->due.empty() && timers_->due.begin()->first <= end) {
        const auto node = timers_->due.extract(timers_->due.begin());
        if (node.key() > now_) {
            wall_ += to_seconds(node.key() - now_);
            now_ = node.key();
        }
        (*node.mapped())();
    }
    wall_ += to_seconds(end - now_);
    now_ = end;
}

}  // namespace bmsd
