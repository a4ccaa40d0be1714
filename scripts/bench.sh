#!/usr/bin/env bash
# bench.sh [ARGUMENT…]   runs the bench; its arguments are those of `shmchat-bench --help`
# bench.sh test          runs the bench's own tests
# bench.sh keep          takes the last run's plots into docs/bench and its verdict into docs/BENCHMARKS.md
# Leaves nothing but bench/results, also when it is interrupted.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = keep ]; then
    mkdir -p docs/bench
    cp bench/results/*.svg docs/bench/
    # Between the two marks, in place of what stands there.
    awk '/<!-- bench: end -->/ { inside = 0 }
         !inside { print }
         /<!-- bench: begin -->/ { inside = 1; while ((getline line <"bench/results/verdict.md") > 0) print line }' \
        docs/BENCHMARKS.md >bench/results/BENCHMARKS.md
    mv bench/results/BENCHMARKS.md docs/BENCHMARKS.md
    exit
fi

# One of the peers takes a compiler that not everybody has. Without one, the bench goes on without that peer.
cargo_bench() {
    local features=() compiler
    compiler=$(scripts/cxx23.sh)
    if [ -n "$compiler" ]; then
        features=(--features tachyon)
        export CXX=$compiler
    else
        echo "bench.sh: no compiler for C++23 here, so tachyon-ipc is left out; to have it too: apt-get install clang-19" >&2
    fi
    ${CARGO:-cargo} "$@" --release --manifest-path bench/Cargo.toml --target-dir target/bench "${features[@]}"
}

if [ "${1:-}" = test ]; then
    cargo_bench test
    exit
fi

# Where we may, with segments and queues of its own: they go with the last process, and none that others left is met.
if [ -z "${SHMCHAT_BENCH_ALONE:-}" ] && unshare --ipc true 2>/dev/null; then
    SHMCHAT_BENCH_ALONE=1 exec unshare --ipc "$0" "$@"
fi

# All temporary folders lie in here; what an interrupted run left in a channel goes with them.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/shmchat-bench.XXXXXX")
export TMPDIR
finish() {
    for folder in "$TMPDIR"/*/; do
        target/release/reader --dir "$folder" --clean --force >/dev/null 2>&1 || true
    done
    rm -rf "$TMPDIR"
}
trap finish EXIT

cargo_bench build
target/bench/release/shmchat-bench "$@"
