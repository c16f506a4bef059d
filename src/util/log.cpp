#include "util/log.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "util/line_writer.h"

namespace bmsd::log {
namespace {

struct Appearance {
    std::string_view name, colour;
};
constexpr std::array<Appearance, 4> appearances{
    {{"DEBUG", "\x1b[36m"}, {"INFO", "\x1b[32m"}, {"WARNING", "\x1b[33;1m"}, {"ERROR", "\x1b[31;1m"}}};

Sink extra_sink = nullptr;
Level lowest = Level::info;

const bool on_terminal = isatty(STDERR_FILENO) == 1;
const bool in_colour = [] {
    const char* terminal = std::getenv("TERM");
    return on_terminal && terminal != nullptr && std::strcmp(terminal, "dumb") != 0 &&
           std::getenv("NO_COLOR") == nullptr;
}();

/// For people: the time of day, to the millisecond.
std::string for_terminal(const Appearance& level, std::string_view text)
{
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const std::time_t seconds = now / 1000;
    std::tm local{};
    localtime_r(&seconds, &local);
    return fmt::format("{:02}:{:02}:{:02}.{:03} {}{} {}{}\n", local.tm_hour, local.tm_min, local.tm_sec, now % 1000,
                       in_colour ? level.colour : "", level.name, text, in_colour ? "\x1b[m" : "");
}

}  // namespace

void set_level(Level level)
{
    lowest = level;
}

bool enabled(Level level)
{
    return level >= lowest;
}

void write(Level level, std::string_view text)
{
    static LineWriter writer(STDERR_FILENO);
    const Appearance& appearance = appearances[static_cast<std::size_t>(level)];
    if (enabled(level))
        writer.write(on_terminal ? for_terminal(appearance, text)
                                 : fmt::format("{}:SerialBattery:{}\n", appearance.name, text));
    if (extra_sink != nullptr) extra_sink(level, text);
}

void set_sink(Sink sink)
{
    extra_sink = sink;
}

}  // namespace bmsd::log
