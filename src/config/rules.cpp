#include "config/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <set>

#include "config/bms_types.h"
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
        inverter_output();
        return std::move(issues_);
    }

  private:
    /// `names`: the keys concerned; the first that stands in the file gives the line.
    void tell(std::string_view rule, std::initializer_list<std::string_view> names, std::string message)
    {
        Issue issue;
        issue.severity = contradicts(rule, names) ? severity_of(rule) : Severity::warning;
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

    /// Rules of voltages are errors where the user wrote both values. A default that does not fit what he wrote follows
    /// it, and that is a notice (core/charge-control.md section 15, number 10).
    bool contradicts(std::string_view rule, std::initializer_list<std::string_view> names) const
    {
        if (!follows_.contains(rule)) return true;
        return std::ranges::count_if(names, [&](auto name) { return is_usable(*find(name)); }) > 1;
    }

    /// A minimum the user left alone, under the maximum of another chemistry.
    void minimum_follows()
    {
        Config& c = config_;
        if (c.min_cell_voltage < c.max_cell_voltage || is_set("MIN_CELL_VOLTAGE") || !is_set("MAX_CELL_VOLTAGE"))
            return;
        const double span = defaults().max_cell_voltage - defaults().min_cell_voltage;
        const double used = rounded(std::max(least_voltage, c.max_cell_voltage - span), 3);
        if (used >= c.max_cell_voltage) return;
        tell("R14", {"MIN_CELL_VOLTAGE", "MAX_CELL_VOLTAGE"},
             fmt::format("MIN_CELL_VOLTAGE ({} V) is not below MAX_CELL_VOLTAGE ({} V); {} V is used.",
                         c.min_cell_voltage, c.max_cell_voltage, used));
        c.min_cell_voltage = used;
    }

    /// R12 to R15
    void cell_voltages()
    {
        Config& c = config_;
        minimum_follows();
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
        if (least >= most && !is_set("BLOCK_ON_DISCONNECT_VOLTAGE_MIN")) {
            const double span = defaults().block_on_disconnect_voltage_max - defaults().block_on_disconnect_voltage_min;
            const double used = rounded(std::max(c.min_cell_voltage, most - span), 3);
            tell("R18", {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "BLOCK_ON_DISCONNECT_VOLTAGE_MAX"},
                 fmt::format("BLOCK_ON_DISCONNECT_VOLTAGE_MIN ({} V) is not below ..._MAX ({} V); {} V is used.", least,
                             most, used));
            least = used;
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

    /// The first point of a curve the user left alone is as far above the highest voltage as it is by default; where
    /// the curve is his, the voltage of a SoC reset he left alone ends at it. The discharge ends at the minimum.
    void first_points_follow()
    {
        Config& c = config_;
        double& charge = c.cell_voltages_while_charging.front();
        const bool stops = c.max_charge_current_cv_fraction.front() == 0;
        const bool resets = c.soc_reset_after_days.has_value();
        const bool left_alone = !is_set("CELL_VOLTAGES_WHILE_CHARGING") && !is_set("MAX_CHARGE_CURRENT_CV_FRACTION");
        const double highest = resets ? std::max(c.max_cell_voltage, c.soc_reset_cell_voltage) : c.max_cell_voltage;
        if (stops && left_alone && charge < highest) {
            const double above = defaults().cell_voltages_while_charging.front() - defaults().max_cell_voltage;
            const double used = rounded(std::min(most_voltage, highest + above), 3);
            const bool by_reset = charge >= c.max_cell_voltage;
            const std::string_view below = by_reset ? "SOC_RESET_CELL_VOLTAGE" : "MAX_CELL_VOLTAGE";
            tell(
                by_reset ? "R22" : "R21", {"CELL_VOLTAGES_WHILE_CHARGING", by_reset ? "SOC_RESET_AFTER_DAYS" : below},
                fmt::format("CELL_VOLTAGES_WHILE_CHARGING starts at {} V with current 0, below {} ({} V); it starts at "
                            "{} V.",
                            charge, below, highest, used));
            charge = used;
        }
        if (stops && resets && charge < c.soc_reset_cell_voltage && !is_set("SOC_RESET_CELL_VOLTAGE")) {
            const double used = std::max(c.max_cell_voltage, charge);
            tell("R22", {"SOC_RESET_CELL_VOLTAGE", "CELL_VOLTAGES_WHILE_CHARGING"},
                 fmt::format(
                     "SOC_RESET_CELL_VOLTAGE ({} V) is above the {} V where CELL_VOLTAGES_WHILE_CHARGING ends the "
                     "charge; {} V is used.",
                     c.soc_reset_cell_voltage, charge, used));
            c.soc_reset_cell_voltage = used;
        }
        double& discharge = c.cell_voltages_while_discharging.front();
        const bool is_default =
            !is_set("CELL_VOLTAGES_WHILE_DISCHARGING") && !is_set("MAX_DISCHARGE_CURRENT_CV_FRACTION");
        if (c.max_discharge_current_cv_fraction.front() != 0 || !is_default || discharge <= c.min_cell_voltage) return;
        tell("R23", {"CELL_VOLTAGES_WHILE_DISCHARGING", "MIN_CELL_VOLTAGE"},
             fmt::format(
                 "CELL_VOLTAGES_WHILE_DISCHARGING starts at {} V with current 0, above MIN_CELL_VOLTAGE ({} V); it "
                 "starts at {} V.",
                 discharge, c.min_cell_voltage, c.min_cell_voltage));
        discharge = c.min_cell_voltage;
    }

    /// R21 to R23: a curve that stops the current before the voltage it should lead to.
    void first_points()
    {
        first_points_follow();
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

    /// R40: an inverter is told with a profile it knows, on a bus of its own.
    void inverter_output()
    {
        auto& interface = config_.can_output_interface;
        if (!interface || interface->empty()) return;
        std::string wrong;
        if (!is_can_interface(*interface))
            wrong = "is no CAN interface: its name begins with can, vecan or vcan";
        else if (std::ranges::find(config_.can_port, *interface) != config_.can_port.end())
            wrong = "is in CAN_PORT, too: batteries are read there";
        else if (!config_.can_output_profile || config_.can_output_profile->empty())
            wrong = "needs CAN_OUTPUT_PROFILE: what the inverter expects to hear";
        if (wrong.empty()) return;
        tell("R40", {"CAN_OUTPUT_INTERFACE", "CAN_OUTPUT_PROFILE"},
             fmt::format("CAN_OUTPUT_INTERFACE ({}) {}; no inverter is told anything.", *interface, wrong));
        interface.reset();
    }

    const std::vector<double>& list(const Key& key) const { return config_.*std::get<List>(key.member); }

    Written::State state(const Key& key) const
    {
        const auto found = written_.find(key.name);
        return found == written_.end() ? Written::empty : found->second.state;
    }

    bool is_usable(const Key& key) const { return state(key) == Written::used; }
    bool is_set(std::string_view name) const { return is_usable(*find(name)); }

    void back_to_default(std::string_view name)
    {
        const Key& key = *find(name);
        set_value(config_, key, value_of(defaults(), key));
    }

    static constexpr double least_voltage = 1, most_voltage = 5;  // V, of a cell
    inline static const std::set<std::string_view> follows_{"R12", "R13", "R14", "R15", "R16",
                                                            "R17", "R18", "R21", "R22", "R23"};

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
