#include "battery/port_session.h"

#include <algorithm>

#include "bms/language/identity.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

constexpr int reopen_after = 8;  // failed reads in a row: some adapters recover only when they are opened again
constexpr auto look_for_missing_every = std::chrono::seconds(60);
// A battery that does not answer costs its timeouts. Beside others that do, it is asked less often after some misses:
// at most a tenth of the time goes to it.
constexpr int misses_before_back_off = 3, back_off_factor = 10;
constexpr Duration least_back_off = std::chrono::seconds(10);
constexpr auto ages_every = std::chrono::seconds(1);

}  // namespace

PortSession::PortSession(Loop& loop, std::unique_ptr<link::Port> port, Host& host, const config::Config& config,
                         TypeMemory& memory, Options options)
    : loop_(loop), port_(std::move(port)), host_(host), config_(config), memory_(memory), options_(std::move(options))
{
}

PortSession::~PortSession()
{
    life_.cancel();
}

void PortSession::start()
{
    life_ = life();
    life_.start();
}

void PortSession::suspend()
{
    suspended_ = true;
    port_->close();
}

void PortSession::stop()
{
    life_.cancel();
    ages_.reset();
    release_all();
    port_->close();
}

std::vector<std::shared_ptr<Battery>> PortSession::batteries() const
{
    std::vector<std::shared_ptr<Battery>> all;
    for (const auto& member : members_) all.push_back(member->battery);
    return all;
}

void PortSession::set_state(State state)
{
    if (std::exchange(state_, state) != state && changed_) changed_();
}

Task<void> PortSession::life()
{
    for (;;) {
        if (!there()) {
            set_state(State::absent);
            co_await loop_.sleep(options_.look_for_device);
            continue;
        }
        set_state(State::searching);
        try {
            co_await search();
            if (!members_.empty()) co_await serve();
        } catch (const std::exception& error) {  // nothing a battery does may end the process
            log::error(">>> {}: {}; starting again with this port", port_->name(), error.what());
        }
        ages_.reset();
        release_all();
        port_->close();
        if (empty_searches_ == 0) continue;
        const auto step = std::min(static_cast<std::size_t>(empty_searches_), options_.search_again.size()) - 1;
        co_await loop_.sleep(options_.search_again[step]);
    }
}

Task<void> PortSession::search()
{
    Detection detection(*port_, search_quality_, config_, memory_);
    auto found = co_await detection.run();
    const bool nobody = found.empty();
    co_await admit(std::move(found));
    if (members_.empty()) {
        ++empty_searches_;
        if (empty_searches_ == 1 && nobody) log::error(">>> No battery on {}", port_->name());
        if (changed_) changed_();
        co_return;
    }
    empty_searches_ = 0;
    pace_ = std::make_unique<Pace>(configured_interval());
    set_state(State::serving);
}

Task<void> PortSession::admit(std::vector<Found> found)
{
    for (Found& one : found) {
        auto battery = co_await host_.attach(one, port_->name());
        if (!battery) continue;
        battery->link().refused.insert(search_quality_.refused.begin(), search_quality_.refused.end());
        members_.push_back(std::make_unique<Member>(std::move(battery), std::move(one), *port_));
    }
}

Duration PortSession::configured_interval() const
{
    if (config_.poll_interval && *config_.poll_interval > 0) return seconds(*config_.poll_interval);
    Duration slowest = Duration::zero();
    for (const auto& member : members_) slowest = std::max(slowest, member->battery->facts().entry->interval);
    return slowest;
}

void PortSession::set_interval_from_config()
{
    if (pace_) *pace_ = Pace(configured_interval());
}

Task<void> PortSession::serve()
{
    Instant due = loop_.now();
    looked_for_missing_ = due;
    failed_in_a_row_ = 0;
    watch_ages();
    while (!members_.empty()) {
        co_await loop_.sleep_until(due);
        const Instant started = loop_.now();
        if (!there()) {
            out_of_reach();
            due = started + pace_->interval();
            drop_gone();
            continue;
        }
        gone_ = false;
        reopen();
        beside_reads_ = Duration::zero();
        for (std::size_t i = 0; i < members_.size(); ++i) co_await cycle(*members_[i]);
        drop_gone();
        if (members_.empty()) co_return;
        const Instant ended = loop_.now();
        const auto warning = pace_->took(ended - started - beside_reads_);
        if (warning) log::warning("{}: {}", port_->name(), *warning);
        due = pace_->after(due, ended);
        for (const auto& member : members_) due = std::max(due, started + member->rest());
        if (ended - looked_for_missing_ >= look_for_missing_every) {
            co_await look_for_missing();
            looked_for_missing_ = loop_.now();
        }
    }
}

/// The adapter was pulled: a lost link like any other, which decides the limits and, in its time, gives up
/// (core/charge-control.md section 15, number 11).
void PortSession::out_of_reach()
{
    port_->close();
    if (!std::exchange(gone_, true)) {
        log::error(">>> {} is gone", port_->name());
        if (changed_) changed_();
    }
    for (auto& member : members_) {
        member->battery->set_poll_interval(pace_->interval());
        if (!member->moved()) miss(*member->battery);
    }
}

void PortSession::miss(Battery& battery)
{
    battery.miss();
    host_.cycle(battery);
}

/// Beside the reads: whatever keeps them waiting, a reading that gets too old is noticed.
void PortSession::watch_ages()
{
    ages_ = loop_.at(loop_.now() + ages_every, [this] {
        watch_ages();
        for (auto& member : members_)
            if (!member->moved() && member->battery->overdue()) miss(*member->battery);
    });
}

void PortSession::reopen()
{
    if (failed_in_a_row_ >= reopen_after) {
        port_->close();
        failed_in_a_row_ = 0;
    }
}

bool PortSession::backs_off(const Member& member) const
{
    const Duration wait = std::max(least_back_off, back_off_factor * member.cost);
    if (member.missed < misses_before_back_off || loop_.now() - member.asked >= wait) return false;
    return std::any_of(members_.begin(), members_.end(), [](const auto& other) { return other->missed == 0; });
}

/// From one read of a battery to its next: the interval, or what the good reads of all take.
Duration PortSession::turn() const
{
    Duration reads = Duration::zero();
    for (const auto& member : members_) reads += member->good_cost;
    return std::max(pace_->interval(), reads);
}

Task<void> PortSession::cycle(Member& member)
{
    Battery& battery = *member.battery;
    if (member.moved()) co_return;
    member.interval = pace_->interval();
    battery.set_poll_interval(turn());
    if (backs_off(member)) {
        miss(battery);
        co_return;
    }
    member.asked = loop_.now();
    if (!port_->is_open())
        for (auto& each : members_) each->doubt();
    const auto opened = port_->open(member.line.baud, member.line.parity);
    bms::Reply<void> taken = bms::refuse(bms::Refusal::link_lost);
    Reading next = battery.reading();  // a refused poll must leave no trace
    if (opened) co_await carry_out(member, next);
    const Instant started = loop_.now();
    if (opened) taken = co_await member.read(next);
    if (member.moved()) co_return;
    if (taken) member.judge.sift(next.telemetry);
    note_read(member, next, taken, started);
    if (taken) {
        battery.take(std::move(next));
    } else {
        battery.miss();
    }
    host_.cycle(battery);
}

void PortSession::note_read(Member& member, const Reading& next, const bms::Reply<void>& taken, Instant started)
{
    failed_in_a_row_ = taken ? 0 : failed_in_a_row_ + 1;
    member.missed = taken ? 0 : member.missed + 1;
    const Duration listened = member.channel.take_listened();
    beside_reads_ += listened;
    member.cost = loop_.now() - started;
    if (taken) member.good_cost = member.cost;
    LinkQuality& quality = member.battery->link();
    quality.wire_seconds = member.channel.take_wire_seconds();
    quality.cycle_seconds = to_seconds(member.cost);
    quality.poll_interval = to_seconds(pace_->interval());
    log::debug("{}: {} in {:.3f} s", member.battery->facts().id,
               taken ? std::string_view("read") : bms::text(taken.error()), quality.cycle_seconds);
    if (read_) read_(next, quality.cycle_seconds, taken.has_value());
}

/// A refused command is a failed read (core/charge-control.md section 15, number 15).
Task<void> PortSession::carry_out(Member& member, Reading& next)
{
    const Instant started = loop_.now();
    const bool obeyed = co_await member.carry_out(next);
    beside_reads_ += loop_.now() - started;
    if (obeyed || member.moved()) co_return;
    next = member.battery->reading();
    miss(*member.battery);
}

/// Those that were given up, answer elsewhere now, or are others by now.
void PortSession::drop_gone()
{
    const auto gone = [](const auto& member) {
        return member->moved() || member->replaced() || member->battery->snapshot().state.give_up;
    };
    for (auto& member : members_) {
        if (gone(member) && !member->moved()) host_.release(*member->battery);
        if (member->replaced()) looked_for_missing_ = Instant{};  // who is there now is looked for at once
    }
    std::erase_if(members_, gone);
}

Task<void> PortSession::look_for_missing()
{
    const std::vector<std::string> addresses = config_.battery_addresses;
    const bms::Entry& entry = *members_.front()->battery->facts().entry;
    if (!entry.addressable || port_->only_type() != nullptr) co_return;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const std::string& address = addresses[next_missing_++ % addresses.size()];
        const auto there = [&](const auto& member) { return member->battery->facts().configured == address; };
        if (std::any_of(members_.begin(), members_.end(), there)) continue;
        Detection detection(*port_, search_quality_, config_, memory_);
        auto found = co_await detection.look_for(entry, address);
        co_await admit(std::move(found));
        co_return;  // one address a time, so that the others keep their rate
    }
}

void PortSession::release_all()
{
    for (auto& member : members_)
        if (!member->moved()) host_.release(*member->battery);
    members_.clear();
}

}  // namespace bmsd::battery
