#include "venus/external_sensor.h"

#include "util/log.h"

namespace bmsd::venus {
namespace {

// What a battery can be (core/charge-control.md section 15, number 16); beyond it there is no value.
constexpr double most_current = 1000, full = 100;  // A, %

Number number(const std::vector<bus::Value>& values, std::optional<std::size_t> index, double least, double most)
{
    const auto value = index ? converted(values[*index], 'd') : std::nullopt;
    const Number result = value ? value->number() : std::nullopt;
    if (!result || !(*result >= least && *result <= most)) return std::nullopt;
    return bus::nearest(*result, 3);
}

bool given(const std::optional<std::string>& option)
{
    return option && !option->empty();
}

}  // namespace

bool ExternalSensor::configured(const config::Config& config)
{
    return given(config.external_sensor_dbus_device) &&
           (given(config.external_sensor_dbus_path_current) || given(config.external_sensor_dbus_path_soc));
}

ExternalSensor::ExternalSensor(bus::Connection& bus, const config::Config& config, Changed changed)
    : device_(config.external_sensor_dbus_device.value_or("")), changed_(std::move(changed))
{
    std::vector<std::string> paths;
    const auto add = [&](const std::optional<std::string>& path) -> std::optional<std::size_t> {
        if (!given(path)) return std::nullopt;
        paths.push_back(*path);
        return paths.size() - 1;
    };
    current_index_ = add(config.external_sensor_dbus_path_current);
    soc_index_ = add(config.external_sensor_dbus_path_soc);
    items_ = std::make_unique<bus::RemoteItems>(bus, device_, std::move(paths), [this] { update(); });
}

void ExternalSensor::update()
{
    const bool present = items_->present();
    if (present && !attached_) log::info("External sensor {} found, its values are used.", device_);
    if (!present && attached_) log::warning("External sensor {} is gone, the values of the BMS are used.", device_);
    attached_ = present;
    const Reading reading{number(items_->values(), current_index_, -most_current, most_current),
                          number(items_->values(), soc_index_, 0, full)};
    if (reading == last_) return;
    last_ = reading;
    changed_(reading);
}

}  // namespace bmsd::venus
