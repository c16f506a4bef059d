#include "venus/config_values.h"

#include "config/credentials.h"
#include "config/schema.h"

namespace bmsd::venus {
namespace {

using config::Config;

const std::string prefix = "/Info/Config/";

template <class T>
std::optional<bus::Value> value_of(const T& value)
{
    return bus::Value(value);
}
// A number without value has no path.
template <class T>
std::optional<bus::Value> value_of(const std::optional<T>& value)
{
    return value ? std::optional(bus::Value(*value)) : std::nullopt;
}
std::optional<bus::Value> value_of(const std::optional<std::string>& text)
{
    return bus::Value(config::without_credentials(text.value_or("")));
}
std::optional<bus::Value> value_of(const std::string& text)
{
    return bus::Value(config::without_credentials(text));
}
template <class T>
std::optional<bus::Value> value_of(const std::vector<T>& items)
{
    return bus::Value(bus::Value::List(items.begin(), items.end()));
}

/// A list of fractions that is also published in ampere, without the "_FRACTION" of its name.
struct Fractions {
    std::vector<double> Config::*list;
    double Config::*highest;
};
constexpr Fractions tables[]{
    {&Config::max_charge_current_cv_fraction, &Config::max_battery_charge_current},
    {&Config::max_charge_current_t_fraction, &Config::max_battery_charge_current},
    {&Config::max_charge_current_t_mosfet_fraction, &Config::max_battery_charge_current},
    {&Config::max_charge_current_soc_fraction, &Config::max_battery_charge_current},
    {&Config::max_discharge_current_cv_fraction, &Config::max_battery_discharge_current},
    {&Config::max_discharge_current_t_fraction, &Config::max_battery_discharge_current},
    {&Config::max_discharge_current_t_mosfet_fraction, &Config::max_battery_discharge_current},
    {&Config::max_discharge_current_soc_fraction, &Config::max_battery_discharge_current},
};

std::optional<bus::Value> in_ampere(const config::Key& key, const Config& config)
{
    const auto* member = std::get_if<std::vector<double> Config::*>(&key.member);
    for (const auto& table : tables) {
        if (member == nullptr || table.list != *member) continue;
        bus::Value::List list;
        for (const double fraction : config.*table.list)
            list.emplace_back(bus::nearest(fraction * config.*table.highest, 3));
        return bus::Value(std::move(list));
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string, bus::Value>> config_values(const Config& config)
{
    constexpr std::string_view suffix = "_FRACTION";
    std::vector<std::pair<std::string, bus::Value>> values;
    for (const config::Key* key : config::keys()) {
        if (!config::is_published(*key)) continue;
        auto value = std::visit([&](auto member) { return value_of(config.*member); }, key->member);
        if (value) values.emplace_back(prefix + std::string(key->name), std::move(*value));
        if (auto amperes = in_ampere(*key, config); amperes && key->name.ends_with(suffix)) {
            const auto name = key->name.substr(0, key->name.size() - suffix.size());
            values.emplace_back(prefix + std::string(name), std::move(*amperes));
        }
    }
    return values;
}

}  // namespace bmsd::venus
