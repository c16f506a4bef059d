#include "venus/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "bms/language/refusal.h"
#include "util/version.h"

namespace bmsd::venus {
namespace {

constexpr bus::Format plain{}, volts2{2, "V"}, volts3{3, "V"}, amperes2{2, "A"}, watts0{0, "W"}, percent1{1, "%"},
    amp_hours2{2, "Ah"}, amp_hours0{0, "Ah"}, hex{.hex = true};

// Rounded values are published as they are rounded. The others are published exactly, each time they have moved by what
// is worth showing.
constexpr Precision exact{-1, -1}, to1{1, 1}, to2{2, 2}, to3{3, 3}, seen1{-1, 1}, seen2{-1, 2}, seen3{-1, 3};

template <auto member>
Sample identity(const View& v)
{
    return v.snapshot.identity.*member;
}
template <auto member>
Sample telemetry(const View& v)
{
    return v.snapshot.telemetry.*member;
}
template <auto member>
Sample derived(const View& v)
{
    return v.snapshot.derived.*member;
}
template <auto member>
Sample state(const View& v)
{
    return v.snapshot.state.*member;
}
template <auto member>
Sample limits(const View& v)
{
    return v.snapshot.limits.*member;
}
template <auto member>
Sample history(const View& v)
{
    return v.snapshot.history.*member;
}
template <auto member>
Sample discharge_history(const View& v)  // kept positive, published negative
{
    const Number& value = v.snapshot.history.*member;
    return value ? Sample(-*value) : Sample();
}
template <auto member>
Sample context(const View& v)
{
    return v.context.*member;
}
template <auto member>
Sample link_count(const View& v)
{
    return static_cast<std::int64_t>(v.snapshot.link.*member);
}
template <auto member>
Sample link_seconds(const View& v)
{
    return v.snapshot.link.*member;
}

template <auto value>
Sample fixed(const View&)
{
    return value;
}
constexpr auto zero = fixed<0>;
constexpr auto one = fixed<1>;
Sample none(const View&)
{
    return {};
}
Sample firmware_version(const View&)
{
    return bmsd::version;
}

template <auto member>
Sample text_or_none(const View& v)
{
    const auto& text = v.snapshot.limits.*member;
    return text.empty() ? Sample() : Sample(text);
}
template <auto direction>
Sample reason(const View& v)
{
    const CurrentLimit& limit = v.snapshot.limits.*direction;
    return limit.reason.empty() ? Sample() : Sample(limit.reason);
}
template <auto direction>
Sample allowed(const View& v)
{
    return (v.snapshot.limits.*direction).allowed;
}
template <auto direction>
Sample blocked(const View& v)
{
    return !(v.snapshot.limits.*direction).allowed;
}

// Never without a value: until the first decision the lower of what BMS and configuration allow (dbus.md 4.13).
template <auto direction, auto bms_limit, auto configured>
Sample current_limit(const View& v)
{
    if (const Number& applied = (v.snapshot.limits.*direction).applied) return *applied;
    const Number& bms = v.snapshot.telemetry.*bms_limit;
    const double highest = v.context.config->*configured;
    return bms ? std::min(*bms, highest) : highest;
}
constexpr auto charge_current =
    current_limit<&Limits::charge, &Telemetry::max_charge_current, &config::Config::max_battery_charge_current>;
constexpr auto discharge_current = current_limit<&Limits::discharge, &Telemetry::max_discharge_current,
                                                 &config::Config::max_battery_discharge_current>;

void put(std::string& json, std::string_view name, const Number& value)
{
    if (value) fmt::format_to(std::back_inserter(json), R"(,"{}":{:.6g})", name, *value);
}

// The explanation of a limit as one JSON object; absent numbers left out.
template <auto direction>
Sample cause_json(const View& v)
{
    const LimitCause& cause = (v.snapshot.limits.*direction).cause;
    if (cause.limiter.empty()) return {};
    v.scratch.clear();
    fmt::format_to(std::back_inserter(v.scratch), R"({{"limiter":"{}")", cause.limiter);
    put(v.scratch, "measured", cause.measured);
    put(v.scratch, "point_low", cause.point_low);
    put(v.scratch, "point_high", cause.point_high);
    put(v.scratch, "limit_low", cause.limit_low);
    put(v.scratch, "limit_high", cause.limit_high);
    put(v.scratch, "limit", cause.limit);
    v.scratch += '}';
    return v.scratch;
}
template <auto direction>
Sample cause_measured(const View& v)
{
    return (v.snapshot.limits.*direction).cause.measured;
}
template <auto direction>
Sample target(const View& v)
{
    return (v.snapshot.limits.*direction).target;
}

Sample sensor_name(const View& v, std::size_t sensor)
{
    const auto& c = *v.context.config;
    const std::string* names[]{&c.temperature_1_name, &c.temperature_2_name, &c.temperature_3_name,
                               &c.temperature_4_name};
    return sensor >= 1 && sensor <= std::size(names) ? Sample(*names[sensor - 1]) : Sample();
}
template <auto member>
Sample sensor_name(const View& v)
{
    return sensor_name(v, v.snapshot.derived.*member);
}
Sample own_sensor_name(const View& v)
{
    return sensor_name(v, v.n);
}
Sample sensor(const View& v)
{
    return v.snapshot.derived.temperatures[v.n - 1];
}

template <auto member>
Sample cell_name(const View& v)
{
    const auto cell = v.snapshot.derived.*member;
    if (cell == 0) return {};
    v.scratch.clear();
    fmt::format_to(std::back_inserter(v.scratch), "C{}", cell);
    return v.scratch;
}
// Cells above 2 x MAX_CELL_VOLTAGE are no cells.
Sample cell_voltage(const View& v)
{
    const auto& cells = v.snapshot.telemetry.cell_voltages;
    if (v.n > cells.size()) return {};
    const Number& cell = cells[v.n - 1];
    const bool usable = cell && *cell >= 0 && *cell <= 2 * v.context.config->max_cell_voltage;
    return usable ? Sample(*cell) : Sample();
}
Sample cell_balances(const View& v)
{
    const auto& cells = v.snapshot.telemetry.cell_balancing;
    return v.n <= cells.size() && cells[v.n - 1].value_or(false);
}
Sample balancing(const View& v)
{
    return v.snapshot.derived.balancing.value_or(false);
}
Sample alarm(const View& v)
{
    return v.snapshot.alarms.levels[v.n];
}
constexpr std::size_t number(Alarm alarm)
{
    return static_cast<std::size_t>(alarm);
}
Sample offline(const View& v)
{
    return !v.snapshot.state.online;
}
Sample since_full(const View& v)
{
    return v.snapshot.time_since_last_full_charge;
}

Sample time_to_soc(const View& v)
{
    for (const auto& point : v.snapshot.derived.time_to_soc) {
        if (point.percent == static_cast<int>(v.n) && !point.text.empty()) return point.text;
    }
    return {};
}

Sample refused(const View& v)
{
    return static_cast<std::int64_t>(v.snapshot.link.refused_total());
}
Sample refused_for(const View& v)
{
    const auto& counts = v.snapshot.link.refused;
    const auto found = counts.find(bms::refusal_texts[v.n]);
    return found == counts.end() ? Sample(0) : Sample(static_cast<std::int64_t>(found->second));
}

using enum Life;
using C = config::Config;
using D = Derived;
using H = History;
using I = Identity;
using L = Limits;
using T = Telemetry;
using enum Alarm;

constexpr Path table[]{
    // Management and identity
    {"/Mgmt/ProcessName", 's', plain, constant, exact, context<&Context::process_name>},
    {"/Mgmt/ProcessVersion", 's', plain, constant, exact, context<&Context::process_version>},
    {"/Mgmt/Connection", 's', plain, constant, exact, context<&Context::connection>},
    {"/DeviceInstance", 'i', plain, constant, exact, context<&Context::device_instance>},
    {"/ProductId", 'i', hex, constant, exact, fixed<0xBA77>},
    {"/ProductName", 's', plain, constant, exact, context<&Context::product_name>},
    {"/FirmwareVersion", 's', plain, cycle, exact, firmware_version},
    {"/HardwareVersion", 's', plain, cycle, exact, identity<&I::hardware_version>},
    {"/Connected", 'i', plain, constant, exact, one},
    {"/CustomName", 's', plain, control, exact, context<&Context::custom_name>},
    {"/Serial", 's', plain, constant, exact, context<&Context::serial>},
    {"/DeviceName", 's', plain, cycle, exact, identity<&I::user_label>},
    {"/Manufacturer", 's', plain, cycle, exact, identity<&I::type>},
    {"/Family", 's', plain, cycle, exact, identity<&I::hardware_version>},
    // State
    {"/State", 'i', plain, cycle, exact, state<&State::state>},
    {"/Mode", 'i', plain, cycle, exact, state<&State::mode>},
    {"/DeviceState", 'i', plain, cycle, exact, state<&State::device_state>, none},
    {"/ErrorCode", 'i', plain, cycle, exact, state<&State::error_code>},
    {"/ConnectionInformation", 's', plain, cycle, exact, state<&State::connection_information>},
    // DC values, capacity, SoC
    {"/Dc/0/Voltage", 'd', volts2, cycle, to2, derived<&D::voltage>, none},
    {"/Dc/0/Current", 'd', amperes2, cycle, to2, derived<&D::current>, none},
    {"/Dc/0/Power", 'd', watts0, cycle, to2, derived<&D::power>, none},
    {"/Dc/0/Temperature", 'd', plain, cycle, to1, derived<&D::temperature>, none},
    {"/Dc/0/MidVoltage", 'd', volts2, cycle, seen2, derived<&D::mid_voltage>, none},
    {"/Dc/0/MidVoltageDeviation", 'd', percent1, cycle, seen1, derived<&D::mid_voltage_deviation>, none},
    {"/Soc", 'd', plain, cycle, to2, derived<&D::soc>, none},
    {"/SocBms", 'd', plain, cycle, to2, telemetry<&T::soc>, none, When::soc_source},
    {"/Soh", 'd', plain, cycle, to2, telemetry<&T::soh>, none},
    {"/Capacity", 'd', amp_hours2, cycle, seen2, derived<&D::capacity>},
    {"/CapacityBms", 'd', amp_hours2, cycle, seen2, telemetry<&T::capacity_remaining>, none, When::soc_source},
    {"/InstalledCapacity", 'd', amp_hours0, cycle, seen2, telemetry<&T::capacity>},
    {"/ConsumedAmphours", 'd', amp_hours0, cycle, seen2, derived<&D::consumed_ah>, none},
    {"/ConsumedAmphoursBms", 'd', amp_hours0, cycle, seen2, derived<&D::consumed_ah_bms>, none, When::soc_source},
    {"/CurrentAvg", 'd', amperes2, cycle, to2, derived<&D::current_avg>, none},
    {"/TimeToGo", 'i', plain, cycle, exact, derived<&D::time_to_go>, none},
    {"/TimeToSoC/{}", 's', plain, cycle, exact, time_to_soc, none, When::each_time_to_soc},
    // Limits and information
    {"/Info/BatteryLowVoltage", 'd', plain, cycle, exact, limits<&L::battery_low_voltage>},
    {"/Info/MaxChargeVoltage", 'd', volts2, cycle, to2, limits<&L::charge_voltage>},
    {"/Info/MaxChargeCellVoltage", 'd', volts2, cycle, to3, limits<&L::max_charge_cell_voltage>},
    {"/Info/MaxChargeCurrent", 'd', amperes2, cycle, to3, charge_current},
    {"/Info/MaxDischargeCurrent", 'd', amperes2, cycle, to3, discharge_current},
    {"/Info/ChargeMode", 's', plain, cycle, exact, text_or_none<&L::charge_mode>, none},
    {"/Info/ChargeModeDebug", 's', plain, cycle, exact, limits<&L::charge_mode_debug>, none},
    {"/Info/ChargeModeDebugFloat", 's', plain, cycle, exact, limits<&L::charge_mode_debug_float>, none},
    {"/Info/ChargeModeDebugBulk", 's', plain, cycle, exact, limits<&L::charge_mode_debug_bulk>, none},
    {"/Info/ChargeLimitation", 's', plain, cycle, exact, reason<&L::charge>, none},
    {"/Info/DischargeLimitation", 's', plain, cycle, exact, reason<&L::discharge>, none},
    {"/Info/HeatingCurrent", 'd', plain, cycle, seen2, telemetry<&T::heater_current>, none},
    {"/Info/HeatingPower", 'd', plain, cycle, seen2, telemetry<&T::heater_power>, none},
    {"/Info/HeatingTemperatureStart", 'd', plain, cycle, exact, telemetry<&T::heater_temperature_start>, none},
    {"/Info/HeatingTemperatureStop", 'd', plain, cycle, exact, telemetry<&T::heater_temperature_stop>, none},
    // System
    {"/System/NrOfCellsPerBattery", 'i', plain, cycle, exact, telemetry<&T::cell_count>},
    {"/System/NrOfModulesOnline", 'i', plain, cycle, exact, state<&State::online>},
    {"/System/NrOfModulesOffline", 'i', plain, cycle, exact, offline},
    {"/System/NrOfModulesBlockingCharge", 'i', plain, cycle, exact, blocked<&L::charge>, none},
    {"/System/NrOfModulesBlockingDischarge", 'i', plain, cycle, exact, blocked<&L::discharge>, none},
    {"/System/MinCellTemperature", 'd', plain, cycle, seen1, derived<&D::min_temperature>, none},
    {"/System/MinTemperatureCellId", 's', plain, cycle, exact, sensor_name<&D::min_temperature_sensor>, none},
    {"/System/MaxCellTemperature", 'd', plain, cycle, seen1, derived<&D::max_temperature>, none},
    {"/System/MaxTemperatureCellId", 's', plain, cycle, exact, sensor_name<&D::max_temperature_sensor>, none},
    {"/System/MOSTemperature", 'd', plain, cycle, seen1, derived<&D::temperature_mosfet>, none},
    {"/System/Temperature1", 'd', plain, cycle, seen1, sensor, none, When::always, 1},
    {"/System/Temperature1Name", 's', plain, cycle, exact, own_sensor_name, none, When::always, 1},
    {"/System/Temperature2", 'd', plain, cycle, seen1, sensor, none, When::always, 2},
    {"/System/Temperature2Name", 's', plain, cycle, exact, own_sensor_name, none, When::always, 2},
    {"/System/Temperature3", 'd', plain, cycle, seen1, sensor, none, When::always, 3},
    {"/System/Temperature3Name", 's', plain, cycle, exact, own_sensor_name, none, When::always, 3},
    {"/System/Temperature4", 'd', plain, cycle, seen1, sensor, none, When::always, 4},
    {"/System/Temperature4Name", 's', plain, cycle, exact, own_sensor_name, none, When::always, 4},
    {"/System/MinCellVoltage", 'd', volts3, cycle, seen3, derived<&D::min_cell_voltage>, none},
    {"/System/MinVoltageCellId", 's', plain, cycle, exact, cell_name<&D::min_cell>, none},
    {"/System/MaxCellVoltage", 'd', volts3, cycle, seen3, derived<&D::max_cell_voltage>, none},
    {"/System/MaxVoltageCellId", 's', plain, cycle, exact, cell_name<&D::max_cell>, none},
    // Cells
    {"/Voltages/Cell{}", 'd', volts3, cycle, seen3, cell_voltage, none, When::each_cell_1},
    {"/Voltages/Sum", 'd', volts2, cycle, to2, derived<&D::cell_sum>, none, When::cells_1},
    {"/Voltages/Diff", 'd', volts3, cycle, to3, derived<&D::cell_diff>, none, When::cells_1},
    {"/Cell/{}/Volts", 'd', volts3, cycle, seen3, cell_voltage, none, When::each_cell_2},
    {"/Cell/Sum", 'd', volts2, cycle, to2, derived<&D::cell_sum>, none, When::cells_2},
    {"/Cell/Diff", 'd', volts3, cycle, to3, derived<&D::cell_diff>, none, When::cells_2},
    {"/Balances/Cell{}", 'i', plain, cycle, exact, cell_balances, none, When::each_balance},
    {"/Balancing", 'i', plain, cycle, exact, balancing, none},
    {"/Heating", 'i', plain, cycle, exact, telemetry<&T::heating>, none},
    // Input/output
    {"/Io/AllowToCharge", 'i', plain, cycle, exact, allowed<&L::charge>, zero},
    {"/Io/AllowToDischarge", 'i', plain, cycle, exact, allowed<&L::discharge>, zero},
    {"/Io/AllowToBalance", 'i', plain, cycle, exact, telemetry<&T::balance_fet>, zero},
    {"/Io/AllowToHeat", 'i', plain, cycle, exact, telemetry<&T::heater_fet>, zero},
    // Alarms
    {"/Alarms/LowVoltage", 'i', plain, cycle, exact, alarm, none, When::always, number(low_voltage)},
    {"/Alarms/HighVoltage", 'i', plain, cycle, exact, alarm, none, When::always, number(high_voltage)},
    {"/Alarms/LowCellVoltage", 'i', plain, cycle, exact, alarm, none, When::always, number(low_cell_voltage)},
    {"/Alarms/HighCellVoltage", 'i', plain, cycle, exact, alarm, none, When::always, number(high_cell_voltage)},
    {"/Alarms/LowSoc", 'i', plain, cycle, exact, alarm, none, When::always, number(low_soc)},
    {"/Alarms/StateOfHealth", 'i', plain, constant, exact, none},
    {"/Alarms/HighChargeCurrent", 'i', plain, cycle, exact, alarm, none, When::always, number(high_charge_current)},
    {"/Alarms/HighDischargeCurrent", 'i', plain, cycle, exact, alarm, none, When::always,
     number(high_discharge_current)},
    {"/Alarms/CellImbalance", 'i', plain, cycle, exact, alarm, none, When::always, number(cell_imbalance)},
    {"/Alarms/InternalFailure", 'i', plain, cycle, exact, alarm, none, When::always, number(internal_failure)},
    {"/Alarms/HighChargeTemperature", 'i', plain, cycle, exact, alarm, none, When::always,
     number(high_charge_temperature)},
    {"/Alarms/LowChargeTemperature", 'i', plain, cycle, exact, alarm, none, When::always,
     number(low_charge_temperature)},
    {"/Alarms/HighTemperature", 'i', plain, cycle, exact, alarm, none, When::always, number(high_temperature)},
    {"/Alarms/LowTemperature", 'i', plain, cycle, exact, alarm, none, When::always, number(low_temperature)},
    {"/Alarms/BmsCable", 'i', plain, cycle, exact, state<&State::bms_cable>, none},
    {"/Alarms/HighInternalTemperature", 'i', plain, cycle, exact, alarm, none, When::always,
     number(high_internal_temperature)},
    {"/Alarms/FuseBlown", 'i', plain, cycle, exact, alarm, none, When::always, number(fuse_blown)},
    // History
    {"/History/DeepestDischarge", 'd', plain, cycle, exact, discharge_history<&H::deepest_discharge>, none},
    {"/History/LastDischarge", 'd', plain, cycle, exact, discharge_history<&H::last_discharge>, none},
    {"/History/AverageDischarge", 'd', plain, cycle, exact, discharge_history<&H::average_discharge>, none},
    {"/History/TotalAhDrawn", 'd', plain, cycle, exact, discharge_history<&H::total_ah_drawn>, none},
    {"/History/ChargeCycles", 'd', plain, cycle, exact, history<&H::charge_cycles>, none},
    {"/History/FullDischarges", 'i', plain, cycle, exact, history<&H::full_discharges>, none},
    {"/History/MinimumVoltage", 'd', plain, cycle, exact, history<&H::minimum_voltage>, none},
    {"/History/MaximumVoltage", 'd', plain, cycle, exact, history<&H::maximum_voltage>, none},
    {"/History/MinimumCellVoltage", 'd', plain, cycle, exact, history<&H::minimum_cell_voltage>, none},
    {"/History/MaximumCellVoltage", 'd', plain, cycle, exact, history<&H::maximum_cell_voltage>, none},
    {"/History/TimeSinceLastFullCharge", 'i', plain, cycle, exact, since_full, none},
    {"/History/AutomaticSyncs", 'i', plain, cycle, exact, history<&H::automatic_syncs>, none},
    {"/History/LowVoltageAlarms", 'i', plain, cycle, exact, history<&H::low_voltage_alarms>, none},
    {"/History/HighVoltageAlarms", 'i', plain, cycle, exact, history<&H::high_voltage_alarms>, none},
    {"/History/MinimumTemperature", 'd', plain, cycle, exact, history<&H::minimum_temperature>, none},
    {"/History/MaximumTemperature", 'd', plain, cycle, exact, history<&H::maximum_temperature>, none},
    {"/History/DischargedEnergy", 'd', plain, cycle, exact, history<&H::discharged_energy>, none},
    {"/History/ChargedEnergy", 'd', plain, cycle, exact, history<&H::charged_energy>, none},
    {"/History/Clear", 'i', plain, control, exact, zero},
    {"/History/CanBeCleared", 'i', plain, constant, exact, one},
    // Controls
    {"/Settings/HasTemperature", 'i', plain, constant, exact, one},
    {"/Settings/HasSettings", 'i', plain, constant, exact, one, nullptr, When::settings},
    {"/Settings/ForceChargingOff", 'i', plain, control, exact, zero, nullptr, When::charging_off},
    {"/Settings/ForceDischargingOff", 'i', plain, control, exact, zero, nullptr, When::discharging_off},
    {"/Settings/TurnBalancingOff", 'i', plain, control, exact, zero, nullptr, When::balancing_off},
    {"/Settings/TurnHeatingOff", 'i', plain, control, exact, zero, nullptr, When::heating_off},
    {"/Settings/ResetSocTo", 'i', plain, control, exact, fixed<100>, nullptr, When::reset_soc},
    {"/Settings/ResetSocToApply", 'i', plain, control, exact, zero, nullptr, When::reset_soc},
    // JSON
    {"/JsonData", 's', plain, json, exact, none},
    // Our own: why a limit is what it is, why nothing is saved, and how well the wire works
    {"/Info/ChargeLimitationDetail", 's', plain, cycle, exact, cause_json<&L::charge>, none},
    {"/Info/ChargeLimitationMeasured", 'd', plain, cycle, seen3, cause_measured<&L::charge>, none},
    {"/Info/ChargeLimitationTarget", 'd', amperes2, cycle, to3, target<&L::charge>, none},
    {"/Info/DischargeLimitationDetail", 's', plain, cycle, exact, cause_json<&L::discharge>, none},
    {"/Info/DischargeLimitationMeasured", 'd', plain, cycle, seen3, cause_measured<&L::discharge>, none},
    {"/Info/DischargeLimitationTarget", 'd', amperes2, cycle, to3, target<&L::discharge>, none},
    {"/Info/NotSaved", 's', plain, control, exact, context<&Context::not_saved>},
    {"/Info/Link/Replies", 'i', plain, counter, exact, link_count<&LinkQuality::replies>},
    {"/Info/Link/Timeouts", 'i', plain, counter, exact, link_count<&LinkQuality::timeouts>},
    {"/Info/Link/Refused/Total", 'i', plain, counter, exact, refused},
    {"/Info/Link/Refused/{}", 'i', plain, counter, exact, refused_for, nullptr, When::each_refusal},
    {"/Info/Link/Reconnects", 'i', plain, cycle, exact, link_count<&LinkQuality::reconnects>},
    {"/Info/Link/WireTime", 'd', plain, counter, to3, link_seconds<&LinkQuality::wire_seconds>},
    {"/Info/Link/CycleTime", 'd', plain, counter, to3, link_seconds<&LinkQuality::cycle_seconds>},
    {"/Info/Link/PollInterval", 'd', plain, cycle, to3, link_seconds<&LinkQuality::poll_interval>},
};

constexpr bool well_formed(std::span<const Path> rows)
{
    for (const auto& row : rows) {
        if (!row.path.starts_with('/') || row.path.ends_with('/')) return false;
        if (row.type != 'i' && row.type != 'd' && row.type != 's') return false;
    }
    return true;
}

// No path twice, and none that is the parent of another: such a one could not be a leaf.
constexpr bool unique(std::span<const Path> rows)
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto a = rows[i].path, b = rows[k].path;
            if (i != k && b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '/')) return false;
        }
    }
    return true;
}

static_assert(well_formed(table));
static_assert(unique(table));

}  // namespace

std::span<const Path> paths()
{
    return table;
}

}  // namespace bmsd::venus
