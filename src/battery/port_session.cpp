#include "battery/port_session.h"

#include <algorithm>

#include "bms/language/identity.h"
#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

constexpr int reopen_after = 8;  // failed reads in a row: some adapters recover only when they are opened again
constexpr auto look_for_missing_every = std::chrono::seconds(60);
// A battery that does not answer costs its timeouts. Beside others that do, it is asked less often after some misses:
// at most a tenth of the time goes to it.
constexpr int misses_before_back_off = 3, back_off_factor = 10;
constexpr Duration least_back_off = std::chrono::seconds(10);

}  // namespace

struct PortSession::Member {
    std::shared_ptr<Battery> battery;
    std::unique_ptr<bms::Protocol> protocol;
    bms::Line line;
    link::PortChannel channel;
    int missed = 0;            // in a row
    std::uint32_t sifted = 0;  // what was made absent in the last good read, a bit each
    Instant asked{};
    Duration cost{};  // of the last read

    Member(std::shared_ptr<Battery> served, Found found, link::Port& port)
        : battery(std::move(served)),
          protocol(std::move(found.protocol)),
          line(found.line),
          channel(port, battery->link())
    {
    }
};

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

void PortSession::stop()
{
    life_.cancel();
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
        if (!port_->present()) {
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
    co_await admit(std::move(found));
    if (members_.empty()) {
        ++empty_searches_;
        if (empty_searches_ == 1) log::error(">>> No battery on {}", port_->name());
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
    while (!members_.empty()) {
        co_await loop_.sleep_until(due);
        if (!port_->present()) {  // the adapter was pulled: what nobody measures is not published
            log::error(">>> {} is gone", port_->name());
            co_return;
        }
        reopen();
        const Instant started = loop_.now();
        for (std::size_t i = 0; i < members_.size(); ++i) co_await cycle(*members_[i]);
        drop_given_up();
        if (members_.empty()) co_return;
        const Instant ended = loop_.now();
        if (const auto warning = pace_->took(ended - started)) log::warning("{}: {}", port_->name(), *warning);
        due = pace_->after(due, ended);
        for (const auto& member : members_) due = std::max(due, started + member->protocol->rest());
        if (ended - looked_for_missing_ >= look_for_missing_every) {
            co_await look_for_missing();
            looked_for_missing_ = loop_.now();
        }
    }
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

Task<void> PortSession::cycle(Member& member)
{
    Battery& battery = *member.battery;
    if (backs_off(member)) {
        battery.miss();
        host_.cycle(battery);
        co_return;
    }
    const Instant started = member.asked = loop_.now();
    const auto opened = port_->open(member.line.baud, member.line.parity);
    bms::Reply<void> taken = bms::refuse(bms::Refusal::link_lost);
    Reading next = battery.reading();  // a refused poll must leave no trace
    if (opened) {
        co_await carry_out(member, next);
        taken = co_await member.protocol->poll(member.channel, next);
        if (taken && !bms::plausible(next.telemetry)) {  // RA10
            taken = bms::refuse(bms::Refusal::implausible);
            member.channel.refused(taken.error());
        }
        if (taken) sift(member, next.telemetry);
    }
    failed_in_a_row_ = taken ? 0 : failed_in_a_row_ + 1;
    member.missed = taken ? 0 : member.missed + 1;
    member.cost = loop_.now() - started;
    LinkQuality& quality = battery.link();
    quality.wire_seconds = member.channel.take_wire_seconds();
    quality.cycle_seconds = to_seconds(loop_.now() - started);
    quality.poll_interval = to_seconds(pace_->interval());
    log::debug("{}: {} in {:.3f} s", battery.facts().id, taken ? std::string_view("read") : bms::text(taken.error()),
               quality.cycle_seconds);
    if (read_) read_(next, quality.cycle_seconds, taken.has_value());
    if (taken) {
        battery.take(std::move(next));
    } else {
        battery.miss();
    }
    host_.cycle(battery);
}

/// One implausible field costs the field, not the reply (core/charge-control.md section 15, number 5).
void PortSession::sift(Member& member, Telemetry& telemetry)
{
    const std::uint32_t now = bmsd::sift(telemetry);
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((now >> bit & 1) == 0) continue;
        member.channel.refused(bms::Refusal::implausible);
        if ((member.sifted >> bit & 1) == 0)
            log::warning("{}: {}, left out", member.battery->facts().id, sifted_text(bit));
    }
    member.sifted = now;
}

Task<void> PortSession::carry_out(Member& member, Reading& reading)
{
    auto& pending = member.battery->pending();
    while (!pending.empty()) {  // each once, whatever becomes of it
        std::vector<Command> together{pending.front()};
        pending.pop_front();
        std::erase_if(pending, [&](const Command& waiting) {
            const bool newer = waiting.kind == together.front().kind;
            if (newer) together.front().value = waiting.value;
            const bool joins = newer || member.protocol->joins(together.front(), waiting);
            if (joins && !newer) together.push_back(waiting);
            return joins;
        });
        const auto reply = co_await member.protocol->command(member.channel, reading, together.front());
        for (const Command& command : together) member.battery->conclude(command, reply);
    }
}

void PortSession::drop_given_up()
{
    for (auto& member : members_) {
        if (member->battery->snapshot().state.give_up) host_.release(*member->battery);
    }
    std::erase_if(members_, [](const auto& member) { return member->battery->snapshot().state.give_up; });
}

Task<void> PortSession::look_for_missing()
{
    const std::vector<std::string> addresses = config_.battery_addresses;
    const bms::Entry& entry = *members_.front()->battery->facts().entry;
    if (!entry.addressable) co_return;
    for (const auto& address : addresses) {
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
    for (auto& member : members_) host_.release(*member->battery);
    members_.clear();
}

}  // namespace bmsd::battery
