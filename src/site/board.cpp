#include "site/board.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "util/log.h"

namespace bmsd::site {
namespace {

constexpr std::size_t spares = 2;  // as many as quick subscribers need: nothing is allocated in a cycle

}  // namespace

Subscription& Subscription::operator=(Subscription&& other) noexcept
{
    if (this != &other) {
        reset();
        callback_ = std::move(other.callback_);
    }
    return *this;
}

void Subscription::reset()
{
    if (callback_) *callback_ = nullptr;  // also for a Board that is telling it right now
    callback_.reset();
}

std::shared_ptr<Snapshot> Board::copy(Line& line, const Snapshot& snapshot)
{
    for (auto& spare : line.spare) {
        if (spare.use_count() != 1) continue;
        *spare = snapshot;  // strings and lists keep their memory
        return spare;
    }
    auto made = std::make_shared<Snapshot>(snapshot);
    if (line.spare.size() <= spares) line.spare.push_back(made);
    return made;
}

void Board::post(Change::What what, const WhoPtr& who, const Snapshot& snapshot)
{
    using enum Change::What;
    const auto found = lines_.find(who->id);
    const bool there = found != lines_.end();
    if (!there && (what == changed || what == left)) return;
    if (!there) what = appeared;
    if (there && what == appeared) what = changed;
    Line& line = there ? found->second : lines_[who->id];
    line.who = who;
    line.last = copy(line, snapshot);
    const Change change{what, who, line.last};
    if (what == left) lines_.erase(who->id);
    tell(change);
}

void Board::tell(const Change& change)
{
    waiting_.push_back(change);
    if (std::exchange(telling_, true)) return;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        const Change now = waiting_[i];
        for (std::size_t k = 0; k < subscribers_.size(); ++k) {
            const auto callback = subscribers_[k].lock();
            if (!callback || !*callback) continue;
            const auto call = *callback;  // a copy: the subscription may end in there
            try {
                call(now);
            } catch (const std::exception& error) {
                log::error(">>> {}: not published: {}", now.who->name, error.what());
            }
        }
    }
    waiting_.clear();
    telling_ = false;
    std::erase_if(subscribers_, [](const auto& one) { return one.expired(); });
}

SnapshotPtr Board::last(BatteryId id) const
{
    const auto found = lines_.find(id);
    return found == lines_.end() ? nullptr : found->second.last;
}

WhoPtr Board::who(BatteryId id) const
{
    const auto found = lines_.find(id);
    return found == lines_.end() ? nullptr : found->second.who;
}

std::vector<Change> Board::all() const
{
    std::vector<Change> there;
    for (const auto& [id, line] : lines_) there.push_back({Change::What::appeared, line.who, line.last});
    return there;
}

Subscription Board::subscribe(std::function<void(const Change& change)> callback)
{
    auto kept = std::make_shared<Subscription::Callback>(std::move(callback));
    for (const Change& change : all()) (*kept)(change);
    subscribers_.push_back(kept);
    return Subscription(std::move(kept));
}

Newest::Newest(Board& board, std::function<void()> wake)
    : wake_(std::move(wake)), subscription_(board.subscribe([this](const Change& change) { take(change); }))
{
}

void Newest::take(const Change& change)
{
    News& news = news_[change.who->id];
    if (change.what == Change::What::left) {
        if (!news.seen) {
            news_.erase(change.who->id);
            return;
        }
        if (!news.gone) news.gone = change;
        news.now.reset();
    } else {
        const bool cycle = news.now && news.now->what == Change::What::cycle;
        news.now = change;
        if (cycle) news.now->what = Change::What::cycle;
    }
    if (!std::exchange(waiting_, true) && wake_) wake_();
}

std::vector<Change> Newest::fetch()
{
    std::vector<Change> changes;
    waiting_ = false;
    for (auto& [id, news] : news_) {
        if (news.gone) {
            changes.push_back(*std::exchange(news.gone, std::nullopt));
            news.seen = false;
        }
        if (!news.now) continue;
        changes.push_back(*std::exchange(news.now, std::nullopt));
        if (!std::exchange(news.seen, true)) changes.back().what = Change::What::appeared;
    }
    std::erase_if(news_, [](const auto& one) { return !one.second.seen; });
    return changes;
}

}  // namespace bmsd::site
