"""What the pages of the plugin show and write."""
import json
import os
import pathlib
import re
import unittest

from PyQt6.QtCore import Q_ARG, QCoreApplication, QMetaObject, QPointF

import pages
from pages import Page, color, publish, written

PUBLISHED = pathlib.Path(__file__).parents[2] / "src/venus/paths.cpp"

# Alarms that the pages know and bmsd has no use for.
OTHER_ALARMS = {f"/Alarms/{name}" for name in (
    "HighCurrent", "LowStarterVoltage", "HighStarterVoltage", "BatteryTemperatureSensor", "MidVoltage", "Contactor")}

CELLS = {f"/Voltages/Cell{n}": 3.3 for n in range(1, 6)}


class Pages(unittest.TestCase):
    def setUp(self):
        pages.speak("en")
        pages.bus.setProperty("values", {})
        pages.bus.setProperty("writes", [])
        pages.settings.setProperty("temperatureUnit", pages.harness.property("celsius"))
        pages.messages.clear()

    def open(self, name, values, width=800):
        publish(values)
        page = Page(name, width)
        self.addCleanup(page.close)
        return page

    def tearDown(self):
        self.assertEqual(pages.messages, [], "Qt complains")


class Plugin(Pages):
    @staticmethod
    def names():
        urls = [integration["url"] for integration in pages.plugin["integrations"]]
        return [url.removeprefix("qrc:/bmsd/").removesuffix(".qml") for url in urls]

    def test_every_page_of_the_plugin_opens_with_nothing_to_show(self):
        quantities = lines = 0
        for name in self.names():
            page = self.open(name, {})
            for item in page.all():
                if item.property("label") is not None:
                    self.assertEqual(item.property("text"), "--", item.property("label"))
                    quantities += 1
                if item.property("secondaryText") is not None and item.isVisible():
                    self.assertEqual(item.property("secondaryText"), "--", item.property("text"))
                    lines += 1
            self.assertTrue(page.shown("trouble"), name)
            self.assertIn("No battery", page.row("trouble").property("note"))
        self.assertEqual((quantities, lines), (67, 5))

    def test_titles_of_the_lines_are_those_of_the_pages(self):
        for language in ("en", "de"):
            pages.speak(language)
            for name, integration in zip(self.names(), pages.plugin["integrations"]):
                page = self.open(name, {})
                self.assertNotEqual(QCoreApplication.translate("", integration["title"]), integration["title"])
                self.assertEqual(page.item.property("title"), QCoreApplication.translate("", integration["title"]))

    def test_it_is_what_gui_v2_asks_for(self):
        self.assertEqual(pages.plugin["name"], "bmsd")
        self.assertRegex(pages.plugin["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(pages.plugin["minRequiredVersion"], "v1.3.6")
        self.assertEqual(pages.resource[:4], b"qres")
        self.assertEqual(self.names(), ["Overview", "Cells", "Limits", "Controls", "TimeToSoc", "Link"])
        for integration in pages.plugin["integrations"]:
            self.assertEqual((integration["type"], integration["productId"]), (2, "0xba77"))
        self.assertEqual(set(pages.plugin["translations"]), {"qrc:/bmsd/bmsd_de.qm", "qrc:/bmsd/bmsd_en.qm"})

    def test_the_pages_ask_for_what_bmsd_publishes(self):
        known = re.findall(r'^    \{"(/[^"]+)", ', PUBLISHED.read_text(encoding="utf-8"), re.MULTILINE)
        pattern = re.compile("|".join(re.escape(path).replace(r"\{\}", r"\d+") for path in known))
        asked = set()
        for name in self.names():
            asked |= set(self.open(name, {}).paths())
        self.assertGreater(len(asked), 150)
        self.assertEqual({path for path in asked if not pattern.fullmatch(path)}, OTHER_ALARMS)

    def test_nothing_overlaps_and_nothing_is_cut_off(self):
        values = {**CELLS, "/Info/ChargeModeDebug": "a\nb\nc", "/Alarms/LowSoc": 2, "/Heating": 1, "/Io/AllowToCharge": 1,
                  "/Info/ChargeLimitation": "Cell Voltage, Temp", "/Info/ChargeLimitationDetail": json.dumps(Limits.CURVE)}
        for name in self.names():
            for width in (320, 480, 800):
                page = self.open(name, values, width)
                page.settle()
                column = next(item for item in page.all() if any(child.objectName() for child in item.childItems()))
                bottom = 0
                for item in column.childItems():
                    if item.isVisible() and item.height() > 0:
                        self.assertGreaterEqual(item.y(), bottom, item.objectName())
                        bottom = item.y() + item.height()
                        self.assertLessEqual(item.width(), width)
                        self.assertLessEqual(item.childrenRect().bottom(), item.height() + 1, item.objectName())
                self.assertGreater(bottom, 20, name)
                self.assertEqual(column.height(), bottom, name)

    def test_six_columns_where_there_is_room_else_three(self):
        for width, columns in ((800, 6), (320, 3)):
            page = self.open("Overview", {}, width)
            self.assertEqual(len({item.x() for item in page.columns("overview")}), columns)


class Overview(Pages):
    def test_values_and_units(self):
        page = self.open("Overview", {
            "/Dc/0/Current": -12.345, "/CurrentAvg": 0.0, "/Voltages/Sum": 52.8, "/Dc/0/Voltage": 51.0,
            "/System/MaxCellVoltage": 3.3456, "/System/MinCellVoltage": 3.3, "/Soc": 76.5})
        self.assertEqual(page.values("overview"), {
            "Current": "-12.35 A", "Current avg": "0.00 A", "Voltage": "52.80 V", "Cell max": "3.346 V", "Cell min": "3.300 V",
            "SoC": "77 %"})

    def test_a_hair_below_zero_has_no_sign(self):
        page = self.open("Overview", {"/Dc/0/Current": -0.001})
        self.assertEqual(page.values("overview")["Current"], "0.00 A")

    def test_without_a_sum_of_cells_the_voltage_of_the_battery_is_shown(self):
        page = self.open("Overview", {"/Dc/0/Voltage": 51.0})
        self.assertEqual(page.values("overview")["Voltage"], "51.00 V")

    def test_values_follow(self):
        page = self.open("Overview", {"/Soc": 50.0})
        publish({"/Soc": 51.0})
        self.assertEqual(page.values("overview")["SoC"], "51 %")
        publish({})
        self.assertEqual(page.values("overview")["SoC"], "--")

    def test_red_marks_what_limits(self):
        marks = {("overview", "Cell max"): "Cell Voltage", ("overview", "Cell min"): "Cell Voltage", ("overview", "SoC"): "SoC",
                 ("temperatures", "Battery"): "Temp", ("temperatures", "MOSFET"): "MOSFET"}
        page = self.open("Overview", {})
        for limitation in ("/Info/ChargeLimitation", "/Info/DischargeLimitation"):
            for word in set(marks.values()) | {"BMS"}:
                publish({limitation: f"Max Battery Charge Current, {word} *"})
                for (row, label), wanted in marks.items():
                    is_red = page.color(row, label) == color("red")
                    self.assertEqual(is_red, word == wanted, f"{limitation} {word}: {label}")

    def test_the_highest_cell_is_red_above_the_limit_per_cell(self):
        page = self.open("Overview", {"/System/MaxCellVoltage": 3.451, "/Info/MaxChargeCellVoltage": 3.45})
        self.assertEqual(page.color("overview", "Cell max"), color("red"))
        publish({"/System/MaxCellVoltage": 3.45, "/Info/MaxChargeCellVoltage": 3.45})
        self.assertEqual(page.color("overview", "Cell max"), color("font_primary"))

    def test_temperatures(self):
        page = self.open("Overview", {
            "/Dc/0/Temperature": 21.0, "/System/MOSTemperature": 30.26, "/System/Temperature1": 0.0,
            "/System/Temperature1Name": "Left", "/System/Temperature2": -5.0, "/System/Temperature2Name": ""})
        self.assertEqual(page.values("temperatures"), {
            "Battery": "21.0 °C", "MOSFET": "30.3 °C", "Left": "0.0 °C", "Temp 2": "-5.0 °C", "Temp 3": "--",
            "Temp 4": "--"})
        pages.settings.setProperty("temperatureUnit", pages.harness.property("fahrenheit"))
        self.assertEqual(page.values("temperatures")["Battery"], "69.8 °F")

    def test_limits(self):
        page = self.open("Overview", {
            "/Info/MaxChargeCellVoltage": 3.45, "/Info/MaxChargeVoltage": 55.2, "/Info/ChargeLimitation": "SoC",
            "/Info/MaxChargeCurrent": 5.0, "/Info/MaxDischargeCurrent": 60.0, "/Info/ChargeMode": "Bulk"})
        self.assertEqual([page.row(name).property("note") for name in ("cvl", "ccl", "dcl", "chargeMode")],
                         ["3.450 V/cell · 55.20 V", "5.0 A · SoC", "60.0 A", "Bulk"])
        publish({"/Info/MaxChargeVoltage": 55.2})
        self.assertEqual(page.row("cvl").property("note"), "55.20 V")
        self.assertFalse(page.shown("chargeMode"))

    def test_alarms_by_name_the_serious_with_a_sign(self):
        page = self.open("Overview", {"/Alarms/LowSoc": 0})
        self.assertFalse(page.shown("alarms"))
        publish({"/Alarms/LowSoc": 1, "/Alarms/FuseBlown": 2, "/Alarms/BmsCable": 0})
        self.assertTrue(page.shown("alarms"))
        self.assertEqual(page.row("alarms").property("note"), "⚠ Fuse blown, Low SoC")
        self.assertEqual(page.row("alarms").property("noteColor").name(), color("red"))

    def test_trouble_and_alarms_stand_above_all_else(self):
        page = self.open("Overview", {"/Alarms/LowSoc": 2, "/State": 10, "/ErrorCode": 119})
        page.settle()
        rows = sorted((item.y(), item.objectName()) for item in page.row("alarms").parentItem().childItems() if item.isVisible())
        self.assertEqual([name for _, name in rows][:3], ["trouble", "alarms", "overview"])

    def test_a_star_is_explained(self):
        page = self.open("Overview", {"/Info/ChargeLimitation": "Temp *", "/Info/DischargeLimitation": "Temp",
                                      "/Info/ChargeMode": "Bulk (Cell OVP*) │ Linear Mode"})
        self.assertIn("\n* held back", page.row("ccl").property("note"))
        self.assertIn("\n* held back", page.row("chargeMode").property("note"))
        self.assertNotIn("*", page.row("dcl").property("note"))

    def test_the_words_of_the_daemon_in_german(self):
        pages.speak("de")
        page = self.open("Overview", {
            "/Info/ChargeLimitation": "Max Battery Charge Current, Cell Voltage, Temp *", "/Info/MaxChargeCurrent": 5.0,
            "/Info/ChargeMode": "Float Transition │ Linear Mode"})
        self.assertEqual(page.row("ccl").property("note").split("\n")[0], "5.0 A · Größter Ladestrom, Zellspannung, Temperatur *")
        self.assertEqual(page.row("chargeMode").property("note"), "Übergang zu Float │ linear")

    def test_what_is_allowed(self):
        page = self.open("Overview", {"/Io/AllowToHeat": 1})
        self.assertFalse(page.shown("allowed"))
        for path in ("/Io/AllowToCharge", "/Io/AllowToDischarge", "/Io/AllowToBalance"):
            publish({path: 1})
            self.assertTrue(page.shown("allowed"), path)
        publish({"/Io/AllowToCharge": 1, "/Io/AllowToDischarge": 0})
        self.assertEqual(page.values("allowed"), {"Charge": "Yes", "Discharge": "No", "Balance": "--", "Heat": "--"})
        self.assertEqual([page.color("allowed", label) == color("red") for label in ("Charge", "Discharge", "Balance")],
                         [False, True, False])

    def test_heater(self):
        page = self.open("Overview", {})
        self.assertFalse(page.shown("heater"))
        for path in ("/Heating", "/Info/HeatingCurrent", "/Info/HeatingPower", "/Info/HeatingTemperatureStart",
                     "/Info/HeatingTemperatureStop"):
            publish({path: 0})
            self.assertTrue(page.shown("heater"), path)
        publish({"/Heating": 0, "/Info/HeatingCurrent": 1.25, "/Info/HeatingPower": 60.0, "/Info/HeatingTemperatureStart": 5.0})
        self.assertTrue(page.shown("heater"))
        self.assertEqual(page.values("heater"), {
            "State": "Stopped", "Current": "1.3 A", "Power": "60.0 W", "Temp start": "5.0 °C", "Temp stop": "--"})
        publish({"/Heating": 1})
        self.assertEqual(page.values("heater")["State"], "Running")

    def test_debug_texts(self):
        page = self.open("Overview", {
            "/Info/ChargeModeDebug": "max_battery_voltage: 55.2 V\n<b>", "/Info/ChargeModeDebugFloat": ""})
        self.assertTrue(page.shown("debugGeneral"))
        self.assertEqual(page.row("debugGeneral").property("note"), "max_battery_voltage: 55.2 V\n<b>")
        self.assertFalse(page.shown("debugFloat"))
        self.assertFalse(page.shown("debugBulk"))


class Trouble(Pages):
    LOST = "Lost for: 1m 1s | Disconnect in: 28m 59s | Threshold: 30m"

    def told(self, values, language="en"):
        pages.speak(language)
        page = self.open("Limits", values)
        return page.row("trouble").property("note") if page.shown("trouble") else None

    def test_all_is_well(self):
        for information in ("Connected", "Connected (2 errors in the last 1m 21s)"):
            self.assertIsNone(self.told({"/State": 9, "/ConnectionInformation": information}))
        self.assertIsNone(self.told({"/State": 14, "/ErrorCode": 0}))

    def test_a_lost_battery_says_since_when_and_why(self):
        self.assertEqual(self.told({"/State": 9, "/ConnectionInformation": self.LOST}),
                         "Lost for 1m 1s: the BMS does not answer, or not as it should. Given up in 28m 59s (30m in all).")
        self.assertIn("Verloren seit 1m 1s", self.told({"/State": 9, "/ConnectionInformation": self.LOST}, "de"))

    def test_errors(self):
        self.assertIn("config check", self.told({"/State": 10, "/ErrorCode": 119}))
        self.assertIn("internal errors", self.told({"/State": 9, "/ErrorCode": 8}))
        self.assertEqual(self.told({"/State": 9, "/ErrorCode": 7}), "Error #7")
        both = self.told({"/State": 10, "/ErrorCode": 119, "/ConnectionInformation": self.LOST})
        self.assertEqual(len(both.split("\n")), 2)

    def test_not_read_yet_and_no_battery(self):
        self.assertEqual(self.told({"/State": 0, "/ConnectionInformation": ""}), "Nothing read of this battery yet")
        self.assertIn("No battery", self.told({}))
        self.assertIn("Keine Batterie", self.told({}, "de"))


class Pictures(Pages):
    """Each page in each state, as files to look at (BMSD_GUI_PICTURES), and nothing in them wider than its place."""
    DETAIL = json.dumps({"limiter": "Max Battery Discharge Current", "measured": 3.4213, "point_low": 3.4, "point_high": 3.425,
                         "limit_low": 12.5, "limit_high": 2.5, "limit": 4})
    GOOD = {
        "/State": 9, "/ConnectionInformation": "Connected", "/Dc/0/Current": -12.3, "/CurrentAvg": -11.9, "/Voltages/Sum": 52.84,
        "/Soc": 76.5, "/Dc/0/Temperature": 21.0, "/System/MOSTemperature": 30.0, "/System/Temperature1": 20.5,
        "/Info/MaxChargeVoltage": 55.2, "/Info/MaxChargeCellVoltage": 3.45, "/Info/MaxChargeCurrent": 50.0,
        "/Info/MaxDischargeCurrent": 60.0, "/Info/ChargeMode": "Bulk │ Linear Mode", "/Info/ChargeLimitation": "BMS",
        "/Info/DischargeLimitation": "Max Battery Discharge Current", "/Io/AllowToCharge": 1, "/Io/AllowToDischarge": 1,
        "/Io/AllowToBalance": 1, "/Settings/HasSettings": 1, "/Settings/ForceChargingOff": 0, "/Settings/ResetSocTo": 100,
        "/System/MinCellVoltage": 3.301, "/System/MaxCellVoltage": 3.316, "/Voltages/Diff": 0.015, "/TimeToSoC/80": "1h 10m",
        "/Info/Link/Replies": 86400, "/Info/Link/Timeouts": 2, "/Info/Link/Refused/Total": 1, "/Info/Link/CycleTime": 0.123,
        **{f"/Voltages/Cell{n}": 3.3 + n / 1000 for n in range(1, 17)}, **{f"/Balances/Cell{n}": int(n in (1, 7, 16)) for n in range(1, 17)}}
    STATES = {
        "good": GOOD,
        "limited": {**GOOD, "/Info/ChargeLimitation": "Max Battery Charge Current, Cell Voltage, Temp, MOSFET, SoC, BMS Settings *",
                    "/Info/DischargeLimitation": "Max Battery Discharge Current, Cell Voltage, Temp, MOSFET, SoC *",
                    "/Info/ChargeMode": "Absorption (Cell OVP*) & SoC Reset + Balancing + Heating │ Linear Mode",
                    "/Info/ChargeLimitationDetail": DETAIL, "/Info/DischargeLimitationDetail": DETAIL},
        "alarms": {**GOOD, **{f"/Alarms/{name}": level for name, level in (
            ("HighCellVoltage", 2), ("HighTemperature", 1), ("CellImbalance", 1), ("InternalFailure", 2), ("HighChargeCurrent", 1),
            ("BmsCable", 2))}, "/Io/AllowToCharge": 0},
        "lost": {**{path: value for path, value in GOOD.items() if path != "/Dc/0/Current"},
                 "/ConnectionInformation": Trouble.LOST, "/Alarms/BmsCable": 1},
        "error": {**GOOD, "/State": 10, "/ErrorCode": 119},
        "none": {}}

    def test_each_page_in_each_state(self):
        folder = pathlib.Path(os.environ.get("BMSD_GUI_PICTURES", "pictures"))
        folder.mkdir(parents=True, exist_ok=True)
        for name in Plugin.names():
            seen = set()
            for language, width in (("en", 480), ("en", 800), ("de", 480), ("de", 800)):
                pages.speak(language)
                page = self.open(name, {}, width)
                for state, values in self.STATES.items():
                    publish(values)
                    picture = page.whole_picture()
                    self.assertTrue(picture.save(str(folder / f"{name}-{state}-{width}-{language}.png"), quality=90))
                    seen.add((language, width, hash(bytes(picture.constBits().asarray(picture.sizeInBytes())))))
                    self.everything_fits(page, f"{name} {state} {width} {language}")
            self.assertGreaterEqual(len(seen), 4 * 3, f"{name}: its states look alike")

    def everything_fits(self, page, where):
        for label in page.labels():
            text = f"{where}: {label.property('text')}"
            self.assertFalse(label.property("truncated"), text)
            self.assertLessEqual(label.property("contentWidth"), label.width() + 1, text)
            self.assertLessEqual(label.mapToItem(page.item, QPointF(label.width(), 0)).x(), page.item.width(), text)


class Cells(Pages):
    def test_summary(self):
        page = self.open("Cells", {
            "/Voltages/Cell1": 3.3, "/Voltages/Cell2": 3.4, "/Voltages/Cell3": 0.0, "/Voltages/Sum": 6.7, "/Voltages/Diff": 0.1,
            "/System/MinCellVoltage": 3.3, "/System/MaxCellVoltage": 3.4})
        self.assertEqual(page.values("summary"), {
            "Sum": "6.70 V", "Mean": "3.350 V", "Min": "3.300 V", "Max": "3.400 V", "Diff": "0.100 V"})

    def test_rows_without_cells_are_hidden(self):
        page = self.open("Cells", CELLS)
        self.assertEqual([page.shown(f"cells{first}") for first in range(1, 33, 4)], [True, True] + 6 * [False])
        self.assertEqual(page.row("cells1").property("text"), "Cells 1-4")
        publish({"/Voltages/Cell32": 3.3})
        self.assertEqual([page.shown(f"cells{first}") for first in range(1, 33, 4)], 7 * [False] + [True])

    def test_cells_and_their_difference_to_the_mean(self):
        page = self.open("Cells", {"/Voltages/Cell1": 3.3, "/Voltages/Cell2": 3.31, "/Voltages/Cell3": 3.32})
        cells = page.columns("cells1")
        self.assertEqual([cell.property("text") for cell in cells], ["3.300 V", "3.310 V", "3.320 V", "--"])
        self.assertEqual([cell.property("note") for cell in cells], ["-0.010 V", "+0.000 V", "+0.010 V", "--"])
        self.assertEqual([cell.property("noteColor").name() for cell in cells], 4 * [color("font_secondary")])

    def test_every_cell_has_its_place(self):
        page = self.open("Cells", {f"/Voltages/Cell{n}": 3 + n / 1000 for n in range(1, 33)})
        shown = [cell.property("text") for first in range(1, 33, 4) for cell in page.columns(f"cells{first}")]
        self.assertEqual(shown, [f"{3 + n / 1000:.3f} V" for n in range(1, 33)])

    def test_a_difference_of_five_per_cent_is_coloured(self):
        page = self.open("Cells", {"/Voltages/Cell1": 3.0, "/Voltages/Cell2": 3.3, "/Voltages/Cell3": 3.6})
        colors = [cell.property("noteColor").name() for cell in page.columns("cells1")[:3]]
        self.assertEqual(colors, [color("blue"), color("font_secondary"), color("red")])

    def test_cells_have_numbers_and_a_legend(self):
        page = self.open("Cells", {**CELLS, "/Balances/Cell2": 1, "/Balances/Cell3": 0})
        self.assertEqual([cell.property("label") for cell in page.columns("cells1") + page.columns("cells5")],
                         ["1", "2 · B", "3", "4", "5", "6", "7", "8"])
        self.assertIn("B: the cell balances", page.row("legend").property("note"))

    def test_colours_of_balancing(self):
        voltages = {"/Voltages/Cell1": 3.3, "/Voltages/Cell2": 3.35, "/Voltages/Cell3": 3.4, "/Voltages/Cell4": 3.4,
                    "/System/MinCellVoltage": 3.3, "/System/MaxCellVoltage": 3.4}
        page = self.open("Cells", {**voltages, **{f"/Balances/Cell{n}": 0 for n in range(1, 5)}})
        colors = lambda: [cell.property("color").name() for cell in page.columns("cells1")]
        self.assertEqual(colors(), 4 * [color("font_primary")])
        publish({**voltages, "/Balances/Cell1": 1, "/Balances/Cell2": "1", "/Balances/Cell3": 1})
        self.assertEqual(colors(), [color("blue"), color("orange"), color("red"), color("font_primary")])


class Limits(Pages):
    CURVE = {"limiter": "Cell Voltage", "measured": 3.4213, "point_low": 3.4, "point_high": 3.425, "limit_low": 12.5,
             "limit_high": 2.5, "limit": 4}

    def note(self, detail, in_force):
        page = self.open("Limits", {"/Info/ChargeLimitationDetail": json.dumps(detail), "/Info/MaxChargeCurrent": in_force})
        return page.row("charge").property("note")

    def test_a_limit_in_words(self):
        self.assertEqual(self.note(self.CURVE, 4.0),
                         "Cell Voltage 3.421 V: 4 A, between 3.4 V = 12.5 A and 3.425 V = 2.5 A")
        self.assertEqual(self.note({"limiter": "SoC", "measured": 99, "limit": 5}, None), "SoC 99 %: 5 A")
        self.assertEqual(self.note({"limiter": "MOSFET", "measured": 61.5, "limit": 5}, None), "MOSFET 61.5 °C: 5 A")

    def test_a_limit_on_its_way_is_told_with_the_one_in_force(self):
        self.assertEqual(self.note({"limiter": "Max Battery Charge Current", "limit": 50}, 12.04),
                         "Max Battery Charge Current: 50 A; now 12 A")
        self.assertEqual(self.note({"limiter": "BMS", "limit": 0}, 0.0), "BMS: 0 A")

    def test_anything_else_says_nothing(self):
        page = self.open("Limits", {})
        for detail in ("", "null", "[]", "{", '{"limit":4}', '{"limiter":7,"limit":4}', '{"limiter":"SoC"}'):
            publish({"/Info/DischargeLimitationDetail": detail, "/Info/MaxDischargeCurrent": 4.0})
            self.assertEqual(page.row("discharge").property("note"), "", detail)

    def test_each_direction_has_its_own_paths(self):
        page = self.open("Limits", {
            "/Info/MaxChargeCurrent": 4.0, "/Info/ChargeLimitation": "Cell Voltage",
            "/Info/ChargeLimitationDetail": json.dumps(self.CURVE), "/Info/MaxDischargeCurrent": 60.0,
            "/Info/DischargeLimitation": "Temp", "/Info/DischargeLimitationDetail": json.dumps(
                {"limiter": "Temp", "measured": 4.5, "limit": 60})})
        self.assertEqual(page.values("charge"), {"In force": "4.0 A", "Limited by": "Cell Voltage", "Measured": "3.421 V"})
        self.assertEqual(page.values("discharge"), {"In force": "60.0 A", "Limited by": "Temp", "Measured": "4.5 °C"})
        pages.settings.setProperty("temperatureUnit", pages.harness.property("fahrenheit"))
        self.assertEqual(page.row("discharge").property("note"), "Temp 40.1 °F: 60 A")

    def test_charge_voltage_and_mode(self):
        page = self.open("Limits", {
            "/Info/MaxChargeVoltage": 55.2, "/Info/MaxChargeCellVoltage": 3.45, "/Info/ChargeMode": "Float"})
        self.assertEqual(page.values("voltage"), {"In force": "55.20 V", "Per cell": "3.450 V", "Charge Mode": "Float"})

    def test_in_german(self):
        pages.speak("de")
        self.assertEqual(self.note(self.CURVE, 12.0),
                         "Zellspannung 3.421 V: 4 A, zwischen 3.4 V = 12.5 A und 3.425 V = 2.5 A; jetzt 12 A")


class Controls(Pages):
    SWITCHES = ["/Settings/ForceChargingOff", "/Settings/ForceDischargingOff", "/Settings/TurnBalancingOff",
                "/Settings/TurnHeatingOff"]

    def test_lines_without_a_value_are_hidden(self):
        page = self.open("Controls", {})
        states = ["/Io/AllowToCharge", "/Io/AllowToDischarge", "/Io/AllowToBalance", "/Io/AllowToHeat"]
        for name in states + self.SWITCHES + ["resetSoc", "settingsHeader"]:
            self.assertFalse(page.shown(name), name)
        publish({**{path: 0 for path in self.SWITCHES}, **{path: 1 for path in states}, "/Settings/ResetSocTo": 100,
                 "/Settings/HasSettings": 1})
        for name in states + self.SWITCHES + ["resetSoc", "settingsHeader"]:
            self.assertTrue(page.shown(name), name)

    def test_states(self):
        page = self.open("Controls", {"/Io/AllowToCharge": 1, "/Io/AllowToDischarge": 0})
        self.assertEqual((page.right("/Io/AllowToCharge"), page.right("/Io/AllowToDischarge")), ("Yes", "No"))

    def test_a_switch_writes_its_path(self):
        page = self.open("Controls", {path: 0 for path in self.SWITCHES})
        for path in self.SWITCHES:
            pages.bus.setProperty("writes", [])
            self.press(page, path, "click")
            self.assertEqual(written(), [(path, 1)])
            self.assertTrue(page.row(path).property("checked"))
            self.press(page, path, "click")
            self.assertEqual(written(), [(path, 1), (path, 0)])

    def test_resetting_the_soc_writes_the_value_and_then_applies_it(self):
        page = self.open("Controls", {"/Settings/ResetSocTo": 100, "/Settings/ResetSocToApply": 0})
        row = page.row("resetSoc")
        self.assertEqual([row.property(name) for name in ("from", "to", "stepSize", "suffix")], [0, 100, 1, "%"])
        self.press(page, "resetSoc", "accept", 40.0)
        self.assertEqual(written()[-2:], [("/Settings/ResetSocTo", 40), ("/Settings/ResetSocToApply", 1)])
        self.assertEqual({path for path, _ in written()[:-1]}, {"/Settings/ResetSocTo"})

    @staticmethod
    def press(page, name, method, *arguments):
        QMetaObject.invokeMethod(page.row(name), method, *(Q_ARG(float, argument) for argument in arguments))


class TimeToSoc(Pages):
    def test_a_notice_when_no_point_is_there(self):
        page = self.open("TimeToSoc", {})
        self.assertTrue(page.shown("notice"))
        self.assertFalse(any(page.shown(f"soc{percent}") for percent in range(0, 101, 5)))
        publish({"/TimeToSoC/80": "1:00"})
        self.assertFalse(page.shown("notice"))
        self.assertTrue(page.shown("soc80"))

    def test_points(self):
        page = self.open("TimeToSoc", {
            "/TimeToSoC/0": "3d 5h", "/TimeToSoC/5": 90061, "/TimeToSoC/10": 7320, "/TimeToSoC/15": 65, "/TimeToSoC/20": 0,
            "/TimeToSoC/100": 12, "/TimeToSoC/33": "hidden"})
        self.assertEqual([page.right(f"soc{percent}") for percent in (0, 5, 10, 15, 20, 100)],
                         ["3d 5h", "1d 1h", "2h 2m", "1m 5s", "--", "12s"])
        self.assertEqual(page.row("soc15").property("text"), "Time-to-SoC 15%")
        self.assertFalse(page.shown("soc25"))

    def test_a_point_once_seen_stays_with_dashes(self):
        page = self.open("TimeToSoc", {"/TimeToSoC/80": "1:00"})
        publish({})
        self.assertTrue(page.shown("soc80"))
        self.assertEqual(page.right("soc80"), "--")
        self.assertFalse(page.shown("notice"))


class Link(Pages):
    def test_the_connection_in_words(self):
        for language, information, words in (
                ("en", "Connected", "Connected"), ("en", "Connected (2 errors in the last 1m 21s)", "Connected; 2 errors in the last 1m 21s"),
                ("de", "Connected (2 errors in the last 1m 21s)", "Verbunden; 2 Fehler in 1m 21s"), ("de", "Connected", "Verbunden"),
                ("en", "3 of 4 batteries online, lost: x", "3 of 4 batteries online, lost: x"), ("en", "", "--")):
            pages.speak(language)
            page = self.open("Link", {"/ConnectionInformation": information})
            self.assertEqual(page.row("connection").property("note"), words)

    def test_counters(self):
        page = self.open("Link", {
            "/Info/Link/Replies": 1200, "/Info/Link/Timeouts": 0, "/Info/Link/Refused/Total": 3,
            "/Info/Link/CycleTime": 0.1234})
        self.assertEqual([page.right(name) for name in ("Replies", "Timeouts", "Refused/Total", "CycleTime", "Reconnects")],
                         ["1200", "0", "3", "0.123 s", "--"])


if __name__ == "__main__":
    unittest.main()
