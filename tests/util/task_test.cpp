#include "util/task.h"

#include <gtest/gtest.h>

#include <string>

#include "util/loop.h"

namespace bmsd {
namespace {

Task<int> later(Loop& loop, int value)
{
    co_await loop.sleep(std::chrono::seconds(1));
    co_return value;
}

Task<int> ready_made(int value)
{
    co_return value;
}

Task<void> sum(Loop& loop, int& out)
{
    const int first = co_await later(loop, 2);
    out = first + co_await later(loop, 3);
}

TEST(Task, AwaitsOneAfterTheOther)
{
    ManualLoop loop;
    int out = 0;
    auto task = sum(loop, out);
    task.start();
    loop.advance(std::chrono::milliseconds(1999));
    EXPECT_FALSE(task.done());
    loop.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(task.done());
    EXPECT_EQ(out, 5);
}

Task<void> wait_for_both(Task<int>& slow, Task<int>& quick, int& out)
{
    out = co_await slow.ended();
    out += co_await quick.ended();
}

TEST(Task, TheEndOfOneThatWasStartedIsAwaited)
{
    ManualLoop loop;
    int out = 0;
    auto slow = later(loop, 2), quick = ready_made(3);
    slow.start();
    quick.start();
    auto task = wait_for_both(slow, quick, out);
    task.start();
    EXPECT_FALSE(task.done());
    loop.advance(std::chrono::seconds(1));
    EXPECT_TRUE(task.done());
    EXPECT_EQ(out, 5);
}

TEST(Task, DestroyingItCancelsItsWaits)
{
    ManualLoop loop;
    int out = 0;
    {
        auto task = sum(loop, out);
        task.start();
        loop.advance(std::chrono::milliseconds(1500));
    }
    loop.advance(std::chrono::seconds(5));
    EXPECT_EQ(out, 0);
}

Task<int> thrower()
{
    throw std::runtime_error("no");
    co_return 1;
}

Task<void> rethrows(bool& caught)
{
    try {
        co_await thrower();
    } catch (const std::runtime_error&) {
        caught = true;
    }
}

TEST(Task, AnExceptionReachesTheOneWhoAwaits)
{
    bool caught = false;
    auto task = rethrows(caught);
    task.start();
    EXPECT_TRUE(caught);
}

using Result = std::expected<int, std::string>;

/// Counts its lives, to see that what a coroutine holds is let go.
struct Held {
    explicit Held(int& alive) : alive_(&alive) { ++*alive_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { --*alive_; }

  private:
    int* alive_;
};

Task<Result> step(Loop& loop, Result result)
{
    const std::string some = "longer than what a string keeps inside of itself";
    co_await loop.sleep(std::chrono::seconds(1));
    if (result && *result < 0) throw std::runtime_error(some);
    co_return result;
}

Task<Result> at_once(Result result)
{
    co_return result;
}

Task<Result> two_steps(Loop& loop, int& alive, int& reached, Result first, Result second)
{
    const Held held(alive);
    const int one = co_await must(step(loop, std::move(first)));
    reached = 1;
    const int two = co_await must(step(loop, std::move(second)));
    reached = 2;
    co_return one + two;
}

/// The result of a task, however deep it fails.
Task<Result> outermost(Loop& loop, int& alive, int& reached, Result first, Result second)
{
    const Held held(alive);
    co_return co_await must(two_steps(loop, alive, reached, std::move(first), std::move(second))) * 10;
}

const std::string reason = "a reason that is longer than what a string keeps inside of itself";

struct Steps {
    ManualLoop loop;
    int alive = 0, reached = 0;
    Task<Result> task;
    Steps(Result first, Result second) : task(outermost(loop, alive, reached, std::move(first), std::move(second)))
    {
        task.start();
    }
};

TEST(Must, ValuesGoThrough)
{
    Steps steps(2, 3);
    steps.loop.advance(std::chrono::seconds(3));
    ASSERT_TRUE(steps.task.done());
    EXPECT_EQ(steps.task.result(), Result(50));
    EXPECT_EQ(steps.alive, 0);
}

TEST(Must, AnErrorEndsAllWhoAskedForIt)
{
    Steps steps(2, std::unexpected(reason));
    steps.loop.advance(std::chrono::milliseconds(1999));
    EXPECT_FALSE(steps.task.done());
    steps.loop.advance(std::chrono::milliseconds(1));
    ASSERT_TRUE(steps.task.done());
    EXPECT_EQ(steps.task.result(), Result(std::unexpected(reason)));
    EXPECT_EQ(steps.reached, 1) << "what comes behind the failed step does not run";
    steps.task.cancel();
    EXPECT_EQ(steps.alive, 0) << "what the ended coroutines held";
}

Task<int> keeps_on(Loop& loop, int& alive, int& reached)
{
    int failures = 0;
    for (int i = 0; i < 3; ++i) {
        Result second = std::unexpected(reason);
        if (i == 1) second = 1;
        const Result each = co_await outermost(loop, alive, reached, i, std::move(second));
        if (!each) ++failures;
        EXPECT_EQ(alive, 0) << "an ended coroutine goes with the statement that awaited it";
    }
    co_return failures;
}

TEST(Must, TheOneWhoAwaitsPlainlyGoesOn)
{
    ManualLoop loop;
    int alive = 0, reached = 0;
    auto task = keeps_on(loop, alive, reached);
    task.start();
    loop.advance(std::chrono::seconds(10));
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.result(), 2);
}

TEST(Must, CancelledAtEachPlace)
{
    for (const int milliseconds : {0, 500, 1500, 1999}) {
        ManualLoop loop;
        int alive = 0, reached = 0;
        {
            auto task = outermost(loop, alive, reached, 2, std::unexpected(reason));
            task.start();
            loop.advance(std::chrono::milliseconds(milliseconds));
            EXPECT_FALSE(task.done());
            EXPECT_EQ(alive, 2);
        }
        EXPECT_EQ(alive, 0) << milliseconds;
        loop.advance(std::chrono::seconds(5));
    }
}

TEST(Must, AnExceptionIsThrownNotReturned)
{
    Steps steps(2, -1);
    steps.loop.advance(std::chrono::seconds(3));
    ASSERT_TRUE(steps.task.done());
    EXPECT_THROW(steps.task.result(), std::runtime_error);
    EXPECT_EQ(steps.alive, 0);
}

Task<Result> catches(Loop& loop, int& alive, int& reached, Result second)
{
    try {
        co_return co_await must(two_steps(loop, alive, reached, 1, std::move(second)));
    } catch (const std::runtime_error&) {
        co_return 77;
    }
}

TEST(Must, AnExceptionCanBeCaughtAnErrorPassesThrough)
{
    ManualLoop loop;
    int alive = 0, reached = 0;
    auto thrown = catches(loop, alive, reached, -1), failed = catches(loop, alive, reached, std::unexpected(reason));
    thrown.start();
    failed.start();
    loop.advance(std::chrono::seconds(3));
    EXPECT_EQ(thrown.result(), Result(77));
    EXPECT_EQ(failed.result(), Result(std::unexpected(reason)));
}

Task<std::expected<void, std::string>> nothing(std::expected<void, std::string> result)
{
    co_await must(at_once(1));
    co_await must(std::move(result));
    co_return std::expected<void, std::string>{};
}

Task<Result> of_results(Result there, bool& reached)
{
    co_await must(nothing({}));
    const int value = co_await must(std::move(there));
    reached = true;
    co_await must(nothing(std::unexpected("later")));
    co_return value;
}

TEST(Must, ResultsThatAreThereAndNothingAsAValue)
{
    bool reached = false;
    auto failed = of_results(std::unexpected(reason), reached);
    failed.start();
    ASSERT_TRUE(failed.done());
    EXPECT_EQ(failed.result(), Result(std::unexpected(reason)));
    EXPECT_FALSE(reached);
    auto later = of_results(5, reached);
    later.start();
    EXPECT_TRUE(reached);
    EXPECT_EQ(later.result(), Result(std::unexpected("later")));
}

Task<Result> takes(Task<Result>& started)
{
    co_return co_await started.ended();
}

TEST(Must, AStartedTaskThatFailedHasEnded)
{
    ManualLoop loop;
    int alive = 0, reached = 0;
    auto failing = outermost(loop, alive, reached, std::unexpected(reason), 1);
    failing.start();
    auto before = takes(failing);
    before.start();
    EXPECT_FALSE(before.done());
    loop.advance(std::chrono::seconds(1));
    ASSERT_TRUE(before.done());
    EXPECT_EQ(before.result(), Result(std::unexpected(reason)));

    bool unused = false;
    auto failed = of_results(std::unexpected(reason), unused);
    failed.start();
    auto after = takes(failed);
    after.start();
    ASSERT_TRUE(after.done());
    EXPECT_EQ(after.result(), Result(std::unexpected(reason)));
}

TEST(RealLoop, TimersDescriptorsAndPosts)
{
    RealLoop loop;
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    int order = 0, posted = 0, timed = 0, ready = 0;
    loop.post([&] { posted = ++order; });
    const Wait timer = loop.at(loop.now() + std::chrono::milliseconds(5), [&] {
        timed = ++order;
        ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
    });
    Wait watch = loop.watch(pipe_ends[0], Ready::read, [&] {
        ready = ++order;
        watch.reset();
    });
    loop.run();
    EXPECT_EQ(posted, 1);
    EXPECT_EQ(timed, 2);
    EXPECT_EQ(ready, 3);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

}  // namespace
}  // namespace bmsd
