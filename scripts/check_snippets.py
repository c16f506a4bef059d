#!/usr/bin/env python3
"""Code shown in docs/ must be the real one: the lines of a block that names a file (```cpp src/...) stand in that file,
in this order and one behind the other; a line `...` skips some. Prints what does not and ends with 1."""
import pathlib
import re
import sys


def pieces(block):
    """The block cut at its `...` lines."""
    piece = []
    for line in block:
        if line.strip() == "...":
            yield piece
            piece = []
        else:
            piece.append(line)
    yield piece


def missing(block, lines):
    """The first line of the piece that is not found behind the one before, or None."""
    start = 0
    for piece in filter(None, pieces(block)):
        ends = [i for i in range(start, len(lines) - len(piece) + 1) if lines[i:i + len(piece)] == piece]
        if not ends:
            return piece[0]
        start = ends[0] + len(piece)
    return None


def main():
    problems = []
    for page in sorted(pathlib.Path("docs").rglob("*.md")):
        for found in re.finditer(r"^```\w+ (\S+)\n(.*?)^```$", page.read_text(), re.M | re.S):
            source = pathlib.Path(found[1])
            if not source.exists():
                problems.append(f"{page}: there is no {source}")
                continue
            line = missing(found[2].splitlines(), source.read_text().splitlines())
            if line is not None:
                problems.append(f"{page}: not in {source} any more, from: {line.strip()}")
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(bool(problems))


main()
