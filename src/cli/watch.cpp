// bmsd watch: the live table, read from the bus like any other program would.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "cli/commands.h"
#include "cli/daemons.h"
#include "cli/items.h"
#include "cli/screen.h"
#include "cli/table.h"
#include "model/json.h"

namespace bmsd::cli {
namespace {

constexpr auto redraw_every = std::chrono::seconds(1);  // the clock ticks
constexpr auto print_every = std::chrono::seconds(5);   // where no terminal is

std::string clock_text(const Loop& loop)
{
    return fmt::format("{:%H:%M:%S}", fmt::localtime(static_cast<std::time_t>(loop.wall())));
}

boost::json::value json_of(const bus::Value& value)
{
    if (value.null()) return nullptr;
    if (const auto* text = value.get<std::string>()) return boost::json::value(*text);
    if (const auto number = value.number()) return *number;
    return boost::json::value(bus::text(value));
}

std::string json_line(const Services& services, const Loop& loop)
{
    boost::json::array batteries;
    for (const auto& service : in_order(services)) {
        boost::json::object values;
        for (const auto& [path, item] : services.at(service)) values[path] = json_of(item.value);
        batteries.push_back(boost::json::object{{"service", service}, {"values", std::move(values)}});
    }
    return to_text(boost::json::object{{"time", loop.wall()}, {"batteries", std::move(batteries)}});
}

/// What to tell when there is no battery: where it was looked for, and where else a daemon is.
std::string nobody_here(const BusChoice& choice)
{
    return fmt::format("looked at {}{}{}", choice.address, choice.hint.empty() ? "" : "; ", choice.hint);
}

std::string no_bus(const BusChoice& choice, const std::string& reason)
{
    return fmt::format("bmsd: no D-Bus at {}: {}\n{}{}", choice.address, reason, choice.hint,
                       choice.hint.empty() ? "" : "\n");
}

/// One bmsd watch: what it shows, and what the keys change.
class Watcher {
  public:
    Watcher(const WatchOptions& options, const BusChoice& bus)
        : options_(options), bus_(bus), style_{.colour = colours_wanted(), .nobody = nobody_here(bus)}
    {
    }
    int run();

  private:
    bool live() const { return screen_.has_value(); }
    void draw();
    void tick();
    void key(Key pressed);
    void next_cells();

    RealLoop loop_;
    const WatchOptions& options_;
    const BusChoice& bus_;
    TableStyle style_;
    std::unique_ptr<bus::Connection> connection_;
    std::unique_ptr<bus::Monitor> monitor_;
    std::string chosen_;  // by key: bus name of the battery whose cells are shown
    std::size_t offset_ = 0;
    bool go_to_cells_ = false;  // of another battery than before: they are brought into view
    std::string problem_;
    std::optional<Screen> screen_;
    Wait next_, limit_;
};

void Watcher::draw()
{
    const auto& services = monitor_->services();
    if (options_.json) {
        fmt::print("{}\n", json_line(services, loop_));
        std::fflush(stdout);
        return;
    }
    const auto size = terminal_size();
    if (size.columns > 0) style_.width = size.columns;
    style_.cells_of = chosen_.empty() ? battery_meant_by(services, options_.cells) : chosen_;
    if (live()) {
        std::size_t cells_at = 0;
        const auto lines = table_lines(services, clock_text(loop_), style_, &cells_at);
        if (std::exchange(go_to_cells_, false)) offset_ = cells_at;
        return screen_->show(page(lines, size.rows, offset_));
    }
    fmt::print("{}\n", table(services, clock_text(loop_), style_));
    std::fflush(stdout);
}

void Watcher::tick()
{
    draw();
    next_ = loop_.at(loop_.now() + (live() ? redraw_every : print_every), [this] { tick(); });
}

/// The battery after the one whose cells are shown; after the last one: none.
void Watcher::next_cells()
{
    const auto names = in_order(monitor_->services());
    const auto at = std::find(names.begin(), names.end(), style_.cells_of);
    const auto next = at == names.end() ? names.begin() : at + 1;
    chosen_ = next == names.end() ? "none" : *next;
    go_to_cells_ = true;
}

void Watcher::key(Key pressed)
{
    const std::size_t rows = terminal_size().rows;
    const auto up = [this](std::size_t lines) { offset_ -= std::min(offset_, lines); };
    switch (pressed) {
        case Key::quit:
            return loop_.stop();
        case Key::up:
            up(1);
            break;
        case Key::down:
            offset_ += 1;
            break;
        case Key::page_up:
            up(rows / 2);
            break;
        case Key::page_down:
            offset_ += rows / 2;
            break;
        case Key::home:
            offset_ = 0;
            break;
        case Key::cells:
            next_cells();
            break;
    }
    draw();
}

int Watcher::run()
{
    auto opened = bus::Connection::open(loop_, bus_.address, [this](const std::string& reason) {
        problem_ = reason;
        loop_.stop();
    });
    if (!opened) {
        fmt::print(stderr, "{}", no_bus(bus_, opened.error()));
        return 1;
    }
    connection_ = std::move(*opened);
    monitor_ = std::make_unique<bus::Monitor>(*connection_, [] {});
    const Wait interrupt = loop_.on_signal(SIGINT, [this] { loop_.stop(); });
    const Wait terminate = loop_.on_signal(SIGTERM, [this] { loop_.stop(); });
    const Wait hang_up = loop_.on_signal(SIGHUP, [this] { loop_.stop(); });
    if (options_.seconds > 0) limit_ = loop_.at(loop_.now() + seconds(options_.seconds), [this] { loop_.stop(); });
    Wait resize;
    if (!options_.once) {
        if (!options_.json && is_screen()) {
            screen_.emplace(loop_, [this](Key pressed) { key(pressed); });
            resize = loop_.on_signal(SIGWINCH, [this] { draw(); });
        }
        next_ = loop_.at(loop_.now() + std::chrono::milliseconds(300), [this] { tick(); });
    }
    loop_.run();
    screen_.reset();
    if (!problem_.empty()) {
        fmt::print(stderr, "bmsd: D-Bus: {}\n", problem_);
        return 1;
    }
    if (options_.once) draw();
    return 0;
}

int print_once(const WatchOptions& options, const BusChoice& choice)
{
    RealLoop loop;
    const auto bus = read_bus(loop, choice.address);
    if (!bus) {
        fmt::print(stderr, "{}", no_bus(choice, bus.error()));
        return 1;
    }
    if (options.json) {
        fmt::print("{}\n", json_line(bus->batteries, loop));
        return 0;
    }
    TableStyle style{.colour = colours_wanted(), .cells_of = battery_meant_by(bus->batteries, options.cells)};
    if (const auto size = terminal_size(); size.columns > 0) style.width = size.columns;
    fmt::print("{}", table(bus->batteries, clock_text(loop), style));
    if (bus->batteries.empty()) fmt::print(stderr, "bmsd: {}\n", nobody_here(choice));
    return 0;
}

}  // namespace

int watch(const WatchOptions& options)
{
    const auto choice = choose_bus(running_daemons(""));
    if (!choice.told.empty()) fmt::print(stderr, "bmsd: {}\n", choice.told);
    if (options.once && options.seconds == 0) return print_once(options, choice);
    Watcher watcher(options, choice);
    return watcher.run();
}

}  // namespace bmsd::cli
