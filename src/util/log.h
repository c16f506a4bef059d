#pragma once
// One log, on stderr, which waits for no reader: `LEVEL:SerialBattery:text` for services, with time and colour on a
// terminal. Levels and conventions of the text (">>> ", "-- ", "|- "): core/lifecycle.md section 11.
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace bmsd::log {

enum class Level { debug, info, warning, error };

/// Only `level` and above are written from now on.
void set_level(Level level);
bool enabled(Level level);
void write(Level level, std::string_view text);

/// Hands every line to `sink` as well (nullptr: no longer); for tests and for `bmsd report`.
using Sink = void (*)(Level level, std::string_view text);
void set_sink(Sink sink);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args)
{
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args)
{
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args)
{
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args)
{
    if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace bmsd::log
