#!/usr/bin/env bash
# Everything for a GX device from the sources: build/archive/venus-data.tar.gz, and the same as venus-runtime.tar.gz.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/setup.sh gui
scripts/setup.sh venus
mkdir -p build/gui
packaging/venus/gui/build.sh build/gui/bmsd.json
packaging/venus/build.sh amd64 armhf arm64
packaging/venus/archive.sh build/venus build/archive build/run/bmsd build/gui/bmsd.json
