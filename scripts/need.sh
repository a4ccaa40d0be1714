#!/usr/bin/env bash
# need.sh PROGRAM    makes sure that it is there: installs Debian's package of that name, or says how to
set -euo pipefail
program=$1

command -v "$program" >/dev/null && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
install() { $as_root apt-get install -y "$program"; }
# A new machine has no list of packages yet.
if ! { install || { $as_root apt-get update && install; }; } >/dev/null 2>&1 || ! command -v "$program" >/dev/null; then
    echo "$program is needed here and could not be installed; install it, for instance: sudo apt-get install $program" >&2
    exit 1
fi
