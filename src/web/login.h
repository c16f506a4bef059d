#pragma once
// Who may change something: one password, sessions in memory, a lock against guessing.
#include <functional>
#include <map>
#include <string>

#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd::web {

class Login {
  public:
    static constexpr std::string_view cookie = "bmsd_session";

    /// `state_dir`: where the password is kept; read at each login, so that a new one counts at once.
    Login(Loop& loop, std::string state_dir);
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;

    bool has_password() const;
    struct Refused {
        unsigned status;
        std::string reason;
    };
    using Told = std::function<void(const std::expected<std::string, Refused>& session)>;
    /// A new session, never one that the browser brought. One check at a time.
    void enter(std::string password, Told told);
    bool valid(std::string_view session);
    void leave(std::string_view session);
    std::size_t sessions() const { return sessions_.size(); }

  private:
    struct Session {
        Instant until;
        std::string sum;  // of the password it was opened with: a new password ends it
    };
    Task<void> check(std::string password, std::string sum, Told told);
    void failed();
    std::string sum() const;

    Loop& loop_;
    std::string state_dir_;
    std::map<std::string, Session, std::less<>> sessions_;
    int tries_ = 0, level_ = 0;
    Instant locked_until_{}, forget_at_{};
    Task<void> checking_;
    bool busy_ = false;
};

}  // namespace bmsd::web
