import QtQuick
import "Format.js" as Format

BmsdQuantity {
    text: Format.temperature(value, scale.fahrenheit)

    BmsdScale {
        id: scale
    }
}
