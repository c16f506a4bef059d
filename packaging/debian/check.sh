#!/usr/bin/env bash
# Looks into the Debian package: its programs run, its unit and bus policy are what systemd and dbus-daemon take, and under that
# policy the daemon's user may be a battery and speak to BlueZ while others may not.
#   packaging/debian/check.sh build/bmsd_VERSION_ARCH.deb         as root
set -euo pipefail
package=$(realpath "$1")
work=$(mktemp -d)
bus=
trap '[ -z "$bus" ] || kill "$bus"; rm -rf "$work"' EXIT
chmod 755 "$work"
dpkg-deb -x "$package" "$work/root"
"$work/root/usr/bin/bmsd" config check "$work/root/etc/bmsd/config.ini"
sed "s|/usr/bin/bmsd|$work/root/usr/bin/bmsd|" "$work/root/lib/systemd/system/bmsd.service" >"$work/bmsd.service"
systemd-analyze verify --man=no --recursive-errors=no "$work/bmsd.service"
exposure=$(systemd-analyze security --offline=yes --no-pager "$work/bmsd.service" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p')
awk -v exposure="$exposure" 'BEGIN { exit !(exposure > 0 && exposure < 3) }' || { echo "the unit is too open: $exposure"; exit 1; }
lintian --fail-on error "$package"

# Installed, removed and installed again it is enabled: on a root file system of its own, where deb-systemd-helper keeps its notes.
# shellcheck disable=SC2016 # expanded in there
life() { DPKG_MAINTSCRIPT_PACKAGE=bmsd unshare -m sh -ec '
    mkdir -p "$1/etc"
    mount -t tmpfs none /var/lib/systemd && mount --bind "$1/etc" /etc/systemd/system
    mount -t tmpfs none /lib/systemd/system
    cp "$1/root/lib/systemd/system/bmsd.service" /lib/systemd/system/
    run() { sed "/systemd-sysusers\|udevadm/d" "$1/root.control/$2" >"$1/script" && sh "$1/script" "$3" "$4"; }
    run "$1" postinst configure ""
    deb-systemd-helper is-enabled bmsd.service || [ -e /etc/systemd/system/multi-user.target.wants/bmsd.service ]
    run "$1" postrm remove ""
    run "$1" postinst configure 0.1.0
    [ -e /etc/systemd/system/multi-user.target.wants/bmsd.service ] && [ ! -e /etc/systemd/system/bmsd.service ]
' sh "$work"; }
dpkg-deb -e "$package" "$work/root.control"
life || { echo "removed and installed again it is not enabled"; exit 1; }

# What the daemon needs beside serial ports: bit rates of CAN interfaces, and sockets of CAN.
for line in '^AmbientCapabilities=.*CAP_NET_ADMIN' '^CapabilityBoundingSet=.*CAP_NET_ADMIN' '^RestrictAddressFamilies=.*AF_CAN'; do
    grep -q "$line" "$work/bmsd.service" || { echo "the unit has no $line"; exit 1; }
done

# The policy names the user bmsd; here nobody plays it. BlueZ is played by a service that cannot be started: who may speak to it is
# told of that, who may not is refused before.
policy=$work/root/usr/share/dbus-1/system.d/bmsd.conf
grep -q 'user="bmsd"' "$policy" || { echo "the bus policy does not know the user bmsd"; exit 1; }
mkdir "$work/services"
printf '[D-BUS Service]\nName=org.bluez\nExec=/bin/false\nUser=root\n' >"$work/services/org.bluez.service"
sed 's/user="bmsd"/user="nobody"/' "$policy" >"$work/policy.conf"
cat >"$work/bus.conf" <<END
<busconfig>
  <type>system</type>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$work/services</servicedir>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/>
    <allow receive_type="error"/><allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>$work/policy.conf</include>
</busconfig>
END
dbus-daemon --config-file="$work/bus.conf" --nofork &
bus=$!
until [ -S "$work/bus" ]; do sleep 0.05; done
mkdir -m 777 "$work/state"

as_user() { # USER COMMAND ...
    setpriv --reuid "$1" --clear-groups env -u DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS="unix:path=$work/bus" "${@:2}"
}
ask() { # USER MEMBER [ARGUMENT]: of the battery's voltage
    as_user "$1" dbus-send --system --print-reply --dest=com.victronenergy.battery.sim_LltJbd /Dc/0/Voltage \
        "com.victronenergy.BusItem.$2" "${@:3}" >/dev/null 2>"$work/problem"
}
serve() { # USER: a simulated battery until it is stopped
    as_user "$1" "$work/root/usr/bin/bmsd" run sim:LltJbd --state-dir "$work/state/$1" --lock-dir "$work/state" 2>"$work/log" &
}

serve nobody
for _ in $(seq 100); do
    if ask nobody GetValue; then break; fi
    sleep 0.1
done
ask nobody GetValue || { cat "$work/log" "$work/problem"; exit 1; }
ask daemon GetValue
if ask daemon SetValue variant:double:1; then echo "everybody may write" >&2; exit 1; fi
grep -q AccessDenied "$work/problem"
if as_user daemon dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.RequestName \
    string:com.victronenergy.battery.x uint32:0 2>/dev/null; then echo "everybody may be a battery" >&2; exit 1; fi
kill %2
wait %2 || true
bluez() { # USER: the name of the error BlueZ, or the bus, answers with
    as_user "$1" dbus-send --system --print-reply --dest=org.bluez / org.freedesktop.DBus.ObjectManager.GetManagedObjects 2>&1 |
        sed -n 's/^Error \([^:]*\):.*/\1/p'
}
case $(bluez nobody) in
    '' | *AccessDenied) echo "the daemon's user may not speak to BlueZ" >&2; exit 1 ;;
esac
[[ $(bluez daemon) == *AccessDenied ]] || { echo "this bus lets everybody speak to BlueZ: it proves nothing" >&2; exit 1; }
echo "$(basename "$package"): programs, unit and bus policy are right"
