#!/usr/bin/env bash
# Installs what building and testing need on Debian 12. Does nothing when all of it is there.
#   scripts/setup.sh build   compiler and libraries only
#   scripts/setup.sh test    also what the tests and checks use
#   scripts/setup.sh gui     what the pages for Venus OS are built and tested with
#   scripts/setup.sh page    what the page is tested with; node 20 or later and npm come from elsewhere, Debian 12 has 18
#   scripts/setup.sh venus   what the packages for GX devices and Debian are built and tested with
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config libboost1.81-dev libboost-json1.81-dev libsystemd-dev
       libfmt-dev libcli11-dev libmosquitto-dev zlib1g-dev libssl-dev libargon2-dev dbus)
test=(mosquitto mosquitto-clients openssl curl prometheus influxdb victoria-metrics libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-16 clang-tidy-16 libclang-rt-16-dev
      shellcheck python3 git)
gui=(qt6-base-dev-tools qt6-l10n-tools qt6-declarative-dev-tools qml6-module-qtqml qml6-module-qtqml-models
     qml6-module-qtqml-workerscript qml6-module-qtquick python3 python3-pyqt6.qtqml python3-pyqt6.qtquick fonts-dejavu-core)
page=(chromium fonts-dejavu-core dbus)
venus=(debootstrap qemu-user-static g++-arm-linux-gnueabihf g++-aarch64-linux-gnu busybox daemontools dpkg-dev systemd
       lintian)

case ${1:-test} in
    build) wanted=("${build[@]}") ;;
    test) wanted=("${build[@]}" "${test[@]}") ;;
    gui) wanted=("${gui[@]}") ;;
    page) wanted=("${page[@]}") ;;
    venus) wanted=("${build[@]}" "${venus[@]}") ;;
    *) echo "usage: $0 [build|test|gui|page|venus]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
"${root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
