#!/usr/bin/env bash
# machine.sh [-s DIR] [-t SEC] COMMAND [ARGS...]
# Runs COMMAND as root on a kernel with CAN, whatever the own one has: User Mode Linux, an ordinary process that starts in 2 s.
# The whole file system is visible; writes go to memory, except below DIR (default: the current folder).
# shellcheck disable=SC2016 # what is printed is a script of the machine
set -euo pipefail
cache=${BMSD_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bmsd-tests}/uml
share=$PWD limit=300
while getopts s:t: o; do
  case $o in s) share=$(cd "$OPTARG" && pwd) ;; t) limit=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
if [ ! -e "$cache/done" ]; then
  rm -rf "$cache"; mkdir -p "$cache/deb"
  dpkg -s can-utils kmod iproute2 >/dev/null 2>&1 || {
    apt-get update -qq
    apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends can-utils kmod iproute2 >/dev/null
  }
  get() { (cd "$cache/deb" && apt-get -o APT::Sandbox::User=root download -qq user-mode-linux busybox-static); }
  get || { apt-get update -qq; get; }
  dpkg-deb --fsys-tarfile "$cache"/deb/busybox-static*.deb | tar xO --wildcards '*bin/busybox' >"$cache/busybox"
  chmod 755 "$cache/busybox"
  dpkg-deb --fsys-tarfile "$cache"/deb/user-mode-linux*.deb | tar x -C "$cache" --wildcards './usr/bin/*' './usr/lib/uml/modules/*/modules.*' \
    '*/net/can/*' '*/fs/overlayfs/*' '*/net/sched/*' >&2
  mkdir -p "$cache/modules/lib"; mv "$cache/usr/lib/uml/modules" "$cache/modules/lib/modules"
  depmod -b "$cache/modules" "$(ls "$cache/modules/lib/modules")"
  rm -rf "$cache/deb"; : >"$cache/done"
fi
run=$(mktemp -d "${TMPDIR:-/tmp}/uml.XXXXXX")
trap 'rm -rf "$run"' EXIT
{
  echo "#!$cache/busybox sh"
  echo 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 '
  echo "B=$cache/busybox"
  cat <<'I'
$B mount -t tmpfs tmpfs /run
$B mkdir -p /run/mod /run/up /run/work /run/new
I
  printf '$B mount -t hostfs -o %q none /run/mod\n$B insmod /run/mod/*/kernel/fs/overlayfs/overlay.ko\n' "$cache/modules/lib/modules"
  cat <<'I'
$B mount -t overlay -o lowerdir=/,upperdir=/run/up,workdir=/run/work overlay /run/new || echo "machine.sh: no overlay"
cd /run/new
for d in proc sys dev dev/pts dev/shm run tmp lib/modules; do
  $B mkdir -p $d
  case $d in
    proc) $B mount -t proc proc $d ;; sys) $B mount -t sysfs sys $d ;; dev) $B mount -t devtmpfs dev $d ;;
    dev/pts) $B mount -t devpts devpts $d ;; lib/modules) $B mount --bind /run/mod $d ;;
    *) $B mount -t tmpfs tmpfs $d ;;
  esac
done
$B ln -s /proc/self/fd dev/fd
$B mkdir -p run/ctl run/lock
$B ip link set lo up
I
  printf '$B mount -t hostfs -o %q none run/ctl\n$B mkdir -p ./%q\n$B mount -t hostfs -o %q none ./%q\n' "$run" "$share" "$share" "$share"
  printf '(cd ./%q && exec $B chroot /run/new /usr/bin/env -C %q' "$PWD" "$PWD"
  printf ' %q' "$@"
  echo ') </dev/null; echo $? >/run/new/run/ctl/rc; exec $B poweroff -f'
} >"$run/init"
chmod 755 "$run/init"
set +e
kernel() { # SECONDS INIT
  TMPDIR=$run timeout -k 5 "$1" "$cache/usr/bin/linux.uml" mem=256M rootfstype=hostfs rootflags=/ ro init="$2" \
    con=null con0=null,fd:1 quiet loglevel=1 random.trust_cpu=on umid="$(basename "$run")" uml_dir="$run" </dev/null
}
kernel "$limit" "$run/init" 2>"$run/err"
status=$?
[ -s "$run/rc" ] && exit "$(cat "$run/rc")"
if [ "$(kernel 20 "$cache/busybox" 2>&1 | grep -c 'kill init! exitcode=0x0000000b')" != 0 ]; then
  # a program that only ends is killed by SIGSEGV: the registers of processors with AMX are more than this kernel has room for
  echo "SKIPPED: machine.sh: User Mode Linux does not run on this processor ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1))" >&2
  exit 77
fi
cat "$run/err" >&2; echo "machine.sh: no exit status (status $status)" >&2
exit 125
