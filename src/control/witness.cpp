#include "control/witness.h"

#include <cmath>

namespace bmsd::control {
namespace {

constexpr double believed_after = 60;  // s, another cell count
constexpr double still_for = 600;      // s
constexpr double still_share = 0.02;   // of the capacity an hour
constexpr double clock_jump = 60;      // s, no drift makes that between two cycles
constexpr double large_jump = 86400;   // s
constexpr double jump_held = 600;      // s

}  // namespace

/// A list that once had every cell and now has more or fewer tells of another number, too.
Count CellCountWatch::other_than_known(const Telemetry& telemetry) const
{
    const Count& told = telemetry.cell_count;
    if (told && *told >= 1 && *told <= static_cast<std::int64_t>(max_cells) && told != known_) return told;
    const auto listed = static_cast<std::int64_t>(telemetry.cell_voltages.size());
    return all_listed_ && listed > 0 && listed != known_ ? Count(listed) : std::nullopt;
}

bool CellCountWatch::accepts(const Telemetry& telemetry, double now)
{
    changed_ = false;
    const Count other = other_than_known(telemetry);
    if (other && known_) {
        if (other != other_) {
            other_ = other;
            other_since_ = now;
        }
        if (now - other_since_ < believed_after) return false;
        changed_ = true;
        all_listed_ = false;
    }
    other_.reset();
    const Count& told = telemetry.cell_count;
    if (other && told == other) known_ = other;
    all_listed_ = all_listed_ || static_cast<std::int64_t>(telemetry.cell_voltages.size()) == known_;
    return true;
}

bool StillnessWatch::repeats(const Telemetry& telemetry, double now)
{
    const Number& current = telemetry.current;
    const bool much = current && telemetry.capacity && *telemetry.capacity > 0 &&
                      std::abs(*current) > still_share * *telemetry.capacity;
    const bool cells = !telemetry.cell_voltages.empty() || telemetry.min_cell_voltage || telemetry.max_cell_voltage;
    const Picture picture{
        telemetry.cell_voltages, telemetry.min_cell_voltage,  telemetry.max_cell_voltage, telemetry.voltage,
        telemetry.soc,           telemetry.capacity_remaining};
    if (!much || !cells || !since_ || picture != picture_) {
        picture_ = picture;
        since_ = now;
        return false;
    }
    return now - *since_ >= still_for;
}

Now WallClock::judge(const Now& now)
{
    const double offset = now.wall - now.steady;
    if (std::abs(offset - candidate_) > clock_jump) since_ = now.steady;
    candidate_ = offset;
    if (!since_ || now.steady - *since_ >= jump_held) settled_ = offset;
    if (std::abs(offset - settled_) > large_jump) return {now.steady, now.steady + believed_};
    believed_ = offset;
    return now;
}

}  // namespace bmsd::control
