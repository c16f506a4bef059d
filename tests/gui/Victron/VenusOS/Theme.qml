pragma Singleton
import QtQuick

QtObject {
    readonly property color color_red: "#F35C58"
    readonly property color color_blue: "#387DC5"
    readonly property color color_orange: "#F0962E"
    readonly property color color_font_primary: "#FFFFFF"
    readonly property color color_font_secondary: "#969591"
    readonly property color color_listItem_background: "#141414"
    readonly property int font_size_caption: 16
    readonly property int font_size_body1: 18
    readonly property int font_size_body2: 22
    readonly property int geometry_listItem_content_horizontalMargin: 20
    readonly property int geometry_listItem_content_verticalMargin: 12
    readonly property int geometry_listItem_content_spacing: 10
    readonly property int geometry_listItem_height: 48
    readonly property int geometry_gradientList_spacing: 4
}
