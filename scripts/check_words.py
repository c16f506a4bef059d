#!/usr/bin/env python3
"""Every configuration key, command and option that a document names must be one of the program's.
   scripts/check_words.py PROGRAM"""
import functools
import pathlib
import re
import subprocess
import sys

# written in capitals and no keys: variables of the environment
NO_KEYS = {"DBUS_SESSION_BUS_ADDRESS", "XDG_STATE_HOME", "STATE_DIRECTORY", "QT_QPA_PLATFORM", "BMSD_PROGRAM"}
KEY = re.compile(r"(?<![\w/<{$.])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w*}])")
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(.*)$", re.MULTILINE)


def run(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True)


@functools.cache
def help_of(program, words):
    """The text of `bmsd WORDS --help`; None when there is no such command."""
    result = run(program, *words, "--help")
    return result.stdout if result.returncode == 0 else None


def keys_of(program):
    return set(re.findall(r"^[;#]? ?([A-Z][A-Z0-9_]+) *=", run(program, "config", "default").stdout, re.MULTILINE))


def subcommands(text):
    part = re.split(r"^Subcommands:$", text, flags=re.MULTILINE)
    return set(re.findall(r"^  ([a-z]+)\b", part[1], re.MULTILINE)) if len(part) > 1 else set()


def check_command(program, words):
    """The first thing that is wrong with one command line, or None."""
    path = ()
    for word in words:
        if word not in subcommands(help_of(program, path)):
            break
        path += (word,)
    rest = words[len(path):]
    if subcommands(help_of(program, path)) and rest and re.fullmatch(r"[a-z]+", rest[0]):
        return f"there is no command {' '.join((*path, rest[0]))}"
    known = help_of(program, path)
    for word in rest:
        option = re.match(r"--[a-z][a-z-]*", word)
        if option and not re.search(re.escape(option[0]) + r"(?![a-z-])", known):
            return f"bmsd {' '.join(path)} has no option {option[0]}"
    return None


def problems_of(program, text, keys):
    for match in KEY.finditer(text):
        if match[0] not in keys and match[0] not in NO_KEYS:
            yield match.start(), f"there is no key {match[0]}"
    for match in CODE.finditer(text):
        line = match[1] or match[2] or ""
        for called in re.finditer(r"(?:^|[\s/;|(])bmsd ([^#|;&>)]*)", line):
            words = called[1].split()
            if words and re.fullmatch(r"[a-z]+", words[0]):
                wrong = check_command(program, words)
                if wrong:
                    yield match.start(), wrong


def main():
    program = sys.argv[1]
    keys = keys_of(program)
    if not keys or not subcommands(help_of(program, ())):
        print(f"{program} prints neither keys nor commands")
        return 1
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True).stdout
    failed = False
    for name in out.splitlines():
        if name.startswith("docs/bms"):  # full of the names of devices and types
            continue
        # the names in pieces of C++ are no keys
        text = re.sub(r"```cpp.*?```", lambda code: "\n" * code[0].count("\n"), pathlib.Path(name).read_text(), flags=re.DOTALL)
        for at, wrong in problems_of(program, text, keys):
            print(f"{name}:{text.count(chr(10), 0, at) + 1}: {wrong}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
