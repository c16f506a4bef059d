import QtQuick
import Victron.VenusOS
import "Format.js" as Format

DeviceListPluginPage {
    id: root

    readonly property string bind: device.serviceUid
    readonly property string limitations: Format.together([Format.text(chargeLimitation.value),
                                                           Format.text(dischargeLimitation.value)])

    //% "bmsd - Overview"
    title: qsTrId("bmsd_overview_title")

    // The words of the limitation texts say which values to mark.
    function limitedBy(word: string): bool {
        return limitations.includes(word)
    }

    BmsdValue { id: chargeLimitation; uid: root.bind + "/Info/ChargeLimitation" }
    BmsdValue { id: dischargeLimitation; uid: root.bind + "/Info/DischargeLimitation" }
    BmsdValue { id: chargeCurrent; uid: root.bind + "/Info/MaxChargeCurrent" }
    BmsdValue { id: dischargeCurrent; uid: root.bind + "/Info/MaxDischargeCurrent" }
    BmsdValue { id: cellLimit; uid: root.bind + "/Info/MaxChargeCellVoltage" }
    BmsdValue { id: voltageLimit; uid: root.bind + "/Info/MaxChargeVoltage" }
    BmsdValue { id: chargeMode; uid: root.bind + "/Info/ChargeMode" }
    BmsdValue { id: cellSum; uid: root.bind + "/Voltages/Sum" }
    BmsdAlarms { id: alarms; bind: root.bind }

    GradientListView {
        header: SettingsColumn {
            width: parent ? parent.width : 0

            BmsdState {
                bind: root.bind
            }

            BmsdRow {
                objectName: "alarms"
                //% "Alarms"
                text: qsTrId("bmsd_alarms")
                note: alarms.text
                noteColor: Theme.color_red
                preferredVisible: alarms.text !== ""
            }

            BmsdRow {
                id: overview

                objectName: "overview"
                //% "Overview"
                text: qsTrId("bmsd_overview")

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "Current"
                    label: qsTrId("bmsd_current")
                    uid: root.bind + "/Dc/0/Current"
                    unit: "A"
                    decimals: 2
                }

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "Current avg"
                    label: qsTrId("bmsd_current_avg")
                    uid: root.bind + "/CurrentAvg"
                    unit: "A"
                    decimals: 2
                }

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "Voltage"
                    label: qsTrId("bmsd_voltage")
                    uid: root.bind + (cellSum.present ? "/Voltages/Sum" : "/Dc/0/Voltage")
                    unit: "V"
                    decimals: 2
                }

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "Cell max"
                    label: qsTrId("bmsd_cell_max")
                    uid: root.bind + "/System/MaxCellVoltage"
                    unit: "V"
                    decimals: 3
                    red: root.limitedBy("Cell Voltage") || (present && cellLimit.present && value > cellLimit.value)
                }

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "Cell min"
                    label: qsTrId("bmsd_cell_min")
                    uid: root.bind + "/System/MinCellVoltage"
                    unit: "V"
                    decimals: 3
                    red: root.limitedBy("Cell Voltage")
                }

                BmsdQuantity {
                    width: overview.columnWidth
                    //% "SoC"
                    label: qsTrId("bmsd_soc")
                    uid: root.bind + "/Soc"
                    unit: "%" // whole, as Venus OS shows it
                    red: root.limitedBy("SoC")
                }
            }

            BmsdRow {
                id: temperatures

                objectName: "temperatures"
                //% "Temperatures"
                text: qsTrId("bmsd_temperatures")

                BmsdTemperature {
                    width: temperatures.columnWidth
                    //% "Battery"
                    label: qsTrId("bmsd_battery")
                    uid: root.bind + "/Dc/0/Temperature"
                    red: root.limitedBy("Temp")
                }

                BmsdTemperature {
                    width: temperatures.columnWidth
                    //% "MOSFET"
                    label: qsTrId("bmsd_mosfet")
                    uid: root.bind + "/System/MOSTemperature"
                    red: root.limitedBy("MOSFET")
                }

                Repeater {
                    model: 4

                    delegate: BmsdTemperature {
                        id: sensor

                        required property int index

                        width: temperatures.columnWidth
                        //% "Temp %1"
                        label: name.present && name.value !== "" ? name.value : qsTrId("bmsd_temp_n").arg(index + 1)
                        uid: root.bind + "/System/Temperature" + (index + 1)

                        BmsdValue {
                            id: name
                            uid: sensor.uid + "Name"
                        }
                    }
                }
            }

            BmsdRow {
                objectName: "chargeMode"
                //% "Charge Mode"
                text: qsTrId("bmsd_charge_mode")
                note: Format.withStar(Format.inWords(chargeMode.value), chargeMode.value)
                preferredVisible: chargeMode.present
            }

            BmsdRow {
                objectName: "cvl"
                //% "Charge Voltage Limit (CVL)"
                text: qsTrId("bmsd_cvl")
                //% "V/cell"
                note: Format.together([Format.quantity(cellLimit.value, 3, qsTrId("bmsd_v_per_cell")),
                                       Format.quantity(voltageLimit.value, 2, "V")])
            }

            BmsdRow {
                objectName: "ccl"
                //% "Charge Current Limit (CCL)"
                text: qsTrId("bmsd_ccl")
                note: Format.withStar(Format.together([Format.quantity(chargeCurrent.value, 1, "A"),
                                                       Format.inWords(chargeLimitation.value)]), chargeLimitation.value)
            }

            BmsdRow {
                objectName: "dcl"
                //% "Discharge Current Limit (DCL)"
                text: qsTrId("bmsd_dcl")
                note: Format.withStar(Format.together([Format.quantity(dischargeCurrent.value, 1, "A"),
                                                       Format.inWords(dischargeLimitation.value)]), dischargeLimitation.value)
            }

            BmsdRow {
                id: allowed

                objectName: "allowed"
                //% "Allow to"
                text: qsTrId("bmsd_allow_to")
                preferredVisible: allowCharge.present || allowDischarge.present || allowBalance.present

                BmsdYesNo {
                    id: allowCharge
                    width: allowed.columnWidth
                    //% "Charge"
                    label: qsTrId("bmsd_charge")
                    uid: root.bind + "/Io/AllowToCharge"
                }

                BmsdYesNo {
                    id: allowDischarge
                    width: allowed.columnWidth
                    //% "Discharge"
                    label: qsTrId("bmsd_discharge")
                    uid: root.bind + "/Io/AllowToDischarge"
                }

                BmsdYesNo {
                    id: allowBalance
                    width: allowed.columnWidth
                    //% "Balance"
                    label: qsTrId("bmsd_balance")
                    uid: root.bind + "/Io/AllowToBalance"
                }

                BmsdYesNo {
                    width: allowed.columnWidth
                    //% "Heat"
                    label: qsTrId("bmsd_heat")
                    uid: root.bind + "/Io/AllowToHeat"
                }
            }

            BmsdRow {
                id: heater

                objectName: "heater"
                //% "Heater"
                text: qsTrId("bmsd_heater")
                preferredVisible: heating.present || heaterCurrent.present || heaterPower.present || heaterStart.present
                                  || heaterStop.present

                BmsdQuantity {
                    id: heating
                    width: heater.columnWidth
                    //% "State"
                    label: qsTrId("bmsd_heater_state")
                    uid: root.bind + "/Heating"
                    //% "Running"
                    readonly property string running: qsTrId("bmsd_heater_running")
                    //% "Stopped"
                    readonly property string stopped: qsTrId("bmsd_heater_stopped")
                    text: !present ? Format.absent : Format.isOn(value) ? running : stopped
                }

                BmsdQuantity {
                    id: heaterCurrent
                    width: heater.columnWidth
                    label: qsTrId("bmsd_current")
                    uid: root.bind + "/Info/HeatingCurrent"
                    unit: "A"
                    decimals: 1
                }

                BmsdQuantity {
                    id: heaterPower
                    width: heater.columnWidth
                    //% "Power"
                    label: qsTrId("bmsd_power")
                    uid: root.bind + "/Info/HeatingPower"
                    unit: "W"
                    decimals: 1
                }

                BmsdTemperature {
                    id: heaterStart
                    width: heater.columnWidth
                    //% "Temp start"
                    label: qsTrId("bmsd_heater_start")
                    uid: root.bind + "/Info/HeatingTemperatureStart"
                }

                BmsdTemperature {
                    id: heaterStop
                    width: heater.columnWidth
                    //% "Temp stop"
                    label: qsTrId("bmsd_heater_stop")
                    uid: root.bind + "/Info/HeatingTemperatureStop"
                }
            }

            SettingsListHeader {
                //% "Debug data"
                text: qsTrId("bmsd_debug")
                visible: debugGeneral.visible || debugFloat.visible || debugBulk.visible
            }

            BmsdText {
                id: debugGeneral
                objectName: "debugGeneral"
                //% "General values"
                text: qsTrId("bmsd_debug_general")
                uid: root.bind + "/Info/ChargeModeDebug"
            }

            BmsdText {
                id: debugFloat
                objectName: "debugFloat"
                //% "Requirements to switch to float"
                text: qsTrId("bmsd_debug_float")
                uid: root.bind + "/Info/ChargeModeDebugFloat"
            }

            BmsdText {
                id: debugBulk
                objectName: "debugBulk"
                //% "Requirements to switch to bulk"
                text: qsTrId("bmsd_debug_bulk")
                uid: root.bind + "/Info/ChargeModeDebugBulk"
            }
        }
    }
}
