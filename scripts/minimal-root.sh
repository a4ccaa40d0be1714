#!/usr/bin/env bash
# minimal-root.sh [FOLDER]   `make demo` and `make test` in a clean clone of HEAD, in a new Debian with nothing but make, gcc,
# libc6-dev and the Rust that is used here: as an ordinary user, and then as root.
#
# Takes root and debootstrap. What FOLDER has of an earlier run is used again and stays; without FOLDER nothing stays.
# Mounts and processes go with the namespaces they are in, whatever happens. Inside there is no network: the crates that cargo
# has here are all there is (`cargo fetch` gets what is missing).
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${SHMCHAT_MINIMAL:-}" ]; then
    [ "$(id -u)" = 0 ] || { echo "minimal-root: only root can make a root" >&2; exit 1; }
    scripts/need.sh debootstrap
    cargo fetch --locked --quiet
    root=${1:-$(mktemp -d /var/tmp/shmchat-minimal.XXXXXX)}
    if [ $# = 0 ]; then trap 'rm -rf "$root"' EXIT; fi
    if [ ! -x "$root/usr/bin/gcc" ]; then
        mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
        debootstrap --variant=minbase --include=make,gcc,libc6-dev bookworm "$root" ${mirror:-} >/dev/null
    fi
    SHMCHAT_MINIMAL=$root unshare --mount --ipc --net --pid --fork --kill-child --mount-proc "$0"
    exit
fi

root=$SHMCHAT_MINIMAL
# A mount of its own, which pivot_root asks for.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# Ours are all segments there are, and all terminals.
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs tmpfs "$root/tmp"

rm -rf "$root"/opt/rust "$root"/opt/crates
mkdir -p "$root"/opt/rust "$root"/opt/crates/registry
sysroot=$(rustc --print sysroot)
cp -r "$sysroot/bin" "$sysroot/lib" "$root/opt/rust/"
cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/{index,cache} "$root/opt/crates/registry/"
chmod -R a+rX "$root/opt"

# inside USER COMMAND...: by pivot_root, since below a chroot a program that has a namespace of mounts of its own does not find
# the path that it was started by.
inside() {
    local user=$1
    shift
    unshare --mount --propagation private bash -c 'cd "$1" && pivot_root . mnt && cd / && umount -l /mnt && shift && exec "$@"' - \
        "$root" setpriv --reuid "$user" --regid "$user" --init-groups env -i HOME="/home/$user" USER="$user" \
        CARGO_HOME="/home/$user/.cargo" PATH=/opt/rust/bin:/usr/bin:/bin "$@" </dev/null
}

for user in alice root; do
    home=$root/home/$user
    rm -rf "$home"
    if [ "$user" = alice ] && ! chroot "$root" id alice >/dev/null 2>&1; then chroot "$root" useradd alice; fi
    mkdir -p "$home"
    cp -r "$root/opt/crates" "$home/.cargo"
    git clone --quiet --no-hardlinks . "$home/shmchat"
    chroot "$root" chown -R "$user:$user" "/home/$user"
    for target in demo test; do
        log=$root/var/log/$user-$target
        if ! inside "$user" make -C "/home/$user/shmchat" "$target" >"$log" 2>&1; then
            grep -E '^(failures:|test .* FAILED|error)' "$log" >&2 || tail -n 20 "$log" >&2
            echo "as $user: make $target FAILED; all it said is in $log" >&2
            exit 1
        fi
        echo "as $user: make $target is well: $(grep -c "^test .* ok$" "$log" || true) tests, $SECONDS s since the start"
    done
    left=$(find "$root/tmp" "$root/dev/shm" -mindepth 1 | tr '\n' ' ')
    segments=$(awk 'NR > 1 { print $2 }' /proc/sysvipc/shm | tr '\n' ' ')
    [ -z "$left$segments" ] || { echo "as $user: left behind: files [$left] segments [$segments]" >&2; exit 1; }
    rm -rf "$home"
done
