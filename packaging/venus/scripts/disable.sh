#!/bin/sh
# Switches bmsd off, now and after a reboot; program and settings stay.
#   disable.sh [--back]      --back: and dbus-serialbattery on again
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"

case ${1:-} in
    '' | --back) ;;
    *) die "usage: disable.sh [--back]" ;;
esac
lock
disable_all "${1:-}"
say "switched off"
