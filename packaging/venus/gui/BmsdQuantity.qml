import QtQuick
import Victron.VenusOS
import "Format.js" as Format

// One column of a row: label, value and, if there is one, a note below it.
Column {
    id: root

    property alias uid: item.uid
    readonly property alias value: item.value
    readonly property alias present: item.present

    property string label
    property string unit
    property int decimals
    property string text: Format.quantity(value, decimals, unit)
    property bool red
    property color color: red ? Theme.color_red : Theme.color_font_primary
    property string note
    property color noteColor: Theme.color_font_secondary

    BmsdValue {
        id: item
    }

    Label {
        width: parent.width
        text: root.label
        textFormat: Text.PlainText
        visible: text !== ""
        color: Theme.color_font_secondary
        font.pixelSize: Theme.font_size_caption
        elide: Text.ElideRight
    }

    Label {
        width: parent.width
        text: root.text
        textFormat: Text.PlainText
        color: root.color
        font.pixelSize: Theme.font_size_body1
        wrapMode: Text.Wrap
    }

    Label {
        width: parent.width
        text: root.note
        visible: text !== ""
        color: root.noteColor
        font.pixelSize: Theme.font_size_caption
    }
}
