ListSetting {
    property bool checked: dataItem.value === 1

    _right: checked ? "(x)" : "( )"

    // What a tap does.
    function click() {
        dataItem.setValue(checked ? 0 : 1)
    }
}
