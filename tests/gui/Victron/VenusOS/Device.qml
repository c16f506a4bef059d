import QtQml

QtObject {
    property string serviceUid
    property string name
    property int productId
}
