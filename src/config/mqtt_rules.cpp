#include "config/mqtt_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/broker.h"

namespace bmsd::config {
namespace {

class Rules {
  public:
    Rules(Config& config, const WrittenKeys& written) : config_(config), written_(written) {}

    std::vector<Issue> apply()
    {
        const Broker base = broker_of(config_);
        topics("MQTT_TOPIC", config_.mqtt_topic, base);
        topics("MQTT_VIRTUAL_TOPICS", config_.mqtt_virtual_topics, base);
        prefix("MQTT_PREFIX", config_.mqtt_prefix, defaults().mqtt_prefix);
        prefix("MQTT_HOME_ASSISTANT_PREFIX", config_.mqtt_home_assistant_prefix, defaults().mqtt_home_assistant_prefix);
        if (const auto broker = parse_broker(config_.mqtt_publish_broker.value_or(""), base); !broker) {
            tell(Severity::warning, "MQTT_PUBLISH_BROKER", broker.error() + "; nothing is published.");
            config_.mqtt_publish = false;
            config_.mqtt_publish_broker.reset();
        }
        aliases();
        return std::move(issues_);
    }

  private:
    void tell(Severity severity, std::string_view name, std::string message)
    {
        Issue issue;
        issue.severity = severity;
        issue.rule = "R37";
        issue.key = name;
        if (const auto found = written_.find(name); found != written_.end()) issue.line = found->second.line;
        issue.message = fmt::format("{}: {}", name, message);
        issues_.push_back(std::move(issue));
    }

    /// A battery that is wanted and cannot be: an error. Nothing of the entry is shown, it may hold a password.
    void topics(std::string_view name, std::vector<std::string>& entries, const Broker& base)
    {
        std::size_t number = 0;
        std::erase_if(entries, [&](const std::string& entry) {
            ++number;
            const auto topic = parse_topic(entry, base);
            if (!topic)
                tell(Severity::error, name, fmt::format("entry {}: {}; it is left out.", number, topic.error()));
            return !topic;
        });
    }

    void prefix(std::string_view name, std::string& value, const std::string& fallback)
    {
        const auto topic = parse_topic(value, {});
        const bool slash = value.starts_with('/') || value.ends_with('/') || value.find("://") != value.npos;
        if (topic && !slash) return;
        tell(Severity::warning, name,
             fmt::format("{}; {} is used.", topic ? "no slash at its ends" : topic.error(), fallback));
        value = fallback;
    }

    void aliases()
    {
        std::erase_if(config_.mqtt_aliases, [&](const std::string& entry) {
            const auto equals = entry.rfind('=');
            const bool good = equals != entry.npos && equals > 0 && equals + 1 < entry.size();
            if (!good) tell(Severity::warning, "MQTT_ALIASES", fmt::format("{} is no \"unique id = alias\".", entry));
            return !good;
        });
    }

    Config& config_;
    const WrittenKeys& written_;
    std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> apply_mqtt_rules(Config& config, const WrittenKeys& written)
{
    return Rules(config, written).apply();
}

}  // namespace bmsd::config
