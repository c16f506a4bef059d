#include "bank/balancing.h"

namespace bmsd::bank {
namespace {

constexpr int none = 0, raised = 1, kept = 2;

}  // namespace

double balancing_target(const BalancingInput& input, const config::Config& config, BalancingMemory& memory)
{
    const auto& months = config.aggregate_charge_voltage_list;
    // before the clock is set the lowest of the year
    double normal = input.today ? months[input.today->month - 1U] : months[0];
    if (!input.today) {
        for (const double month : months) normal = month < normal ? month : normal;
    }
    normal *= input.cells;
    const double full = config.aggregate_balancing_voltage * input.cells;
    const bool at_full = input.voltage && *input.voltage >= full;
    const bool balanced = at_full && input.diff && *input.diff < config.aggregate_cell_diff_max;
    const bool has_days = input.today && memory.last;
    const auto days = has_days ? days_between(*memory.last, *input.today) : config.aggregate_balancing_repetition;
    if (full <= normal) {
        memory.state = none;
        if (input.today && days > 0 && balanced) memory.last = input.today;
        return normal;
    }
    if (memory.state == none && input.today && days >= config.aggregate_balancing_repetition) memory.state = raised;
    if (memory.state == raised && balanced) memory.state = kept;
    if (memory.state == kept && input.voltage && *input.voltage <= normal) {
        memory.state = none;
        if (input.today) memory.last = input.today;
    }
    return memory.state == none ? normal : full;
}

}  // namespace bmsd::bank
