import QtQuick
import Victron.VenusOS

// A list item: title, columns (six side by side where there is room, else three) and a note.
BaseListItem {
    id: root

    property string text
    property string note
    property color noteColor: Theme.color_font_secondary
    property int columns: width < 600 ? 3 : 6
    readonly property real columnWidth: Math.floor((flow.width - (columns - 1) * flow.spacing) / columns)

    default property alias content: flow.data

    width: parent ? parent.width : 0
    implicitHeight: layout.implicitHeight + 2 * layout.y
    visible: effectiveVisible

    Column {
        id: layout

        x: Theme.geometry_listItem_content_horizontalMargin
        y: Theme.geometry_listItem_content_verticalMargin
        width: root.width - 2 * x
        spacing: y / 2

        Label {
            width: parent.width
            text: root.text
            font.pixelSize: Theme.font_size_body2
            wrapMode: Text.Wrap
        }

        Flow {
            id: flow

            width: parent.width
            spacing: Theme.geometry_listItem_content_spacing
            visible: children.length > 0
        }

        Label {
            width: parent.width
            text: root.note
            textFormat: Text.PlainText
            visible: text !== ""
            color: root.noteColor
            font.pixelSize: Theme.font_size_body1
            wrapMode: Text.Wrap
        }
    }
}
