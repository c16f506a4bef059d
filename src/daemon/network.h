#pragma once
// What the daemon tells over HTTP: the server with page, /metrics and /api/v1, and the points for InfluxDB. One
// publisher, since the counts of the one are on the page of the other.
#include <string>
#include <vector>

#include "daemon/publishers.h"

namespace bmsd::daemon {

bool network_wanted(const config::Config& config);
Publisher make_network(const Outlet& outlet);

/// Where the server listens; empty: nowhere.
std::string web_address(const config::Config& config);

/// What of the configuration cannot be done, a line each.
std::vector<std::string> network_problems(const config::Config& config);

}  // namespace bmsd::daemon
