// The parts of a cycle by themselves: decoding a reply, a step of control, publishing.
#include <benchmark/benchmark.h>

#include <random>

#include "bms/catalogue.h"
#include "config/schema.h"
#include "control/controller.h"
#include "support/channels.h"
#include "support/random_reading.h"

namespace bmsd {
namespace {

void poll(benchmark::State& state, const bms::Entry& entry)
{
    std::mt19937_64 random(1);
    Reading truth = test::random_reading(random, 16), reading;
    const config::Config config = config::defaults();
    const auto device = entry.device(truth, entry.lines.front());
    test::DeviceChannel channel(*device);
    const auto protocol = entry.make({config, entry.lines.front().address, entry.lines.front().baud});
    if (!test::run(protocol->identify(channel, reading))) return state.SkipWithError("not identified");
    for (auto _ : state) {
        channel.requests.clear();
        benchmark::DoNotOptimize(test::run(protocol->poll(channel, reading)));
    }
}

void control_step(benchmark::State& state)
{
    std::mt19937_64 random(1);
    const Reading truth = test::random_reading(random, 16);
    control::Now now{1000, 1.7e9};
    control::Controller controller(config::defaults(), {}, {}, now);
    Snapshot snapshot;
    control::Input input{.good = true, .telemetry = &truth.telemetry};
    controller.start(input, now, snapshot);
    for (auto _ : state) {
        now.steady += 1;
        now.wall += 1;
        controller.step(input, now, snapshot);
        benchmark::DoNotOptimize(snapshot);
    }
}

}  // namespace
}  // namespace bmsd

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    for (const bmsd::bms::Entry* entry : bmsd::bms::catalogue())
        benchmark::RegisterBenchmark(("poll_" + std::string(entry->name)).c_str(),
                                     [entry](benchmark::State& state) { bmsd::poll(state, *entry); });
    benchmark::RegisterBenchmark("control_step", bmsd::control_step);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
