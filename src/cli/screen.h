#pragma once
// The terminal of bmsd watch: its size, its keys, and the second screen that leaves the first one as it was.
#include <termios.h>

#include <functional>
#include <string>
#include <vector>

#include "util/loop.h"

namespace bmsd::cli {

struct TerminalSize {
    std::size_t columns = 0, rows = 0;  // 0: no terminal
};
TerminalSize terminal_size();

/// Whether standard output is a terminal that can be drawn on (not TERM=dumb).
bool is_screen();
/// Also that NO_COLOR is not set.
bool colours_wanted();

enum class Key { quit, up, down, page_up, page_down, home, cells };

/// The keys in what a terminal sent; what is none is left out. Pure.
std::vector<Key> keys_in(std::string_view bytes);

/// What draws `lines` on a screen of `rows` rows over what was there. Pure.
std::string drawing(const std::vector<std::string>& lines, std::size_t rows);

/// Takes the terminal over until it goes.
class Screen {
  public:
    Screen(Loop& loop, std::function<void(Key)> pressed);
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    /// Draws over what was there, without a flicker.
    void show(const std::vector<std::string>& lines);

  private:
    void on_input();

    std::function<void(Key)> pressed_;
    bool keys_ = false;  // standard input is a terminal
    termios before_{};
    Wait input_;
};

}  // namespace bmsd::cli
