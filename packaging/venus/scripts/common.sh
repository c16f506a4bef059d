# What all scripts of bmsd on Venus OS share; sourced, never run. POSIX sh, for busybox.
# shellcheck shell=sh disable=SC2034 # its readers use the names

APPS=/data/apps
APP=$APPS/bmsd
NEW=$APPS/.bmsd-new           # an update while it is unpacked and checked
PREVIOUS=$APPS/.bmsd-previous # what ran before the last update
FAILED=$APPS/.bmsd-failed     # on its way out
TOP=bmsd-install              # the folder in the archive
UNPACKED=/data/$TOP           # where Venus OS unpacks it to from a medium
TRIAL=$APP/trial              # there until this version has once been seen running
OWN=/data/bmsd                # the user's settings and the daemon's memory
CONFIG=$OWN/config.ini
SOCKET=/run/bmsd.sock
LOGS=/var/log/bmsd
SERVICES=/var/volatile/services
TEMPLATES=/opt/victronenergy/service-templates
OVERLAY=/run/bmsd-templates
STARTER_MAIN=/etc/venus/serial-starter.conf
STARTER_FOLDER=/data/conf/serial-starter.d
STARTER_CONF=$STARTER_FOLDER/zz-bmsd.conf # the last of the folder: a later alias replaces an earlier one
STARTER_MEMORY=/data/var/lib/serial-starter

say() { echo "bmsd: $*"; }

die() {
    echo "bmsd: $*" >&2
    exit 1
}

# Marks the end of a step that a power cut may follow. The tests list them and stop the scripts there.
step() {
    [ -z "${BMSD_STEPS:-}" ] || echo "$1" >>"$BMSD_STEPS"
    [ "$1" = "${BMSD_STOP_AFTER:-}" ] || return 0
    kill -9 "${BMSD_OUTER:-$$}" $$
}

# One script at a time; those that one starts itself belong to it.
lock() {
    [ -z "${BMSD_OUTER:-}" ] || return 0
    lock_tries=0
    until mkdir /run/bmsd-scripts.lock 2>/dev/null; do
        lock_owner=$(cat /run/bmsd-scripts.lock/pid 2>/dev/null)
        if [ -n "$lock_owner" ] && ! kill -0 "$lock_owner" 2>/dev/null; then
            rm -rf /run/bmsd-scripts.lock
            continue
        fi
        lock_tries=$((lock_tries + 1))
        [ $lock_tries -le 300 ] || die "another script of bmsd does not end (/run/bmsd-scripts.lock)"
        sleep 1
    done
    echo $$ >/run/bmsd-scripts.lock/pid
    export BMSD_OUTER=$$
    trap unlock EXIT
    trap 'exit 1' HUP INT TERM
}

unlock() { rm -rf /run/bmsd-scripts.lock; }

# replace_file FILE MODE: FILE becomes what comes from stdin, at once or not at all.
replace_file() {
    cat >"$1.bmsd-new" && chmod "$2" "$1.bmsd-new" && sync && mv -f "$1.bmsd-new" "$1" && return 0
    rm -f "$1.bmsd-new"
    say "$1 could not be written" >&2
    return 1
}

# ----- the device -----

# version_at_least vX.Y~Z: numbers beyond 32 bits, hence awk
version_at_least() {
    head -n 1 /opt/victronenergy/version | awk -v wanted="$1" '
        function number(text, large, beta, at, part) {
            sub(/^v/, "", text)
            if (at = index(text, "-large-")) { large = substr(text, at + 7) + 0; text = substr(text, 1, at - 1) }
            beta = 999
            if (at = index(text, "~")) { beta = substr(text, at + 1) + 0; text = substr(text, 1, at - 1) }
            split(text, part, ".")
            return part[1] * 1e9 + part[2] * 1e6 + large * 1000 + beta
        }
        { exit number($1) < number(wanted) }'
}

check_device() {
    [ -r /opt/victronenergy/version ] || die "this is not Venus OS"
    version_at_least v2.90 || die "Venus OS $(head -n 1 /opt/victronenergy/version) is too old: v2.90 is the oldest"
}

# False, with the cause, when nothing can be kept on /data.
data_writable() {
    mkdir -p $APPS 2>/dev/null && data_probe=$(mktemp $APPS/.bmsd-probe.XXXXXX 2>&1) && rm -f "$data_probe" && return 0
    if awk '$2 == "/data" { options = $4 } END { exit options !~ /(^|,)ro(,|$)/ }' /proc/mounts; then
        say "/data is read-only: an error of its file system or of the flash, see dmesg; a reboot may repair it" >&2
    else
        say "$APPS cannot be written: $data_probe" >&2
    fi
    return 1
}

# The root file system stays as it is delivered. Who made it writable has something in hand with it; it is
# read-only again after a reboot.
check_root() {
    touch /opt/victronenergy/.bmsd 2>/dev/null || return 0
    rm -f /opt/victronenergy/.bmsd
    say "the root file system is writable; reboot, or: mount -o remount,ro /" >&2
    return 1
}

# By user space: the kernel may have more bits than it.
processor() {
    if [ -e /lib/ld-linux-aarch64.so.1 ]; then echo aarch64; else echo armv7; fi
}

# config_has PATTERN: in what the program reads of the settings and differs from its defaults; one parser, the program's
config_has() { "$APP/bin/bmsd" config diff $CONFIG 2>/dev/null | grep -q "^$1"; }

config_says_false() { [ -f "$CONFIG" ] && config_has "$1 = False"; }

# ----- services -----

rescan() { ! command -v svrescan >/dev/null || svrescan; }

# /service is RAM and supervise writes into the folder: a copy, never a link to /data.
put_daemon() {
    mkdir -p $SERVICES/bmsd/log
    for put_file in run log/run; do
        cmp -s "$APP/service/bmsd/$put_file" "$SERVICES/bmsd/$put_file" && continue
        cp "$APP/service/bmsd/$put_file" "$SERVICES/bmsd/$put_file.$$"
        mv -f "$SERVICES/bmsd/$put_file.$$" "$SERVICES/bmsd/$put_file"
    done
    [ -e /service/bmsd ] || { ln -sn $SERVICES/bmsd /service/bmsd && rescan; }
}

daemon_pid() { svstat /service/bmsd 2>/dev/null | sed -n 's/.*: up (pid \([0-9]*\)).*/\1/p'; }

start_daemon() {
    put_daemon
    [ -n "$(daemon_pid)" ] || svc -u /service/bmsd 2>/dev/null || true # svscan starts it by itself
}

restart_daemon() {
    put_daemon
    rm -f $SOCKET
    if [ -n "$(daemon_pid)" ]; then svc -t /service/bmsd; else start_daemon; fi
}

# Up is: its socket is there and it is the same process for some seconds.
wait_until_up() {
    up_left=${BMSD_UP_SECONDS:-60}
    up_steady=0
    up_pid=
    while [ "$up_left" -gt 0 ]; do
        up_now=$(daemon_pid)
        if [ -n "$up_now" ] && [ "$up_now" = "$up_pid" ] && [ -S $SOCKET ]; then
            up_steady=$((up_steady + 1))
            [ $up_steady -lt "${BMSD_STEADY_SECONDS:-5}" ] || return 0
        else
            up_steady=0
        fi
        up_pid=$up_now
        up_left=$((up_left - 1))
        sleep 1
    done
    return 1
}

# remove_service NAME: stopped, with its folder
remove_service() {
    [ -e "/service/$1" ] || [ -L "/service/$1" ] || return 0
    if [ -L "/service/$1" ]; then
        gone=$(readlink -f "/service/$1")
        rm -f "/service/$1"
    else
        gone=/service/.$1 # svscan does not look at it
        mv "/service/$1" "$gone"
    fi
    svc -dx "$gone" "$gone/log" 2>/dev/null
    gone_tries=0
    while svok "$gone" || svok "$gone/log"; do
        gone_tries=$((gone_tries + 1))
        [ $gone_tries -ne 5 ] || svc -dxk "$gone" "$gone/log" 2>/dev/null
        [ $gone_tries -lt 10 ] || break
        sleep 1
    done
    case $gone in
        /service/?* | "$SERVICES"/?*) rm -rf "$gone" ;; # what a link shows elsewhere is somebody's
    esac
}

# remove_port_service DRIVER TTY: with the lock of the port when it is this driver that holds it
remove_port_service() {
    held=
    ! svstat "/service/$1.$2" 2>/dev/null | grep -q ': up ' || held=yes
    remove_service "$1.$2"
    [ -z "$held" ] || rm -f "/var/lock/serial-starter/$2"
}

remove_port_services() {
    for port_service in /service/bmsd.*; do
        [ -e "$port_service" ] || [ -L "$port_service" ] || continue
        remove_port_service bmsd "${port_service##*/bmsd.}"
    done
    # shellcheck disable=SC2046 # one word a process
    ! pidof bmsd-claim >/dev/null || kill $(pidof bmsd-claim) 2>/dev/null
    rm -rf $SERVICES/bmsd.* # those serial-starter has not linked yet, too
}

# ready_for TTY: may our claim ask for it?
ready_for() {
    if svstat "/service/dbus-serialbattery.$1" 2>/dev/null | grep -q ': up '; then
        say "dbus-serialbattery runs on $1: left to it"
        return 1
    fi
    start_daemon
}

# ----- the template for serial-starter -----

template_visible() {
    cmp -s "$APP/service/tty/run" $TEMPLATES/bmsd/run && cmp -s "$APP/service/tty/log/run" $TEMPLATES/bmsd/log/run
}

mounted() { awk -v source="$1" -v at="$2" '$1 == source && $2 == at { found = 1 } END { exit !found }' /proc/mounts; }

topmost() { awk -v at="$1" '$2 == at { source = $1 } END { print source }' /proc/mounts; }

# Overlaid in RAM. The overlay has a place of its own, so that it can be reached when somebody else's lies on top.
mount_template() {
    ! template_visible || return 0
    mkdir -p $OVERLAY/upper $OVERLAY/work $OVERLAY/merged
    mounted bmsd-templates $OVERLAY/merged ||
        mount -t overlay -o "lowerdir=$TEMPLATES,upperdir=$OVERLAY/upper,workdir=$OVERLAY/work" \
            bmsd-templates $OVERLAY/merged || return 1
    rm -rf $OVERLAY/merged/bmsd
    cp -R "$APP/service/tty" $OVERLAY/merged/bmsd || return 1
    if mounted bmsd-templates $TEMPLATES; then
        template_visible || say "the template of bmsd lies below another overlay; changes to it come with the next boot"
        return 0
    fi
    mount --bind $OVERLAY/merged $TEMPLATES && template_visible
}

unmount_template() {
    while [ "$(topmost $TEMPLATES)" = bmsd-templates ]; do umount $TEMPLATES || umount -l $TEMPLATES || return 1; done
    if mounted bmsd-templates $TEMPLATES; then
        rm -rf $OVERLAY/merged/bmsd
        say "another overlay lies on that of bmsd: it is gone after the next boot"
    fi
    ! mounted bmsd-templates $OVERLAY/merged || umount $OVERLAY/merged
    mounted bmsd-templates $TEMPLATES || rm -rf $OVERLAY
}

# ----- the lists of serial-starter -----

# starter_lines FILE: the aliases of FILE and of what it includes, in the order in which they count, without ours
starter_lines() {
    [ "$1" != $STARTER_CONF ] && [ -f "$1" ] || return 0
    while read -r conf_word conf_first conf_second conf_rest || [ -n "$conf_word" ]; do
        case $conf_word in
            alias) echo "$conf_first $conf_second" ;;
            include) starter_include "${conf_first%/}" ;;
        esac
    done <"$1"
}

starter_include() {
    if [ -d "$1" ]; then
        for conf_file in "$1"/*.conf; do starter_lines "$conf_file"; done
    else
        starter_lines "$1"
    fi
}

aliases_in_force() {
    starter_lines $STARTER_MAIN
    grep -q "^[[:space:]]*include[[:space:]].*serial-starter\.d" $STARTER_MAIN || starter_include $STARTER_FOLDER
}

# alias_with_bmsd NAME: its line with bmsd as the last name; nothing when there is no such list
alias_with_bmsd() {
    aliases_in_force | awk -v name="$1" '
        $1 == name { list = $2 }
        END { if (list == "") exit
              if (index(":" list ":", ":bmsd:") == 0) list = list ":bmsd"
              print "alias " name " " list }'
}

starter_text() {
    echo "# Written by bmsd, and anew when the lists of other packages change. Left alone once it is edited."
    echo "service bmsd bmsd"
    alias_with_bmsd default
    alias_with_bmsd rs485
}

checksum() { sha256sum | cut -c 1-64; }

starter_edited() {
    [ -f $STARTER_CONF ] || return 1
    [ "$(sed -n 's/^# checksum //p' $STARTER_CONF)" != "$(grep -v '^# checksum ' $STARTER_CONF | checksum)" ]
}

# Sets STARTER_CHANGED when serial-starter has to read its lists again.
write_starter_conf() {
    if config_says_false SERIAL_STARTER_ENABLED; then
        remove_starter_conf
        return 0
    fi
    if starter_edited; then
        say "$STARTER_CONF was edited: left as it is"
        return 0
    fi
    starter_new=$(starter_text)
    starter_new="$starter_new
# checksum $(echo "$starter_new" | checksum)"
    [ "$starter_new" != "$(cat $STARTER_CONF 2>/dev/null)" ] || return 0
    mkdir -p $STARTER_FOLDER
    echo "$starter_new" | replace_file $STARTER_CONF 644
    STARTER_CHANGED=yes
}

remove_starter_conf() {
    [ -e $STARTER_CONF ] || return 0
    rm -f $STARTER_CONF
    rmdir $STARTER_FOLDER 2>/dev/null
    STARTER_CHANGED=yes
}

# The loop, not the drivers it has started: those are services of their own.
stop_starter() {
    [ -e /service/serial-starter ] || return 0
    svc -d /service/serial-starter
    for _ in 1 2 3 4 5; do
        svstat /service/serial-starter | grep -q ': up ' || break
        sleep 1
    done
    remove_stale_locks
}

# Stopped in the middle of a hand-over it leaves the port locked: its process is gone and no driver runs on the port. The driver
# before may just be ending, hence the second look.
remove_stale_locks() {
    look_at_locks || { sleep 1 && look_at_locks; } || true
}

look_at_locks() {
    doubtful=0
    for stale in /var/lock/serial-starter/*; do
        [ -L "$stale" ] || continue
        kill -0 "$(readlink "$stale")" 2>/dev/null && continue
        if svstat "/service/"*".${stale##*/}" 2>/dev/null | grep -q ': up '; then doubtful=1; else rm -f "$stale"; fi
    done
    return $doubtful
}

start_starter() {
    STARTER_CHANGED=
    [ ! -e /service/serial-starter ] || svc -u /service/serial-starter
}

restart_starter_if_changed() {
    [ -n "${STARTER_CHANGED:-}" ] || return 0
    stop_starter
    start_starter
}

# What serial-starter remembers of us would make it look for a template that is gone.
forget_ports() {
    for memory in "$STARTER_MEMORY"/* /tmp/*.prog; do
        [ -f "$memory" ] && [ "$(cat "$memory")" = bmsd ] && rm -f "$memory"
    done
    rm -rf /run/serial-starter/bmsd
}

# ----- GUI -----

install_gui() {
    gui_target=$APPS/enabled/bmsd/gui-v2/bmsd.json
    if [ ! -f "$APP/gui-v2/bmsd.json" ] || config_says_false GUI_INSTALL_CUSTOMIZATIONS || ! version_at_least v3.80~21; then
        remove_gui
    elif ! cmp -s "$APP/gui-v2/bmsd.json" $gui_target; then
        mkdir -p "${gui_target%/*}"
        replace_file $gui_target 644 <"$APP/gui-v2/bmsd.json"
    fi
}

remove_gui() {
    rm -rf $APPS/enabled/bmsd
    rmdir $APPS/enabled 2>/dev/null || true
}

# ----- on and off -----

enable_ports() {
    write_starter_conf
    step lists-written
    restart_starter_if_changed
    config_says_false SERIAL_STARTER_ENABLED || return 0
    remove_port_services
    forget_ports
}

disable_all() {
    remove_starter_conf
    step lists-removed
    drop_rc_lines
    step rc-lines-dropped
    stop_starter
    remove_port_services
    unmount_template
    forget_ports
    remove_service bmsd
    rm -f $SOCKET
    remove_gui
    [ "${1:-}" != --back ] || give_back
    start_starter
}

# Back to what ran before the update; with nothing before it, everything is switched off again.
roll_back() {
    data_writable || return 1
    rm -rf $FAILED
    if [ -d $PREVIOUS ]; then
        touch $PREVIOUS/swapping
        mv $APP $FAILED
        step failed-moved
        mv $PREVIOUS $APP
        rm -f $APP/swapping
        sync
        step previous-moved
        restart_daemon
        sh $APP/scripts/enable.sh
        say "the previous version $(cat $APP/version) is back"
    else
        disable_all --back
        mv $APP $FAILED
        say "there is no previous version: bmsd is switched off"
    fi
    rm -rf $FAILED
}
