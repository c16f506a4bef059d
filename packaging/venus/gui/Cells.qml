import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid
    readonly property int most: 32
    readonly property int perRow: 4
    readonly property var voltages: {
        const found = []
        for (let i = 0; i < cells.count; ++i) found.push(cells.objectAt(i)?.value)
        return found
    }
    readonly property var mean: Format.mean(voltages)

    //% "bmsd - Cells"
    title: qsTrId("bmsd_cells_title")

    BmsdValue { id: minimum; uid: root.bind + "/System/MinCellVoltage" }
    BmsdValue { id: maximum; uid: root.bind + "/System/MaxCellVoltage" }

    Instantiator {
        id: cells

        model: root.most
        delegate: BmsdValue {
            required property int index
            uid: root.bind + "/Voltages/Cell" + (index + 1)
        }
    }

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            BmsdRow {
                id: summary

                objectName: "summary"
                //% "Cell voltages"
                text: qsTrId("bmsd_cell_voltages")

                BmsdQuantity {
                    width: summary.columnWidth
                    //% "Sum"
                    label: qsTrId("bmsd_sum")
                    uid: root.bind + "/Voltages/Sum"
                    unit: "V"
                    decimals: 2
                }

                BmsdQuantity {
                    width: summary.columnWidth
                    //% "Mean"
                    label: qsTrId("bmsd_mean")
                    text: Format.quantity(root.mean, 3, "V")
                }

                BmsdQuantity {
                    width: summary.columnWidth
                    //% "Min"
                    label: qsTrId("bmsd_min")
                    text: Format.quantity(minimum.value, 3, "V")
                }

                BmsdQuantity {
                    width: summary.columnWidth
                    //% "Max"
                    label: qsTrId("bmsd_max")
                    text: Format.quantity(maximum.value, 3, "V")
                }

                BmsdQuantity {
                    width: summary.columnWidth
                    //% "Diff"
                    label: qsTrId("bmsd_diff")
                    uid: root.bind + "/Voltages/Diff"
                    unit: "V"
                    decimals: 3
                }
            }

            Repeater {
                model: root.most / root.perRow

                delegate: BmsdRow {
                    id: row

                    required property int index
                    readonly property int before: index * root.perRow

                    objectName: "cells" + (before + 1)
                    //% "Cells %1-%2"
                    text: qsTrId("bmsd_cells_n").arg(before + 1).arg(before + root.perRow)
                    columns: root.perRow
                    preferredVisible: root.voltages.slice(before, before + root.perRow).some(Format.present)

                    Repeater {
                        model: root.perRow

                        delegate: BmsdCell {
                            required property int index

                            width: row.columnWidth
                            bind: root.bind
                            cell: row.before + index + 1
                            mean: root.mean
                            least: minimum.value
                            most: maximum.value
                        }
                    }
                }
            }

            BmsdRow {
                objectName: "legend"
                //% "How to read it"
                text: qsTrId("bmsd_legend")
                //% "Number, voltage, difference to the mean. B: the cell balances; blue: it is the lowest, red: the highest, orange: one between. A difference is red above +5 %, blue below -5 % of the mean."
                note: qsTrId("bmsd_cells_legend")
                preferredVisible: Format.present(root.mean)
            }
        }
    }
}
