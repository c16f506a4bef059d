// What a publish costs: nothing is allocated when nothing changed, and a cycle stays far below 0.05 ms.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "config/schema.h"
#include "venus/service_fixture.h"

#if !defined(__SANITIZE_ADDRESS__)  // which has its own

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size)
{
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace bmsd::venus {
namespace {

struct CostTest : ServiceTest {
    CostTest()
    {
        config = config::defaults();
        config.time_to_soc_points = {0, 10, 20, 50, 80, 90, 100};
        snapshot.telemetry.cell_count = 16;
        snapshot.telemetry.cell_voltages.assign(16, 3.3);
        snapshot.limits.charge_mode = "Bulk │ Linear Mode";
        snapshot.limits.charge.reason = "Cell Voltage";
        snapshot.limits.charge.cause = {"Cell Voltage", 3.42, 3.4, 3.425, 12.5, 2.5, 4.0};
    }

    Context context() const
    {
        Context result = ServiceTest::context();
        result.cell_count = 16;
        return result;
    }

    void start_big()
    {
        service = std::make_unique<Service>(loop, daemon.address(), name, context(), control,
                                            Service::Events{[this] { ++registered; }, {}});
        service->start(snapshot);
        ASSERT_TRUE(run_until(loop.real(), [&] { return registered > 0; }));
        service->publish(snapshot);
    }

    // Seconds a publish takes; the best of several, as other programs run too.
    double measure(const std::function<void(int)>& change)
    {
        constexpr int rounds = 20, cycles = 100;
        double best = 1;
        for (int round = 0; round < rounds; ++round) {
            const auto begin = std::chrono::steady_clock::now();
            for (int i = 0; i < cycles; ++i) {
                change(i);
                service->publish(snapshot);
            }
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            best = std::min(best, taken.count() / cycles);
            client.sync();
        }
        return best;
    }
};

TEST_F(CostTest, AnUnchangedCycleAllocatesNothing)
{
    start_big();
    service->publish(snapshot);
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) service->publish(snapshot);
    EXPECT_EQ(allocations, before);
}

TEST_F(CostTest, ACycleIsFarBelowAMillisecond)
{
    start_big();
    const double quiet = measure([](int) {});
    const double busy = measure([this](int i) {
        snapshot.derived.current = i * 0.5;
        snapshot.derived.power = i * 25.0;
        for (std::size_t cell = 0; cell < 16; ++cell) {
            snapshot.telemetry.cell_voltages[cell] =
                3.3 + 0.001 * static_cast<double>((i + static_cast<int>(cell)) % 5);
        }
    });
    std::puts(fmt::format("{} paths: {:.1f} us without a change, {:.1f} us with 18 changes and their signal",
                          make_leaves(context()).size(), quiet * 1e6, busy * 1e6)
                  .c_str());
#ifdef __OPTIMIZE__
    EXPECT_LT(quiet, 20e-6);
    EXPECT_LT(busy, 1e-3);
#endif
}

}  // namespace
}  // namespace bmsd::venus

#endif
