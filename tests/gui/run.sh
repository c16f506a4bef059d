#!/bin/sh
# Builds the plugin of gui-v2 twice and tests what was built. Needs scripts/setup.sh gui.
# Leaves pictures of every page in every state in build/gui/pictures.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packaging/venus/gui/build.sh "$work/bmsd.json"

# Again: a copy elsewhere, whose files are of another age, called from another folder.
mkdir -p "$work/copy/packaging/venus"
cp CMakeLists.txt "$work/copy"
cp -R packaging/venus/gui "$work/copy/packaging/venus"
find "$work/copy" -type f -exec touch -d 2001-02-03 {} +
(cd / && "$work/copy/packaging/venus/gui/build.sh" "$work/again.json")
cmp "$work/bmsd.json" "$work/again.json"

# Debian's Python is the one which has Debian's PyQt6.
export BMSD_GUI_PLUGIN="$work/bmsd.json" PYTHONDONTWRITEBYTECODE=1 XDG_RUNTIME_DIR="$work"
export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software QML_DISABLE_DISK_CACHE=1
export BMSD_GUI_PICTURES="${BMSD_GUI_PICTURES:-$PWD/build/gui/pictures}"
cd tests/gui
/usr/bin/python3 -m unittest "$@"
