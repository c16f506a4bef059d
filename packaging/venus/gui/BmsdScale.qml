import QtQml
import Victron.VenusOS

// The temperature scale which the user has chosen.
QtObject {
    readonly property bool fahrenheit: Global.systemSettings.temperatureUnit === VenusOS.Units_Temperature_Fahrenheit
}
