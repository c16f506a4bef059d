#pragma once
// A name on the bus: asked for until it is ours.
#include <functional>
#include <string>

#include "bus/connection.h"

namespace bmsd::venus {

class OwnName {
  public:
    struct Events {
        std::function<void()> ours;
        /// Another program has it: told once; it is tried again.
        std::function<void(const std::string& reason)> not_ours;
    };
    /// `bus` outlives it. With the connection goes the name.
    OwnName(bus::Connection& bus, std::string name, Events events);
    OwnName(const OwnName&) = delete;
    OwnName& operator=(const OwnName&) = delete;

    bool ours() const { return ours_; }

  private:
    void request();
    void answered(sd_bus_message* reply);

    bus::Connection& bus_;
    std::string name_;
    Events events_;
    Instant patient_until_;
    bool ours_ = false, told_ = false;
    Wait retry_;
    bus::Slot call_;
};

}  // namespace bmsd::venus
