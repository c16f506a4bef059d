#!/usr/bin/env bash
# bmsd on CAN interfaces of a real kernel: batteries that talk and one that is asked, the frames for an inverter, interfaces that go down and
# away, bus-off. Where this kernel has no CAN it brings its own (machine.sh).
#   tests/can/run.sh PROGRAM
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
cd "$here"
if [ "${INSIDE:-}" = yes ]; then
    modprobe -a vcan can-raw 2>/dev/null || true
    for i in 0 1; do ip link add dev vcan$i type vcan; ip link set vcan$i up; done
    /usr/bin/python3 sockets.py
    ip link del vcan0 # with the queue it was given in there
    ip link add dev vcan0 type vcan
    ip link set vcan0 up
    exec /usr/bin/python3 bus.py "$program"
fi
# only in a machine of its own: interfaces are made and removed
command -v apt-get >/dev/null || { echo "SKIPPED: tests/can/run.sh needs apt-get to fetch a kernel with CAN" >&2; exit 77; }
exec ./machine.sh -s "$here" env INSIDE=yes ./run.sh "$program"
