#include "web/live.h"

#include <boost/json/array.hpp>
#include <utility>

#include "model/json.h"
#include "site/output_id.h"
#include "util/version.h"
#include "web/battery_json.h"

namespace bmsd::web {

namespace {

/// Who comes back after a pause learns by it what has gone meanwhile, and whether the program is another one.
boost::json::object hello_json(const site::Board& board)
{
    boost::json::array ids;
    for (const auto& change : board.all()) ids.emplace_back(site::output_id(*change.who));
    return {{"version", version}, {"batteries", std::move(ids)}};
}

}  // namespace

std::string event_text(std::string_view kind, const boost::json::object& data)
{
    return "event: " + std::string(kind) + "\ndata: " + to_text(data) + "\n\n";
}

void Live::start(std::function<void()> wake)
{
    newest_ = std::make_unique<site::Newest>(board_, std::move(wake));
}

std::string Live::fetch()
{
    std::string out;
    if (!newest_) return out;
    if (!std::exchange(greeted_, true)) out = event_text("hello", hello_json(board_));
    for (const site::Change& change : newest_->fetch()) {
        const std::string id = site::output_id(*change.who);
        if (change.what == site::Change::What::left) {
            told_.erase(change.who->id);
            out += event_text("left", {{"id", id}});
            continue;
        }
        auto now = battery_json(*change.who, *change.now, loop_.wall());
        const auto before = told_.find(change.who->id);
        if (before == told_.end()) {
            out += event_text("battery", now);
        } else if (auto changed = changes(before->second, now); !changed.empty()) {
            changed["id"] = id;
            out += event_text("change", changed);
        }
        told_[change.who->id] = std::move(now);
    }
    return out;
}

}  // namespace bmsd::web
