#include "control/connection.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"
#include "util/duration_text.h"

namespace bmsd::control {
namespace {

constexpr double cable_after = 60;    // s
constexpr double window_length = 60;  // s without an error end the error window
constexpr double unsafe_limit = 60;   // s, to give up when blocked or not safe

std::int64_t whole(double seconds)
{
    return static_cast<std::int64_t>(std::floor(seconds));
}

}  // namespace

void Connection::step(const config::Config& config, bool good, const Cells& cells, const Now& now, double interval)
{
    just_lost_ = resumed_ = settled_ = false;
    if (good) {
        good_read(now);
    } else {
        failed_read(config, cells, now, interval);
    }
    if (!config.bms_cable_alarm) cable_ = 0;
}

void Connection::good_read(const Now& now)
{
    resumed_ = failed_since_ && now.steady - *failed_since_ > lost_after;
    ever_good_ = true;
    last_good_ = now.steady;
    failed_since_.reset();
    outage_ = 0;
    if (give_up_) errors_ = 0;  // it was away and is back: judged anew
    give_up_ = false;
    in_a_row_ = 0;
    settled_ = errors_ > 0 && now.steady - last_error_ > window_length;
    if (settled_) errors_ = 0;
    text_ = "Connected";
    if (errors_ == 0) {
        cable_ = 0;
        return;
    }
    text_ += " (";
    append(text_, errors_);
    text_ += " errors in the last ";
    text_ += long_duration(whole(now.steady - window_start_));
    text_ += ")";
}

void Connection::failed_read(const config::Config& config, const Cells& cells, const Now& now, double interval)
{
    if (errors_++ == 0) window_start_ = now.steady;
    last_error_ = now.steady;
    if (!failed_since_) failed_since_ = last_good_ ? std::min(now.steady, *last_good_ + interval) : now.steady;
    const bool was_lost = lost();
    outage_ = now.steady - *failed_since_;
    just_lost_ = lost() && !was_lost;
    if (!cable_) cable_ = 0;
    if (++in_a_row_ < 2) return;
    if (in_a_row_ == 2) {
        safe_ = cells.lowest && cells.highest && *cells.lowest > config.block_on_disconnect_voltage_min &&
                *cells.highest < config.block_on_disconnect_voltage_max;
    }
    const double limit = threshold(config);
    if (outage_ > cable_after) cable_ = 1;
    if (outage_ >= limit) {
        give_up_ = true;
        cable_ = 2;
    }
    text_ = "Lost for: ";
    text_ += long_duration(whole(outage_));
    text_ += " | Disconnect in: ";
    text_ += long_duration(whole(limit) - whole(outage_));
    text_ += " | Threshold: ";
    text_ += long_duration(whole(limit));
}

double Connection::threshold(const config::Config& config) const
{
    if (config.block_on_disconnect || !safe_) return unsafe_limit;
    return static_cast<double>(config.block_on_disconnect_timeout_minutes) * 60;
}

void Connection::fill(State& out) const
{
    out.online = !lost();
    out.bms_cable = cable_;
    out.connection_information = text_;
    out.give_up = give_up_;
}

}  // namespace bmsd::control
