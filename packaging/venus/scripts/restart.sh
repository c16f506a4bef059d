#!/bin/sh
# Starts the daemon anew and waits until it is up.
#   restart.sh
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"

lock
[ -e /service/bmsd ] || die "bmsd is switched off; $APP/scripts/enable.sh switches it on"
restart_daemon
wait_until_up || die "the daemon does not come up, see $LOGS/current"
say "restarted"
