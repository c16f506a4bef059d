import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid

    //% "bmsd - Limits"
    title: qsTrId("bmsd_limits_title")

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            BmsdRow {
                id: voltage

                objectName: "voltage"
                text: qsTrId("bmsd_cvl")
                columns: 3
                note: Format.withStar("", chargeMode.value)

                BmsdQuantity {
                    width: voltage.columnWidth
                    label: qsTrId("bmsd_limit_in_force")
                    uid: root.bind + "/Info/MaxChargeVoltage"
                    unit: "V"
                    decimals: 2
                }

                BmsdQuantity {
                    width: voltage.columnWidth
                    //% "Per cell"
                    label: qsTrId("bmsd_limit_per_cell")
                    uid: root.bind + "/Info/MaxChargeCellVoltage"
                    unit: "V"
                    decimals: 3
                }

                BmsdQuantity {
                    width: voltage.columnWidth
                    label: qsTrId("bmsd_charge_mode")
                    id: chargeMode
                    uid: root.bind + "/Info/ChargeMode"
                    text: Format.inWords(value)
                }
            }

            BmsdLimit {
                objectName: "charge"
                text: qsTrId("bmsd_ccl")
                bind: root.bind
                direction: "Charge"
            }

            BmsdLimit {
                objectName: "discharge"
                text: qsTrId("bmsd_dcl")
                bind: root.bind
                direction: "Discharge"
            }
        }
    }
}
