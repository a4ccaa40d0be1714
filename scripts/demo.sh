#!/usr/bin/env bash
# Carries a text file of some MB from `writer` to `reader` through shared memory, compares, and prints the figures.
# Leaves nothing: its channel lies in a folder of its own, and its segment goes when both have quit.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${PROGRAMS:-target/release}

place=$(mktemp -d "${TMPDIR:-/tmp}/shmchat-demo.XXXXXX")
reader=""
finish() {
    if [ -n "$reader" ]; then kill "$reader" 2>/dev/null || true; fi
    wait 2>/dev/null || true
    # Nothing to remove unless the demo was interrupted.
    "$programs/reader" --dir "$place/channels" --clean --force >/dev/null 2>&1 || true
    rm -rf "$place"
}
trap finish EXIT

# The text: this program's own sources, over and over, 16 MB of it.
sources=$(find common writer reader -name '*.rs' | sort)
: >"$place/sent"
while [ "$(wc -c <"$place/sent")" -lt 16000000 ]; do
    # shellcheck disable=SC2086 # one argument a file
    cat README.md $sources >>"$place/sent"
done

mkdir "$place/channels"
start=$(date +%s%N)
"$programs/reader" --dir "$place/channels" demo >"$place/received" &
reader=$!
"$programs/writer" --dir "$place/channels" -v demo <"$place/sent" 2>"$place/log"
wait "$reader"
reader=""
end=$(date +%s%N)

if ! cmp "$place/sent" "$place/received"; then
    echo "demo: what was received differs from what was sent" >&2
    exit 1
fi

# [info] TIME channel demo (key 0x…, shmid …): attached as writer, lanes of … bytes
attached=$(grep -m1 'attached as writer' "$place/log")
key=$(sed -E 's/.*key (0x[0-9a-f]+).*/\1/' <<<"$attached")
shmid=$(sed -E 's/.*shmid ([0-9]+).*/\1/' <<<"$attached")
lane=$(sed -E 's/.*lanes of ([0-9]+) bytes.*/\1/' <<<"$attached")
bytes=$(wc -c <"$place/sent")
lines=$(wc -l <"$place/sent")
ms=$(((end - start) / 1000000))

echo "sent and received   $lines lines, $bytes bytes, all the same"
echo "time                $ms ms, from starting both to having quit both ($((bytes / 1000 / (ms > 0 ? ms : 1))) MB/s)"
echo "segment             key $key, shmid $shmid, 2 lanes of $lane bytes behind a page of header"
if awk '{ print $2 }' /proc/sysvipc/shm | grep -qx "$shmid"; then
    echo "demo: segment $shmid is still there" >&2
    exit 1
fi
echo "left behind         nothing: the segment went with the last to quit"
