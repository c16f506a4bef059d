// What a cycle of control costs: no allocation, and less than 5 us (issue 3, item 9).
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

#include "bench.h"

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

namespace bmsd::control {
namespace {

config::Config everything_on()
{
    config::Config config = config::defaults();
    config.soc_calculation = config.midpoint_enable = true;
    config.cccm_soc_enable = config.dccm_soc_enable = true;
    config.time_to_soc_points = {100, 80, 50, 20, 0};
    config.time_to_soc_value_type = 3;
    config.time_to_soc_recalculate_every = 5;
    config.current_measured_by_user = {-290, 290};
    return config;
}

void change(Bench& bench, int i)
{
    bench.telemetry.current = i % 40 - 20;
    bench.telemetry.cell_voltages[static_cast<std::size_t>(i % 16)] = 3.3 + 0.01 * (i % 20);
}

TEST(Cost, AStepAllocatesNothing)
{
    Bench bench(everything_on());
    bench.cycles(2);
    const std::size_t before = allocations;
    for (int i = 0; i < 500; ++i) {
        change(bench, i);
        bench.cycle(i % 50 > 15);
    }
    EXPECT_EQ(allocations, before);
}

#if defined(__OPTIMIZE__)
TEST(Cost, AStepTakesLessThanFiveMicroseconds)
{
    Bench bench(everything_on());
    bench.cycles(2);
    double best = 1;
    for (int round = 0; round < 50; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 100; ++i) {
            change(bench, i);
            bench.cycle();
        }
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 100);
    }
    RecordProperty("nanoseconds", static_cast<int>(best * 1e9));
    EXPECT_LT(best, 5e-6);
}
#endif

}  // namespace
}  // namespace bmsd::control

#endif
