import QtQuick
import Victron.VenusOS
import "Format.js" as Format

// One cell: its number, with a B and in colour while it balances, its voltage, and below it the difference to the mean.
BmsdQuantity {
    id: root

    property string bind
    property int cell
    property var mean
    property var least
    property var most
    readonly property var difference: Format.isNumber(value) && Format.isNumber(mean) ? value - mean : undefined

    function balancingColor(): color {
        if (Format.same(value, least, decimals)) return Theme.color_blue
        return Format.same(value, most, decimals) ? Theme.color_red : Theme.color_orange
    }

    function differenceColor(): color {
        if (difference > 0.05 * mean) return Theme.color_red
        return difference < -0.05 * mean ? Theme.color_blue : Theme.color_font_secondary
    }

    //: a cell that balances: number and the first letter of the word
    //% "%1 · B"
    label: Format.isOn(balancing.value) ? qsTrId("bmsd_cell_balances").arg(cell) : String(cell)
    uid: bind + "/Voltages/Cell" + cell
    unit: "V"
    decimals: 3
    color: Format.isOn(balancing.value) ? balancingColor() : Theme.color_font_primary
    note: Format.signed(difference, decimals, unit)
    noteColor: differenceColor()

    BmsdValue {
        id: balancing
        uid: root.bind + "/Balances/Cell" + root.cell
    }
}
