#include "util/task.h"

#include <gtest/gtest.h>

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
