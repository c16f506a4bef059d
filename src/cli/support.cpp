#include "cli/support.h"

namespace bmsd::cli {
namespace {

Task<void> then_stop(RealLoop& loop, Task<void> task)
{
    co_await std::move(task);
    loop.stop();
}

}  // namespace

bool run_task(RealLoop& loop, Task<void> task, Duration longest)
{
    auto whole = then_stop(loop, std::move(task));
    const Wait limit = loop.at(loop.now() + longest, [&] { loop.stop(); });
    whole.start();
    if (!whole.done()) loop.run();
    if (whole.done()) whole.result();  // throws what the task threw
    return whole.done();
}

}  // namespace bmsd::cli
