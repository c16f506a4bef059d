# Sourced by the start scripts of drivers: sets tty; start runs $app and removes the lock of the port when it ends.
# shellcheck shell=sh disable=SC2154 # app comes from the start script
tty=${PWD##*.}
trap 'rm -f "/var/lock/serial-starter/$tty"' EXIT

start() {
    trap 'kill $driver' TERM
    "$app" "$@" &
    driver=$!
    wait $driver
    exit
}
