#!/usr/bin/env bash
# Carries the demo's text between two machines: `writer`, a bridge, a nats-server on the loopback, a bridge, `reader`. Kills one
# bridge half-way, compares, and prints the figures. The two machines are two channel folders, and so two segments.
# Leaves nothing: all of it lies in a folder of its own, and its segments go when all have quit.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${PROGRAMS:-target/release}
bridge=${BRIDGE_PROGRAM:-target/bridge/release/shmchat-bridge}
nats=target/nats/nats-server

place=$(mktemp -d "${TMPDIR:-/tmp}/shmchat-bridge-demo.XXXXXX")
# What of ours still runs, by its ids.
end_all() {
    jobs -rp | xargs -r kill -TERM 2>/dev/null || true
    wait 2>/dev/null || true
}
finish() {
    end_all
    # Nothing to remove unless the demo was interrupted.
    for machine in left right; do
        "$programs/reader" --dir "$place/$machine" --clean --force >/dev/null 2>&1 || true
    done
    rm -rf "$place"
}
trap finish EXIT
# Waits until a command succeeds, or says that it never does.
wait_for() {
    local what=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" = 1200 ]; then
            echo "bridge-demo: waited in vain for $what" >&2
            cat "$place"/*.log >&2
            exit 1
        fi
        sleep 0.05
    done
}

# The text: this program's own sources, over and over, 16 MB of it.
sources=$(find common writer reader -name '*.rs' | sort)
: >"$place/sent"
while [ "$(wc -c <"$place/sent")" -lt 16000000 ]; do
    # shellcheck disable=SC2086 # one argument a file
    cat README.md $sources >>"$place/sent"
done
bytes=$(wc -c <"$place/sent")
lines=$(wc -l <"$place/sent")
mkdir "$place/left" "$place/right" "$place/ports"

"$nats" -a 127.0.0.1 -p -1 -js -sd "$place/store" --ports_file_dir "$place/ports" >"$place/nats.log" 2>&1 &
server=$!
has_ports() { grep -q nats:// "$place/ports/nats-server_$server.ports"; }
wait_for "the nats-server" has_ports
url=$(grep -o 'nats://[0-9.:]*' "$place/ports/nats-server_$server.ports" | head -n 1)

left() { "$bridge" demo --role reader --server "$url" --dir "$place/left" >>"$place/left.log" 2>&1 & }
right() { "$bridge" demo --role writer --server "$url" --dir "$place/right" >>"$place/right.log" 2>&1 & }

start=$(date +%s%N)
left
left_bridge=$!
right
"$programs/reader" -q --dir "$place/right" demo >"$place/received" &
reader=$!
# The second half comes once a bridge has been killed: otherwise all is over before anybody can.
mkfifo "$place/killed"
{ head -c $((bytes / 2)) "$place/sent"; cat "$place/killed"; tail -c +$((bytes / 2 + 1)) "$place/sent"; } |
    "$programs/writer" -q --dir "$place/left" demo &
writer=$!

# Somewhere in the first half, or at its end.
has_some() { [ "$(wc -c <"$place/received")" -ge $((bytes / 8)) ]; }
wait_for "the first of the text" has_some
{ kill -KILL "$left_bridge" && wait "$left_bridge"; } 2>/dev/null || true
had=$(wc -c <"$place/received")
left
: >"$place/killed"

wait "$writer"
wait "$reader"
end=$(date +%s%N)
if ! cmp "$place/sent" "$place/received"; then
    echo "bridge-demo: what was received differs from what was sent" >&2
    exit 1
fi

end_all
ms=$(((end - start) / 1000000))
echo "sent and received   $lines lines, $bytes bytes, all the same"
echo "by way of           two segments and JetStream's streams at $url"
echo "killed half-way     the writer's bridge, when the reader had $had bytes; another went on"
echo "time                $ms ms, from starting all to having quit both ($((bytes / 1000 / (ms > 0 ? ms : 1))) MB/s)"
left_over=$(find "$place/left" "$place/right" -type p)
if [ -n "$left_over" ]; then
    echo "bridge-demo: left behind: $left_over" >&2
    exit 1
fi
echo "left behind         nothing: the segments went with the last to quit"
