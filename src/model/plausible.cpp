#include "model/plausible.h"

#include <algorithm>

namespace bmsd {
namespace {

struct Range {
    Number Telemetry::*member;
    double least, most;
    std::string_view reason;
};

constexpr Range pack_voltage{&Telemetry::voltage, 0, 100, "voltage outside 0 to 100 V"};
constexpr Range ranges[]{
    pack_voltage,
    {&Telemetry::capacity, 0, 5000, "capacity outside 0 to 5000 Ah"},
    {&Telemetry::current, -1000, 1000, "current outside -1000 to 1000 A"},
    {&Telemetry::soc, 0, 100, "SoC outside 0 to 100 %"},
};

bool outside(const Range& range, const Telemetry& telemetry)
{
    const Number& value = telemetry.*range.member;
    return value && !(*value >= range.least && *value <= range.most);  // NaN is in no range
}

}  // namespace

std::string_view implausible(const Telemetry& telemetry)
{
    for (const Range& range : ranges) {
        if (outside(range, telemetry)) return range.reason;
    }
    return {};
}

std::string_view implausible_required(const Telemetry& telemetry)
{
    return outside(pack_voltage, telemetry) ? pack_voltage.reason : std::string_view();
}

Voided void_implausible(Telemetry& telemetry)
{
    Number& soc = telemetry.soc;
    if (soc && *soc >= -5 && *soc <= 110) soc = std::clamp(*soc, 0.0, 100.0);
    Voided out;
    for (const Range& range : ranges) {
        if (!outside(range, telemetry)) continue;
        (telemetry.*range.member).reset();
        if (out.fields++ == 0) out.first = range.reason;
    }
    return out;
}

}  // namespace bmsd
