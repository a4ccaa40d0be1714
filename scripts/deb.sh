#!/usr/bin/env bash
# Packs what install.sh installs, a changelog and the licence into target/debian/shmchat_VERSION_ARCHITECTURE.deb.
#
# By dpkg-deb alone, which every Debian has: no debhelper, no root. The same programs give the same package, byte for byte:
# its time is SOURCE_DATE_EPOCH, or the last commit's. DEBFULLNAME and DEBEMAIL name who packs it.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

command -v dpkg-deb >/dev/null || scripts/need.sh dpkg
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)-1
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-shmchat maintainers} <${DEBEMAIL:-shmchat@localhost}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)}
export SOURCE_DATE_EPOCH

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
DESTDIR=$stage PREFIX=/usr PACKAGE=yes scripts/install.sh >/dev/null
# It comes with gcc, which Rust links by.
strip --strip-unneeded "$stage"/usr/bin/*
gzip -9n "$stage"/usr/share/man/man1/*

docs=$stage/usr/share/doc/shmchat
mkdir -p "$docs"
gzip -9n <CHANGELOG.md >"$docs/changelog.gz"
gzip -9n >"$docs/changelog.Debian.gz" <<END
shmchat ($version) unstable; urgency=medium

  * Packed from the sources. What is new in them: changelog.gz.

 -- $maintainer  $(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")
END
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: shmchat"
    echo
    echo "Files: *"
    sed -n 's/^Copyright (c) /Copyright: /p' LICENSE-MIT
    echo "License: MIT or Apache-2.0"
    echo
    echo "License: MIT"
    # From the permission on: a space before each line, a full stop in place of an empty one.
    sed -n '/^Permission/,$ { s/^$/./; s/^/ /; p }' LICENSE-MIT
    echo
    echo "License: Apache-2.0"
    echo " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0."
} >"$docs/copyright"

# The newest of libc's versions whose symbols are used, and the library that unwinds.
libc=$(grep -haoE 'GLIBC_[0-9]+(\.[0-9]+)+' "$stage"/usr/bin/* | cut -d _ -f 2 | sort -Vu | tail -n 1)
depends="libc6 (>= $libc)"
if grep -qaF libgcc_s.so.1 "$stage"/usr/bin/*; then depends+=", libgcc-s1"; fi

mkdir "$stage/DEBIAN"
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
# In KiB, each file rounded up.
size=$(find "$stage/usr" -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
cat >"$stage/DEBIAN/control" <<END
Package: shmchat
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: $depends
Section: utils
Priority: optional
Description: two processes talk through System V shared memory
 The programs reader and writer are a chat in two terminals, and a fast pipe
 between two commands. Messages wait in a shared memory segment, survive the
 death of either program, and wake a sleeping one by a named FIFO. When both
 have quit and everything was read, nothing is left behind.
END

rm -rf target/debian
mkdir -p target/debian
package=target/debian/shmchat_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$stage" "$package" >/dev/null
echo "packed $package"
