#pragma once
// What bmsd doctor asks the daemon over HTTP: whether it answers, and what became of the points for InfluxDB.
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "util/loop.h"

namespace bmsd::cli {

struct NetworkFacts {
    std::string address;  // where the server should listen; empty: it is off
    std::string problem;  // why it does not answer; empty: it does
    std::string metrics;  // its page
};

/// Waits at most two seconds.
NetworkFacts look_at_network(RealLoop& loop, const config::Config& config);

/// The value of a metric without labels.
std::optional<double> metric(std::string_view page, std::string_view name);

}  // namespace bmsd::cli
