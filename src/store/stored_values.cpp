#include "store/stored_values.h"

#include <cmath>

#include "model/who.h"
#include "store/store.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 15s;
constexpr double soc_step = 0.1;  // %

using Texts = control::StoredTexts;
constexpr Setting table[]{
    {"AllowMaxVoltage", 'i', false, &Texts::allow_max_voltage},
    {"ClassAndVrmInstance"},
    {"CustomName"},
    {"LastSeen", 'i'},
    {"MaxVoltageStartTime", 's', false, &Texts::max_voltage_start_time},
    {"SocCalc", 's', true, &Texts::soc_calc},
    {"SocResetLastReached", 'i', false, &Texts::soc_reset_last_reached},
    {"HistoryValues", 's', true, &Texts::history_values},
    {"UniqueIdentifier"},
};

Duration interval(std::string_view name)
{
    if (name == "SocCalc") return 60s;
    if (name == "HistoryValues") return 10min;
    return look_interval;
}

bool moved_enough(std::string_view name, const bus::Value& before, const bus::Value& now)
{
    if (name != "SocCalc") return true;
    const auto from = bus::converted(before, 'd'), to = bus::converted(now, 'd');
    return !from || !to || from->null() || std::abs(*from->number() - *to->number()) >= soc_step - 1e-9;
}

}  // namespace

std::string fit_name(std::string name)
{
    if (name.size() <= longest_name) return name;
    std::size_t size = longest_name;
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80) --size;  // not within a character
    name.resize(size);
    return name;
}

std::span<const Setting> settings()
{
    return table;
}

Values to_values(const control::Stored& stored, bool soc_calculation)
{
    Texts texts = to_texts(stored);
    if (!soc_calculation) texts.soc_calc.clear();
    Values values;
    for (const auto& setting : table) {
        if (setting.stored == nullptr) continue;
        const bus::Value text(texts.*setting.stored);
        values.emplace(setting.name, setting.type == 'i' ? bus::converted(text, 'i').value_or(0) : text);
    }
    return values;
}

control::Restored from_values(const Values& values, bool soc_calculation)
{
    Texts texts;
    for (const auto& setting : table) {
        const auto found = values.find(setting.name);
        if (setting.stored == nullptr || found == values.end() || found->second.null()) continue;
        texts.*setting.stored = text(found->second);
    }
    if (!soc_calculation) texts.soc_calc.clear();
    return from_texts(texts);
}

std::optional<double> number_of(const Values& values, std::string_view name)
{
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    const auto value = bus::converted(found->second, 'd');
    return value ? value->number() : std::nullopt;
}

SavePlan::SavePlan(bool soc_calculation, Instant now)
    : soc_calculation_(soc_calculation), start_(now), next_look_(now + look_interval)
{
}

std::vector<std::pair<std::string, bus::Value>> SavePlan::take(const control::Stored& stored, Instant now, bool all)
{
    next_look_ = now + look_interval;
    std::vector<std::pair<std::string, bus::Value>> result;
    for (auto& [name, value] : to_values(stored, soc_calculation_)) {
        const auto held = held_.find(name);
        const bool same = held != held_.end() && text(held->second) == text(value);  // whatever type it has there
        if (same || (name == "SocCalc" && !soc_calculation_)) continue;
        if (!all) {
            const auto tried = tried_.find(name);
            if (now - (tried != tried_.end() ? tried->second : start_) < interval(name)) continue;
            if (held != held_.end() && !moved_enough(name, held->second, value)) continue;
        }
        tried_[name] = now;
        result.emplace_back(name, value);
    }
    return result;
}

}  // namespace bmsd::store
