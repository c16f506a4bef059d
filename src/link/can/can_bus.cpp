#include "link/can/can_bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/log.h"

namespace bmsd::link {
namespace {

using namespace std::chrono_literals;

constexpr auto send_again_after = 5ms;
constexpr auto bus_off_told_every = 1min;
constexpr int batches_at_once = 64;  // a flood leaves the loop to others, too

}  // namespace

CanBus::CanBus(Loop& loop, std::string name, std::unique_ptr<CanSystem> system, unsigned usual_bit_rate)
    : loop_(loop), name_(std::move(name)), system_(std::move(system)), usual_bit_rate_(usual_bit_rate)
{
}

CanBus::~CanBus()
{
    stop();
}

void CanBus::start()
{
    look();
    if (!link_.present) log::error(">>> {}: there is no such CAN interface; it is waited for", name_);
    tick();
}

void CanBus::stop()
{
    tick_.reset();
    retry_.reset();
    waiting_.clear();
    system_->close();
    if (std::exchange(brought_up_, false)) (void)system_->set_down();
}

void CanBus::tick()
{
    tick_ = loop_.at(loop_.now() + read_every, [this] { tick(); });
    if (loop_.now() - looked_ >= look_every) look();
    read();
}

/// How the interface is now, at most once a second: a sleeping system call is none, but it costs a little.
void CanBus::look()
{
    looked_ = loop_.now();
    const CanLink before = std::exchange(link_, system_->look());
    if (!link_.present) {
        if (before.present) lost();
        system_->close();
        tried_up_ = false;
    } else if (!link_.up) {
        if (before.up) lost();
        bring_up();
    }
    if (link_.present && !system_->is_open()) open();
    if (link_.health) set_health(*link_.health);
    tell_if_changed();
}

/// Only when it is found down, never when somebody takes it down later.
void CanBus::bring_up()
{
    if (std::exchange(tried_up_, true)) return;
    const unsigned rate = link_.controller && link_.bit_rate == 0 ? usual_bit_rate_ : 0;
    if (const auto up = system_->set_up(rate); !up) {
        log::error(
            ">>> {} is down and cannot be brought up: {}. Bring it up: ip link set {} up type can bitrate 250000",
            name_, up.error(), name_);
        return;
    }
    brought_up_ = true;
    link_ = system_->look();
    heard_at_rate_ = false;
    rates_left_.clear();
    for (const unsigned one : battery_bit_rates)
        if (one != link_.bit_rate) rates_left_.push_back(one);
    log::info("{} was down, it is up now{}", name_,
              link_.bit_rate != 0 ? fmt::format(", {} bit/s", link_.bit_rate) : "");
}

void CanBus::open()
{
    const auto opened = system_->open();
    if (!opened) {
        if (!std::exchange(told_refused_, true)) log::error(">>> {}", opened.error());
        return;
    }
    told_refused_ = false;
    tried_up_ = true;  // from now on it is somebody's wish when it goes down
    if (!filters_.empty()) system_->filter(filters_);
}

void CanBus::lost()
{
    ++counters_.link_lost;
    counters_.not_sent += waiting_.size();
    waiting_.clear();
    health_ = CanHealth::active;
}

void CanBus::tell_if_changed()
{
    if (std::exchange(worked_, works()) == works()) return;
    if (works())
        log::info("{}: {}", name_, state_text());
    else
        log::error(">>> {}: {}", name_, state_text());
    if (changed_) changed_();
}

std::string CanBus::state_text() const
{
    if (!link_.present) return "not there";
    if (!link_.up) return "down";
    if (!system_->is_open()) return "cannot be opened";
    std::string text = "up";
    if (link_.bit_rate != 0) text += fmt::format(", {} bit/s", link_.bit_rate);
    return text + ", " + std::string(can_health_names[static_cast<std::size_t>(health_)]);
}

CanBus::Listener CanBus::listen(std::function<void(const CanFrame& frame)> callback)
{
    auto kept = std::make_shared<std::function<void(const CanFrame&)>>(std::move(callback));
    listeners_.push_back(kept);
    return kept;
}

void CanBus::read()
{
    if (!system_->is_open()) return;
    for (int i = 0; i < batches_at_once; ++i) {
        news_.clear();
        const CanResult result = system_->read(news_);
        for (const CanNews& news : news_) take(news);
        if (result == CanResult::done) continue;
        if (result == CanResult::down || result == CanResult::gone) look();
        return;
    }
}

void CanBus::take(const CanNews& news)
{
    if (news.trouble) return take(*news.trouble);
    if (!news.frame) {
        ++counters_.remote;
        return;
    }
    ++counters_.received;
    heard_at_rate_ = true;
    if (health_ == CanHealth::bus_off) set_health(CanHealth::active);  // who hears is on the bus
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        if (const auto listener = listeners_[i].lock()) (*listener)(*news.frame);
    std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
}

void CanBus::take(const CanTrouble& trouble)
{
    ++counters_.errors;
    counters_.overflows += trouble.overflow ? 1 : 0;
    counters_.unacknowledged += trouble.nobody_listens ? 1 : 0;
    if (trouble.restarted) set_health(CanHealth::active);
    if (trouble.health) set_health(*trouble.health);
}

void CanBus::set_health(CanHealth health)
{
    const CanHealth before = std::exchange(health_, health);
    if (health != CanHealth::bus_off || before == health) return;
    ++counters_.bus_off;
    counters_.not_sent += waiting_.size();
    waiting_.clear();
    if (told_bus_off_ != Instant{} && loop_.now() - told_bus_off_ < bus_off_told_every) return;
    told_bus_off_ = loop_.now();
    log::error(
        ">>> {}: bus-off, the {}th time: too many errors. Check bit rate, cable and the two 120 ohm terminators{}",
        name_, counters_.bus_off,
        link_.controller && link_.restart_after == 0 ? fmt::format("; it stays off: ip link set {} type can "
                                                                   "restart-ms 100",
                                                                   name_)
                                                     : "");
}

void CanBus::send(const CanFrame& frame)
{
    if (!works() || waiting_.size() >= most_waiting) {
        ++counters_.not_sent;
        return;
    }
    waiting_.push_back({frame, loop_.now() + send_patience});
    if (!retry_) flush();
}

/// A full queue does not say when it has room: it is tried again after a moment.
void CanBus::flush()
{
    retry_.reset();
    while (!waiting_.empty()) {
        const CanResult result = system_->send(waiting_.front().frame);
        if (result == CanResult::full && loop_.now() < waiting_.front().until) {
            retry_ = loop_.at(loop_.now() + send_again_after, [this] { flush(); });
            return;
        }
        waiting_.pop_front();
        ++(result == CanResult::done ? counters_.sent : counters_.not_sent);
        if (result != CanResult::down && result != CanResult::gone) continue;
        look();
        return;
    }
}

void CanBus::filter(std::vector<bms::CanFilter> wanted)
{
    filters_ = std::move(wanted);
    if (system_->is_open()) system_->filter(filters_);
}

bool CanBus::try_next_bit_rate()
{
    if (!brought_up_ || !link_.controller || heard_at_rate_ || rates_left_.empty()) return false;
    const unsigned rate = rates_left_.front();
    rates_left_.erase(rates_left_.begin());
    if (!system_->set_down() || !system_->set_up(rate)) return false;
    log::info("{}: nothing is heard at {} bit/s, {} bit/s is tried", name_, link_.bit_rate, rate);
    link_ = system_->look();
    return true;
}

}  // namespace bmsd::link
