#include "web/login.h"

#include <algorithm>

#include "util/background.h"
#include "util/file.h"
#include "util/log.h"
#include "web/password.h"

namespace bmsd::web {
namespace {

// The same as the page of Venus OS: core/outputs.md 7.1.
constexpr int free_tries = 10, highest_level = 6;
constexpr Duration first_lock = std::chrono::minutes(2), forgotten_after = std::chrono::hours(24);
constexpr Duration session_time = std::chrono::hours(24 * 90);
constexpr std::size_t most_sessions = 32, session_bytes = 32;

}  // namespace

Login::Login(Loop& loop, std::string state_dir) : loop_(loop), state_dir_(std::move(state_dir)) {}

std::string Login::sum() const
{
    auto text = read_regular_file(password_file(state_dir_), 1024);
    if (!text) return {};
    while (text->ends_with('\n')) text->pop_back();
    return *text;
}

bool Login::has_password() const
{
    return passwords_possible() && !sum().empty();
}

void Login::failed()
{
    forget_at_ = loop_.now() + forgotten_after;
    if (++tries_ < free_tries) return;
    tries_ = 0;
    level_ = std::min(level_ + 1, highest_level);
    locked_until_ = loop_.now() + first_lock * (1 << (level_ - 1));
    log::warning("web: too many wrong passwords; nobody can log in for {} minutes", 2 << (level_ - 1));
}

void Login::enter(std::string password, Told told)
{
    if (loop_.now() >= forget_at_) tries_ = level_ = 0;
    const std::string kept = sum();
    if (kept.empty() || !passwords_possible())
        told(std::unexpected(Refused{403, "no password is set: bmsd password"}));
    else if (loop_.now() < locked_until_ || busy_)
        told(std::unexpected(Refused{429, busy_ ? "somebody is logging in" : "too many wrong passwords: later"}));
    else if (password.size() > longest_password)
        told(std::unexpected(Refused{401, "wrong password"}));
    else {
        busy_ = true;
        checking_ = check(std::move(password), kept, std::move(told));
        checking_.start();
    }
}

Task<void> Login::check(std::string password, std::string sum, Told told)
{
    const auto question = [password, sum] { return password_fits(sum, password); };
    const auto fits = co_await in_background(loop_, question);
    busy_ = false;
    if (!fits) {
        told(std::unexpected(Refused{503, fits.error()}));
    } else if (!*fits) {
        failed();
        told(std::unexpected(Refused{401, "wrong password"}));
    } else {
        tries_ = level_ = 0;
        if (sessions_.size() >= most_sessions)
            sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& s) { return s.second.until; }));
        const std::string session = random_text(session_bytes);
        sessions_[session] = {loop_.now() + session_time, sum};
        told(session);
    }
}

bool Login::valid(std::string_view session)
{
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return false;
    if (loop_.now() < found->second.until && found->second.sum == sum()) return true;
    sessions_.erase(found);
    return false;
}

void Login::leave(std::string_view session)
{
    if (const auto found = sessions_.find(session); found != sessions_.end()) sessions_.erase(found);
}

}  // namespace bmsd::web
