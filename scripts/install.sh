#!/usr/bin/env bash
# install.sh [install | uninstall] [bridge]
#
# Installs both programs with their completions and man pages under $DESTDIR$PREFIX, or with `uninstall` removes just these
# files, and of the folders that it had to make those that are empty then. Prints each. Builds nothing, so that `sudo make
# install` leaves nothing of root's here. With `bridge` it does the same with the bridge and its unit for systemd.
#
# PACKAGE=yes: for a Debian package (deb.sh). Debian has zsh's completions elsewhere, and keeps its own list of folders.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-install}
all=(reader writer shmchat-bridge)
names=(reader writer)
programs=${PROGRAMS:-target/release}
build=build
if [ "${2:-}" = bridge ]; then
    names=(shmchat-bridge)
    programs=${PROGRAMS:-target/bridge/release}
    build=bridge
fi

# home PATH: with the user's home in place of a leading ~, which not every shell replaces in an argument PREFIX=~/x.
home() {
    case $1 in
        "~" | "~/"*) echo "$HOME${1#\~}" ;;
        "~"*)
            echo "install: $1: write the folder out" >&2
            exit 1
            ;;
        *) echo "$1" ;;
    esac
}

dest=$(home "${DESTDIR:-}")
prefix=$(home "${PREFIX:-/usr/local}")
root=$dest$prefix
# The folders that were not there before, as they are called without DESTDIR.
made=$root/share/shmchat/folders
zsh=share/zsh/site-functions
if [ -n "${PACKAGE:-}" ]; then zsh=share/zsh/vendor-completions; fi
# Where systemd looks for a user's units, under /usr/local and under ~/.local.
units=share/systemd/user

# folder PATH: makes it, and prints each that was missing. DESTDIR itself stays: it is whoever's packs it.
folder() {
    if [ ! -d "$1" ]; then
        folder "$(dirname -- "$1")"
        mkdir -m 755 -- "$1"
        if [ "${1#"$dest"/}" != "$1" ]; then echo "${1#"$dest"}"; fi
    fi
}

# put MODE TARGET: standard input becomes the file TARGET under the root; or TARGET is removed.
put() {
    local target=$root/$2
    if [ "$what" = uninstall ]; then
        # Nothing that was never installed is worth a word.
        if [ -e "$target" ]; then rm -v -- "$target"; fi
    else
        install -m "$1" -- /dev/stdin "$target"
        echo "installed $target"
    fi
}

if [ "$what" = install ]; then
    for program in "${names[@]}"; do
        if [ ! -x "$programs/$program" ]; then
            echo "install: $programs/$program is missing; run \`make $build\` first" >&2
            exit 1
        fi
    done
    needed=(bin share/man/man1 share/bash-completion/completions "$zsh" share/fish/vendor_completions.d)
    if [ "$build" = bridge ]; then needed+=("$units"); fi
    if [ -z "${PACKAGE:-}" ]; then needed+=(share/shmchat); fi
    new=$(for name in "${needed[@]}"; do folder "$root/$name"; done)
    # Beside those of an earlier time.
    if [ -n "$new" ] && [ -z "${PACKAGE:-}" ]; then echo "$new" >>"$made"; fi
fi
for program in "${names[@]}"; do
    built=$programs/$program
    # It prints nothing, and nothing is what is needed.
    if [ "$what" = uninstall ]; then built=true; fi
    "$built" --man | put 644 "share/man/man1/$program.1"
    "$built" --completions bash | put 644 "share/bash-completion/completions/$program"
    "$built" --completions zsh | put 644 "$zsh/_$program"
    "$built" --completions fish | put 644 "share/fish/vendor_completions.d/$program.fish"
    if [ "$build" = bridge ]; then
        unit=$(<"bridge/systemd/$program@.service")
        put 644 "$units/$program@.service" <<<"${unit/=\/usr\/local\//="$prefix"/}"
    fi
    # Last: a program that is there has all that belongs to it.
    if [ "$what" = uninstall ]; then put 755 "bin/$program" </dev/null; else put 755 "bin/$program" <"$built"; fi
done
if [ "$what" = uninstall ] && [ -e "$made" ]; then
    # The last of the programs to go takes the folders along.
    for program in "${all[@]}"; do
        if [ -e "$root/bin/$program" ]; then exit; fi
    done
    # What lies in another comes after it in the list's order.
    folders=$(sort -ru -- "$made")
    rm -v -- "$made"
    # One that others use now stays.
    while read -r path; do
        if [ -d "$dest$path" ]; then rmdir --verbose --ignore-fail-on-non-empty -- "$dest$path"; fi
    done <<<"$folders"
fi
