#include "influx/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "net/gzip.h"
#include "util/log.h"

namespace bmsd::influx {
namespace {

constexpr Duration first_backoff = std::chrono::seconds(5), longest_backoff = std::chrono::minutes(5);
constexpr double first_date = 1.6e9;                              // s since 1970: before that the date is none
constexpr Duration same_reading = std::chrono::milliseconds(10);  // of one age, told twice
constexpr std::size_t worth_gzip = 512;                           // bytes
constexpr std::size_t shown = 200;                                // bytes of an answer

/// The server may be able to take the same lines later.
bool transient(unsigned status)
{
    return status == 408 || status == 429 || status >= 500;
}

std::string in_short(const net::HttpReply& reply)
{
    std::string text = reply.body.substr(0, shown);
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' '; }, ' ');
    return fmt::format("the server answers {}{}{}", reply.status, text.empty() ? "" : ": ", text);
}

std::shared_ptr<const net::Trust> trust_for(const Settings& settings)
{
    if (!settings.server.tls) return nullptr;
    auto trust = net::Trust::make(settings.trust);
    if (trust) return *trust;
    log::error("InfluxDB: {}; nothing can be trusted, so nothing is sent", trust.error());
    return nullptr;
}

}  // namespace

Sender::Sender(Loop& loop, site::Board& board, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      client_(loop, settings_.server, trust_for(settings_)),
      ring_(settings_.buffer)
{
    tick_ = loop_.at(loop_.now() + settings_.interval, [this] { tick(); });
    subscription_ = board.subscribe([this](const site::Change& change) { take(change); });
}

void Sender::take(const site::Change& change)
{
    if (change.what == site::Change::What::left) {
        known_.erase(change.who->id);
        return;
    }
    Known& known = known_[change.who->id];
    known.who = change.who;
    known.now = change.now;
    known.read_at = loop_.now().time_since_epoch() - seconds(change.now->age);
    std::string lines;
    std::size_t count = 0;
    for (const auto& event : known.events.step(*change.now))
        count += append_event(lines, *change.who, event, settings_.layout, now_in_seconds()) ? 1 : 0;
    if (clock_is_set()) ring_.add(lines, count);
}

bool Sender::clock_is_set() const
{
    return loop_.wall() > first_date;
}

std::int64_t Sender::now_in_seconds() const
{
    return static_cast<std::int64_t>(loop_.wall());
}

/// What was read since the last time, each battery once; what is old, or was lost, is not written again.
void Sender::tick()
{
    tick_ = loop_.at(loop_.now() + settings_.interval, [this] { tick(); });
    for (auto& [id, known] : known_) {
        const bool news = known.read_at > known.written_at + same_reading;
        if (!news || !known.now->state.online || !clock_is_set()) continue;
        known.written_at = known.read_at;
        std::string lines;
        const std::size_t count = append_points(lines, *known.who, *known.now, settings_.layout, now_in_seconds());
        ring_.add(lines, count);
    }
    send_next();
}

void Sender::send_next()
{
    if (busy_ || held_ || ring_.empty()) return;
    busy_ = true;
    sending_ = send();
    sending_.start();
}

Task<void> Sender::send()
{
    while (!held_) {
        auto batch = ring_.take();
        if (!batch) break;
        auto headers = settings_.headers;
        std::string body;
        if (batch->lines.size() > worth_gzip)
            if (auto packed = net::gzip(batch->lines)) body = std::move(*packed);
        if (body.empty()) {
            body = batch->lines;
        } else {
            headers.push_back({"Content-Encoding", "gzip"});
        }
        const auto reply = co_await client_.post(settings_.target, std::move(headers), std::move(body));
        judge(std::move(*batch), reply);
    }
    busy_ = false;
}

void Sender::judge(Batch batch, const Result<net::HttpReply>& reply)
{
    if (reply && reply->status >= 200 && reply->status < 300) {
        counts_.sent += batch.count;
        backoff_ = {};
        tell("");
        return;
    }
    ++counts_.failures;
    if (reply && !transient(reply->status)) {  // these lines will never be taken; the next may
        counts_.refused += batch.count;
        tell(in_short(*reply));
        return;
    }
    ring_.put_back(std::move(batch));
    tell(reply ? in_short(*reply) : reply.error());
    backoff_ = std::clamp(backoff_ * 2, first_backoff, longest_backoff);
    const Duration asked = reply && reply->retry_after ? seconds(std::min(*reply->retry_after, 3600.0)) : Duration{};
    hold(std::max(asked, backoff_));
}

void Sender::hold(Duration longest)
{
    held_ = loop_.at(loop_.now() + longest, [this] {
        held_.reset();
        loop_.post([alive = std::weak_ptr(alive_), this] {
            if (!alive.expired()) send_next();
        });
    });
}

/// Each new problem once, and that it is over.
void Sender::tell(const std::string& problem)
{
    if (problem == counts_.problem) return;
    if (problem.empty())
        log::info("InfluxDB at {}: the points are taken again", settings_.server.authority());
    else if (counts_.problem.empty())
        log::warning("InfluxDB at {}: {}", settings_.server.authority(), problem);
    counts_.problem = problem;
}

Sender::Counts Sender::counts() const
{
    Counts counts = counts_;
    counts.dropped = ring_.dropped();
    counts.waiting = ring_.bytes();
    return counts;
}

}  // namespace bmsd::influx
