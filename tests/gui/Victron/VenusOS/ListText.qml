ListSetting {
    property string secondaryText: dataItem.valid ? dataItem.value : ""

    _right: secondaryText
}
