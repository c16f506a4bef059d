#!/usr/bin/env python3
"""Draws a terminal's text as SVG: `bmsd watch --once | scripts/table_picture.py > docs/live-table.svg`."""
import html
import sys

LINE, CHARACTER, MARGIN = 17, 7.25, 14


def colour(line):
    if line.startswith("bmsd"):
        return "#ffffff"
    if line.startswith("BATTERY") or line.startswith("    "):
        return "#9aa5b1"
    return "#7ee08a"


lines = sys.stdin.read().rstrip("\n").split("\n")
width = max(map(len, lines)) * CHARACTER + 2 * MARGIN
height = len(lines) * LINE + 2 * MARGIN
print(f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height}' font-family='monospace' font-size='12'>")
print(f"<rect width='{width:.0f}' height='{height}' rx='8' fill='#1f2933'/>")
for number, line in enumerate(lines):
    y = MARGIN + LINE * number + 12
    print(f"<text x='{MARGIN}' y='{y}' fill='{colour(line)}' xml:space='preserve' textLength='{len(line) * CHARACTER:.0f}' "
          f"lengthAdjust='spacing'>{html.escape(line)}</text>")
print("</svg>")
