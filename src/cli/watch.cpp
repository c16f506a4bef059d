// bmsd watch: the live table, read from the bus like any other program would.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <utility>

#include "cli/commands.h"
#include "cli/items.h"
#include "cli/table.h"

namespace bmsd::cli {
namespace {

constexpr auto redraw_every = std::chrono::milliseconds(500);
constexpr auto print_every = std::chrono::seconds(5);  // where no terminal is

TableStyle style_of_terminal()
{
    TableStyle style;
    style.colour = isatty(STDOUT_FILENO) == 1;
    winsize size{};
    if (style.colour && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
    return style;
}

std::string clock_text(const Loop& loop)
{
    return fmt::format("{:%H:%M:%S}", fmt::localtime(static_cast<std::time_t>(loop.wall())));
}

/// Draws over the last table: home, each line cleared to its end, the rest of the screen cleared. Elsewhere than on a
/// terminal the tables stand one below the other.
void draw(const std::string& text, bool terminal)
{
    if (!terminal) {
        std::puts(text.c_str());
        std::fflush(stdout);
        return;
    }
    std::string screen = "\x1b[H";
    for (const char c : text) {
        if (c == '\n') screen += "\x1b[K";
        screen += c;
    }
    screen += "\x1b[J";
    std::fwrite(screen.data(), 1, screen.size(), stdout);
    std::fflush(stdout);
}

struct Watcher {
    RealLoop loop;
    WatchOptions options;
    TableStyle style = style_of_terminal();
    std::unique_ptr<bus::Connection> bus;
    std::unique_ptr<bus::Monitor> monitor;
    Wait redraw, limit;
    std::string problem;
    bool dirty = true;

    void tick()
    {
        if (std::exchange(dirty, false)) draw(table(monitor->services(), clock_text(loop), style), style.colour);
        redraw =
            loop.at(loop.now() + (style.colour ? Duration(redraw_every) : Duration(print_every)), [this] { tick(); });
    }
};

int print_once()
{
    RealLoop loop;
    const auto bus = read_bus(loop);
    if (!bus) {
        fmt::print(stderr, "bmsd: no D-Bus: {}\n", bus.error());
        return 1;
    }
    fmt::print("{}", table(bus->batteries, clock_text(loop), style_of_terminal()));
    return 0;
}

}  // namespace

int watch(const WatchOptions& options)
{
    if (options.once && options.seconds == 0) return print_once();
    Watcher w;
    w.options = options;
    auto opened = bus::Connection::open(w.loop, bus::bus_address(), [&](const std::string& reason) {
        w.problem = reason;
        w.loop.stop();
    });
    if (!opened) {
        std::fprintf(stderr, "bmsd: no D-Bus: %s\n", opened.error().c_str());
        return 1;
    }
    w.bus = std::move(*opened);
    w.monitor = std::make_unique<bus::Monitor>(*w.bus, [&] { w.dirty = true; });
    const Wait interrupt = w.loop.on_signal(SIGINT, [&] { w.loop.stop(); });
    const Wait terminate = w.loop.on_signal(SIGTERM, [&] { w.loop.stop(); });
    const bool live = !options.once;
    if (options.seconds > 0) w.limit = w.loop.at(w.loop.now() + seconds(options.seconds), [&] { w.loop.stop(); });
    const bool terminal = live && w.style.colour;
    if (terminal) std::fputs("\x1b[2J\x1b[?25l", stdout);  // cleared, without a cursor
    if (live) w.redraw = w.loop.at(w.loop.now() + std::chrono::seconds(1), [&] { w.tick(); });
    w.loop.run();
    if (terminal) std::fputs("\x1b[?25h\n", stdout);
    if (!w.problem.empty()) {
        std::fprintf(stderr, "bmsd: D-Bus: %s\n", w.problem.c_str());
        return 1;
    }
    if (options.once) std::fputs(table(w.monitor->services(), clock_text(w.loop), w.style).c_str(), stdout);
    return 0;
}

}  // namespace bmsd::cli
