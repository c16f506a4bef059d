#pragma once
// /api/v1: what is known of the batteries as JSON, live as server-sent events, and what may be asked of them, through
// the Gate. Names are those of the model; src/web/openapi.json says it for programs.
#include <set>
#include <string>

#include "config/config.h"
#include "site/gate.h"
#include "web/login.h"
#include "web/server.h"

namespace bmsd::web {

class Api {
  public:
    struct Options {
        bool read_login = false;  // reading needs the password, too
        bool secure = false;      // behind https: the cookie is for that only
    };

    /// All of them outlive it, and the server asks it for as long as it lives.
    Api(Server& server, Loop& loop, site::Board& board, site::Gate& gate, Login& login, Options options);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Registers a GET that reads; with the login where reading needs one.
    void reads(std::string path, Handler handler);
    /// /api/v1/settings. The configuration outlives the requests.
    void tell_settings(const config::Config& config);

  private:
    void add_reads();
    void add_writes();
    bool logged_in(const Request& request) const;
    void log_in(const Request& request, const Answer& answer);
    void ask(const Request& request, const Answer& answer);
    std::optional<site::Change> find(std::string_view id) const;

    Server& server_;
    Loop& loop_;
    site::Board& board_;
    site::Gate& gate_;
    Login& login_;
    Options options_;
};

}  // namespace bmsd::web
