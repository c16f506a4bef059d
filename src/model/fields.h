#pragma once
// The names of the model's members: what JSON, comparison and documentation walk.
#include <span>
#include <variant>

#include "model/telemetry.h"

namespace bmsd {

using TelemetryMember = std::variant<Number Telemetry::*, Count Telemetry::*, Flag Telemetry::*, Code Telemetry::*,
                                     Cells Telemetry::*, CellFlags Telemetry::*>;

struct TelemetryField {
    std::string_view name;
    TelemetryMember member;
};

struct IdentityField {
    std::string_view name;
    Text Identity::*member;
};

struct HistoryField {
    std::string_view name;
    std::variant<Number History::*, Count History::*> member;
};

/// All of Telemetry except temperatures, history and alarms.
std::span<const TelemetryField> telemetry_fields();
std::span<const IdentityField> identity_fields();
std::span<const HistoryField> history_fields();

}  // namespace bmsd
