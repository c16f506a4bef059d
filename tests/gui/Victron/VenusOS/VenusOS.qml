import QtQml

QtObject {
    enum Units {
        Units_None,
        Units_Temperature_Celsius,
        Units_Temperature_Fahrenheit
    }
}
