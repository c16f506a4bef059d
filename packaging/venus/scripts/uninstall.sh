#!/bin/sh
# Removes bmsd with everything it made; your settings in /data/bmsd stay, unless you want them deleted.
#   uninstall.sh [--delete-settings] [--back]      --back: switches dbus-serialbattery on again
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=packaging/venus/scripts/start-files.sh
. "$(dirname "$0")/start-files.sh"
# shellcheck source=packaging/venus/scripts/takeover.sh
. "$(dirname "$0")/takeover.sh"

settings=kept
back=
for option in "$@"; do
    case $option in
        --keep-settings) settings=kept ;;
        --delete-settings) settings= ;;
        --back) back=--back ;;
        *) die "usage: uninstall.sh [--delete-settings] [--back]" ;;
    esac
done
lock
cd / || exit 1
data_writable || exit 1
if [ -d $STAYING ] && [ -z "$back" ]; then
    say "dbus-serialbattery serves batteries here that bmsd could not: it is switched on again"
    back=--back
fi
disable_all "$back"
step disabled
rm -rf $NEW $FAILED $PREVIOUS $UNPACKED
[ ! -d $APP ] || mv $APP $FAILED # at once, the rest may be cut
rm -rf $FAILED $LOGS $LOGS.*
[ ! -d $TAKEN ] || say "dbus-serialbattery stays off; its own script enable.sh switches it on"
if [ -n "$settings" ]; then
    say "your settings are still in $OWN; uninstall.sh --delete-settings would delete them, too"
else
    rm -rf $CONFIG $CONFIG.before $OWN/state $REPORT $START_FILES $TAKEN
    rmdir $OWN 2>/dev/null || [ ! -d $OWN ] || say "$OWN has files that are not of bmsd: left"
fi
rmdir $APPS 2>/dev/null
sync
say "removed"
