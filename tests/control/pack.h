#pragma once
// A pack whose cells a test sets by hand, and what charge control makes of it.
#include <functional>

#include "bench.h"

namespace bmsd::control {

inline config::Config with(const std::function<void(config::Config&)>& change)
{
    config::Config config = config::defaults();
    change(config);
    return config;
}

/// What a battery that has reached float leaves.
inline Stored in_float()
{
    Stored stored;
    stored.allow_max_voltage = false;
    return stored;
}

/// The last SoC reset was so long before the tests begin.
inline Stored reset_days_ago(double days)
{
    Stored stored;
    stored.soc_reset_last_reached = static_cast<std::int64_t>(1.7e9 - days * 86400);
    return stored;
}

/// A SoC reset every 15 days.
inline config::Config with_reset(const std::function<void(config::Config&)>& change = [](auto&) {})
{
    return with([&](auto& c) {
        c.soc_reset_after_days = 15;
        change(c);
    });
}

/// `n` cells of 3.3 V at 99 % SoC; one cycle a second unless told otherwise.
struct Pack : Bench {
    explicit Pack(const config::Config& c = config::defaults(), std::size_t n = 16, const Stored& stored = {})
        : Bench(c, stored)
    {
        telemetry.cell_count = static_cast<std::int64_t>(n);
        telemetry.soc = 99;
        all(3.3, n);
    }

    void all(double volts, std::size_t n = 0)
    {
        const std::size_t count = n != 0 ? n : telemetry.cell_voltages.size();
        telemetry.cell_voltages = cells_of(count, volts);
        telemetry.voltage = volts * static_cast<double>(count);
    }
    void cell(std::size_t number, Number volts) { telemetry.cell_voltages[number - 1] = volts; }

    /// One cycle now; the control voltage after it, NaN for none.
    double volts(bool good = true, double seconds = 1)
    {
        cycle(good, seconds);
        return out.limits.control_voltage.value_or(std::numeric_limits<double>::quiet_NaN());
    }
    std::string_view mode() const { return out.limits.charge_mode; }
    double ccl(bool good = true)
    {
        cycle(good);
        return out.limits.charge.applied.value_or(-1);
    }
    double dcl(bool good = true)
    {
        cycle(good);
        return out.limits.discharge.applied.value_or(-1);
    }
    std::string_view charge_text() const { return out.limits.charge.reason; }
    std::string_view discharge_text() const { return out.limits.discharge.reason; }

    /// Full and balanced until float is entered; the control voltage at the change.
    double charge_to_float(double full = 3.45)
    {
        all(full);
        for (int i = 0; i < 2000 && !control.events().voltage.entered_float; ++i) cycle();
        return *out.limits.control_voltage;
    }
};

}  // namespace bmsd::control
