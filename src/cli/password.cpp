// bmsd password: sets what changes over the network need.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "daemon/daemon.h"
#include "web/password.h"

namespace bmsd::cli {
namespace {

/// What is typed does not show; it does again afterwards.
class Hidden {
  public:
    Hidden()
    {
        terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;
    ~Hidden()
    {
        if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

  private:
    termios before_{};
    bool terminal_ = false;
};

std::string ask(const char* what)
{
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    if (terminal) fmt::print(stderr, "{}: ", what);
    std::string line;
    {
        const Hidden hidden;
        std::getline(std::cin, line);
    }
    if (terminal) fmt::print(stderr, "\n");
    return line;
}

int failed(const std::string& reason)
{
    fmt::print(stderr, "bmsd: {}\n", reason);
    return 1;
}

}  // namespace

int password(const PasswordOptions& options)
{
    const std::string folder =
        options.common.state_dir.empty() ? daemon::default_state_dir() : options.common.state_dir;
    if (options.remove) {
        const auto removed = web::save_password(folder, "");
        if (!removed) return failed(removed.error());
        fmt::print("no password is set: nothing can be changed over the network\n");
        return 0;
    }
    if (!web::passwords_possible()) return failed("this build knows no passwords: it was made without libargon2");
    const std::string first = ask("password");
    if (first.empty()) return failed("an empty password is none; --remove takes it away");
    if (::isatty(STDIN_FILENO) == 1 && ask("once more") != first)
        return failed("they are not the same; nothing was changed");
    const auto saved = web::save_password(folder, first);
    if (!saved) return failed(saved.error());
    fmt::print("the password is set; sessions that were open have ended\n");
    return 0;
}

}  // namespace bmsd::cli
