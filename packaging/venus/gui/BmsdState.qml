import QtQuick
import Victron.VenusOS
import "Format.js" as Format

// What is wrong with the battery's link or with bmsd itself, in words; not shown while all is well.
BmsdRow {
    id: root

    property string bind

    objectName: "trouble"
    //% "Attention"
    text: qsTrId("bmsd_attention")
    note: Format.trouble(state.value, error.value, connection.value).join("\n")
    noteColor: Theme.color_red
    preferredVisible: note !== ""

    BmsdValue { id: state; uid: root.bind + "/State" }
    BmsdValue { id: error; uid: root.bind + "/ErrorCode" }
    BmsdValue { id: connection; uid: root.bind + "/ConnectionInformation" }
}
