# The way from dbus-serialbattery and back; sourced, never run. Nothing of it is deleted, and batteries that this build cannot
# serve keep its services.
# shellcheck shell=sh disable=SC2034,SC2086 # names of common.sh, without spaces; its readers use the names

TAKEN=$OWN/taken-over   # what was switched off of dbus-serialbattery
STAYING=$TAKEN/staying  # its services that go on: /service is RAM, and nothing else starts them any more
REPORT=$OWN/taken-over.txt
# the key of the settings and the services that dbus-serialbattery makes of it
WIRELESS="BLUETOOTH_BMS:dbus-blebattery MQTT_TOPIC:dbus-mqttbattery"

old_driver() {
    for old_folder in $APPS/dbus-serialbattery /data/etc/dbus-serialbattery; do
        [ ! -d "$old_folder" ] || { echo "$old_folder" && return 0; }
    done
    return 1
}

provide_config() {
    mkdir -p $OWN
    [ ! -e $CONFIG ] || return 0
    if config_from=$(old_driver) && [ -f "$config_from/config.ini" ]; then
        replace_file $CONFIG 644 <"$config_from/config.ini"
        { "$APP/bin/bmsd" config check; report_unserved; } >$REPORT 2>&1 || true
        say "the settings of dbus-serialbattery are taken over, see $REPORT"
    else
        printf '%s\n' "; Copy here from $APP/config.default.ini what you want to change, then run" \
            "; sh $APP/scripts/enable.sh" "" "[DEFAULT]" | replace_file $CONFIG 644
    fi
}

# unserved_key KEY: what it asks for this build cannot do, or not all of it
unserved_key() { "$APP/bin/bmsd" config check $CONFIG 2>&1 | grep -q "error: $1[: ]"; }

report_unserved() {
    for pair in $WIRELESS; do
        ! unserved_key "${pair%:*}" ||
            echo "${pair%:*}: this version cannot serve such batteries; dbus-serialbattery goes on with them (${pair#*:})"
    done
}

unserved() { # SERVICE
    for pair in $WIRELESS; do
        case $1 in "${pair#*:}"*) unserved_key "${pair%:*}" && return 0 ;; esac
    done
    return 1
}

# keep FILE NAME: moves FILE to where give_back finds it
keep() {
    [ -e "$1" ] || return 0
    rm -rf "${TAKEN:?}/$2"
    mv "$1" "$TAKEN/$2"
}

# copy_service NAME TARGET: its start scripts, without what supervise has made in it
copy_service() {
    mkdir -p "$2/log"
    cp -p "/service/$1/run" "$2/run"
    [ ! -f "/service/$1/log/run" ] || cp -p "/service/$1/log/run" "$2/log/run"
}

# each_old_service COMMAND: with the name of each service that is not one of a serial port
each_old_service() {
    for old_service in /service/dbus-blebattery.* /service/dbus-canbattery.* /service/dbus-mqttbattery*; do
        [ ! -e "$old_service/run" ] || "$1" "${old_service##*/}"
    done
}

keep_running() {
    if unserved "$1"; then copy_service "$1" "$STAYING/$1"; fi
}

keep_stopped() {
    ! unserved "$1" || return 0
    copy_service "$1" "$TAKEN/services/$1"
    remove_service "$1"
}

# put_services FOLDER: makes the services in it anew, but for those that are there
put_services() {
    for kept_service in "$1"/*; do
        kept_name=${kept_service##*/}
        [ -d "$kept_service" ] || continue
        [ ! -e "/service/$kept_name" ] || continue
        cp -R "$kept_service" "/service/.$kept_name"
        mv "/service/.$kept_name" "/service/$kept_name"
        rescan
    done
}

# Switches dbus-serialbattery off, but for the batteries that only it can serve.
take_over() {
    old_driver >/dev/null || return 0
    mkdir -p $TAKEN
    each_old_service keep_running # first: after a reboot nothing else knows of them
    step unserved-kept
    switch_off_lines /data/rc.local dbus-serialbattery
    switch_off_lines /data/rcS.local dbus-serialbattery
    step rc-lines-kept
    if [ -e $STARTER_FOLDER/dbus-serialbattery.conf ]; then
        stop_starter # it would start again what is stopped below; enable_ports starts it with the new lists
        STARTER_CHANGED=yes
        keep $STARTER_FOLDER/dbus-serialbattery.conf serial-starter.conf
    fi
    keep $APPS/enabled/dbus-serialbattery gui
    step files-kept
    for old_service in /service/dbus-serialbattery.*; do # serial-starter makes them again
        [ ! -e "$old_service" ] || remove_port_service dbus-serialbattery "${old_service#*.}"
    done
    each_old_service keep_stopped
    [ ! -d $STAYING ] || say "dbus-serialbattery goes on with:" "$(cd $STAYING && echo *)"
    rmdir $TAKEN 2>/dev/null || say "dbus-serialbattery is switched off; uninstall.sh --back switches it on again"
}

# put_back NAME FILE: what keep has moved; what has come in its place since then stays
put_back() {
    [ -e "$TAKEN/$1" ] || return 0
    [ ! -e "$2" ] || return 0
    mkdir -p "${2%/*}"
    mv "$TAKEN/$1" "$2"
}

give_back() {
    switch_on_lines /data/rc.local
    switch_on_lines /data/rcS.local
    [ -d $TAKEN ] || return 0
    [ ! -f $TAKEN/serial-starter.conf ] || STARTER_CHANGED=yes
    put_back serial-starter.conf $STARTER_FOLDER/dbus-serialbattery.conf
    put_back gui $APPS/enabled/dbus-serialbattery
    put_services $TAKEN/services
    put_services $STAYING
    rm -rf $TAKEN
    say "dbus-serialbattery is switched on again"
}
