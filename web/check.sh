#!/usr/bin/env bash
# What CI asks of the page: rules, types and tests; that the committed archive is what the sources give; its size.
# 77: this machine has no node that could, or gets no packages
set -euo pipefail
cd "$(dirname "$0")"
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$major" -ge 20 ] || { echo "node 20 or later is needed (found: $major)" >&2; exit 77; }
# not ci: it demands an optional package of another system that the lock file does not have
if ! npm install --no-save --no-audit --no-fund; then
    if npm view esbuild version >/dev/null 2>&1; then exit 1; fi
    echo "NOT RUN: npm reaches no registry here" >&2
    exit 77
fi
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
