import QtQuick

BaseListItem {
    default property alias _data: column.data

    background.visible: false
    implicitHeight: column.implicitHeight

    Column {
        id: column
        width: parent.width
        spacing: Theme.geometry_gradientList_spacing
    }
}
