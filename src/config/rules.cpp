#include "config/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "config/old_keys.h"
#include "util/decimal.h"

namespace bmsd::config {
namespace {

using List = std::vector<double> Config::*;

bool never_turns(const std::vector<double>& points)
{
    return std::ranges::is_sorted(points) || std::ranges::is_sorted(points, std::greater<>());
}

class Rules {
  public:
    Rules(Config& config, const WrittenKeys& written) : config_(config), written_(written) {}

    std::vector<Issue> apply()
    {
        cell_voltages();
        lost_link();
        state_of_charge();
        back_to_bulk();
        for (const Key* key : keys()) {
            if (!key->pair.empty() && key->monotonic) pair(*key, *find(key->pair));
        }
        bank_curve("AGGREGATE_CELL_CHARGE_LIMITING_VOLTAGE", "AGGREGATE_CELL_CHARGE_LIMITED_CURRENT");
        bank_curve("AGGREGATE_CELL_DISCHARGE_LIMITING_VOLTAGE", "AGGREGATE_CELL_DISCHARGE_LIMITED_CURRENT");
        first_points();
        full_current();
        external_sensor();
        above_float_difference();
        return std::move(issues_);
    }

  private:
    /// `names`: the keys concerned; the first that stands in the file gives the line.
    void tell(std::string_view rule, std::initializer_list<std::string_view> names, std::string message)
    {
        Issue issue;
        issue.severity = severity_of(rule);
        issue.rule = rule;
        issue.key = *names.begin();
        for (const auto name : names) {
            const auto found = written_.find(name);
            if (found == written_.end() || issue.line > 0) continue;
            issue.line = found->second.line;
            issue.key = name;
        }
        issue.value = to_text(value_of(config_, issue.key));
        issue.message = std::move(message);
        issues_.push_back(std::move(issue));
    }

    /// R12 to R15
    void cell_voltages()
    {
        Config& c = config_;
        if (c.float_cell_voltage > c.max_cell_voltage) {
            tell("R12", {"FLOAT_CELL_VOLTAGE", "MAX_CELL_VOLTAGE"},
                 fmt::format("FLOAT_CELL_VOLTAGE ({} V) is above MAX_CELL_VOLTAGE ({} V); {} V is used.",
                             c.float_cell_voltage, c.max_cell_voltage, c.max_cell_voltage));
            c.float_cell_voltage = c.max_cell_voltage;
        }
        if (c.float_cell_voltage < c.min_cell_voltage) {
            tell("R13", {"FLOAT_CELL_VOLTAGE", "MIN_CELL_VOLTAGE"},
                 fmt::format("FLOAT_CELL_VOLTAGE ({} V) is below MIN_CELL_VOLTAGE ({} V); {} V is used.",
                             c.float_cell_voltage, c.min_cell_voltage, c.min_cell_voltage));
            c.float_cell_voltage = c.min_cell_voltage;
        }
        if (c.min_cell_voltage >= c.max_cell_voltage) {
            tell("R14", {"MIN_CELL_VOLTAGE", "MAX_CELL_VOLTAGE"},
                 fmt::format("MIN_CELL_VOLTAGE ({} V) is not below MAX_CELL_VOLTAGE ({} V); the defaults are used.",
                             c.min_cell_voltage, c.max_cell_voltage));
            for (const auto name : {"MIN_CELL_VOLTAGE", "MAX_CELL_VOLTAGE", "FLOAT_CELL_VOLTAGE"})
                back_to_default(name);
        }
        if (c.soc_reset_after_days && c.soc_reset_cell_voltage < c.max_cell_voltage) {
            tell("R15", {"SOC_RESET_CELL_VOLTAGE", "MAX_CELL_VOLTAGE"},
                 fmt::format("SOC_RESET_CELL_VOLTAGE ({} V) is below MAX_CELL_VOLTAGE ({} V); {} V is used.",
                             c.soc_reset_cell_voltage, c.max_cell_voltage, c.max_cell_voltage));
            c.soc_reset_cell_voltage = c.max_cell_voltage;
        }
    }

    /// R16 to R18
    void lost_link()
    {
        Config& c = config_;
        double& least = c.block_on_disconnect_voltage_min;
        double& most = c.block_on_disconnect_voltage_max;
        if (c.block_on_disconnect) return;
        if (least < c.min_cell_voltage) {
            tell("R16", {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "MIN_CELL_VOLTAGE"},
                 fmt::format("BLOCK_ON_DISCONNECT_VOLTAGE_MIN ({} V) is below MIN_CELL_VOLTAGE ({} V); {} V is used.",
                             least, c.min_cell_voltage, c.min_cell_voltage));
            least = c.min_cell_voltage;
        }
        if (most > c.max_cell_voltage) {
            tell("R17", {"BLOCK_ON_DISCONNECT_VOLTAGE_MAX", "MAX_CELL_VOLTAGE"},
                 fmt::format("BLOCK_ON_DISCONNECT_VOLTAGE_MAX ({} V) is above MAX_CELL_VOLTAGE ({} V); {} V is used.",
                             most, c.max_cell_voltage, c.max_cell_voltage));
            most = c.max_cell_voltage;
        }
        if (least >= most) {
            tell("R18", {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "BLOCK_ON_DISCONNECT_VOLTAGE_MAX"},
                 fmt::format(
                     "BLOCK_ON_DISCONNECT_VOLTAGE_MIN ({} V) is not below ..._MAX ({} V); BLOCK_ON_DISCONNECT is "
                     "switched on.",
                     least, most));
            c.block_on_disconnect = true;
        }
    }

    void state_of_charge()
    {
        if (!config_.soc_calculation || !config_.external_sensor_dbus_path_soc) return;
        tell("R19", {"SOC_CALCULATION", "EXTERNAL_SENSOR_DBUS_PATH_SOC"},
             "SOC_CALCULATION and EXTERNAL_SENSOR_DBUS_PATH_SOC exclude each other; use one of them.");
    }

    void back_to_bulk()
    {
        constexpr double hardly_reached = 0.101;  // V
        const Config& c = config_;
        if (c.switch_to_bulk_soc_threshold > 0 || c.switch_to_bulk_cell_voltage_diff < hardly_reached) return;
        tell("R20", {"SWITCH_TO_BULK_SOC_THRESHOLD", "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF"},
             fmt::format(
                 "The battery is unlikely to return from float to bulk with SWITCH_TO_BULK_SOC_THRESHOLD = {} and "
                 "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF = {}.",
                 c.switch_to_bulk_soc_threshold, c.switch_to_bulk_cell_voltage_diff));
    }

    /// R25, R26, R34: a curve is two lists of the same length, and its points never turn back.
    void pair(const Key& points, const Key& values)
    {
        if (one_was_refused(points, values) || one_was_refused(values, points)) return;
        if (!fits_older_default(points, values)) fits_older_default(values, points);
        const auto& at = list(points);
        const auto& value = list(values);
        if (at.size() != value.size()) {
            tell("R25", {points.name, values.name},
                 fmt::format("{} has {} and {} has {} values; the defaults of both are used.", points.name, at.size(),
                             values.name, value.size()));
        } else if (!never_turns(at)) {
            tell("R26", {points.name}, fmt::format("{} changes direction; the defaults are used.", points.name));
        } else {
            return;
        }
        back_to_default(points.name);
        back_to_default(values.name);
    }

    /// R25, R26 for the curves of the bank: no points are as many as the default has currents.
    void bank_curve(std::string_view points, std::string_view values)
    {
        const auto& at = list(*find(points));
        const auto& value = list(*find(values));
        const std::size_t usual = std::get<std::vector<double>>(value_of(defaults(), values)).size();
        const bool fits = value.size() == (at.empty() ? usual : at.size());
        if (fits && std::ranges::is_sorted(at)) return;
        tell(fits ? "R26" : "R25", {points, values},
             fmt::format("{} and {} are no rising curve; the defaults of both are used.", points, values));
        back_to_default(points);
        back_to_default(values);
    }

    /// The user's half of a curve on the default of the other half could allow a current where he meant none.
    bool one_was_refused(const Key& refused, const Key& other)
    {
        if (state(refused) != Written::refused || !is_usable(other)) return false;
        tell("R25", {other.name},
             fmt::format("{} cannot be used without {}; the defaults of both are used.", other.name, refused.name));
        back_to_default(other.name);
        return true;
    }

    /// R34: the file of an older release, in which only one of the two lists was changed.
    bool fits_older_default(const Key& user, const Key& other)
    {
        const std::size_t size = list(user).size();
        if (!is_usable(user) || is_usable(other) || list(other).size() == size) return false;
        auto history = defaults_of(other.name);
        std::ranges::reverse(history);
        for (const OldDefault* old : history) {
            auto reading = read_value(other, old->text);
            const auto* items = reading.value ? std::get_if<std::vector<double>>(&*reading.value) : nullptr;
            if (items == nullptr || items->size() != size) continue;
            tell("R34", {user.name},
                 fmt::format("{} has {} values as in release {}; the {} default of that release is used.", user.name,
                             size, old->from, other.name));
            set_value(config_, other, *reading.value);
            return true;
        }
        return false;
    }

    /// R21 to R23: a curve that stops the current before the voltage it should lead to.
    void first_points()
    {
        const Config& c = config_;
        const double charge = c.cell_voltages_while_charging.front();
        const double discharge = c.cell_voltages_while_discharging.front();
        const bool stops_charge = c.max_charge_current_cv_fraction.front() == 0;
        if (stops_charge && charge < c.max_cell_voltage) {
            tell("R21", {"CELL_VOLTAGES_WHILE_CHARGING", "MAX_CELL_VOLTAGE"},
                 fmt::format(
                     "CELL_VOLTAGES_WHILE_CHARGING starts at {} V with current 0, below MAX_CELL_VOLTAGE ({} V); max "
                     "voltage and float are never reached.",
                     charge, c.max_cell_voltage));
        }
        if (stops_charge && c.soc_reset_after_days && charge < c.soc_reset_cell_voltage) {
            tell("R22", {"CELL_VOLTAGES_WHILE_CHARGING", "SOC_RESET_AFTER_DAYS", "SOC_RESET_CELL_VOLTAGE"},
                 fmt::format(
                     "CELL_VOLTAGES_WHILE_CHARGING starts at {} V with current 0, below SOC_RESET_CELL_VOLTAGE ({} V); "
                     "the reset voltage is never reached.",
                     charge, c.soc_reset_cell_voltage));
        }
        if (c.max_discharge_current_cv_fraction.front() == 0 && discharge > c.min_cell_voltage) {
            tell("R23", {"CELL_VOLTAGES_WHILE_DISCHARGING", "MIN_CELL_VOLTAGE"},
                 fmt::format(
                     "CELL_VOLTAGES_WHILE_DISCHARGING starts at {} V with current 0, above MIN_CELL_VOLTAGE ({} V); "
                     "min voltage is never reached.",
                     discharge, c.min_cell_voltage));
        }
    }

    /// R24: the products are compared, as the limits are products.
    void full_current()
    {
        for (const Key* key : keys()) {
            if (key->unit != "fraction" || !is_list(*key)) continue;
            const bool charging = key->name.starts_with("MAX_CHARGE");
            const double most = charging ? config_.max_battery_charge_current : config_.max_battery_discharge_current;
            const auto is_full = [&](double fraction) { return fraction * most == most; };
            if (std::ranges::any_of(list(*key), is_full)) continue;
            tell("R24", {key->name}, fmt::format("{} has no value 1; the full current is never allowed.", key->name));
        }
    }

    /// R28
    void external_sensor()
    {
        Config& c = config_;
        const bool path = c.external_sensor_dbus_path_current || c.external_sensor_dbus_path_soc;
        if (c.external_sensor_dbus_device.has_value() == path) return;
        tell("R28",
             {"EXTERNAL_SENSOR_DBUS_DEVICE", "EXTERNAL_SENSOR_DBUS_PATH_CURRENT", "EXTERNAL_SENSOR_DBUS_PATH_SOC"},
             "EXTERNAL_SENSOR_DBUS_DEVICE and at least one path must be set together.");
        c.external_sensor_dbus_device.reset();
        c.external_sensor_dbus_path_current.reset();
        c.external_sensor_dbus_path_soc.reset();
    }

    /// R35: otherwise the battery swings between bulk and float for ever.
    void above_float_difference()
    {
        constexpr double unused = 10, margin = 0.010, tiny = 1e-9;  // V
        Config& c = config_;
        const double sum = c.switch_to_float_cell_voltage_diff + c.switch_to_float_cell_voltage_deviation;
        const double value = c.switch_to_bulk_cell_voltage_diff;
        if (!c.cvcm_enable || value >= unused || value > sum + tiny) return;
        const double used = std::min(unused, rounded(sum + margin, 6));
        tell("R35",
             {"SWITCH_TO_BULK_CELL_VOLTAGE_DIFF", "SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF",
              "SWITCH_TO_FLOAT_CELL_VOLTAGE_DEVIATION"},
             fmt::format(
                 "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF {} V must be above {} V (float difference + deviation); {} V is "
                 "used.",
                 value, rounded(sum, 6), used));
        c.switch_to_bulk_cell_voltage_diff = used;
    }

    const std::vector<double>& list(const Key& key) const { return config_.*std::get<List>(key.member); }

    Written::State state(const Key& key) const
    {
        const auto found = written_.find(key.name);
        return found == written_.end() ? Written::empty : found->second.state;
    }

    bool is_usable(const Key& key) const { return state(key) == Written::used; }

    void back_to_default(std::string_view name)
    {
        const Key& key = *find(name);
        set_value(config_, key, value_of(defaults(), key));
    }

    Config& config_;
    const WrittenKeys& written_;
    std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> apply_rules(Config& config, const WrittenKeys& written)
{
    return Rules(config, written).apply();
}

}  // namespace bmsd::config
