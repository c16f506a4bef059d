#include "util/duration_text.h"

#include <array>

#include "util/decimal.h"

namespace bmsd {
namespace {

constexpr std::array<std::int64_t, 4> lengths{86400, 3600, 60, 1};
constexpr std::array<char, 4> letters{'d', 'h', 'm', 's'};

/// `parts`: how many units, counted from the biggest one that is not 0, may show.
DurationText text(std::int64_t seconds, std::size_t parts)
{
    DurationText out;
    if (seconds < 0) out += "-";
    std::uint64_t rest =
        seconds < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(seconds) : static_cast<std::uint64_t>(seconds);
    bool any = false;
    for (std::size_t i = 0; i < lengths.size() && (!any || parts > 0); ++i) {
        const auto length = static_cast<std::uint64_t>(lengths[i]);
        const std::uint64_t count = rest / length;
        rest %= length;
        if (count > 0) {
            if (any) out += " ";
            any = true;
            append(out, static_cast<std::int64_t>(count));
            out += std::string_view(&letters[i], 1);
        }
        if (any) --parts;
    }
    if (!any) out += "0s";
    return out;
}

}  // namespace

DurationText short_duration(std::int64_t seconds)
{
    return text(seconds, 2);
}

DurationText long_duration(std::int64_t seconds)
{
    return text(seconds, lengths.size());
}

}  // namespace bmsd
