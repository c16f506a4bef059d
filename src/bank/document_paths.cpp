#include "bank/document_paths.h"

#include <algorithm>
#include <charconv>

#include "model/telemetry.h"

namespace bmsd::bank {
namespace {

using enum DocumentKind;

constexpr DocumentPath table[]{
    {"/Dc/0/Power", number},
    {"/Dc/0/Voltage", pack},
    {"/Dc/0/Current", current},
    {"/Dc/0/Temperature", temperature},
    {"/Dc/0/MidVoltage", pack},
    {"/Dc/0/MidVoltageDeviation", number},
    {"/InstalledCapacity", number},
    {"/ConsumedAmphours", number},
    {"/Capacity", number},
    {"/Soc", percent},
    {"/SocBms", percent},
    {"/Soh", percent},
    {"/TimeToGo", number},
    {"/CurrentAvg", current},
    {"/Balancing", number},
    {"/Heating", number},
    {"/SystemSwitch", number},
    {"/State", number},
    {"/ConnectionInformation", text},
    {"/Alarms/LowVoltage", alarm, 0},
    {"/Alarms/HighVoltage", alarm, 0},
    {"/Alarms/LowSoc", alarm, 0},
    {"/Alarms/HighChargeCurrent", alarm, 0},
    {"/Alarms/HighDischargeCurrent", alarm, 0},
    {"/Alarms/HighCurrent", alarm, 0},
    {"/Alarms/CellImbalance", alarm, 0},
    {"/Alarms/HighChargeTemperature", alarm, 0},
    {"/Alarms/LowChargeTemperature", alarm, 0},
    {"/Alarms/LowCellVoltage", alarm, 0},
    {"/Alarms/LowTemperature", alarm, 0},
    {"/Alarms/HighTemperature", alarm, 0},
    {"/Alarms/FuseBlown", alarm, 0},
    {"/Alarms/BmsCable", alarm},
    {"/Alarms/HighCellVoltage", alarm},
    {"/Alarms/HighInternalTemperature", alarm},
    {"/Alarms/InternalFailure", alarm},
    {"/Alarms/StateOfHealth", alarm},
    {"/Info/ChargeRequest", number},
    {"/Info/MaxChargeVoltage", pack},
    {"/Info/MaxChargeCellVoltage", cell},
    {"/Info/BatteryLowVoltage", pack},
    {"/Info/MaxChargeCurrent", current},
    {"/Info/MaxDischargeCurrent", current},
    {"/Info/HeatingCurrent", current},
    {"/Info/HeatingPower", number},
    {"/Info/HeatingTemperatureStart", temperature},
    {"/Info/HeatingTemperatureStop", temperature},
    {"/Info/ChargeMode", text},
    {"/Info/ChargeLimitation", text},
    {"/Info/DischargeLimitation", text},
    {"/History/ChargeCycles", number},
    {"/History/MinimumVoltage", pack},
    {"/History/MaximumVoltage", pack},
    {"/History/TotalAhDrawn", number},
    {"/History/AverageDischarge", number},
    {"/History/ChargedEnergy", number},
    {"/History/DeepestDischarge", number},
    {"/History/DischargedEnergy", number},
    {"/History/FullDischarges", number},
    {"/History/HighVoltageAlarms", number},
    {"/History/LastDischarge", number},
    {"/History/LowVoltageAlarms", number},
    {"/History/MaximumCellVoltage", cell},
    {"/History/MinimumCellVoltage", cell},
    {"/History/MaximumTemperature", temperature},
    {"/History/MinimumTemperature", temperature},
    {"/History/TimeSinceLastFullCharge", number},
    {"/System/MinVoltageCellId", text},
    {"/System/MaxVoltageCellId", text},
    {"/System/MinTemperatureCellId", text},
    {"/System/MaxTemperatureCellId", text},
    {"/System/MinCellVoltage", cell},
    {"/System/MaxCellVoltage", cell},
    {"/System/MinCellTemperature", temperature},
    {"/System/MaxCellTemperature", temperature},
    {"/System/MOSTemperature", temperature},
    {"/System/Temperature1", temperature},
    {"/System/Temperature2", temperature},
    {"/System/Temperature3", temperature},
    {"/System/Temperature4", temperature},
    {"/System/Temperature1Name", text},
    {"/System/Temperature2Name", text},
    {"/System/Temperature3Name", text},
    {"/System/Temperature4Name", text},
    {"/System/NrOfCellsPerBattery", number, 0},
    {"/System/NrOfModulesOnline", number, 1},
    {"/System/NrOfModulesOffline", number, 0},
    {"/System/NrOfModulesBlockingCharge", number, 0},
    {"/System/NrOfModulesBlockingDischarge", number, 0},
    {"/Voltages/Sum", pack},
    {"/Voltages/Diff", cell},
    {"/Io/AllowToBalance", number},
    {"/Io/AllowToCharge", number},
    {"/Io/AllowToDischarge", number},
    {"/Io/AllowToHeat", number},
    {"/Io/ExternalRelay", number},
    {"/Io/ForceChargingOff", number},
    {"/Io/ForceDischargingOff", number},
    {"/Io/TurnBalancingOff", number},
    {"/Settings/HasTemperature", number},
};

constexpr std::string_view ignored[]{
    "/FirmwareVersion",
    "/HardwareVersion",
    "/Connected",
    "/CustomName",
    "/DeviceInstance",
    "/DeviceName",
    "/ErrorCode",
    "/Family",
    "/Manufacturer",
    "/Mgmt/Connection",
    "/Mgmt/ProcessName",
    "/Mgmt/ProcessVersion",
    "/ProductId",
    "/ProductName",
    "/Serial",
    "/Mode",
    "/DeviceState",
    "/CapacityBms",
    "/ConsumedAmphoursBms",
    "/Info/ChargeModeDebug",
    "/Info/ChargeModeDebugFloat",
    "/Info/ChargeModeDebugBulk",
    "/History/CanBeCleared",
    "/History/Clear",
    "/History/AutomaticSyncs",
    "/JsonData",
    "/UpdateIndex",
    "/Latency",
};

/// The number behind `prefix`, within `least` and `most`, if that is all there is.
bool numbered(std::string_view path, std::string_view prefix, unsigned least, unsigned most)
{
    if (!path.starts_with(prefix)) return false;
    path.remove_prefix(prefix.size());
    unsigned n = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), n);
    return error == std::errc() && end == path.data() + path.size() && n >= least && n <= most;
}

}  // namespace

std::span<const DocumentPath> document_paths()
{
    return table;
}

std::optional<DocumentKind> document_kind(std::string_view path)
{
    const auto found = std::ranges::find(table, path, &DocumentPath::path);
    if (found != std::end(table)) return found->kind;
    if (numbered(path, "/Voltages/Cell", 1, max_cells)) return cell;
    if (numbered(path, "/Balances/Cell", 1, max_cells)) return number;
    if (numbered(path, "/TimeToSoC/", 0, 100)) return any;
    return std::nullopt;
}

bool is_ignored(std::string_view path)
{
    return path.starts_with("/Settings/") || std::ranges::find(ignored, path) != std::end(ignored);
}

bool is_plausible(DocumentKind kind, double value)
{
    switch (kind) {
        case pack:
            return value >= 0 && value <= 1000;
        case current:
            return value >= -2000 && value <= 2000;
        case percent:
            return value >= 0 && value <= 100;
        case cell:
            return value >= 0 && value <= 10;
        case temperature:
            return value >= -60 && value <= 150;
        case alarm:
            return value == 0 || value == 1 || value == 2;
        case number:
        case text:
        case any:
            break;
    }
    return value >= -1e15 && value <= 1e15;
}

}  // namespace bmsd::bank
