import QtQuick

FocusScope {
    property string title
}
