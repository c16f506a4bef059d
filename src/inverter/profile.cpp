#include "inverter/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "inverter/tables.h"

namespace bmsd::inverter {
namespace {

void keep_inside(Number& value, double least, double most)
{
    if (value) value = std::clamp(*value, least, most);
}

/// Full and empty end things in many inverters (charging before the cells are balanced, the house): so they are said
/// only when the charge control says so.
void keep_soc_honest(Values& v)
{
    if (!v.soc) return;
    constexpr double nearly_full = 99.99, nearly_empty = 1;
    const bool full = v.full.value_or(*v.soc >= 100);
    const bool stopped = v.discharge_allowed == false || (v.dcl && *v.dcl <= 0);
    keep_inside(v.soc, stopped ? 0 : nearly_empty, full ? 100 : nearly_full);
}

/// Frames that have no value for "not known" tell what an inverter does nothing bold for: a battery at freezing point
/// is not charged harder; of the health, which none acts on but to give an alarm, what SMA takes for one that is not
/// sent.
void keep_unknown_safe(const Profile& profile, Values& v)
{
    constexpr double freezing = 0, healthy = 100;
    if (profile.marks_absent) return;
    if (!v.soh) v.soh = healthy;
    if (!v.temperature && !v.min_temperature && !v.max_temperature) v.temperature = freezing;
}

}  // namespace

std::span<const Profile> profiles()
{
    static const Profile all[]{
        {"pylontech", "Deye, Sunsynk, Sofar HYD, Growatt SPF, MidNite, Sol-Ark and most others", tables::pylontech()},
        {"pylontech_plus", "Goodwe, Solis RHI and S5, SRNE, Studer Xcom-CAN, Schneider XW Pro",
         tables::pylontech_plus()},
        {"victron", "GX devices (CAN-bus BMS LV, 500 kbit/s)", tables::victron()},
        {"byd", "inverters that list only BYD LV", tables::byd()},
        {"sma", "Sunny Island, Solis AoBo; nothing else may be on the bus", tables::sma(), 41, 63, 1200, 41, 48, true,
         true},
        {"luxpower", "LuxPower, EG4 (Lithium 6)", tables::luxpower()},
        {"growatt", "Growatt that expects Growatt batteries", tables::growatt()},
    };
    return all;
}

const Profile* profile(std::string_view name)
{
    for (const Profile& one : profiles())
        if (one.name == name) return &one;
    return nullptr;
}

Values prepared(const Profile& profile, Values v)
{
    for (const NumberName& row : number_names())
        if (const Number& value = v.*row.member; value && !std::isfinite(*value)) (v.*row.member).reset();
    if (v.cvl && *v.cvl < profile.least_cvl) v.cvl.reset();
    keep_inside(v.cvl, 0, profile.most_cvl);
    v.ccl = std::clamp(v.ccl.value_or(0), 0.0, profile.most_current);
    v.dcl = std::clamp(v.dcl.value_or(0), 0.0, profile.most_current);
    v.charge_allowed = v.charge_allowed.value_or(*v.ccl > 0);
    v.discharge_allowed = v.discharge_allowed.value_or(*v.dcl > 0);
    keep_inside(v.low_voltage, profile.least_low_voltage, profile.most_low_voltage);
    keep_inside(v.soh, 0, 100);
    keep_unknown_safe(profile, v);
    keep_soc_honest(v);
    if (!v.temperature && v.min_temperature && v.max_temperature)
        v.temperature = (*v.min_temperature + *v.max_temperature) / 2;
    if (!v.cell_difference && v.min_cell_voltage && v.max_cell_voltage)
        v.cell_difference = *v.max_cell_voltage - *v.min_cell_voltage;
    if (!v.modules_online) v.modules_online = 1;  // somebody told these values
    return v;
}

std::vector<CanFrame> frames_of(const Profile& profile, const Values& values)
{
    const Values told = prepared(profile, values);
    std::vector<CanFrame> out;
    for (const Frame& frame : profile.frames)
        if (const auto bytes = encode(frame, told)) out.push_back(*bytes);
    return out;
}

bool decode(const Profile& profile, const CanFrame& frame, Values& values)
{
    if (frame.id.extended) return false;
    for (const Frame& row : profile.frames) {
        if (row.id != frame.id.value) continue;
        decode(row, frame.bytes(), values);
        return true;
    }
    return false;
}

/// 0x305 to 0x307, of which one maker sends the first as an extended frame; Growatt's 0x301.
bool is_of_an_inverter(const CanFrame& frame)
{
    const std::uint32_t id = frame.id.value;
    return id == 0x305 || (!frame.id.extended && (id == 0x306 || id == 0x307 || id == 0x301));
}

std::string meaning(const Profile& profile, const CanFrame& frame)
{
    Values values;
    decode(profile, frame, values);
    std::string text;
    const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    for (const auto& row : number_names()) {
        if (const Number& value = values.*row.member)
            add(fmt::format("{} {:.6g}{}{}", row.name, *value, row.unit.empty() ? "" : " ", row.unit));
    }
    for (const auto& [name, value] : to_json(values)) {
        if (value.is_bool()) add(fmt::format("{} {}", std::string_view(name), value.get_bool() ? "yes" : "no"));
        if (value.is_string()) add(fmt::format("{} \"{}\"", std::string_view(name), value.get_string().c_str()));
    }
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const Level& level = values.alarms.levels[i];
        if (level.value_or(0) != 0) add(fmt::format("{} {}", alarm_names[i], *level == 2 ? "alarm" : "warning"));
    }
    return text;
}

}  // namespace bmsd::inverter
