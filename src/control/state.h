#pragma once
// /State, /Mode and /DeviceState. Source: core/alarms-and-errors.md sections 5 and 6.
#include "control/input.h"
#include "model/snapshot.h"

namespace bmsd::control {

class ServiceState {
  public:
    enum State : int { initializing = 0, running = 9, error = 10, standby = 14 };
    enum Mode : int { on = 3, off = 4, mode_standby = 252 };

    struct Flows {
        bool charge = false, discharge = false;  // /Io/AllowToCharge, /Io/AllowToDischarge
        bool none() const { return !charge && !discharge; }
    };

    /// The configuration has errors: state 10 for as long as it has.
    void set_settings_invalid(bool invalid);
    /// At the end of a cycle; only a good read changes the state.
    void step(bool good, const Flows& flows);
    void fill(bmsd::State& out) const;

  private:
    int state_ = initializing;
    int mode_ = on;
};

/// What /DeviceState shows of `present` alarms (hidden or not) and flows.
std::int64_t device_state(const Alarms& present, const ServiceState::Flows& flows);

}  // namespace bmsd::control
