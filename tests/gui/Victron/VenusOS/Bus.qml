pragma Singleton
import QtQml

// Stands in for D-Bus and MQTT: a table of paths, which tests fill, and a record of what the pages write.
QtObject {
    property var values: ({})
    property var writes: []

    function set(uid: string, value: var) {
        values = Object.assign({}, values, { [uid]: value })
    }

    function write(uid: string, value: var) {
        writes = writes.concat([[uid, value]])
        set(uid, value)
    }

    function clear() {
        values = {}
        writes = []
    }
}
