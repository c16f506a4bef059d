import QtQuick

// As the original it does not hide itself: that is up to the types derived from it.
FocusScope {
    property bool preferredVisible: true
    property bool effectiveVisible: preferredVisible

    property alias background: backgroundRect

    Rectangle {
        id: backgroundRect
        anchors.fill: parent
        z: -2
        color: Theme.color_listItem_background
    }
}
