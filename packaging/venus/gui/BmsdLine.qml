import QtQuick
import Victron.VenusOS
import "Format.js" as Format

// A line with the value of one path, shown when there is one.
ListText {
    property string uid
    property string unit
    property int decimals
    readonly property bool present: Format.present(dataItem.value)

    dataItem.uid: uid
    preferredVisible: present
    secondaryText: typeof dataItem.value === "number" ? Format.quantity(dataItem.value, decimals, unit)
                                                      : Format.text(dataItem.value)
}
