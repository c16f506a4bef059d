#pragma once
// Where points are sent and how: the INFLUX_ keys, understood.
#include "config/config.h"
#include "influx/points.h"
#include "net/http_client.h"

namespace bmsd::influx {

struct Settings {
    net::Url server;
    std::string target;                // path and query of the write
    std::vector<net::Header> headers;  // with what proves who we are: never shown
    net::TrustOptions trust;
    Duration interval = std::chrono::seconds(10);
    std::size_t buffer = 1 << 20;  // bytes of lines that wait for the server
    Layout layout;
};

/// INFLUX_URL is set.
bool configured(const config::Config& config);

/// An error says what is wrong with which key, without secrets.
Result<Settings> settings_of(const config::Config& config);

}  // namespace bmsd::influx
