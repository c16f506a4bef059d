import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid

    //% "bmsd - Settings"
    title: qsTrId("bmsd_settings_title")

    BmsdValue { id: hasSettings; uid: root.bind + "/Settings/HasSettings" }
    BmsdValue { id: applyReset; uid: root.bind + "/Settings/ResetSocToApply" }

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            SettingsListHeader {
                //% "IO"
                text: qsTrId("bmsd_io")
            }

            Repeater {
                model: [
                    //% "Allow to charge"
                    { path: "/Io/AllowToCharge", text: qsTrId("bmsd_allow_to_charge") },
                    //% "Allow to discharge"
                    { path: "/Io/AllowToDischarge", text: qsTrId("bmsd_allow_to_discharge") },
                    //% "Allow to balance"
                    { path: "/Io/AllowToBalance", text: qsTrId("bmsd_allow_to_balance") },
                    //% "Allow to heat"
                    { path: "/Io/AllowToHeat", text: qsTrId("bmsd_allow_to_heat") }
                ]

                delegate: BmsdLine {
                    required property var modelData

                    objectName: modelData.path
                    text: modelData.text
                    uid: root.bind + modelData.path
                    secondaryText: Format.yesNo(dataItem.value)
                }
            }

            SettingsListHeader {
                objectName: "settingsHeader"
                //% "Settings"
                text: qsTrId("bmsd_settings")
                visible: Format.isOn(hasSettings.value)
            }

            Repeater {
                model: [
                    //% "Force charging off"
                    { path: "/Settings/ForceChargingOff", text: qsTrId("bmsd_force_charging_off") },
                    //% "Force discharging off"
                    { path: "/Settings/ForceDischargingOff", text: qsTrId("bmsd_force_discharging_off") },
                    //% "Turn balancing off"
                    { path: "/Settings/TurnBalancingOff", text: qsTrId("bmsd_turn_balancing_off") },
                    //% "Turn heating off"
                    { path: "/Settings/TurnHeatingOff", text: qsTrId("bmsd_turn_heating_off") }
                ]

                delegate: ListSwitch {
                    required property var modelData

                    objectName: modelData.path
                    text: modelData.text
                    dataItem.uid: root.bind + modelData.path
                    preferredVisible: Format.present(dataItem.value)
                }
            }

            ListSpinBox {
                objectName: "resetSoc"
                //% "Reset SoC to"
                text: qsTrId("bmsd_reset_soc_to")
                suffix: "%"
                from: 0
                to: 100
                stepSize: 1
                dataItem.uid: root.bind + "/Settings/ResetSocTo"
                preferredVisible: Format.present(dataItem.value)
                // The dialog may or may not have written the value itself; bmsd wants it first, and whole.
                onSelectorAccepted: newValue => {
                    dataItem.setValue(Math.round(newValue))
                    applyReset.setValue(1)
                }
            }
        }
    }
}
