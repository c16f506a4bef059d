#include "sim/installation.h"

#include <algorithm>

namespace bmsd::sim {

Installation::Installation(const InstallationSpec& spec)
    : pack_(spec.pack), charger_(spec.charger), day_(spec.day), time_(spec.start)
{
}

void Installation::step(double dt, const Orders& orders)
{
    constexpr double longest = 1;  // s, beyond that the regulator of the charger makes no sense
    while (dt > 0) {
        const double part = std::min(dt, longest);
        pack_.set_ambient(day_.temperature(time_));
        const Charger::Power power{day_.supply(time_), day_.load(time_)};
        pack_.step(part, charger_.step(part, orders, power, pack_.voltage()));
        time_ += part;
        dt -= part;
    }
}

}  // namespace bmsd::sim
