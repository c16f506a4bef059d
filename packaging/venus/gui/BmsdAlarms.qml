import QtQml

// Every alarm that is not 0, by name. The more serious ones have a warning sign in front.
Instantiator {
    id: root

    property string bind
    readonly property string text: {
        const active = []
        for (let i = 0; i < count; ++i) {
            const alarm = objectAt(i)
            if (alarm && alarm.raised) active.push(alarm)
        }
        active.sort((a, b) => a.name < b.name ? -1 : 1)
        return active.map(alarm => (alarm.serious ? "⚠ " : "") + alarm.name).join(", ")
    }

    model: [
        //% "Low voltage"
        { path: "LowVoltage", name: qsTrId("bmsd_alarm_low_voltage") },
        //% "High voltage"
        { path: "HighVoltage", name: qsTrId("bmsd_alarm_high_voltage") },
        //% "High cell voltage"
        { path: "HighCellVoltage", name: qsTrId("bmsd_alarm_high_cell_voltage") },
        //% "High charge current"
        { path: "HighChargeCurrent", name: qsTrId("bmsd_alarm_high_charge_current") },
        //% "High current"
        { path: "HighCurrent", name: qsTrId("bmsd_alarm_high_current") },
        //% "High discharge current"
        { path: "HighDischargeCurrent", name: qsTrId("bmsd_alarm_high_discharge_current") },
        //% "Low SoC"
        { path: "LowSoc", name: qsTrId("bmsd_alarm_low_soc") },
        //% "State of health"
        { path: "StateOfHealth", name: qsTrId("bmsd_alarm_state_of_health") },
        //% "Low starter voltage"
        { path: "LowStarterVoltage", name: qsTrId("bmsd_alarm_low_starter_voltage") },
        //% "High starter voltage"
        { path: "HighStarterVoltage", name: qsTrId("bmsd_alarm_high_starter_voltage") },
        //% "Low temperature"
        { path: "LowTemperature", name: qsTrId("bmsd_alarm_low_temperature") },
        //% "High temperature"
        { path: "HighTemperature", name: qsTrId("bmsd_alarm_high_temperature") },
        //% "Battery temperature sensor"
        { path: "BatteryTemperatureSensor", name: qsTrId("bmsd_alarm_temperature_sensor") },
        //% "Mid-point voltage"
        { path: "MidVoltage", name: qsTrId("bmsd_alarm_mid_voltage") },
        //% "Fuse blown"
        { path: "FuseBlown", name: qsTrId("bmsd_alarm_fuse_blown") },
        //% "High internal temperature"
        { path: "HighInternalTemperature", name: qsTrId("bmsd_alarm_high_internal_temperature") },
        //% "Low charge temperature"
        { path: "LowChargeTemperature", name: qsTrId("bmsd_alarm_low_charge_temperature") },
        //% "High charge temperature"
        { path: "HighChargeTemperature", name: qsTrId("bmsd_alarm_high_charge_temperature") },
        //% "Internal failure"
        { path: "InternalFailure", name: qsTrId("bmsd_alarm_internal_failure") },
        //% "Cell imbalance"
        { path: "CellImbalance", name: qsTrId("bmsd_alarm_cell_imbalance") },
        //% "Low cell voltage"
        { path: "LowCellVoltage", name: qsTrId("bmsd_alarm_low_cell_voltage") },
        //% "BMS cable"
        { path: "BmsCable", name: qsTrId("bmsd_alarm_bms_cable") },
        //% "Contactor"
        { path: "Contactor", name: qsTrId("bmsd_alarm_contactor") }
    ]

    delegate: BmsdValue {
        required property var modelData
        readonly property string name: modelData.name
        readonly property bool raised: present && Number(value) !== 0
        readonly property bool serious: Number(value) === 2

        uid: root.bind + "/Alarms/" + modelData.path
    }
}
