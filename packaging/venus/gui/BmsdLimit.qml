import QtQuick
import "Format.js" as Format

// A current limit: what is in force, what limits it, what was measured, and all of it in words.
BmsdRow {
    id: root

    property string bind
    property string direction // "Charge" or "Discharge"
    readonly property var cause: Format.cause(detail.value)

    columns: 3
    note: Format.withStar(Format.explain(cause, inForce.value, scale.fahrenheit), limitation.value)

    BmsdQuantity {
        id: inForce
        width: root.columnWidth
        //% "In force"
        label: qsTrId("bmsd_limit_in_force")
        uid: root.bind + "/Info/Max" + root.direction + "Current"
        unit: "A"
        decimals: 1
    }

    BmsdQuantity {
        id: limitation
        width: root.columnWidth
        //% "Limited by"
        label: qsTrId("bmsd_limit_limited_by")
        uid: root.bind + "/Info/" + root.direction + "Limitation"
        text: Format.inWords(value)
    }

    BmsdQuantity {
        width: root.columnWidth
        //% "Measured"
        label: qsTrId("bmsd_limit_measured")
        text: root.cause ? Format.reading(root.cause.limiter, root.cause.measured, scale.fahrenheit) : Format.absent
    }

    BmsdValue {
        id: detail
        uid: root.bind + "/Info/" + root.direction + "LimitationDetail"
    }

    BmsdScale {
        id: scale
    }
}
