#!/usr/bin/env bash
# What CI asks of the page: rules, types and tests; that the committed archive is what the sources give; its size.
set -euo pipefail
cd "$(dirname "$0")"
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
