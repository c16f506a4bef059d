#!/bin/sh
# Makes the plugin file of gui-v2: pages and translations as a Qt resource inside of JSON.
# The same input gives the same bytes.
#   packaging/venus/gui/build.sh OUT.json
# Needs rcc and lrelease of Qt 6 (scripts/setup.sh gui).
set -eu

[ $# -eq 1 ] || { echo "usage: $0 OUT.json" >&2; exit 2; }
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
cd "$(dirname "$0")"

tool() { # NAME: the one of Qt 6, wherever the distribution keeps it
    for place in /usr/lib/qt6/libexec /usr/lib/qt6/bin /usr/libexec; do
        [ ! -x "$place/$1" ] || { echo "$place/$1"; return; }
    done
    command -v "$1" || { echo "$0: $1 of Qt 6 is missing: scripts/setup.sh gui" >&2; return 1; }
}
rcc=$(tool rcc)
lrelease=$(tool lrelease)
version=$(sed -n 's/^project(bmsd VERSION \([0-9.]*\).*/\1/p' ../../../CMakeLists.txt)
[ -n "$version" ] || { echo "$0: no version in CMakeLists.txt" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -- *.qml *.js "$work"
for texts in *.ts; do
    "$lrelease" -silent -idbased "$texts" -qm "$work/${texts%.ts}.qm"
done

cd "$work"
{
    echo '<RCC><qresource prefix="/bmsd">'
    for file in *.js *.qm *.qml; do echo "<file>$file</file>"; done
    echo '</qresource></RCC>'
} >bmsd.qrc

# Files in a resource carry a time, by which Qt knows whether what it has compiled of a page is still good. So it comes from the
# content: the same content has the same time, another content another.
QT_RCC_SOURCE_DATE_OVERRIDE=$(cat -- *.js *.qm *.qml | cksum | cut -d ' ' -f 1)
export QT_RCC_SOURCE_DATE_OVERRIDE
"$rcc" --binary --compress-algo zlib -o bmsd.rcc bmsd.qrc

python3 - "$out" "$version" <<'END'
import base64, glob, json, sys

out, version = sys.argv[1:]
pages = {  # the lines in the page of the battery, in this order: file, id of the title
    "Overview": "bmsd_overview_title",
    "Cells": "bmsd_cells_title",
    "Limits": "bmsd_limits_title",
    "Controls": "bmsd_settings_title",
    "TimeToSoc": "bmsd_time_to_soc_title",
    "Link": "bmsd_link_title",
}
plugin = {
    "name": "bmsd",
    "version": version,
    "minRequiredVersion": "v1.3.6",
    "maxRequiredVersion": "",
    "translations": ["qrc:/bmsd/" + name for name in sorted(glob.glob("*.qm"))],
    "integrations": [
        {"type": 2, "productId": "0xba77", "url": f"qrc:/bmsd/{page}.qml", "title": title} for page, title in pages.items()
    ],
    "resource": base64.b64encode(open("bmsd.rcc", "rb").read()).decode(),
}
with open(out, "w", encoding="utf-8") as file:
    json.dump(plugin, file, indent=4)
    file.write("\n")
END
