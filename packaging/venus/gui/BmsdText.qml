import QtQuick
import "Format.js" as Format

// A text of several lines, shown when there is one.
BmsdRow {
    id: root

    property alias uid: item.uid

    note: preferredVisible ? item.value : ""
    preferredVisible: Format.text(item.value) !== Format.absent

    BmsdValue {
        id: item
    }
}
