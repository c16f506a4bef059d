#pragma once
// A battery as JSON for whoever wants it: its state, its cells, an event. Pure. Source: core/outputs.md section 2.
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "model/snapshot.h"
#include "model/who.h"
#include "site/events.h"

namespace bmsd::site {

/// What `snapshot` says, by the names of the model, in SI units; what is not known is left out. Nothing measured while
/// the link is lost. `wall`: s since 1970 of now.
boost::json::object state_of(const Snapshot& snapshot, double wall);

/// {"1": 3.312, ...}; cells that are not known are left out.
boost::json::object cells_of(const Snapshot& snapshot);

boost::json::object event_of(const Event& event, double wall);

/// The values that "charge_mode" and the "..._limit_reason" of a state may have.
std::span<const std::string_view> charge_mode_keys();
std::span<const std::string_view> limit_reason_keys();

/// What changes at once and not only with the next interval: alarms, switches, reasons, the link.
struct Urgent {
    Alarms alarms;
    Flag charge_fet, discharge_fet;
    bool charge_allowed = false, discharge_allowed = false, online = false;
    std::string_view charge_reason, discharge_reason, charge_mode;

    bool operator==(const Urgent&) const = default;
};
Urgent urgent_of(const Snapshot& snapshot);

}  // namespace bmsd::site
