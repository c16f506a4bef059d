#include "model/fields.h"

#include "model/field_tables.h"

namespace bmsd {

std::span<const TelemetryField> telemetry_fields()
{
    return telemetry_table;
}

std::span<const IdentityField> identity_fields()
{
    return identity_table;
}

std::span<const HistoryField> history_fields()
{
    return history_table;
}

}  // namespace bmsd
