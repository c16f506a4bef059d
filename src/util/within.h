#pragma once
// An end to waiting: the result of a task, or an error when it takes too long; then the task is cancelled.
#include <memory>
#include <string>

#include "util/later.h"
#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd {

namespace detail {
template <class T>
struct Waited {
    std::optional<Result<T>> result;
    Later<bool> over;
};

/// Wakes by the loop, so that this coroutine has ended before it is destroyed.
template <class T>
Task<void> hand_over(Loop& loop, Task<Result<T>> task, std::shared_ptr<Waited<T>> waited)
{
    waited->result.emplace(co_await std::move(task));
    loop.post([waited] { waited->over.set(true); });
}
}  // namespace detail

template <class T>
Task<Result<T>> within(Loop& loop, Duration longest, Task<Result<T>> task, std::string too_long)
{
    auto waited = std::make_shared<detail::Waited<T>>();
    const Wait limit = loop.at(loop.now() + longest, [&waited] { waited->over.set(true); });
    auto running = detail::hand_over(loop, std::move(task), waited);
    running.start();
    co_await waited->over;
    if (!waited->result) co_return Failure(std::move(too_long));
    co_return std::move(*waited->result);
}

}  // namespace bmsd
