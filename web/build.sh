#!/usr/bin/env bash
# Builds the page anew into src/web/page.tar, which is committed, so that building bmsd needs no node.
#   web/build.sh            with what `npm install` installs here, node 20 or later
set -euo pipefail
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --no-audit --no-fund
exec node build.mjs "$@"
