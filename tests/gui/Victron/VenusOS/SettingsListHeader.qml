import QtQuick

Item {
    property alias text: label.text

    height: 32
    implicitWidth: label.width

    Label {
        id: label
        x: Theme.geometry_listItem_content_horizontalMargin
        font.pixelSize: Theme.font_size_body1
        color: Theme.color_font_secondary
    }
}
