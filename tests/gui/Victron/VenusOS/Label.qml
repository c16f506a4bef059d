import QtQuick

Text {
    color: Theme.color_font_primary
    font.pixelSize: Theme.font_size_body2
}
