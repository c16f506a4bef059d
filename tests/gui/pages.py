"""The pages of the built plugin, as gui-v2 would load them, on top of the stand-ins in Victron/VenusOS."""
import base64
import json
import os
import pathlib

from PyQt6.QtCore import QObject, QResource, QTranslator, QUrl, qInstallMessageHandler
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtQml import QQmlComponent, QQmlEngine
from PyQt6.QtQuick import QQuickWindow

SERVICE = "mock/com.victronenergy.battery.ttyUSB0"
HARNESS = """
import QtQml
import Victron.VenusOS
QtObject {
    property QtObject bus: Bus
    property QtObject settings: Global.systemSettings
    property QtObject theme: Theme
    property int fahrenheit: VenusOS.Units_Temperature_Fahrenheit
    property int celsius: VenusOS.Units_Temperature_Celsius
    property Device device: Device { serviceUid: "%s"; name: "Battery"; productId: 0xba77 }
}
""" % SERVICE

messages = []  # everything Qt complains of
qInstallMessageHandler(lambda kind, context, text: messages.append(text))

plugin = json.loads(pathlib.Path(os.environ["BMSD_GUI_PLUGIN"]).read_text(encoding="utf-8"))
resource = base64.b64decode(plugin["resource"], validate=True)
if not QResource.registerResourceData(resource):
    raise SystemExit("Qt refuses the resource of the plugin")

application = QGuiApplication(["gui-test"])
engine = QQmlEngine()
engine.addImportPath(str(pathlib.Path(__file__).parent))
installed = []


def speak(language):
    """As gui-v2 does: English first, the language of the user over it."""
    while installed:
        application.removeTranslator(installed.pop())
    for name in dict.fromkeys(["en", language]):
        translator = QTranslator()
        if not translator.load(f":/{plugin['name']}/{plugin['name']}_{name}.qm"):
            raise AssertionError(f"no translation {name}")
        application.installTranslator(translator)
        installed.append(translator)


def create(component, properties=None):
    if component.isError():
        raise AssertionError(component.errorString())
    return component.createWithInitialProperties(properties or {})


_component = QQmlComponent(engine)
_component.setData(HARNESS.encode(), QUrl())
harness = create(_component)
bus, settings, theme = (harness.property(name) for name in ("bus", "settings", "theme"))


def publish(values):
    """The whole of what the battery says: path, value."""
    bus.setProperty("values", {SERVICE + path: value for path, value in values.items()})


def written():
    """What the pages have written: path, value."""
    writes = bus.property("writes")
    writes = writes.toVariant() if hasattr(writes, "toVariant") else writes
    return [(uid.removeprefix(SERVICE), value) for uid, value in writes]


def color(name):
    return theme.property("color_" + name).name()


class Page:
    """One page in a window, with the values of `publish`."""

    def __init__(self, name, width=800):
        self.component = QQmlComponent(engine, QUrl(f"qrc:/{plugin['name']}/{name}.qml"))
        self.item = create(self.component, {"device": harness.property("device")})
        self.window = QQuickWindow()
        self.window.resize(width, 480)
        self.item.setParentItem(self.window.contentItem())
        self.item.setWidth(width)
        self.item.setHeight(480)
        self.settle()

    def settle(self):
        """Lets Qt lay out what has changed."""
        application.processEvents()
        return self.window.grabWindow()

    def whole_picture(self):
        """The page from top to bottom, however long it is."""
        self.settle()
        column = next(item for item in self.all() if any(child.objectName() for child in item.childItems()))
        height = max(480, int(column.height()) + 20)
        self.window.resize(self.window.width(), height)
        self.item.setHeight(height)
        return self.settle()

    def labels(self):
        """Every text that is seen."""
        return [item for item in self.all() if item.property("truncated") is not None and item.isVisible() and item.property("text")]

    def all(self, item=None):
        for child in (item or self.item).childItems():
            yield child
            yield from self.all(child)

    def paths(self):
        """Every path the page reads or writes."""
        for item in [self.item, *self.all()]:
            for child in item.findChildren(QObject):
                uid = child.property("uid")
                if uid:
                    yield uid.removeprefix(SERVICE)

    def row(self, name):
        found = [item for item in self.all() if item.objectName() == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} items are called {name}")
        return found[0]

    def shown(self, name):
        return self.row(name).isVisible()

    def right(self, name):
        """What a line shows on its right."""
        return self.row(name).property("secondaryText")

    def columns(self, name):
        return [item for item in self.all(self.row(name)) if item.property("label") is not None]

    def values(self, name):
        """What a row shows: label, text."""
        return {item.property("label"): item.property("text") for item in self.columns(name)}

    def column(self, name, label):
        return next(item for item in self.columns(name) if item.property("label") == label)

    def color(self, name, label):
        return self.column(name, label).property("color").name()

    def close(self):
        self.item.setParentItem(None)
        self.item.deleteLater()
        self.window.close()
