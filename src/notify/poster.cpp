#include "notify/poster.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "config/text.h"
#include "util/log.h"

namespace bmsd::notify {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 64;
constexpr Duration look_every = 30s;
constexpr Duration first_again = 10s, longest_again = 10min;
constexpr unsigned least_good = 200, least_bad = 300;

/// Names that never leave the house: "localhost", "homeassistant", "nas.local".
bool is_near(std::string_view host)
{
    if (const auto address = net::literal(host, 0)) return net::is_private(*address);
    return host == "localhost" || host.find('.') == host.npos || host.ends_with(".local") || host.ends_with(".lan") ||
           host.ends_with(".home.arpa");
}

bool is_header_text(std::string_view text)
{
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::vector<net::Header> headers_of(const config::Config& config)
{
    std::vector<net::Header> out;
    for (const std::string& entry : config.notify_headers) {
        const auto colon = entry.find(':');
        if (colon == entry.npos || colon == 0 || !is_header_text(entry))
            throw std::runtime_error("NOTIFY_HEADERS: one of them is no \"Name: value\"");
        out.push_back({std::string(config::trimmed(std::string_view(entry).substr(0, colon))),
                       std::string(config::trimmed(std::string_view(entry).substr(colon + 1)))});
    }
    out.push_back({"Content-Type", config.notify_format == "json" ? "application/json" : "text/plain; charset=utf-8"});
    return out;
}

}  // namespace

Result<net::Url> target_of(const config::Config& config)
{
    auto url = net::parse_url(config.notify_url.value_or(""));
    if (!url) return Failure("it is no address of a web server");  // the text may hold a token
    if (url->tls && !net::tls_possible()) return Failure("this build cannot encrypt (https)");
    if (!url->tls && !is_near(url->host))
        return Failure("http is for this machine and private networks only; use https");
    if (url->path.empty()) url->path = "/";
    return url;
}

Poster::Poster(Loop& loop, const config::Config& config, site::Board& board) : loop_(loop), config_(config)
{
    auto url = target_of(config);
    if (!url) throw std::runtime_error("NOTIFY_URL: " + url.error());
    url_ = std::move(*url);
    headers_ = headers_of(config);
    std::shared_ptr<const net::Trust> trust;
    if (url_.tls) {
        auto made = net::Trust::make({});
        if (!made) throw std::runtime_error("NOTIFY_URL: " + made.error());
        trust = std::move(*made);
    }
    client_ = std::make_unique<net::HttpClient>(loop, url_, std::move(trust));
    look_for_due();
    subscription_ = board.subscribe([this](const site::Change& change) { take(change); });
}

Poster::~Poster()
{
    subscription_.reset();
    work_.cancel();
}

void Poster::take(const site::Change& change)
{
    if (change.what == site::Change::What::left) {
        watches_.erase(change.who->id);
        notices_.forget(change.who->id);
        return;
    }
    if (change.who->bank) return;  // its batteries tell of themselves
    queue(notices_.take(*change.who, watches_[change.who->id].step(*change.now), loop_.now()));
}

void Poster::look_for_due()
{
    due_ = loop_.at(loop_.now() + look_every, [this] {
        look_for_due();
        queue(notices_.due(loop_.now()));
    });
}

void Poster::queue(std::vector<Notice> notices)
{
    for (Notice& notice : notices) {
        if (waiting_.size() >= most_waiting) {
            waiting_.pop_front();
            ++counts_.dropped;
        }
        waiting_.push_back(std::move(notice));
    }
    if (waiting_.empty() || !work_.done()) return;
    start_ = loop_.at(loop_.now(), [this] {  // not inside of what tells us
        if (!work_.done()) return;
        work_ = work();
        work_.start();
    });
}

/// One after the other; what is refused for good is dropped, what cannot be reached is tried again.
Task<void> Poster::work()
{
    Duration again = first_again;
    while (!waiting_.empty()) {
        const Notice notice = waiting_.front();
        waiting_.pop_front();
        if (co_await post(notice)) {
            again = first_again;
            continue;
        }
        if (waiting_.size() < most_waiting)
            waiting_.push_front(notice);
        else
            ++counts_.dropped;
        co_await loop_.sleep(again);
        again = std::min<Duration>(2 * again, longest_again);
    }
}

/// False: it should be tried again.
Task<bool> Poster::post(const Notice& notice)
{
    std::string body = config_.notify_format == "json" ? json_of(notice, loop_.wall()) : message_of(notice);
    const auto reply = co_await client_->post(url_.path, headers_, std::move(body));
    const bool good = reply && reply->status >= least_good && reply->status < least_bad;
    const bool for_good =
        reply && reply->status >= 400 && reply->status < 500 && reply->status != 408 && reply->status != 429;
    ++(good ? counts_.sent : counts_.failed);
    if (good) {
        counts_.problem.clear();
        told_.clear();
        co_return true;
    }
    counts_.problem = reply ? fmt::format("the server answers {}", reply->status) : reply.error();
    if (std::exchange(told_, counts_.problem) != counts_.problem)
        log::warning(">>> Notifications to {}: {}", url_.host, counts_.problem);
    if (for_good) ++counts_.dropped;
    co_return for_good;
}

}  // namespace bmsd::notify
