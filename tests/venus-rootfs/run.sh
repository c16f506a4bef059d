#!/usr/bin/env bash
# Installs bmsd into machines like a GX device, with read-only root, RAM folders, daemontools and serial-starter, and sees what
# comes of it: after reboots, power cuts, updates that fail, and after it has been removed.
#   tests/venus-rootfs/run.sh ARCHIVE [CASE ...]
# ARCHIVE: of packaging/venus/archive.sh, with programs that run on this machine. As root; needs busybox and daemontools.
# SETTINGS_STANDIN: program that plays com.victronenergy.settings on the bus it finds in DBUS_SYSTEM_BUS_ADDRESS; "none" when
# the programs of ARCHIVE do without a bus.
# shellcheck disable=SC2016 # commands for the machine are expanded there
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${SETTINGS_STANDIN:?a command for com.victronenergy.settings, or none}"
archive=$(realpath "$1")
shift
export SETTINGS_STANDIN BMSD_UP_SECONDS=20 BMSD_STEADY_SECONDS=1
export work
work=$(mktemp -d /tmp/bmsd-rootfs.XXXXXX)
top=bmsd-install # the folder in the archive
me=$BASHPID

kill_machines() {
    local file
    for file in "$work"/*/machine.pid; do [ ! -f "$file" ] || kill -9 "$(cat "$file")" 2>/dev/null || true; done
}

# What runs at the same time sees that it is over, and starts no machine any more.
cleanup() {
    local status=$?
    [ "$BASHPID" = "$me" ] || return 0
    [ $status = 0 ] || echo "ended with $status" >&2
    : >"$work/over"
    kill_machines
    wait
    kill_machines
    rm -rf "$work"
}

stop_when_over() { [ ! -e "$work/over" ] || exit 1; }

trap cleanup EXIT
trap 'exit 1' INT TERM

fail() {
    stop_when_over # what is killed then has no fault of its own
    echo "FAILED: ${case_name:-preparation}: $*" >&2
    if [ -n "${machine:-}" ]; then
        tail -n 40 "$machine/output" >&2 || true
        { on 'cat /run/rcS.log /run/rc.log; for f in /var/log/*/startup.log /var/log/*/current; do echo "== $f"; tail -n 15 $f; done
             svstat /service/*; cat /proc/mounts; ls -la /data/apps' || true; } >&2 2>&1
    fi
    exit 1
}

# ----- the root file system -----

copy_program() { # PROGRAM: with its libraries
    install -D -m 755 "$(command -v "$1")" "$work/root/usr/bin/$1"
    # a static one has none, and ldd says so by failing
    { ldd "$(command -v "$1")" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
        install -D -m 755 "$(readlink -f "$library")" "$work/root$library"
    done
}

make_root() {
    local root=$work/root applet
    mkdir -p "$root"/{bin,lib,etc/venus,data,run,service,tmp,dev,proc,media,field,var/volatile,home} \
        "$root"/opt/victronenergy/{serial-starter,service/serial-starter/log,service-templates}
    ln -s /run "$root/var/run"
    ln -s /run/lock "$root/var/lock"
    ln -s /data/log "$root/var/log"
    ln -s /var/volatile/tmp "$root/var/tmp"
    for applet in busybox bash supervise svc svok svstat multilog; do copy_program $applet; done
    for applet in $(busybox --list); do
        # sync: it would wait for the disks of the host; timeout and flock: not every image has them
        case $applet in sync | timeout | flock) continue ;; esac
        [ -e "$root/usr/bin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
    done
    ln -s true "$root/usr/bin/sync"
    # the shell of a static busybox prefers its own svc and svok to those of daemontools
    if busybox sh -c 'PATH=/nowhere; command -v svok' >/dev/null; then copy_program dash && ln -sf dash "$root/usr/bin/sh"; fi
    ln -s /usr/bin/sh "$root/bin/sh"
    ln -s /usr/bin/bash "$root/bin/bash"
    ln -s /usr/bin/true "$root/bin/true"
    : >"$root/lib/ld-linux-aarch64.so.1"
    install -m 755 "$here/root/init" "$root/init"
    install -m 755 "$here/root/svscan" "$here/root/svrescan" "$root/usr/bin/"
    install -m 755 "$here/root/run-service.sh" "$here/root/serial-starter.sh" "$root/opt/victronenergy/serial-starter/"
    echo v3.80 >"$root/opt/victronenergy/version"
    printf '#!/bin/sh\nexec /opt/victronenergy/serial-starter/serial-starter.sh 2>&1\n' \
        >"$root/opt/victronenergy/service/serial-starter/run"
    printf '#!/bin/sh\nexec multilog t s25000 n4 /var/log/serial-starter\n' \
        >"$root/opt/victronenergy/service/serial-starter/log/run"
    for applet in gps vedirect cgwacs; do make_driver "$root/opt/victronenergy/service-templates/$applet" true; done
    printf '%s\n' 'service gps gps' 'service vedirect vedirect' 'service cgwacs cgwacs' 'alias default gps:vedirect' \
        'alias rs485 cgwacs' 'include /data/conf/serial-starter.d' >"$root/etc/venus/serial-starter.conf"
    chmod 755 "$root"/opt/victronenergy/service/serial-starter/{run,log/run}
}

make_driver() { # FOLDER PROGRAM: a template for serial-starter
    mkdir -p "$1/log"
    printf '%s\n' '#!/bin/sh' 'exec 2>&1' ". /opt/victronenergy/serial-starter/run-service.sh" "app=$2" 'start 1000' >"$1/run"
    printf '%s\n' '#!/bin/sh' "exec multilog t s25000 n4 /var/log/${1##*/}.TTY" >"$1/log/run"
    : >"$1/down"
    chmod 755 "$1/run" "$1/log/run"
}

# ----- archives -----

# variant NAME COMMANDS: the archive after COMMANDS in its folder $top, with right checksums
variant() {
    rm -rf "$work/variant"
    cp -a "$work/unpacked" "$work/variant"
    (cd "$work/variant/$top" && eval "$2" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >../sums &&
        mv ../sums SHA256SUMS)
    tar -C "$work/variant" --owner=0 --group=0 --format=ustar --sort=name -czf "$work/archives/$1.tar.gz" rc $top/scripts $top
}

make_archives() {
    mkdir -p "$work/unpacked" "$work/archives" "$work/field"
    tar -xzf "$archive" -C "$work/unpacked"
    # the machine looks like aarch64 to the scripts, its programs are those of the host
    if [ -d "$work/unpacked/$top/x86_64" ]; then
        mv "$work/unpacked/$top/x86_64" "$work/unpacked/$top/aarch64"
        mkdir "$work/unpacked/$top/armv7" && echo "of another device" >"$work/unpacked/$top/armv7/bmsd"
    fi
    [ -f "$work/unpacked/$top/gui-v2/bmsd.json" ] ||
        { mkdir -p "$work/unpacked/$top/gui-v2" && echo '{}' >"$work/unpacked/$top/gui-v2/bmsd.json"; }
    cp -a "$work/unpacked/$top/aarch64" "$work/field/simulator"
    echo ttyUSB0 >"$work/field/ttys"
    variant one 'echo v1 >version'
    variant two 'echo v2 >version'
    # shellcheck disable=SC2016 # for the script it writes
    variant broken 'echo v3 >version; printf "%s\n" "#!/bin/sh" "[ \"\$1\" = --version ]" >aarch64/bmsd'
    variant wrong 'echo v4 >version'
    (cd "$work/variant" && echo v5 >$top/version && tar --owner=0 --group=0 -czf "$work/archives/wrong.tar.gz" rc $top)
    head -c $(($(stat -c %s "$work/archives/two.tar.gz") / 2)) "$work/archives/two.tar.gz" >"$work/archives/short.tar.gz"
}

# ----- machines -----

new_machine() { # NAME [FROM]: with the /data of FROM
    machine=$work/$1
    rm -rf "$machine"
    mkdir -p "$machine"/{media,target,data}
    if [ -n "${2:-}" ]; then
        cp -a "$work/$2/data/." "$machine/data/"
    else
        mkdir -p "$machine"/data/{conf,log,var/lib/serial-starter}
        printf '#!/bin/sh\n: >/run/users-own\nexit 0\n' >"$machine/data/rc.local" && chmod 755 "$machine/data/rc.local"
    fi
    root=$work/root
    field=$work/field
}

# on COMMANDS: in the machine
on() {
    stop_when_over
    nsenter -t "$(cat "$machine/machine.pid")" -m -p -r -w env -i PATH=/usr/bin:/bin BMSD_UP_SECONDS=$BMSD_UP_SECONDS \
        BMSD_STEADY_SECONDS=$BMSD_STEADY_SECONDS BMSD_STOP_AFTER="${stop_after:-}" BMSD_STEPS="${list_steps:-}" /bin/sh -c "$1" # a static busybox would take its own sh
}

check() { on "$1" >>"$machine/output" 2>&1 || fail "not so: ${2:-$1}"; }

within() { # SECONDS COMMANDS
    local end=$((SECONDS + $1))
    until on "$2" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "not within $1 s: $2"
        sleep 0.2
    done
}

boot() { # [SIZE of /data]
    stop_when_over
    DATA_READ_ONLY=${read_only_data:-} unshare -mp --fork "$here/machine.sh" "$root" "$machine/data" "$machine/media" "$field" "$machine/target" "$@" \
        >>"$machine/output" 2>&1 &
    local outer=$! end=$((SECONDS + 30)) inner=
    until [ -n "$inner" ]; do
        [ $SECONDS -lt $end ] || fail "the machine does not start"
        inner=$(tr -d ' ' <"/proc/$outer/task/$outer/children") || true
    done
    echo "$inner" >"$machine/machine.pid"
    echo $outer >"$machine/outer.pid"
    until nsenter -t "$inner" -m -p -r -w /usr/bin/test -e /run/booted 2>/dev/null; do
        [ $SECONDS -lt $end ] || fail "the machine does not boot"
        sleep 0.1
    done
}

# Power off, at once: all processes and all RAM folders are gone.
power_off() {
    kill -9 "$(cat "$machine/machine.pid")"
    wait "$(cat "$machine/outer.pid")" 2>/dev/null || true
    rm "$machine/machine.pid"
}

reboot() {
    power_off
    boot "$@"
}

# give ARCHIVE: puts it on the machine's disk; prints the path there
give() {
    mkdir -p "$machine/data/home"
    cp "$work/archives/$1.tar.gz" "$machine/data/home/"
    echo "/data/home/$1.tar.gz"
}

# The way of a user: scripts from the archive, then install.
install_from() { # ARCHIVE
    local file
    file=$(give "$1")
    on "rm -rf /tmp/i && mkdir /tmp/i && tar -xzf $file -C /tmp/i $top/scripts; sh /tmp/i/$top/scripts/install.sh $file; r=\$?; rm -rf /tmp/i; exit \$r" \
        >>"$machine/output" 2>&1
}

# With a file in RAM, when /data is full or not that of the disk.
install_piped() { # ARCHIVE
    on "mkdir -p /tmp/a && cd /tmp/a && cat >a.tar.gz && tar -xzf a.tar.gz $top/scripts && sh $top/scripts/install.sh /tmp/a/a.tar.gz" \
        <"$work/archives/$1.tar.gz" >>"$machine/output" 2>&1
}

fill_disk() { on 'dd if=/dev/zero of=/data/fill bs=1024 count=1000000; df -k /data' >>"$machine/output" 2>&1; }

serving="svstat /service/bmsd | grep -q ': up' && [ -S /run/bmsd.sock ] && svstat /service/bmsd.ttyUSB0 | grep -q ': up' &&
    pidof bmsd-claim && ! [ -e /data/apps/bmsd/trial ]"

works() { # VERSION: is there, runs and serves the battery
    within 60 "[ \"\$(cat /data/apps/bmsd/version)\" = $1 ] && $serving"
}

nothing_runs() {
    check '! [ -e /service/bmsd ] && ! ls /service | grep -q "^bmsd" && ! pidof bmsd-claim && ! [ -e /run/bmsd.sock ]'
    check '! grep -q "/data/apps/bmsd/bi[n]" /proc/[0-9]*/cmdline' "no process of bmsd"
    check '! [ -e /opt/victronenergy/service-templates/bmsd ] && ! grep -q bmsd-templates /proc/mounts' "no template"
    within 5 'svstat /service/serial-starter | grep -q ": up"'
}

tree() { # FILE: every file of the machine, with the contents of /data
    nsenter -t "$(cat "$machine/machine.pid")" -m sh -c "
        cd $machine/target
        find . \( -path ./proc -o -path ./dev/pts -o -path ./run/lock -o -path ./run/svscan -o -name home \) -prune -o -printf '%P %y %m %l\n' |
            grep -v 'supervise/\|^data/log/.*/\(@\|current\|state\|lock\)' | sort
        find data -type f ! -path 'data/log/*' ! -path 'data/var/*' ! -path 'data/home/*' -exec sha256sum {} + | sort" >"$1"
}

# ----- cases -----

case_install() {
    boot
    within 60 'svok /service/gps.ttyUSB0/log && svok /service/vedirect.ttyUSB0/log && [ -e /var/log/vedirect.ttyUSB0 ]' # all have been tried
    tree "$machine/before"
    install_from one || fail "installation"
    works v1
    check '/data/apps/bmsd/bin/bmsd claim /dev/ttyUSB0 2>&1 | grep "another program has it"' "a locked port is left alone"
    check '[ -x /data/apps/bmsd/bin/bmsd ] && ! ls /data/apps/bmsd | grep -q "armv7\|aarch64"' "programs of this device only"
    check 'cd /data/apps/bmsd && sha256sum -c SHA256SUMS' "checksums of what is installed"
    check 'grep -qx "alias default gps:vedirect:bmsd" /data/conf/serial-starter.d/zz-bmsd.conf'
    check 'grep -qx "alias rs485 cgwacs:bmsd" /data/conf/serial-starter.d/zz-bmsd.conf'
    check 'cmp /data/apps/bmsd/gui-v2/bmsd.json /data/apps/enabled/bmsd/gui-v2/bmsd.json'
    check 'sed -n 2p /data/rc.local | grep enable.sh && [ -x /data/rcS.local ]' "our line is the first of the user's file"
    check '[ -f /var/log/bmsd/current ] && [ -f /var/log/bmsd.ttyUSB0/current ]' "logs"

    # the battery is found, and what is saved of it rests: from now on nothing is written
    within 200 '[ -s /data/bmsd/state/bms_detection_cache.json ] && [ -z "$(find /data/bmsd/state -type f -mmin -1)" ]'
    tree "$machine/first"
    starter=$(on 'svstat /service/serial-starter | grep -o "pid [0-9]*"')
    daemon=$(on 'svstat /service/bmsd | grep -o "pid [0-9]*"')
    check 'sh /data/apps/bmsd/scripts/enable.sh'
    tree "$machine/second"
    diff "$machine/first" "$machine/second" >>"$machine/output" || fail "switched on twice is not as once"
    check "svstat /service/serial-starter | grep -q '$starter' && svstat /service/bmsd | grep -q '$daemon'" "nothing restarted"

    reboot
    works v1
    check '[ -e /run/users-own ]' "the user's start file runs"
    check '[ $(grep -c enable.sh /data/rc.local) = 1 ] && [ $(grep -c enable.sh /data/rcS.local) = 1 ]' "one line each"
    within 30 'grep -q . /var/log/bmsd/startup.log || [ ! -e /run/bmsd-scripts.lock ]'
    check '[ $(grep -c "" /run/rcS.log) = 0 ]' "early boot has nothing to complain of"

    check 'sh /data/apps/bmsd/scripts/restart.sh'
    works v1
    check 'sh /data/apps/bmsd/scripts/disable.sh'
    nothing_runs
    reboot
    nothing_runs
    check '[ -f /data/apps/bmsd/version ] && [ -f /data/bmsd/config.ini ]' "program and settings stay"
    check 'sh /data/apps/bmsd/scripts/enable.sh'
    works v1
    on 'mkdir /data/bmsd-install' # as if the power went while Venus OS unpacked
    check 'sh /data/apps/bmsd/scripts/uninstall.sh --delete-settings'
    nothing_runs
    within 60 'svok /service/gps.ttyUSB0/log && svok /service/vedirect.ttyUSB0/log && [ -e /var/log/vedirect.ttyUSB0 ]'
    tree "$machine/after"
    diff "$machine/before" "$machine/after" >>"$machine/output" || fail "something is left behind"
    reboot
    nothing_runs
}

case_keep_settings() {
    printf '#!/bin/sh\n: >/run/early-own\n[ ! -e /data/nothing ] || exit 0\n: >/run/late-own' >"$machine/data/rcS.local"
    chmod 755 "$machine/data/rcS.local"
    cp "$machine/data/rcS.local" "$machine/rcS.before"
    boot
    install_from one || fail "installation"
    check 'sed -n 2p /data/rcS.local | grep enable.sh' "before a command that may end the file"
    on 'echo "; mine" >>/data/bmsd/config.ini'
    check 'sh /data/apps/bmsd/scripts/uninstall.sh' # settings stay unless they are named
    check 'grep -q "; mine" /data/bmsd/config.ini && ! [ -e /data/apps/bmsd ]'
    cmp "$machine/data/rcS.local" "$machine/rcS.before" || fail "the start file is not as before"
    on 'printf "[DEFAULT]\nSERIAL_STARTER_ENABLED = false\nGUI_INSTALL_CUSTOMIZATIONS=False\n" >/data/bmsd/config.ini'
    install_from one || fail "installation"
    within 30 'svstat /service/bmsd | grep -q ": up"'
    check '! [ -e /data/conf/serial-starter.d ] && ! [ -e /data/apps/enabled ]' "as config.ini says"
    on 'printf "[DEFAULT]\nSERIAL_STARTER_ENABLED = True\n" >/data/bmsd/config.ini'
    check 'sh /data/apps/bmsd/scripts/enable.sh && [ -e /data/apps/enabled/bmsd/gui-v2/bmsd.json ]'
    works v1
    on 'printf "[DEFAULT]\nSERIAL_STARTER_ENABLED = FALSE\n" >/data/bmsd/config.ini'
    check 'sh /data/apps/bmsd/scripts/enable.sh'
    check '! [ -e /data/conf/serial-starter.d ] && ! [ -e /service/bmsd.ttyUSB0 ] && ! pidof bmsd-claim' "ports given up"
}

case_lists() {
    mkdir -p "$machine/data/conf/serial-starter.d"
    printf 'service cgwacs cgwacs\nalias default cgwacs:gps\n' >"$machine/data/conf/serial-starter.d/other.conf"
    conf=/data/conf/serial-starter.d/zz-bmsd.conf
    boot
    install_from one || fail "installation"
    check "grep -qx 'alias default cgwacs:gps:bmsd' $conf" "the list of another package is in force"
    works v1

    # firmware update: another root file system, with other lists
    power_off
    root=$machine/root
    cp -a "$work/root" "$root"
    rm "$machine/data/conf/serial-starter.d/other.conf"
    sed -i 's/alias default .*/alias default vedirect:cgwacs:gps/' "$root/etc/venus/serial-starter.conf"
    boot
    check "grep -qx 'alias default vedirect:cgwacs:gps:bmsd' $conf" "the new stock list"
    works v1
    within 15 '[ ! -e /run/bmsd-scripts.lock ]'
    check '[ "$(grep -c "" /var/log/serial-starter/current)" -gt 0 ] &&
        ! grep -q "ttyUSB0: bmsd of gps" /var/log/serial-starter/current' "serial-starter reads the new list at its first start"

    on "echo '# edited' >>$conf; cp $conf /tmp/conf"
    sed -i 's/alias default .*/alias default gps/' "$root/etc/venus/serial-starter.conf"
    check 'sh /data/apps/bmsd/scripts/enable.sh'
    check "cmp $conf /tmp/conf" "what the user edited"
    reboot
    check "tail -n 1 $conf | grep -qx '# edited'" "what the user edited"
    works v1
}

# EXCLUDED_DEVICES, on a port that only bmsd is there for and on one with others.
case_excluded() {
    field=$machine/field
    cp -a "$work/field" "$field"
    printf 'ttyUSB0\nttyUSB1\n' >"$field/ttys"
    echo bmsd >"$field/list.ttyUSB0"
    boot
    install_from one || fail "installation"
    works v1
    on 'cp /data/bmsd/config.ini /tmp/config.ini; echo "EXCLUDED_DEVICES = /dev/ttyUSB0, /dev/ttyUSB1" >>/data/bmsd/config.ini'
    check 'sh /data/apps/bmsd/scripts/restart.sh'
    refusals='grep -c "ttyUSB0: refused: .*EXCLUDED_DEVICES" /var/log/bmsd.ttyUSB0/current'
    within 30 "[ \$($refusals) = 1 ]"
    sleeper=$(on 'svstat /service/bmsd.ttyUSB0 | grep -o "pid [0-9]*"')
    within 60 '[ $(grep -c "ttyUSB1: bmsd of" /var/log/serial-starter/current) -ge 3 ] && pidof bmsd-claim' "the others get their turn"
    check "svstat /service/bmsd.ttyUSB0 | grep '$sleeper)' && [ \$($refusals) = 1 ]" "it sleeps"

    on 'mv /tmp/config.ini /data/bmsd/config.ini'
    handed_over='grep -c "ttyUSB0 is handed over" /var/log/bmsd/current'
    before=$(on "$handed_over")
    check 'sh /data/apps/bmsd/scripts/restart.sh'
    within 30 "[ \$($handed_over) -gt $before ] && svstat /service/bmsd.ttyUSB0 | grep '$sleeper)'"
    check 'sh /data/apps/bmsd/scripts/disable.sh && ! [ -L /var/lock/serial-starter/ttyUSB0 ]'
    nothing_runs
}

case_old_venus() {
    root=$machine/root
    cp -a "$work/root" "$root"
    echo v2.89 >"$root/opt/victronenergy/version"
    boot
    ! install_from one || fail "installed on too old a Venus OS"
    check '! [ -e /data/apps/bmsd ]'
    echo 'v3.80~20' >"$root/opt/victronenergy/version"
    install_from one || fail "installation"
    works v1
    check '! [ -e /data/apps/enabled ]' "no plugin before v3.80~21"
    echo 'v3.80~21-large-30' >"$root/opt/victronenergy/version"
    check 'sh /data/apps/bmsd/scripts/enable.sh && [ -e /data/apps/enabled/bmsd/gui-v2/bmsd.json ]' "plugin from v3.80~21 on"
    nsenter -t "$(cat "$machine/machine.pid")" -m mount -o remount,bind,rw "$machine/target"
    ! install_from two || fail "installed with a writable root"
    works v1
    check '! [ -e /opt/victronenergy/.bmsd ]'
}

overlay='mkdir -p /run/theirs/u /run/theirs/w /run/theirs/m &&
    mount -t overlay -o lowerdir=/opt/victronenergy/service-templates,upperdir=/run/theirs/u,workdir=/run/theirs/w OL /run/theirs/m &&
    mkdir -p /run/theirs/m/theirs && mount --bind /run/theirs/m /opt/victronenergy/service-templates'

case_overlays() {
    printf '#!/bin/sh\n%s\n' "$overlay" >"$machine/data/rcS.local" && chmod 755 "$machine/data/rcS.local"
    boot # theirs first
    check '[ -d /opt/victronenergy/service-templates/theirs ]' "the other overlay"
    install_from one || fail "installation"
    works v1
    reboot
    works v1
    check '[ -d /opt/victronenergy/service-templates/theirs ] && [ -d /opt/victronenergy/service-templates/gps ]'
    check 'tail -n 1 /data/rcS.local | grep enable.sh' "behind the commands of others"
    check 'sh /data/apps/bmsd/scripts/disable.sh'
    nothing_runs
    check '[ -d /opt/victronenergy/service-templates/theirs ]'
    rm "$machine/data/rcS.local"
    reboot
    check 'sh /data/apps/bmsd/scripts/enable.sh'
    check "$overlay" # ours first
    works v1
    install_from two || fail "update below another overlay"
    works v2
    check '[ -d /opt/victronenergy/service-templates/theirs ] && [ -d /opt/victronenergy/service-templates/bmsd ]'
    check 'sh /data/apps/bmsd/scripts/disable.sh'
    check '[ -d /opt/victronenergy/service-templates/theirs ] && ! [ -e /service/bmsd ]'
    reboot
    nothing_runs
}

put_old_driver() {
    local old=$machine/data/apps/dbus-serialbattery
    mkdir -p "$old" "$machine/data/conf/serial-starter.d" "$machine/data/apps/enabled/dbus-serialbattery/gui-v2"
    printf '%s\n' '[DEFAULT]' 'MAX_BATTERY_CHARGE_CURRENT = 70.0' 'BLUETOOTH_BMS = Nobody_Ble C8:47:8C:E8:02:62' 'CAN_PORT = can0' \
        'MQTT_TOPIC = battery/1' >"$old/config.ini"
    echo '{}' >"$machine/data/apps/enabled/dbus-serialbattery/gui-v2/p.json"
    printf '%s\n' 'service sbattery dbus-serialbattery' 'alias default gps:vedirect:sbattery' 'alias rs485 cgwacs:sbattery' \
        >"$machine/data/conf/serial-starter.d/dbus-serialbattery.conf"
    printf '%s\n' '#!/bin/bash' 'if [ -f /data/apps/dbus-serialbattery/enable.sh ]; then' \
        '    bash /data/apps/dbus-serialbattery/enable.sh --boot > /dev/null 2>&1 &' 'fi' ': >/run/users-own' \
        'bash /data/apps/dbus-serialbattery/enable.sh --boot > /dev/null 2>&1 &' >"$machine/data/rc.local"
    chmod 750 "$machine/data/rc.local"
    printf '%s\n' 'mkdir -p /service/dbus-blebattery.0/log' 'cd /service/dbus-blebattery.0' \
        'printf "#!/bin/sh\nexec sleep 1000\n" >run; printf "#!/bin/sh\nexec multilog t /var/log/dbus-blebattery.0\n" >log/run' \
        'chmod 755 run log/run; svrescan' >"$old/enable.sh"
    root=$machine/root # its template, as if overlaid
    cp -a "$work/root" "$root"
    make_driver "$root/opt/victronenergy/service-templates/dbus-serialbattery" sleep
}

old_runs="svstat /service/dbus-serialbattery.ttyUSB0 | grep -q ': up' && svstat /service/dbus-blebattery.0 | grep -q ': up'"

doctor=/data/apps/bmsd/bin/bmsd\ doctor

old_is_off() {
    check "$doctor | grep 'dbus-serialbattery is there, switched off'"
    check '! [ -e /data/conf/serial-starter.d/dbus-serialbattery.conf ] && bash -n /data/rc.local && ! grep -q "^ *bash.*serialbattery" /data/rc.local &&
        ! ls /service | grep -q "dbus-serialbattery" && ! [ -e /data/apps/enabled/dbus-serialbattery ]' "dbus-serialbattery is off"
    check 'grep -q "= 70.0" /data/bmsd/config.ini && [ -s /data/bmsd/taken-over.txt ]' "its settings are taken over"
    check 'grep "^BLUETOOTH_BMS: this version cannot serve" /data/bmsd/taken-over.txt && ! grep "^MQTT_TOPIC: this" /data/bmsd/taken-over.txt'
    within 60 'svstat /service/dbus-blebattery.0 | grep ": up"' # of a type this build does not know
    check 'grep -qx "alias default gps:vedirect:bmsd" /data/conf/serial-starter.d/zz-bmsd.conf'
}

case_takeover() {
    put_old_driver
    boot
    within 60 "$old_runs"
    cp -p "$machine/data/rc.local" "$machine/rc.before"
    install_from one || fail "installation"
    works v1
    old_is_off
    reboot
    works v1
    check '[ -e /run/users-own ]' "the user's start file runs"
    old_is_off

    # somebody starts it by hand on our port
    check 'cp -a /opt/victronenergy/service-templates/dbus-serialbattery /service/dbus-serialbattery.ttyUSB0 &&
        cd /service/dbus-serialbattery.ttyUSB0 && rm down && sed -i s/TTY/ttyUSB0/ run log/run && svrescan'
    within 30 'svstat /service/dbus-serialbattery.ttyUSB0 | grep -q ": up"'
    check "$doctor | grep 'dbus-serialbattery runs on ttyUSB0'"
    on 'svc -t /service/bmsd.ttyUSB0; svc -o /service/bmsd.ttyUSB0'
    within 60 'grep -q "dbus-serialbattery runs on ttyUSB0" /var/log/bmsd.ttyUSB0/current && ! pidof bmsd-claim'

    check 'sh /data/apps/bmsd/scripts/uninstall.sh' # --back by itself: it serves the battery with Bluetooth
    within 60 "$old_runs"
    nothing_runs
    cmp "$machine/data/rc.local" "$machine/rc.before" || fail "start file is not as before"
    [ "$(stat -c %a "$machine/data/rc.local")" = 750 ] || fail "mode of the start file is not as before"
    check '[ -e /data/bmsd/config.ini ] && ! [ -e /data/bmsd/taken-over ] && [ -e /data/apps/enabled/dbus-serialbattery/gui-v2/p.json ]'
    reboot
    within 60 "$old_runs"
}

case_update() {
    boot
    install_from one || fail "installation"
    works v1
    for bad in short wrong; do
        ! install_from $bad || fail "$bad archive was installed"
        works v1
        check '! ls -A /data/apps | grep -q "^\.bmsd-new"' "no rest of the update"
    done
    install_from two || fail "update"
    works v2
    check '[ "$(cat /data/apps/.bmsd-previous/version)" = v1 ]' "the previous version is kept"
    ! install_from broken || fail "a version that does not come up was installed"
    works v2
    install_from one || fail "older version"
    works v1
    reboot $(($(du -sk "$machine/data" | cut -f 1) + 1024))k
    fill_disk
    ! install_piped two || fail "installed on a full disk"
    works v1
}

case_update_small() { # nothing is there, and no room
    boot 1M
    fill_disk
    ! install_piped one || fail "installed on a full disk"
    grep -q 'kB are needed' "$machine/output" || fail "the reason is not told"
    check '! [ -e /data/apps/bmsd ] && ! [ -e /data/apps/.bmsd-new ] && ! [ -e /data/rcS.local ]'
}

# What Venus OS does with an archive on a medium.
from_medium="cd /media/usb && mkdir -p /tmp/hook; tar -xzf venus-data.tar.gz -C /tmp/hook rc; sh /tmp/hook/rc/pre-hook.sh || exit 1
    if tar -xzf venus-data.tar.gz -C /data \$(tar -tzf venus-data.tar.gz | cut -d / -f 1 | sort -u | grep -vx rc); then r=success; else r=extraction-failed; fi
    sh /tmp/hook/rc/post-hook.sh \$r; r=\$?; rm -rf /tmp/hook; exit \$r"

case_medium() {
    local usb=$machine/media/usb
    mkdir "$usb"
    boot
    cp "$work/archives/one.tar.gz" "$usb/venus-data.tar.gz"
    cp "$work/archives/one.tar.gz" "$usb/venus-runtime.tar.gz"
    echo 'not of bmsd' | gzip >"$usb/venus-data-other.tar.gz"
    printf '[DEFAULT]\nMAX_BATTERY_CHARGE_CURRENT = 33\n' >"$usb/config.ini"
    check "$from_medium"
    works v1
    check 'cd /media/usb && [ -e venus-data_installed.tar.gz ] && [ -e venus-runtime_installed.tar.gz ] &&
        [ -e venus-data-other.tar.gz ] && ! [ -e venus-data.tar.gz ] && [ -e config_installed.ini ] && ! [ -e config.ini ] &&
        grep -q "bmsd: installed" venus-data_install.log' "what is on the medium afterwards"
    settings_apart='[ "$(ls /data/bmsd | xargs)" = "config.ini start-files state" ] && ! [ -e /data/bmsd-install ]'
    check "grep -q 33 /data/bmsd/config.ini && $settings_apart"
    on 'mkdir /data/bmsd-install && : >/data/bmsd-install/rest' # as if the power went while Venus OS unpacked
    for bad in short wrong broken; do
        cp "$work/archives/$bad.tar.gz" "$usb/venus-data.tar.gz"
        if on "$from_medium" >>"$machine/output" 2>&1; then fail "$bad was installed"; fi
        works v1
        { [ -e "$usb/venus-data_failed.tar.gz" ] && [ "$(tail -n 1 "$usb/venus-data_install.log")" = "bmsd: failed" ]; } ||
            fail "$bad is not told on the medium"
        rm -f "$usb"/venus-data.tar.gz "$usb"/venus-data_failed.tar.gz
    done
    check "$settings_apart"
    on 'mkdir /data/bmsd-install && : >/data/bmsd-install/rest'
    cp "$work/archives/two.tar.gz" "$usb/venus-data.tar.gz"
    check "$from_medium"
    works v2
    check "grep -q 33 /data/bmsd/config.ini && $settings_apart && ! [ -e /data/apps/bmsd/rest ]"
}

case_medium_read_only() {
    mkdir "$machine/media/usb"
    cp "$work/archives/one.tar.gz" "$machine/media/usb/venus-data.tar.gz"
    boot
    read_only="mount --bind $machine/target/media/usb $machine/target/media/usb && mount -o remount,bind,ro $machine/target/media/usb"
    nsenter -t "$(cat "$machine/machine.pid")" -m sh -c "$read_only"
    check "$from_medium"
    works v1
    check '! [ -e /data/bmsd-install ] && grep "bmsd: installed" /data/log/bmsd-install.log'
    daemon=$(on 'svstat /service/bmsd | grep -o "pid [0-9]*"')
    check "$from_medium"
    check "grep 'is there already' /data/log/bmsd-install.log && svstat /service/bmsd | grep '$daemon'" "installed once"
}

case_medium_small() { # room for two of one processor, not for what Venus OS would unpack beside
    mkdir "$machine/media/usb"
    boot "$((2 * $(du -sk "$work/unpacked/$top/aarch64" | cut -f 1) + 4500))k"
    for version in one two one; do
        cp "$work/archives/$version.tar.gz" "$machine/media/usb/venus-data.tar.gz"
        check "$from_medium" "$version from a medium"
        rm "$machine"/media/usb/*.tar.gz
    done
    works v1
}

# What install.sh refuses is as it was.
case_refused() {
    boot
    on "mkdir -p /tmp/i && tar -xzf $(give one) -C /tmp/i && mkdir -p /data/home/photos /tmp/stick && echo mine >/data/home/photos/a &&
        mount -t tmpfs ram /tmp/stick && cp /data/home/one.tar.gz /tmp/stick/venus-data.tar.gz && echo mine >/tmp/stick/photo.jpg"
    try="sh /tmp/i/$top/scripts/install.sh"
    check "! $try /data/home && [ -e /data/home/photos/a ] && ! [ -e /data/apps/bmsd ]" "a home folder"
    check "! $try /tmp/stick && [ -e /tmp/stick/photo.jpg ] && [ -e /tmp/stick/venus-data.tar.gz ]" "a stick"
    check "cp -R /tmp/i/$top /data/home/broken && echo x >>/data/home/broken/version &&
        ! $try /data/home/broken && [ -e /data/home/broken/armv7 ] && [ -e /data/home/broken/SHA256SUMS ]" "a damaged folder"
    check "$try /tmp/i/$top && [ -e /tmp/i/$top/armv7 ]" "an unpacked archive"
    works v1
    check "! $try /data/apps/bmsd && ! $try /data/apps && ! sh /data/apps/bmsd/scripts/install.sh /data/apps/bmsd" "the installed program"
    works v1
    check "$try /data/home/one.tar.gz && ! $try /data/apps/.bmsd-previous && [ -e /data/apps/.bmsd-previous/version ]" "the version before"
    works v1
    on 'rm -r /data/apps/bmsd' # by hand: that is meant
    reboot
    check '! [ -e /data/apps/bmsd ] && ! [ -s /run/rcS.log ] && ! [ -s /run/rc.log ]' "no older version comes back"
}

case_data_read_only() {
    boot
    install_from one || fail "installation"
    works v1
    power_off
    read_only_data=yes boot
    within 60 'svstat /service/bmsd/log | grep -q ": up" && [ -f /run/bmsd-log/current ] && [ -s /run/bmsd-startup.log ]'
    within 60 '[ -S /run/bmsd.sock ] && pidof bmsd-claim && grep "ttyUSB0: on the bus" /run/bmsd-log/current' # without saving
    check 'grep "state folder .*cannot be written" /run/bmsd-log/current'
    daemon=$(on 'svstat /service/bmsd | grep -o "pid [0-9]*"')
    check 'grep "/data is read-only" /run/bmsd-startup.log && [ -e /data/apps/bmsd/version ]'
    ! install_piped two || fail "installed on a read-only /data"
    tail -n 5 "$machine/output" | grep -q '/data is read-only' || fail "the cause is not told"
    check "svstat /service/bmsd | grep '$daemon)'" "the daemon has gone on"
}

# ----- power cuts -----

# steps: the names of all places at which the scripts can be stopped
steps() { sed -n 's/^ *step \([a-z-]*\)\( .*\)\{0,1\}$/\1/p' "$here"/../../packaging/venus/scripts/*.sh | sort -u; }

# prepared FROM: a running machine with its /data
prepared() { # NAME FROM
    new_machine "$1" "$2"
    [ "$2" != base-old ] || root=$work/base-old/root
    boot
    [ "$2" = base-old ] || within 60 "$serving"
}

# A cut after STEP while ACTION runs on a machine prepared like FROM; CHECKED is asked after the next boot.
cut_after() { # STEP FROM ACTION CHECKED
    case_name="power cut after $1 ($3)"
    prepared "cut-$3-$1" "$2"
    stop_after=$1
    ! $3 || fail "the script was not stopped"
    stop_after=
    reboot
    $4
    power_off
    rm -rf "$machine"
}

# All steps of ACTION: it runs once to list them, then it is cut after each, by two at the same time.
cuts() { # FROM ACTION CHECKED
    local half other
    case_name="steps of $2"
    prepared "cut-$2" "$1"
    list_steps=/run/steps
    $2 || true
    list_steps=
    on 'sort -u /run/steps' >"$work/steps-$2"
    power_off
    sed -n 'p;n' "$work/steps-$2" | cut_after_each "$@" &
    half=$!
    sed -n 'n;p' "$work/steps-$2" | cut_after_each "$@" &
    other=$!
    wait $half && wait $other
}

cut_after_each() { # FROM ACTION CHECKED, the steps from stdin
    local step
    while read -r step; do (cut_after "$step" "$@" </dev/null) || exit 1; done
}

update_to_two() { install_from two; }
update_to_broken() { install_from broken; }
first_install() { install_from one; }
remove() { on 'sh /data/apps/bmsd/scripts/uninstall.sh --delete-settings' >>"$machine/output" 2>&1; }

either_version() {
    within 60 "$serving"
    check 'cat /data/apps/bmsd/version | grep -q "v[12]"'
    install_from two || fail "the update again"
    works v2
}

version_one() { works v1; }

# nothing yet, and then it goes; or it is there, complete
new_or_nothing() {
    if on '[ -e /data/apps/bmsd ]'; then
        works v1
    else
        within 60 "$old_runs"
        install_from one || fail "the installation again"
        works v1
    fi
    within 15 '[ ! -e /run/bmsd-scripts.lock ]'
    old_is_off
}

on_or_removed() {
    if on '[ -e /data/rcS.local ]'; then works v1; else nothing_runs; fi
    [ ! -d "$machine/data/apps/bmsd" ] || check 'sh /data/apps/bmsd/scripts/uninstall.sh'
    nothing_runs
}

case_cuts() {
    boot
    install_from one || fail "installation"
    works v1
    within 30 '[ ! -e /run/bmsd-scripts.lock ]'
    power_off
    mv "$machine" "$work/base"
    new_machine base-old
    put_old_driver
    local job jobs=
    for job in "base update_to_two either_version" "base update_to_broken version_one" "base-old first_install new_or_nothing" \
        "base remove on_or_removed"; do
        # shellcheck disable=SC2086 # its words
        (cuts $job) &
        jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job" || exit 1; done
    steps | grep -vxF -f <(cat "$work"/steps-*) >"$work/missed" && fail "no cut was made after: $(xargs <"$work/missed")"
    echo "    $(cat "$work"/steps-* | wc -l) cuts"
}

# ----- -----

[ "$(id -u)" = 0 ] || fail "root is needed, for namespaces and mounts"
for program in busybox supervise svc svstat multilog nsenter unshare; do
    command -v $program >/dev/null || fail "$program is missing (Debian: busybox daemontools util-linux)"
done
[ "$SETTINGS_STANDIN" = none ] || command -v "${SETTINGS_STANDIN%% *}" >/dev/null || fail "no $SETTINGS_STANDIN"
make_root
make_archives
[ $# -gt 0 ] || set -- install keep_settings lists excluded old_venus overlays takeover update update_small medium \
    medium_read_only medium_small refused data_read_only cuts
run_case() {
    local began=$SECONDS
    case_name=$1
    new_machine "$1"
    "case_$1"
    [ ! -f "$machine/machine.pid" ] || power_off
    echo "passed: $1 ($((SECONDS - began)) s)"
}

# They wait more than they work: each case on its own, at the same time.
jobs=
for case_name in "$@"; do
    (run_case "$case_name") &
    jobs="$jobs $!"
done
failed=
for job in $jobs; do wait "$job" || failed=yes; done # all are seen to their end
[ -z "$failed" ] || exit 1
echo "all passed ($SECONDS s)"
