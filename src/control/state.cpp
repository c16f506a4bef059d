#include "control/state.h"

namespace bmsd::control {
namespace {

constexpr std::uint8_t warning = 1, alarm = 2;

enum Device : std::int64_t {
    connected = 0x100,
    over_temperature = 0x101,
    temperature_warning = 0x102,
    channel_fault = 0x103,
    tripped = 0x104,
    under_voltage = 0x105,
};

}  // namespace

void ServiceState::set_settings_invalid(bool invalid)
{
    if (invalid) {
        state_ = error;
    } else if (state_ == error) {
        state_ = initializing;
    }
}

void ServiceState::step(bool good, const Flows& flows)
{
    if (good) {
        if (state_ == initializing) state_ = running;
        if (state_ == running && flows.none()) state_ = standby;
        if (state_ == standby && !flows.none()) state_ = running;
    }
    if (state_ == standby) {
        mode_ = off;
    } else if (flows.none()) {
        mode_ = mode_standby;
    } else {
        mode_ = on;
    }
}

void ServiceState::fill(bmsd::State& out) const
{
    out.state = state_;
    out.mode = mode_;
}

std::int64_t device_state(const Alarms& present, const ServiceState::Flows& flows)
{
    const auto hot = [&](std::uint8_t level) {
        return present[Alarm::high_temperature] == level || present[Alarm::high_charge_temperature] == level;
    };
    if (present[Alarm::internal_failure] == alarm) return channel_fault;
    if (hot(alarm)) return over_temperature;
    if (hot(warning)) return temperature_warning;
    if (present[Alarm::low_voltage] == alarm) return under_voltage;
    return flows.none() ? tripped : connected;
}

}  // namespace bmsd::control
