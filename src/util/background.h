#pragma once
// Work that blocks (a name lookup, the check of a password), off the loop: in a thread of its own, which nobody waits
// for when the one who asked has gone, nor the process at its end. At most `most_at_once` run; more are refused.
#include <sys/eventfd.h>

#include <atomic>
#include <memory>
#include <system_error>
#include <thread>

#include "util/fd.h"
#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd {

inline constexpr int most_at_once = 4;
inline std::atomic<int> in_the_background{0};

namespace detail {
template <class T>
struct Work {
    Fd done;
    std::atomic<bool> finished{false};
    std::optional<T> result;
};
}  // namespace detail

/// What `function` returns; it is called in another thread and owns all that it touches. An error when nothing can be
/// started. `function` is a variable of the caller: GCC 12 destroys a lambda twice that is made within the co_await.
template <class Function, class T = std::invoke_result_t<Function>>
Task<Result<T>> in_background(Loop& loop, Function function)
{
    if (in_the_background.fetch_add(1) >= most_at_once) {
        --in_the_background;
        co_return Failure("too much is waited for already");
    }
    auto work = std::make_shared<detail::Work<T>>();
    work->done = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::string problem;
    try {
        std::thread([work, function = std::move(function)] {
            work->result.emplace(function());
            work->finished = true;
            --in_the_background;
            ::eventfd_write(work->done.get(), 1);
        }).detach();
    } catch (const std::system_error& error) {
        --in_the_background;
        problem = error.what();
    }
    if (!problem.empty()) co_return Failure(problem);
    while (!work->finished) co_await loop.ready(work->done.get(), Ready::read);
    co_return std::move(*work->result);
}

}  // namespace bmsd
