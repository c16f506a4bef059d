import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid

    //% "bmsd - Link"
    title: qsTrId("bmsd_link_title")

    BmsdValue { id: connection; uid: root.bind + "/ConnectionInformation" }

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            BmsdRow {
                objectName: "connection"
                //% "Connection"
                text: qsTrId("bmsd_connection")
                note: Format.connection(connection.value)
            }

            Repeater {
                model: [
                    //% "Replies"
                    { path: "Replies", text: qsTrId("bmsd_link_replies"), unit: "", decimals: 0 },
                    //% "Timeouts"
                    { path: "Timeouts", text: qsTrId("bmsd_link_timeouts"), unit: "", decimals: 0 },
                    //% "Refused replies"
                    { path: "Refused/Total", text: qsTrId("bmsd_link_refused"), unit: "", decimals: 0 },
                    //% "Reconnects"
                    { path: "Reconnects", text: qsTrId("bmsd_link_reconnects"), unit: "", decimals: 0 },
                    //% "Time of a cycle"
                    { path: "CycleTime", text: qsTrId("bmsd_link_cycle_time"), unit: "s", decimals: 3 }
                ]

                delegate: BmsdLine {
                    required property var modelData

                    objectName: modelData.path
                    text: modelData.text
                    uid: root.bind + "/Info/Link/" + modelData.path
                    unit: modelData.unit
                    decimals: modelData.decimals
                    preferredVisible: true
                }
            }
        }
    }
}
