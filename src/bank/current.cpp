#include "bank/current.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

constexpr double remembered = 60;  // s an inverter that left the bus is missed

struct Sign {
    std::string_view name;
    double sign;
};
constexpr Sign signs[]{
    {"vebus", 1},    {"solarcharger", 1}, {"charger", 1},   {"alternator", 1}, {"dcgenset", 1},
    {"fuelcell", 1}, {"dcsource", 1},     {"multi", 1},     {"inverter", 1},   {"acsystem", 1},
    {"dcdc", 1},     {"dcload", -1},      {"dcsystem", -1},
};

double sign_of(std::string_view name)
{
    const auto found = std::ranges::find(signs, name, &Sign::name);
    return found == std::end(signs) ? 0 : found->sign;
}

/// A sum that is only one when all its parts are there.
struct Sum {
    double total = 0;
    std::size_t parts = 0;
    bool whole = true;

    void add(const Number& value, double sign)
    {
        ++parts;
        if (value) {
            total += sign * *value;
        } else {
            whole = false;
        }
    }
};

/// All shunts of a list, `all` of them or the named ones; one that is not there makes it incomplete.
Sum shunts(const config::Config& config, std::span<const Service> services, bool battery_mode_only)
{
    Sum sum;
    const auto add = [&](const Service& service) {
        const bool load = class_of(service.name) == "dcload";
        if (load && battery_mode_only) return;
        sum.add(service.values[Item::current], (load ? -1 : 1) * (config.aggregate_invert_shunts ? -1 : 1));
    };
    const bool all = std::ranges::find(config.aggregate_shunts, "all") != config.aggregate_shunts.end();
    if (all) {
        for (const Service& service : services) {
            if (is_shunt(config, service)) add(service);
        }
        return sum;
    }
    for (const std::string& text : config.aggregate_shunts) {
        const Selector selector = read_selector(text);
        const auto found = std::ranges::find_if(services, [&](const Service& s) { return matches(selector, s); });
        if (found == services.end()) {
            sum.whole = false;
        } else {
            add(*found);
        }
    }
    return sum;
}

void add_classes(const config::Config& config, std::span<const Service> services, Sum& sum)
{
    for (const Service& service : services) {
        const auto name = class_of(service.name);
        const auto& wanted = config.aggregate_victron_classes;
        if (std::ranges::find(wanted, name) == wanted.end() || sign_of(name) == 0 || is_shunt(config, service))
            continue;
        const bool off = name == "vebus" && service.values[Item::connected] == 0.0;
        sum.add(off ? Number(0) : service.values[Item::current], sign_of(name));
    }
}

}  // namespace

std::string_view class_of(std::string_view service)
{
    constexpr std::string_view prefix = "com.victronenergy.";
    if (!service.starts_with(prefix)) return {};
    service.remove_prefix(prefix.size());
    return service.substr(0, service.find('.'));
}

bool is_shunt(const config::Config& config, const Service& service)
{
    for (const std::string& text : config.aggregate_shunts) {
        if (text != "all") {
            if (matches(read_selector(text), service)) return true;
            continue;
        }
        const auto name = class_of(service.name);
        const bool may_be = name == "battery" || name == "dcload";
        if (may_be && service.values[Word::product_name].find("SmartShunt") != std::string::npos) return true;
    }
    return false;
}

bool CurrentSource::inverter_left(std::span<const Service> services, const control::Now& now)
{
    for (const Service& service : services) {
        if (class_of(service.name) == "vebus") inverters_[service.name] = now.steady;
    }
    std::erase_if(inverters_, [&](const auto& seen) { return now.steady - seen.second >= remembered; });
    return std::ranges::any_of(inverters_, [&](const auto& seen) { return seen.second < now.steady; });
}

CurrentSource::Reading CurrentSource::read(const config::Config& config, std::span<const Service> services,
                                           const control::Now& now)
{
    if (config.aggregate_current_source == "bms") return {};
    const bool victron = config.aggregate_current_source == "victron";
    Sum sum = shunts(config, services, !victron);
    if (victron) {
        add_classes(config, services, sum);
        const auto& wanted = config.aggregate_victron_classes;
        const bool inverters = std::ranges::find(wanted, "vebus") != wanted.end();
        if (inverter_left(services, now) && inverters) sum.whole = false;
    }
    if (!sum.whole || sum.parts == 0) return {std::nullopt, true};
    return {sum.total, false};
}

}  // namespace bmsd::bank
