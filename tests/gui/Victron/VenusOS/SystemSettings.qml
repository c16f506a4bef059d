import QtQml

QtObject {
    property int temperatureUnit: VenusOS.Units_Temperature_Celsius
}
