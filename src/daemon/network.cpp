#include "daemon/network.h"

#include <optional>

#include "daemon/platform.h"
#include "influx/sender.h"
#include "metrics/exposition.h"
#include "util/log.h"
#include "web/api.h"
#include "web/page.h"

namespace bmsd::daemon {
namespace {

constexpr Duration listen_again = std::chrono::minutes(1);

void write_influx(metrics::Writer& out, const influx::Sender& sender)
{
    const auto counts = sender.counts();
    const auto tell = [&](std::string_view name, std::string_view type, std::string_view help, double value) {
        out.begin(name, type, help);
        out.sample({}, value);
    };
    tell("bmsd_influx_sent_lines_total", "counter", "Lines that InfluxDB took.", static_cast<double>(counts.sent));
    tell("bmsd_influx_refused_lines_total", "counter", "Lines that it did not take.",
         static_cast<double>(counts.refused));
    tell("bmsd_influx_dropped_lines_total", "counter", "Lines for which there was no room while it was away.",
         static_cast<double>(counts.dropped));
    tell("bmsd_influx_failed_requests_total", "counter", "Requests without success.",
         static_cast<double>(counts.failures));
    tell("bmsd_influx_waiting_bytes", "gauge", "Lines that wait.", static_cast<double>(counts.waiting));
}

class Network {
  public:
    explicit Network(const Outlet& outlet);

  private:
    void start_influx();
    void start_server(const std::string& address);
    void listen(const std::string& address);

    Outlet outlet_;
    std::optional<influx::Sender> influx_;
    std::optional<metrics::Exposition> metrics_;
    std::optional<web::Login> login_;
    std::optional<web::Server> server_;
    std::optional<web::Api> api_;
    Wait again_;
    bool told_ = false;
};

Network::Network(const Outlet& outlet) : outlet_(outlet)
{
    start_influx();
    if (const auto address = web_address(outlet.config); !address.empty()) start_server(address);
}

void Network::start_influx()
{
    if (!influx::configured(outlet_.config)) return;
    if (auto settings = influx::settings_of(outlet_.config))
        influx_.emplace(outlet_.loop, outlet_.board, std::move(*settings));
}

void Network::start_server(const std::string& address)
{
    const config::Config& config = outlet_.config;
    metrics_.emplace(outlet_.board, outlet_.loop);
    if (influx_) metrics_->add([this](metrics::Writer& out) { write_influx(out, *influx_); });
    login_.emplace(outlet_.loop, outlet_.state_dir);
    server_.emplace(outlet_.loop, web::Rules{.allowed_hosts = config.web_allowed_hosts,
                                             .trusted_proxies = config.web_trusted_proxies,
                                             .frame_ancestors = config.web_frame_ancestors});
    api_.emplace(*server_, outlet_.loop, outlet_.board, outlet_.gate, *login_,
                 web::Api::Options{.read_login = config.web_read_login});
    api_->reads("/metrics", [this](const web::Request&, const web::Answer& answer) {
        answer({.type = std::string(metrics::Exposition::content_type), .body = metrics_->text(), .headers = {}});
    });
    api_->tell_settings(config);
    web::add_page(*server_, *api_, outlet_.loop, outlet_.board);
    listen(address);
}

/// The port may be another program's, or the address not there yet: told once, tried again.
void Network::listen(const std::string& address)
{
    const auto listening = server_->listen(address);
    if (listening) {
        log::info("HTTP server at {}", address);
        return;
    }
    if (!std::exchange(told_, true)) log::warning("HTTP server at {}: {}; tried again", address, listening.error());
    again_ = outlet_.loop.at(outlet_.loop.now() + listen_again, [this, address] { listen(address); });
}

}  // namespace

std::string web_address(const config::Config& config)
{
    if (config.web_listen != "auto") return config.web_listen;
    return on_venus() ? "" : "127.0.0.1:8078";
}

std::vector<std::string> network_problems(const config::Config& config)
{
    std::vector<std::string> problems;
    if (const auto address = web_address(config); !address.empty())
        if (const auto usable = web::parse_listen(address); !usable)
            problems.push_back("WEB_LISTEN: " + usable.error());
    if (influx::configured(config))
        if (const auto usable = influx::settings_of(config); !usable) problems.push_back(usable.error());
    return problems;
}

bool network_wanted(const config::Config& config)
{
    return !web_address(config).empty() || influx::configured(config);
}

Publisher make_network(const Outlet& outlet)
{
    return std::make_shared<Network>(outlet);
}

}  // namespace bmsd::daemon
