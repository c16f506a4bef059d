#pragma once
// The current of the bank from Victron devices and shunts instead of the batteries. Source: core/aggregation.md 7.
#include <map>

#include "bank/selector.h"
#include "config/config.h"
#include "control/input.h"

namespace bmsd::bank {

class CurrentSource {
  public:
    struct Reading {
        Number current;        // A; absent: the batteries' own sum is to be used
        bool missing = false;  // another source is configured, but it has not all of its values
    };
    /// `services`: all that are no members.
    Reading read(const config::Config& config, std::span<const Service> services, const control::Now& now);

  private:
    std::map<std::string, double, std::less<>> inverters_;  // s steady, when each vebus service was seen last
    bool inverter_left(std::span<const Service> services, const control::Now& now);
};

/// Whether the configuration takes this service for a shunt.
bool is_shunt(const config::Config& config, const Service& service);
/// "vebus" of "com.victronenergy.vebus.ttyS4".
std::string_view class_of(std::string_view service);

}  // namespace bmsd::bank
