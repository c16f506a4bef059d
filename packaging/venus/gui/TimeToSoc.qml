import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid

    //% "bmsd - Time to SoC"
    title: qsTrId("bmsd_time_to_soc_title")

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            PrimaryListLabel {
                objectName: "notice"
                //% "No point is enabled in the configuration file (TIME_TO_SOC_POINTS)."
                text: qsTrId("bmsd_time_to_soc_none")
                preferredVisible: {
                    for (let i = 0; i < points.count; ++i) {
                        if (points.itemAt(i)?.preferredVisible) return false
                    }
                    return true
                }
            }

            Repeater {
                id: points

                model: 21

                delegate: BmsdLine {
                    required property int index
                    readonly property int percent: 5 * index

                    objectName: "soc" + percent
                    //% "Time-to-SoC %1%"
                    text: qsTrId("bmsd_time_to_soc_n").arg(percent)
                    uid: root.bind + "/TimeToSoC/" + percent
                    preferredVisible: dataItem.seen
                    secondaryText: Format.timeToGo(dataItem.value)
                }
            }
        }
    }
}
