#include "model/plausible.h"

namespace bmsd {
namespace {

struct Range {
    Number Telemetry::*member;
    double least, most;
    std::string_view reason;
};

constexpr Range ranges[]{
    {&Telemetry::capacity, 0, 5000, "capacity outside 0 to 5000 Ah"},
    {&Telemetry::current, -1000, 1000, "current outside -1000 to 1000 A"},
    {&Telemetry::voltage, 0, 100, "voltage outside 0 to 100 V"},
    {&Telemetry::soc, 0, 100, "SoC outside 0 to 100 %"},
};

}  // namespace

std::string_view implausible(const Telemetry& telemetry)
{
    for (const Range& range : ranges) {
        const Number& value = telemetry.*range.member;
        if (value && !(*value >= range.least && *value <= range.most)) return range.reason;  // NaN is in no range
    }
    return {};
}

}  // namespace bmsd
