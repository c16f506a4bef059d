#include "config/able.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/bms_types.h"

namespace bmsd::config {
namespace {

struct Need {
    std::string_view group;   // of keys, as the documented file has them
    std::string_view prefix;  // of the keys meant; empty: all of the group
    std::string_view transport;
    std::string_view called;
};
constexpr Need needs[]{
    {"Bluetooth", "", "ble", "Bluetooth"},          {"CAN", "", "can", "CAN"},
    {"MQTT battery", "MQTT_TOPIC", "mqtt", "MQTT"}, {"MQTT virtual battery", "MQTT_VIRTUAL_TOPICS", "mqtt", "MQTT"},
    {"BMS specific", "UBMS_CAN_", "can", "CAN"},
};

bool contains(const std::vector<std::string_view>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

class Check {
  public:
    Check(const Abilities& abilities, const Config& config, const WrittenKeys& written)
        : abilities_(abilities), config_(config), written_(written)
    {
    }

    std::vector<Issue> run()
    {
        const auto changed = diff(defaults(), config_);
        for (const auto name : changed) {
            const Key& key = *find(name);
            for (const Need& need : needs) {
                if (group_of(key) != need.group || !name.starts_with(need.prefix)) continue;
                if (!contains(abilities_.transports, need.transport))
                    tell(key,
                         fmt::format("{} has no effect: this build reads no batteries over {}.", name, need.called));
            }
        }
        for (const auto& type : config_.bms_type) type_of(*find("BMS_TYPE"), type);
        if (contains(abilities_.transports, "ble"))
            for (const auto& entry : config_.bluetooth_bms)
                type_of(*find("BLUETOOTH_BMS"), entry.substr(0, entry.find(' ')));
        return std::move(issues_);
    }

  private:
    void type_of(const Key& key, std::string_view type)
    {
        const auto same = [&](std::string_view able) { return same_ble_name(able, type); };
        if (is_bms_type(type) && std::ranges::none_of(abilities_.types, same))
            tell(key, fmt::format("{}: this build cannot read {}; `bmsd bms` lists what it reads.", key.name, type));
    }

    void tell(const Key& key, std::string message)
    {
        Issue issue;
        issue.severity = Severity::error;
        issue.rule = "R36";
        issue.key = key.name;
        if (const auto found = written_.find(key.name); found != written_.end()) issue.line = found->second.line;
        if (!key.sensitive) issue.value = to_text(value_of(config_, key));
        issue.message = std::move(message);
        issues_.push_back(std::move(issue));
    }

    const Abilities& abilities_;
    const Config& config_;
    const WrittenKeys& written_;
    std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> beyond(const Abilities& abilities, const Config& config, const WrittenKeys& written)
{
    return Check(abilities, config, written).run();
}

}  // namespace bmsd::config
