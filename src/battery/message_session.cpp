#include "battery/message_session.h"

#include <algorithm>

#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

constexpr Duration shortest_gap = 200ms;  // between two messages that are read; of a faster source the newest counts
constexpr Duration silence = 6s, between_misses = 5s, watch_every = 1s;
constexpr Duration first_within = 30s;
constexpr Duration refused_for = 15s;  // by the host
constexpr Duration refusals_told_every = 60s;

}  // namespace

MessageSession::MessageSession(Loop& loop, std::string topic, std::size_t index, Host& host,
                               const config::Config& config)
    : loop_(loop),
      topic_(std::move(topic)),
      index_(index),
      host_(host),
      config_(config),
      protocol_(config_),
      started_(loop.now())
{
    watch();
}

MessageSession::~MessageSession()
{
    admission_.cancel();
}

void MessageSession::stop()
{
    admission_.cancel();
    due_.reset();
    watch_.reset();
    if (battery_) host_.release(*std::exchange(battery_, nullptr));
}

void MessageSession::receive(std::string_view message, bool kept)
{
    if (kept && heard_ != Instant{}) return;
    const Instant next = handled_ + shortest_gap;
    if (handled_ == Instant{} || loop_.now() >= next) {
        due_.reset();
        handle(message);
        return;
    }
    waiting_ = message;
    if (!due_) {
        due_ = loop_.at(next, [this] {
            due_.reset();
            handle(std::exchange(waiting_, {}));
        });
    }
}

void MessageSession::handle(std::string_view message)
{
    handled_ = loop_.now();
    Reading next = battery_ ? battery_->reading() : newest_;
    if (const auto taken = protocol_.take(message, next); !taken) return refuse(taken.error());
    sift(next.telemetry);
    if (heard_ != Instant{} && battery_) battery_->link().poll_interval = to_seconds(loop_.now() - heard_);
    heard_ = loop_.now();
    if (battery_) return use(std::move(next));
    newest_ = std::move(next);
    if (admitting_ || loop_.now() < again_from_) return;
    admission_ = admit();
    admission_.start();
}

Task<void> MessageSession::admit()
{
    admitting_ = true;
    Found found{&bms::generic_mqtt, {}, std::to_string(index_), nullptr, newest_};
    const std::string topic = topic_;
    auto battery = co_await host_.attach(found, topic);
    admitting_ = false;
    again_from_ = loop_.now() + refused_for;
    if (!battery) co_return;
    battery_ = std::move(battery);
    silence_told_ = true;
    use(newest_);
}

void MessageSession::use(Reading next)
{
    ++battery_->link().replies;
    battery_->take(std::move(next));
    cycle();
}

void MessageSession::refuse(const std::string& why)
{
    ++refused_;
    if (battery_) ++battery_->link().refused[std::string(bms::text(bms::Refusal::bad_content))];
    if (told_ != Instant{} && loop_.now() - told_ < refusals_told_every) return;
    told_ = loop_.now();
    log::warning(">>> MQTT {}: a message is not used: {}", topic_, why);
}

void MessageSession::sift(Telemetry& telemetry)
{
    const std::uint32_t now = bmsd::sift(telemetry);
    for (unsigned bit = 0; bit < 32; ++bit)
        if ((now >> bit & 1) != 0 && (sifted_ >> bit & 1) == 0)
            log::warning("MQTT {}: {}, left out", topic_, sifted_text(bit));
    sifted_ = now;
}

/// Whatever the source and the broker do, a reading that gets too old is noticed.
void MessageSession::watch()
{
    watch_ = loop_.at(loop_.now() + watch_every, [this] {
        watch();
        const Instant now = loop_.now();
        if (!battery_) {
            if (now - started_ < first_within || std::exchange(silence_told_, true)) return;
            log::warning(">>> MQTT {}: no valid message yet; waiting for one", topic_);
            return;
        }
        const bool silent = now - heard_ > silence && now - std::max(missed_, heard_) >= between_misses;
        if (silent || battery_->overdue()) miss();
    });
}

void MessageSession::miss()
{
    missed_ = loop_.now();
    ++battery_->link().timeouts;
    battery_->miss();
    cycle();
}

void MessageSession::cycle()
{
    host_.cycle(*battery_);
    if (!battery_->snapshot().state.give_up) return;
    host_.release(*std::exchange(battery_, nullptr));
    protocol_.forget();
    newest_ = {};
}

}  // namespace bmsd::battery
