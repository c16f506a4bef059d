#!/usr/bin/env bash
# The page in a real browser (Debian's chromium), against batteries that never change and against the daemon itself.
#   web/browser.sh [BMSD]            BMSD: default build/dev/bmsd; pictures of what differs go to web/out
#   web/browser.sh --pictures        also takes the pictures anew: those of the tests and those of the documentation
set -euo pipefail
cd "$(dirname "$0")"
pictures=
if [ "${1:-}" = --pictures ]; then pictures=1; shift; fi
bmsd=$(realpath "${1:-../build/dev/bmsd}")
[ -x "$bmsd" ] || { echo "$bmsd is not there: build it first" >&2; exit 2; }
command -v chromium >/dev/null || { echo "apt install chromium" >&2; exit 2; }
[ -d node_modules ] || npm install --no-save --no-audit --no-fund
PICTURES=$pictures node browser/run.mjs ../src/web/page.tar
BMSD=$bmsd dbus-run-session -- node browser/daemon.mjs
