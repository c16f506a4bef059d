#include "daemon/publishers.h"

#include <exception>

#include "daemon/network.h"
#include "inverter/output.h"
#include "mqtt/publisher.h"
#include "notify/poster.h"
#include "util/log.h"

namespace bmsd::daemon {
namespace {

struct Row {
    std::string_view name;
    bool (*wanted)(const config::Config& config);
    Publisher (*make)(const Outlet& outlet);  // may throw: it is left out then
};

constexpr Row rows[]{
    {"MQTT", [](const config::Config& c) { return c.mqtt_publish; },
     [](const Outlet& o) -> Publisher {
         auto client = mqtt::make_client(o.loop, o.config);
         if (!client) return nullptr;
         return std::make_shared<mqtt::Publisher>(o.loop, o.config, o.board, o.gate, std::move(client));
     }},
    {"HTTP", network_wanted, make_network},
    {"Inverter", [](const config::Config& c) { return c.can_output_interface && !c.can_output_interface->empty(); },
     [](const Outlet& o) -> Publisher {
         return std::make_shared<inverter::Link>(o.loop, o.board, o.config,
                                                 link::system_can(*o.config.can_output_interface));
     }},
    {"Notifications", [](const config::Config& c) { return c.notify_url.has_value(); },
     [](const Outlet& o) -> Publisher { return std::make_shared<notify::Poster>(o.loop, o.config, o.board); }},
};

}  // namespace

std::vector<Publisher> make_publishers(const Outlet& outlet)
{
    std::vector<Publisher> made;
    for (const Row& row : rows) {
        try {
            if (row.wanted(outlet.config)) made.push_back(row.make(outlet));
        } catch (const std::exception& error) {
            log::error(">>> {}: {}", row.name, error.what());
        }
    }
    return made;
}

}  // namespace bmsd::daemon
