import QtQuick

BaseListItem {
    id: root

    property string text
    readonly property alias dataItem: item
    property string _right

    width: parent ? parent.width : 0
    implicitHeight: effectiveVisible ? Theme.geometry_listItem_height : 0
    visible: effectiveVisible

    VeQuickItem {
        id: item
    }

    Label {
        x: Theme.geometry_listItem_content_horizontalMargin
        anchors.verticalCenter: parent.verticalCenter
        text: root.text
        font.pixelSize: Theme.font_size_body2
    }

    Label {
        x: parent.width - width - Theme.geometry_listItem_content_horizontalMargin
        anchors.verticalCenter: parent.verticalCenter
        text: root._right
        color: Theme.color_font_secondary
        font.pixelSize: Theme.font_size_body2
    }
}
