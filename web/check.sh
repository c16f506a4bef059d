#!/usr/bin/env bash
# What CI asks of the page: rules, types and tests; that the committed archive is what the sources give; its size.
set -euo pipefail
cd "$(dirname "$0")"
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$major" -ge 20 ] || { echo "node 20 or later is needed (found: $major)" >&2; exit 2; }
npm ci --no-audit --no-fund
npm run --silent lint
npm test --silent
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node build.mjs "$work/page.tar"
node compare.mjs ../src/web/page.tar "$work/page.tar"
if grep -q '"resolved"' package-lock.json; then
    echo "package-lock.json names a registry: npm install --omit-lockfile-registry-resolved" >&2
    exit 1
fi
