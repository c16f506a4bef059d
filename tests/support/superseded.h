#pragma once
// Recorded scenarios of which core/charge-control.md section 15 says otherwise: their inputs are fixed, and what it
// adds looks at how a battery answers. Everything else in them holds.
#include <algorithm>
#include <string_view>
#include <vector>

namespace bmsd {

struct Superseded {
    std::string_view scenario;
    std::vector<std::string_view> outputs;
};

inline bool is_superseded(std::string_view scenario, std::string_view output)
{
    // numbers 1 and 3: more current than CCL all the time, or a high cell that never falls
    const std::vector<std::string_view> voltage{"cvl", "control_voltage", "charge_mode"};
    // number 4: a sensor that jumps by more than 20 K in a second
    const std::vector<std::string_view> sensors{"ccl",
                                                "dcl",
                                                "temperature",
                                                "charge_limitation",
                                                "min_cell_temperature",
                                                "discharge_limitation",
                                                "max_temperature_cell_id"};
    const Superseded all[]{
        {"bms_limits_and_voltage_drop", voltage},
        {"full_charge_float_and_back_soc", voltage},
        {"one_cell_high_p_controller", voltage},
        {"one_cell_high_i_controller", voltage},
        {"one_cell_high_clipped_sum", voltage},
        {"one_cell_high_no_controller", voltage},
        {"soc_reset_due", voltage},
        {"step_mode_cell_voltage", voltage},
        {"unbalanced_no_float", voltage},
        {"hot_mosfet_linear", sensors},
        {"bms_limits_and_voltage_drop", sensors},
        {"missing_temperatures", sensors},
    };
    return std::ranges::any_of(all, [&](const Superseded& one) {
        return one.scenario == scenario && std::ranges::find(one.outputs, output) != one.outputs.end();
    });
}

}  // namespace bmsd
