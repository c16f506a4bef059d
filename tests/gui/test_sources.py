"""The pages before they are built: qmllint finds nothing, and every text has its translations."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).parent
GUI = HERE.parents[1] / "packaging/venus/gui"
QMLLINT = "/usr/lib/qt6/bin/qmllint"

# Debian's Qt has no file of its own for what JavaScript brings along, and takes the one inside qmllint.
KNOWN = ["Warnings occurred while importing base modules:", "Failed to find the following builtins: jsroot.qmltypes"]


class Lint(unittest.TestCase):
    def lint(self, files):
        result = subprocess.run([QMLLINT, "--json", "-", "-I", HERE, *files], capture_output=True, text=True)
        for file in json.loads(result.stdout)["files"]:
            for warning in file["warnings"]:
                if not any(warning["message"].startswith(known) for known in KNOWN):
                    yield f"{pathlib.Path(file['filename']).name}:{warning.get('line')}: {warning['message']}"

    def test_the_pages(self):
        # qmllint follows the ids of a page into its inner components only when these are bound to it. The pages do not say so
        # themselves: a view of Qt 6.4 then makes no header.
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for source in GUI.glob("*.js"):
                pathlib.Path(folder, source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
            for source in sorted(GUI.glob("*.qml")):
                files.append(pathlib.Path(folder, source.name))
                files[-1].write_text("pragma ComponentBehavior: Bound; " + source.read_text(encoding="utf-8"), encoding="utf-8")
            self.assertEqual(list(self.lint(files)), [])

    def test_the_stand_ins(self):
        self.assertEqual(list(self.lint(sorted((HERE / "Victron/VenusOS").glob("*.qml")))), [])


class Texts(unittest.TestCase):
    def sources(self):
        """Id and English text of everything the pages translate."""
        found, used = {}, set()
        for file in [*GUI.glob("*.qml"), *GUI.glob("*.js")]:
            text = None
            for line in file.read_text(encoding="utf-8").splitlines():
                text = next(iter(re.findall(r'^\s*//% "(.*)"$', line)), text)
                for name in re.findall(r'qsTrId\("(\w+)"\)', line):
                    used.add(name)
                    if text is not None:
                        self.assertNotIn(name, found, "one text, one place")
                        found[name], text = text, None
        self.assertEqual(used, set(found))
        return found

    def test_both_languages_have_every_text(self):
        sources = self.sources()
        for language in ("en", "de"):
            messages = {}
            for message in xml.etree.ElementTree.parse(GUI / f"bmsd_{language}.ts").iter("message"):
                self.assertEqual(message.findtext("source"), sources.get(message.get("id")), message.get("id"))
                messages[message.get("id")] = message.findtext("translation")
            self.assertEqual(set(messages), set(sources))
            for name, text in messages.items():
                self.assertEqual(sorted(re.findall(r"%\d", text)), sorted(re.findall(r"%\d", sources[name])), name)
                self.assertNotEqual(text, "", name)
            if language == "en":
                self.assertEqual(messages, sources)

    def test_no_text_is_written_without_translation(self):
        for file in GUI.glob("*.qml"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                self.assertNotRegex(line, r'^\s*(text|label|title|note|secondaryText): *"', f"{file.name}:{number}")


if __name__ == "__main__":
    unittest.main()
