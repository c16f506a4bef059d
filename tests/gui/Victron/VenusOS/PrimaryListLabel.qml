import QtQuick

Label {
    property bool preferredVisible: true

    width: parent ? parent.width : 0
    visible: preferredVisible
    leftPadding: Theme.geometry_listItem_content_horizontalMargin
    rightPadding: leftPadding
    wrapMode: Text.Wrap
}
