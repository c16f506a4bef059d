#include "venus/ess.h"
#include "store/setting_names.h"

#include "venus/names.h"

namespace bmsd::venus {
namespace {

// The settings may hold numbers as text, such as "15.0".
Number number(const bus::Value& value)
{
    const auto result = converted(value, 'd');
    return result ? result->number() : std::nullopt;
}

Count count(const bus::Value& value)
{
    const Number result = number(value);
    return result ? Count(static_cast<std::int64_t>(*result)) : std::nullopt;
}

}  // namespace

Ess::Ess(bus::Connection& bus, Changed changed)
    : changed_(std::move(changed)),
      items_(bus, store::settings_service,
             {"/Settings/CGwacs/Hub4Mode", "/Settings/CGwacs/BatteryLife/State",
              "/Settings/CGwacs/BatteryLife/MinimumSocLimit", "/Settings/CGwacs/BatteryLife/SocLimit"},
             [this] {
                 const auto& values = items_.values();
                 changed_({count(values[0]), count(values[1]), number(values[2]), number(values[3])});
             })
{
}

}  // namespace bmsd::venus
