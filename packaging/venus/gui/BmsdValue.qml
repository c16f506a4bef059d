import QtQuick
import Victron.VenusOS
import "Format.js" as Format

// The value of one path.
VeQuickItem {
    readonly property bool present: Format.present(value)
}
