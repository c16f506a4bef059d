#include "util/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bmsd::log {
namespace {

Sink extra_sink = nullptr;

spdlog::level::level_enum to_spdlog(Level level)
{
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view name(Level level)
{
    switch (level) {
        case Level::debug:
            return "DEBUG";
        case Level::info:
            return "INFO";
        case Level::warning:
            return "WARNING";
        case Level::error:
            return "ERROR";
    }
    return "ERROR";
}

const bool on_terminal = isatty(STDERR_FILENO) == 1;

spdlog::logger& logger()
{
    static const auto logger = [] {
        auto made = spdlog::stderr_color_st("bmsd");
        made->set_pattern(on_terminal ? "%H:%M:%S.%e %^%v%$" : "%v");
        made->set_level(spdlog::level::info);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *logger;
}

}  // namespace

void set_level(Level level)
{
    logger().set_level(to_spdlog(level));
}

bool enabled(Level level)
{
    return logger().should_log(to_spdlog(level));
}

void write(Level level, std::string_view text)
{
    logger().log(to_spdlog(level), "{}{}{}", name(level), on_terminal ? " " : ":SerialBattery:", text);
    if (extra_sink != nullptr) extra_sink(level, text);
}

void set_sink(Sink sink)
{
    extra_sink = sink;
}

}  // namespace bmsd::log
