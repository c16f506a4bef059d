#!/usr/bin/env python3
"""Rules of the tree that no compiler knows: floors, sizes, words. Prints what breaks them and ends with 1."""
import pathlib
import re
import subprocess
import sys

# A file includes only from its own floor or a lower one. `sim` stands beside: it may use up to link and control.
FLOORS = {
    "util": 0, "model": 1, "config": 2, "bus": 2, "net": 2, "bms": 3, "control": 3, "store": 4, "link": 4, "replay": 5, "battery": 6, "bank": 6,
    "site": 7, "venus": 8, "mqtt": 8, "web": 8, "metrics": 8, "influx": 8, "inverter": 8, "notify": 8, "daemon": 9, "cli": 10,
}
# Floors that know nothing of each other although one is lower: protocols know no D-Bus and no decisions, decisions no bytes.
SEPARATE = [{"bms", "bus"}, {"control", "bus"}, {"control", "link"}, {"store", "replay"}]
SIM = {"util", "model", "config", "bms", "control", "link", "bank"}
LONGEST_FILE, LONGEST_FUNCTION = 500, 60
# The points of the sheets where the reference differs or is judged: charge control, alarms, SoC and history; the
# amendments of charge control section 15 (A15_01 ..); how many of each.
POINTS = {"RD": 34, "RA": 12, "RS": 19, "A15_": 19}
BAD_WORDS = re.compile(r"TO" r"DO|FIX" r"ME|(?<!X)XX" r"X\b|(?<![\w}])/work/|(?<![\w}])/root/|std::this_thread::sleep|\busleep\(")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", *patterns], capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(line) for line in out.splitlines() if pathlib.Path(line).exists()]


def may_include(mine, theirs):
    if mine == theirs:
        return True
    if mine == "sim":
        return theirs in SIM
    if theirs == "sim":
        return mine in ("daemon", "cli")
    if {mine, theirs} in SEPARATE:
        return False
    return theirs in FLOORS and mine in FLOORS and FLOORS[theirs] < FLOORS[mine]


def check_floors(path, lines):
    mine = path.parts[1]
    for number, line in enumerate(lines, 1):
        found = re.match(r'#include "([a-z]+)/', line)
        if found and not may_include(mine, found[1]):
            yield f"{path}:{number}: floor {mine} must not include from {found[1]}"


def check_functions(path, lines):
    """The format puts the braces of a function, and of nothing else, on lines of their own."""
    for start, line in enumerate(lines):
        if line.strip() != "{":
            continue
        indent = len(line) - 1
        for end in range(start + 1, len(lines)):
            if lines[end].startswith(" " * indent + "}"):
                if end - start + 1 > LONGEST_FUNCTION:
                    yield f"{path}:{start}: a function of {end - start + 1} lines; {LONGEST_FUNCTION} is the most"
                break


def check_points():
    """Each point has a test that carries its number in its name."""
    text = "".join(path.read_text() for path in tracked("tests/*_test.cpp"))
    names = " ".join(re.findall(r"\bTEST(?:_[FP])?\(\s*\w+,\s*(\w+)\)", text))
    tested = {(kind, int(number)) for kind, number in re.findall(r"(R[DAS]|A15_)(\d+)_", names)}
    for kind, count in POINTS.items():
        yield from (f"tests: none is named {kind}{n}" for n in range(1, count + 1) if (kind, n) not in tested)


def main():
    problems = list(check_points())
    for path in tracked("src/*.cpp", "src/*.h", "tests/*.cpp", "tests/*.h"):
        lines = path.read_text().splitlines()
        if len(lines) > LONGEST_FILE:
            problems.append(f"{path}: {len(lines)} lines; {LONGEST_FILE} is the most")
        problems += check_functions(path, lines)
        if path.parts[0] == "src":
            problems += check_floors(path, lines)
    for path in tracked("src", "tests/*.cpp", "tests/*.h", "scripts", "docs", "*.md", "*.sh", "packaging", "service"):
        if path.suffix in (".json", ".png", ".svg") or path.name == "check_tree.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if BAD_WORDS.search(line):
                problems.append(f"{path}:{number}: {line.strip()[:90]}")
    print("\n".join(problems) if problems else "the tree keeps its rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
