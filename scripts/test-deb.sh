#!/usr/bin/env bash
# Installs the package that `make deb` packed into a scratch root, runs the demo with the programs there, purges the package,
# and fails unless all that is left is what was there before.
#
# Builds nothing, so that `sudo make test-deb` leaves nothing of root's here.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "test-deb: $*" >&2
    exit 1
}
# As an ordinary user it cannot give files to root.
[ "$(id -u)" = 0 ] || fail "dpkg installs as root alone: sudo make test-deb"
set -- target/debian/shmchat_*.deb
[ -e "$1" ] || fail "no package in target/debian; run \`make deb\` first"
package=$1

root=$(mktemp -d)
trap 'rm -rf "$root" "$root.log"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{tmp,home,run} "$root"/var/lib/dpkg/{info,triggers,updates}
database=$root/var/lib/dpkg
# What the package depends on, as it is installed on this machine, whose libraries the programs will meet.
depends=$(dpkg-deb --field "$package" Depends | tr ',' '\n' | awk '{ print $1 }')
# shellcheck disable=SC2086 # one argument a package
dpkg-query --status $depends >"$database/status" || fail "this machine lacks one of: $depends"

in_root() { dpkg --root="$root" --log=/dev/null "$@" >"$root.log" 2>&1 || { cat "$root.log" >&2; fail "dpkg $* failed"; }; }
# All but dpkg's own records.
there() { find "$root" -path "$database" -prune -o -printf '/%P %M %U:%G\n' | sort; }

before=$(there)
in_root --install "$package"
echo "installed $package"
there | comm -13 <(echo "$before") - | awk '$2 ~ /^-/ { print "  " $1 }'

version=$(dpkg-deb --field "$package" Version)
for program in reader writer; do
    [ "$("$root/usr/bin/$program" --version)" = "$program ${version%-*}" ] || fail "$program is not version ${version%-*}"
    # What is packed is what the program says of itself.
    zcat "$root/usr/share/man/man1/$program.1.gz" | cmp - <("$root/usr/bin/$program" --man) || fail "an old man page"
    bash -n "$root/usr/share/bash-completion/completions/$program" || fail "a broken completion"
done
# Whatever it leaves, it leaves in there. Of its segment it says itself that it is gone.
env HOME="$root/home" TMPDIR="$root/tmp" XDG_RUNTIME_DIR="$root/run" PROGRAMS="$root/usr/bin" scripts/demo.sh

in_root --purge shmchat
left=$(there | comm -13 <(echo "$before") -)
[ -z "$left" ] || fail "left behind: $left"
[ "$(there)" = "$before" ] || fail "removed more than the package: $(there | comm -23 <(echo "$before") -)"
if grep -x 'Package: shmchat' "$database/status" || ls "$database"/info/shmchat.* 2>/dev/null; then
    fail "dpkg still knows of it"
fi
echo "purged: nothing is left"
