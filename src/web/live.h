#pragma once
// The stream of /api/v1/live: which batteries there are, the full state of each, then what changes. A reader that is
// slow gets the newest, not all.
#include <boost/json/object.hpp>
#include <map>

#include "site/board.h"
#include "util/loop.h"
#include "web/http.h"

namespace bmsd::web {

class Live final : public Source {
  public:
    Live(site::Board& board, const Loop& loop) : board_(board), loop_(loop) {}
    void start(std::function<void()> wake) override;
    std::string fetch() override;

  private:
    site::Board& board_;
    const Loop& loop_;
    std::unique_ptr<site::Newest> newest_;
    std::map<BatteryId, boost::json::object> told_;
    bool greeted_ = false;
};

/// One event in the form of server-sent events.
std::string event_text(std::string_view kind, const boost::json::object& data);

}  // namespace bmsd::web
