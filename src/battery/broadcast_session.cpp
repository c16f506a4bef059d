#include "battery/broadcast_session.h"

#include <algorithm>

#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

constexpr Duration time_to_answer = 100ms, look_for_link = 1s, ages_every = 1s;
constexpr Duration listen_for_more_every = 10s, ask_for_more_every = 1min;

}  // namespace

BroadcastSession::Listening::Listening(std::shared_ptr<Battery> served, Heard heard)
    : battery(std::move(served)),
      entry(heard.entry),
      configured(std::move(heard.found.configured)),
      protocol(std::move(heard.protocol)),
      judge(*battery),
      seat(battery->seat())
{
}

BroadcastSession::BroadcastSession(Loop& loop, link::CanBus& bus, Host& host, const config::Config& config,
                                   Options options)
    : loop_(loop),
      bus_(bus),
      host_(host),
      config_(config),
      options_(std::move(options)),
      finder_(loop, bus, cache_, config, search_quality_)
{
}

BroadcastSession::~BroadcastSession()
{
    life_.cancel();
}

void BroadcastSession::start()
{
    listener_ = bus_.listen([this](const CanFrame& frame) { cache_.hear(frame, loop_.now()); });
    life_ = life();
    life_.start();
}

void BroadcastSession::stop()
{
    life_.cancel();
    ages_.reset();
    listener_.reset();
    release_all();
}

std::vector<std::shared_ptr<Battery>> BroadcastSession::batteries() const
{
    std::vector<std::shared_ptr<Battery>> all;
    for (const auto& one : served_) all.push_back(one->battery);
    return all;
}

Task<void> BroadcastSession::life()
{
    for (;;) {
        if (!bus_.works()) {
            state_ = State::absent;
            cache_.clear();
            co_await loop_.sleep(look_for_link);
            continue;
        }
        state_ = State::searching;
        try {
            co_await search();
            if (!served_.empty()) co_await serve();
        } catch (const std::exception& error) {  // nothing a battery does may end the process
            log::error(">>> {}: {}; starting again with this interface", bus_.name(), error.what());
        }
        ages_.reset();
        release_all();
        if (empty_searches_ == 0) continue;
        const auto step = std::min(static_cast<std::size_t>(empty_searches_), options_.search_again.size()) - 1;
        co_await loop_.sleep(options_.search_again[step]);
    }
}

Task<void> BroadcastSession::search()
{
    bus_.filter({});  // a frame of anybody shows that the bit rate is right
    auto heard = co_await finder_.run();
    const bool nobody = heard.empty();
    co_await admit(std::move(heard));
    if (served_.empty()) {
        ++empty_searches_;
        if (empty_searches_ == 1 && nobody)
            log::error(">>> No battery on {} ({}); {} frames heard", bus_.name(), bus_.state_text(),
                       bus_.counters().received);
        bus_.try_next_bit_rate();
        co_return;
    }
    empty_searches_ = 0;
    state_ = State::serving;
}

Task<void> BroadcastSession::admit(std::vector<Heard> heard)
{
    for (Heard& one : heard) {
        auto battery = co_await host_.attach(one.found, bus_.name());
        if (!battery) continue;
        battery->link().refused.insert(search_quality_.refused.begin(), search_quality_.refused.end());
        served_.push_back(std::make_unique<Listening>(std::move(battery), std::move(one)));
    }
    filter();
}

/// What no battery sends that could be here is left to the kernel.
void BroadcastSession::filter()
{
    std::vector<bms::CanFilter> wanted;
    if (!served_.empty())
        for (const bms::FrameEntry* entry : frame_candidates(config_))
            wanted.insert(wanted.end(), entry->hears.begin(), entry->hears.end());
    bus_.filter(std::move(wanted));
}

/// As configured; less where a battery falls asleep when it is left alone for so long.
Duration BroadcastSession::interval() const
{
    const bool given = config_.poll_interval && *config_.poll_interval > 0;
    Duration interval = given ? seconds(*config_.poll_interval) : Duration::zero();
    for (const auto& one : served_)
        if (!given) interval = std::max(interval, one->entry->entry.interval);
    for (const auto& one : served_) interval = std::min(interval, one->entry->longest_interval);
    return interval;
}

Task<void> BroadcastSession::serve()
{
    Instant due = loop_.now();
    listened_ = asked_ = due;
    watch_ages();
    while (!served_.empty()) {
        co_await loop_.sleep_until(due);
        due = Pace(interval()).after(due, loop_.now());
        if (bus_.works()) {
            if (ask_all()) co_await loop_.sleep(time_to_answer);
            bus_.read();
            cache_.expire(loop_.now());
        } else {
            cache_.clear();  // what was heard before says nothing about now
        }
        for (const auto& one : served_) cycle(*one);
        drop_gone();
        if (!served_.empty() && bus_.works()) co_await look_for_more();
    }
}

/// Requests and commands of this cycle. False: nobody was asked.
bool BroadcastSession::ask_all()
{
    std::vector<CanFrame> frames;
    for (const auto& one : served_) {
        if (one->moved()) continue;
        if (const auto command = one->battery->pending().take()) {
            auto orders = one->protocol->command(*command);
            const auto reply = orders.empty() ? bms::refuse(bms::Refusal::unsupported) : bms::Reply<void>();
            frames.insert(frames.end(), orders.begin(), orders.end());
            one->battery->conclude(*command, reply);
        }
        one->protocol->ask(frames);
    }
    for (const CanFrame& frame : frames) bus_.send(frame);
    return !frames.empty();
}

void BroadcastSession::cycle(Listening& one)
{
    Battery& battery = *one.battery;
    if (one.moved()) return;
    battery.set_poll_interval(interval());
    Reading next = battery.reading();  // a refused one must leave no trace
    const auto taken = judged(one, next);
    LinkQuality& quality = battery.link();
    quality.poll_interval = to_seconds(interval());
    if (taken) {
        ++quality.replies;
        battery.take(std::move(next));
    } else {
        log::debug("{}: {}", battery.facts().id, bms::text(taken.error()));
        battery.miss();
    }
    host_.cycle(battery);
}

bms::Reply<void> BroadcastSession::judged(Listening& one, Reading& next)
{
    LinkQuality& quality = one.battery->link();
    if (!bus_.works()) {
        link::count(quality, bms::Refusal::link_lost);
        return bms::refuse(bms::Refusal::link_lost);
    }
    const auto taken = one.protocol->take(cache_, loop_.now(), next);
    if (!taken) {
        if (taken.error() == bms::Refusal::silence)
            ++quality.timeouts;
        else
            link::count(quality, taken.error());
        return taken;
    }
    if (!same_pack(one.battery->reading(), next)) return one.judge.stranger(std::move(next));
    one.judge.no_stranger();
    if (const auto possible = one.judge.look(next); !possible) return possible;
    one.judge.sift(next.telemetry);
    return {};
}

/// Beside the cycles, which may be long: a reading that gets too old is noticed.
void BroadcastSession::watch_ages()
{
    ages_ = loop_.at(loop_.now() + ages_every, [this] {
        watch_ages();
        for (const auto& one : served_) {
            if (one->moved() || !one->battery->overdue()) continue;
            one->battery->miss();
            host_.cycle(*one->battery);
        }
    });
}

/// Those that were given up, answer elsewhere now, or are others by now.
void BroadcastSession::drop_gone()
{
    const auto gone = [](const auto& one) {
        return one->moved() || one->judge.replaced() || one->battery->snapshot().state.give_up;
    };
    for (const auto& one : served_) {
        if (gone(one) && !one->moved()) host_.release(*one->battery);
        if (one->judge.replaced()) listened_ = Instant{};  // who is there now is looked for at once
    }
    std::erase_if(served_, gone);
}

std::vector<Seat> BroadcastSession::seats() const
{
    std::vector<Seat> taken;
    for (const auto& one : served_) taken.push_back({one->entry, one->configured});
    return taken;
}

/// Who was switched on later is heard; who has to be asked is, if the configuration tells of it.
Task<void> BroadcastSession::look_for_more()
{
    if (loop_.now() - listened_ < listen_for_more_every) co_return;
    listened_ = loop_.now();
    const auto taken = seats();
    auto heard = finder_.listen(taken);
    if (heard.empty() && finder_.asks_anyway() && loop_.now() - asked_ >= ask_for_more_every) {
        asked_ = loop_.now();
        heard = co_await finder_.ask(taken);
    }
    if (!heard.empty()) co_await admit(std::move(heard));
}

void BroadcastSession::release_all()
{
    for (const auto& one : served_)
        if (!one->moved()) host_.release(*one->battery);
    served_.clear();
}

}  // namespace bmsd::battery
