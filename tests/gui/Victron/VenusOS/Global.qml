pragma Singleton
import QtQml

QtObject {
    readonly property SystemSettings systemSettings: SystemSettings {}
}
