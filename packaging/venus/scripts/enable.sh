#!/bin/sh
# Switches bmsd on; after a change of config.ini too. Running it again changes nothing.
#   enable.sh
# From the start files: --early before services start, --boot at the end of the boot.
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=packaging/venus/scripts/start-files.sh
. "$(dirname "$0")/start-files.sh"
# shellcheck source=packaging/venus/scripts/takeover.sh
. "$(dirname "$0")/takeover.sh"

# Quick, and before serial-starter reads its lists.
early() {
    rm -f $APP/swapping $PREVIOUS/swapping 2>/dev/null # the start line has just ended what they stand for
    [ -e $TRIAL ] || write_starter_conf
    mount_template || die "the template for serial-starter could not be mounted"
}

# A version on trial runs from the start, another one reads its settings again.
run_daemon() { # MODE
    if [ "$1" = --boot ] || [ -z "$(daemon_pid)" ]; then
        start_daemon
    elif [ -e $TRIAL ]; then
        restart_daemon
    else
        put_daemon
        svc -h /service/bmsd
    fi
}

# A version that was never seen running has to show itself before anything else is changed.
prove() {
    if ! wait_until_up; then
        say "version $(cat $APP/version) does not come up, see $LOGS/current" >&2
        return 1
    fi
    step proven
    take_over
    step taken-over
    rm -f $TRIAL
    sync
    step trial-ended
}

switch_on() { # MODE
    add_rc_lines
    mount_template || die "the template for serial-starter could not be mounted"
    provide_config
    put_services $STAYING
    step settings-there
    run_daemon "$1"
    step started
    if [ -e $TRIAL ]; then
        prove || return 1
    elif [ "$1" != --boot ]; then # what the user has switched on again by hand is not taken at boot
        take_over
    fi
    enable_ports
    install_gui || say "the pages for gui-v2 are not as they should be" >&2
    step gui-there
}

boot() {
    boot_log=$LOGS/startup.log
    mkdir -p $LOGS 2>/dev/null
    touch $boot_log 2>/dev/null || boot_log=/run/bmsd-startup.log # /data is read-only: it goes on, and says so
    exec >$boot_log 2>&1
    lock
    check_device
    check_root
    data_writable
    rm -rf $NEW $FAILED
    switch_on --boot || roll_back
}

by_hand() {
    check_device
    data_writable || exit 1
    [ -n "${BMSD_OUTER:-}" ] || check_root || exit 1 # install has looked already
    lock
    switch_on '' || exit 1
    say "version $(cat $APP/version) is switched on"
}

case ${1:-} in
    --early) early ;;
    --boot) boot ;;
    '') by_hand ;;
    *) die "usage: enable.sh" ;;
esac
