#include "bank/document_snapshot.h"

#include "bank/bank.h"
#include "bank/sighting.h"

namespace bmsd::bank {

void reflect(const DocumentBattery& battery, Snapshot& out)
{
    Output as_bank;  // the same values under the same paths
    for (const auto& [path, value] : battery.values()) {
        const auto slot = slot_of(path);
        if (!slot) continue;
        if (const auto* number = std::get_if<double>(&value)) put(as_bank.values, *slot, *number);
        if (const auto* text = std::get_if<std::string>(&value); text != nullptr && slot->word)
            as_bank.values[*slot->word] = *text;
    }
    reflect(as_bank, out);
    Telemetry& telemetry = out.telemetry;
    telemetry.cell_voltages = as_bank.values.cells;
    telemetry.cell_count = static_cast<std::int64_t>(telemetry.cell_voltages.size());
    telemetry.voltage = out.derived.voltage;
    telemetry.current = out.derived.current;
    telemetry.soc = out.derived.soc;
    out.derived.cell_diff = battery.number("/Voltages/Diff");
    // what is not said is not forbidden: without limits it is a monitor, and a bank takes none from it
    const auto allowed = [&](std::string_view path) { return battery.number(path).value_or(1) != 0; };
    const bool online = battery.state() == DocumentBattery::State::online;
    out.limits.charge.allowed = online && allowed("/Io/AllowToCharge");
    out.limits.discharge.allowed = online && allowed("/Io/AllowToDischarge");
    out.state.online = online;
    out.state.give_up = battery.state() == DocumentBattery::State::removed;
}

}  // namespace bmsd::bank
