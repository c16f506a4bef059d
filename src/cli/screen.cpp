#include "cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bmsd::cli {
namespace {

struct KeyCode {
    std::string_view bytes;
    Key key;
};

// Longest first where one begins another.
constexpr KeyCode codes[]{
    {"\x1b[5~", Key::page_up}, {"\x1b[6~", Key::page_down},
    {"\x1b[A", Key::up},       {"\x1b[B", Key::down},
    {"\x1bOA", Key::up},       {"\x1bOB", Key::down},
    {"\x1b[H", Key::home},     {"k", Key::up},
    {"j", Key::down},          {" ", Key::page_down},
    {"b", Key::page_up},       {"g", Key::home},
    {"c", Key::cells},         {"q", Key::quit},
    {"Q", Key::quit},
};

void put(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

TerminalSize terminal_size()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
    return {size.ws_col, size.ws_row};
}

bool is_screen()
{
    const char* term = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool colours_wanted()
{
    const char* no = std::getenv("NO_COLOR");
    return is_screen() && (no == nullptr || *no == '\0');
}

std::vector<Key> keys_in(std::string_view bytes)
{
    std::vector<Key> keys;
    while (!bytes.empty()) {
        std::size_t used = 1;
        for (const KeyCode& code : codes) {
            if (!bytes.starts_with(code.bytes)) continue;
            keys.push_back(code.key);
            used = code.bytes.size();
            break;
        }
        bytes.remove_prefix(used);
    }
    return keys;
}

Screen::Screen(Loop& loop, std::function<void(Key)> pressed) : pressed_(std::move(pressed))
{
    keys_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (keys_) {
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        input_ = loop.watch(STDIN_FILENO, Ready::read, [this] { on_input(); });
    }
    put("\x1b[?1049h\x1b[?25l\x1b[?7l");  // the other screen, no cursor, no wrapping
}

Screen::~Screen()
{
    input_.reset();
    put("\x1b[?7h\x1b[?25h\x1b[?1049l");
    if (keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void Screen::on_input()
{
    char bytes[64];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) {  // the terminal is gone
        pressed_(Key::quit);
        return;
    }
    for (const Key key : keys_in({bytes, static_cast<std::size_t>(count)})) pressed_(key);
}

std::string drawing(const std::vector<std::string>& lines, std::size_t rows)
{
    std::string screen = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) screen += "\r\n";
        screen += "\x1b[K" + lines[i];  // not behind it: behind a full line that takes its last character away
    }
    return lines.size() < rows ? screen + "\r\n\x1b[J" : screen;
}

void Screen::show(const std::vector<std::string>& lines)
{
    put(drawing(lines, terminal_size().rows));
}

}  // namespace bmsd::cli
