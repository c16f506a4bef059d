#include "model/fields.h"

namespace bmsd {

std::span<const TelemetryField> telemetry_fields()
{
    using T = Telemetry;
    static constexpr TelemetryField fields[]{
        {"cell_count", &T::cell_count},
        {"voltage", &T::voltage},
        {"current", &T::current},
        {"soc", &T::soc},
        {"soh", &T::soh},
        {"capacity", &T::capacity},
        {"capacity_remaining", &T::capacity_remaining},
        {"design_capacity", &T::design_capacity},
        {"cycles", &T::cycles},
        {"cell_voltages", &T::cell_voltages},
        {"cell_balancing", &T::cell_balancing},
        {"cell_temperatures", &T::cell_temperatures},
        {"min_cell_voltage", &T::min_cell_voltage},
        {"max_cell_voltage", &T::max_cell_voltage},
        {"min_cell_number", &T::min_cell_number},
        {"max_cell_number", &T::max_cell_number},
        {"balance_current", &T::balance_current},
        {"pack_count", &T::pack_count},
        {"temperature_mosfet", &T::temperature_mosfet},
        {"temperature_ambient", &T::temperature_ambient},
        {"charge_fet", &T::charge_fet},
        {"discharge_fet", &T::discharge_fet},
        {"balance_fet", &T::balance_fet},
        {"heater_fet", &T::heater_fet},
        {"balancing", &T::balancing},
        {"heating", &T::heating},
        {"heater_current", &T::heater_current},
        {"heater_power", &T::heater_power},
        {"heater_temperature_start", &T::heater_temperature_start},
        {"heater_temperature_stop", &T::heater_temperature_stop},
        {"max_charge_current", &T::max_charge_current},
        {"max_discharge_current", &T::max_discharge_current},
        {"max_battery_voltage", &T::max_battery_voltage},
        {"min_battery_voltage", &T::min_battery_voltage},
        {"requested_charge_voltage", &T::requested_charge_voltage},
        {"requested_charge_current", &T::requested_charge_current},
        {"requested_discharge_current", &T::requested_discharge_current},
        {"total_ah_drawn", &T::total_ah_drawn},
        {"total_ah_charged", &T::total_ah_charged},
        {"charged_energy", &T::charged_energy},
        {"discharged_energy", &T::discharged_energy},
        {"problem_code", &T::problem_code},
    };
    return fields;
}

std::span<const IdentityField> identity_fields()
{
    using I = Identity;
    static constexpr IdentityField fields[]{
        {"type", &I::type},
        {"model_name", &I::model_name},
        {"manufacturer", &I::manufacturer},
        {"hardware_version", &I::hardware_version},
        {"firmware_version", &I::firmware_version},
        {"serial_number", &I::serial_number},
        {"pack_serial_number", &I::pack_serial_number},
        {"unique_id", &I::unique_id},
        {"production_date", &I::production_date},
        {"user_label", &I::user_label},
        {"address", &I::address},
    };
    return fields;
}

std::span<const HistoryField> history_fields()
{
    using H = History;
    static constexpr HistoryField fields[]{
        {"deepest_discharge", &H::deepest_discharge},
        {"last_discharge", &H::last_discharge},
        {"average_discharge", &H::average_discharge},
        {"total_ah_drawn", &H::total_ah_drawn},
        {"charge_cycles", &H::charge_cycles},
        {"full_discharges", &H::full_discharges},
        {"minimum_voltage", &H::minimum_voltage},
        {"maximum_voltage", &H::maximum_voltage},
        {"minimum_cell_voltage", &H::minimum_cell_voltage},
        {"maximum_cell_voltage", &H::maximum_cell_voltage},
        {"timestamp_last_full_charge", &H::timestamp_last_full_charge},
        {"automatic_syncs", &H::automatic_syncs},
        {"low_voltage_alarms", &H::low_voltage_alarms},
        {"high_voltage_alarms", &H::high_voltage_alarms},
        {"minimum_temperature", &H::minimum_temperature},
        {"maximum_temperature", &H::maximum_temperature},
        {"discharged_energy", &H::discharged_energy},
        {"charged_energy", &H::charged_energy},
    };
    return fields;
}

}  // namespace bmsd
