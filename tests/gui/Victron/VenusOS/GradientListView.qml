import QtQuick

ListView {
    width: parent ? parent.width : 0
    height: parent ? parent.height : 0
}
