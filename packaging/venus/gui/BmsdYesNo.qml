import QtQuick
import "Format.js" as Format

// Whether something is allowed; a No is red.
BmsdQuantity {
    text: Format.yesNo(value)
    red: Format.isOff(value)
}
