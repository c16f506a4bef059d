#!/bin/sh
# Removes bmsd with everything it made.
#   uninstall.sh [--keep-settings] [--back]      --back: switches dbus-serialbattery on again
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"

settings=
back=
for option in "$@"; do
    case $option in
        --keep-settings) settings=kept ;;
        --back) back=--back ;;
        *) die "usage: uninstall.sh [--keep-settings] [--back]" ;;
    esac
done
lock
cd / || exit 1
disable_all "$back"
step disabled
rm -rf $NEW $FAILED $PREVIOUS $UNPACKED
[ ! -d $APP ] || mv $APP $FAILED # at once, the rest may be cut
rm -rf $FAILED $LOGS $LOGS.*
[ ! -d $TAKEN ] || say "dbus-serialbattery stays off; its own script enable.sh switches it on"
[ -n "$settings" ] || rm -rf $OWN
rmdir $APPS 2>/dev/null
sync
say "removed"
