#!/usr/bin/env bash
# Builds bmsd and runs it.
#   ./run.sh                      four simulated batteries and the live table
#   ./run.sh /dev/ttyUSB0 ...     the batteries on these ports, and the live table
# A private D-Bus is started when none is there. Stop with Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")"
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

scripts/setup.sh build
if [ ! -x build/run/bmsd ] || [ -n "$(find src CMakeLists.txt CMakePresets.json -newer build/run/bmsd -print -quit)" ]; then
    echo "building bmsd"
    cmake --preset run >build-run.log 2>&1 || { cat build-run.log; exit 1; }
    cmake --build --preset run -j "$(nproc)"
    rm -f build-run.log
fi

# no bus there: start this script again inside a private one
if [ -z "${DBUS_SESSION_BUS_ADDRESS:-}" ]; then
    exec dbus-run-session -- "$0" "$@"
fi

ports=("$@")
[ ${#ports[@]} -gt 0 ] || ports=(demo)
work=$(mktemp -d)
build/run/bmsd run --state-dir "$work" --lock-dir "$work" "${ports[@]}" 2>"$work/log" &
daemon=$!
# shellcheck disable=SC2317 # called by the trap
stop() {
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 0' INT TERM

echo "the page: http://127.0.0.1:8078/"
build/run/bmsd watch || { cat "$work/log"; exit 1; }
