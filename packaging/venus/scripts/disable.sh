#!/bin/sh
# Switches bmsd off, now and after a reboot; program and settings stay.
#   disable.sh [--back]      --back: and dbus-serialbattery on again
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=packaging/venus/scripts/start-files.sh
. "$(dirname "$0")/start-files.sh"
# shellcheck source=packaging/venus/scripts/takeover.sh
. "$(dirname "$0")/takeover.sh"

case ${1:-} in
    '' | --back) ;;
    *) die "usage: disable.sh [--back]" ;;
esac
lock
disable_all "${1:-}"
say "switched off"
