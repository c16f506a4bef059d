#pragma once
// The nine settings of a battery's group, and when each is to be written. Source: core/dbus-settings.md section 3.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bus/value.h"
#include "control/stored.h"
#include "util/clock.h"

namespace bmsd::store {

/// Setting name -> value.
using Values = std::map<std::string, bus::Value, std::less<>>;

/// The settings service takes the type from the default it is offered first and keeps it.
struct Setting {
    std::string_view name;
    char type = 's';                                      // 'i' or 's'
    bool silent = false;                                  // its changes are not logged by the settings service
    std::string control::StoredTexts::*stored = nullptr;  // where control keeps it
};
std::span<const Setting> settings();

/// The five that control fills; SocCalc is empty without SOC_CALCULATION.
Values to_values(const control::Stored& stored, bool soc_calculation);
/// The other way, whatever types the values have; SocCalc only with SOC_CALCULATION.
control::Restored from_values(const Values& values, bool soc_calculation);
/// The number of a value, also of a text; nothing for any other text.
std::optional<double> number_of(const Values& values, std::string_view name);

/// Decides what is written when.
class SavePlan {
  public:
    SavePlan(bool soc_calculation, Instant now);

    /// What the store holds: at the start, and after each write that worked.
    void holds(const std::string& name, const bus::Value& value) { held_.insert_or_assign(name, value); }
    /// A look is due; cheap to ask in every cycle.
    bool due(Instant now) const { return now >= next_look_; }
    /// What differs from the store and may be written now; `all`: whatever differs.
    std::vector<std::pair<std::string, bus::Value>> take(const control::Stored& stored, Instant now, bool all);

  private:
    bool soc_calculation_;
    Instant start_, next_look_;
    Values held_;
    std::map<std::string, Instant, std::less<>> tried_;
};

}  // namespace bmsd::store
