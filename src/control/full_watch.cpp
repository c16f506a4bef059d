#include "control/full_watch.h"

#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr double sag = 0.5;    // V below the maximum that ends it
constexpr int microvolts = 6;  // decimals

}  // namespace

bool FullWatch::step(const config::Config& config, const CellState& cells, double full, double now)
{
    const double balanced = config.switch_to_float_cell_voltage_diff;
    const double too_far = rounded(balanced + config.switch_to_float_cell_voltage_deviation, microvolts);
    if (*cells.sum < rounded(full - sag, microvolts)) {
        forget();
        return false;
    }
    if (!since_ && *cells.sum >= full && *cells.diff <= balanced) since_ = now;
    if (since_ && *cells.diff > too_far) since_ = now;
    if (!since_ || told_) return false;
    told_ = now - *since_ > static_cast<double>(config.switch_to_float_wait_for_sec);
    return told_;
}

}  // namespace bmsd::control
