import QtQml

QtObject {
    property string uid
    readonly property var value: Bus.values[uid]
    readonly property bool valid: value !== undefined
    property bool seen

    function setValue(value: var) {
        Bus.write(uid, value)
    }

    onValidChanged: seen = seen || valid
    onUidChanged: seen = valid
    Component.onCompleted: seen = valid
}
