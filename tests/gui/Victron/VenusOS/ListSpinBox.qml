ListSetting {
    property string suffix
    property real from
    property real to
    property real stepSize: 1

    signal selectorAccepted(newValue: var)

    _right: dataItem.value + suffix

    // What accepting the number dialog does.
    function accept(newValue: real) {
        dataItem.setValue(newValue)
        selectorAccepted(newValue)
    }
}
