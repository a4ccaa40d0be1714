#!/usr/bin/env bash
# fuzz.sh SECONDS    fuzzes all targets of fuzz/, SECONDS in all
# fuzz.sh keep       takes what was found in target/fuzz/corpus into fuzz/corpus, as few inputs as have the same coverage
# Without cargo-fuzz: libFuzzer comes with a crate, and its instrumentation with stable rustc.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
built=target/fuzz

# libFuzzer is C++.
command -v c++ >/dev/null || scripts/need.sh g++
host=$(rustc -vV | sed -n 's/^host: //p')
# Counters at each edge, and the operands of each comparison. With --target, so that build scripts are left alone.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS=$(echo $coverage) "$cargo" build --quiet --manifest-path fuzz/Cargo.toml --release --features link --bins \
    --target "$host" --target-dir "$built"
targets=$(cd fuzz/corpus && echo *)
mkdir -p "$built/crashes"

# In memory where it can be: on a disk each attach waits for the lock files it writes.
place=$(mktemp -d /dev/shm/shmchat-fuzz.XXXXXX 2>/dev/null || mktemp -d)
fuzzer=""
# What a fuzzer that died left: segments that it created.
remove_segments() {
    awk -v pid="$1" 'NR > 1 && $5 == pid { print $2 }' /proc/sysvipc/shm | xargs -r -n 1 ipcrm -m
}
finish() {
    if [ -n "$fuzzer" ]; then
        kill "$fuzzer" 2>/dev/null || true
        wait "$fuzzer" 2>/dev/null || true
        remove_segments "$fuzzer"
    fi
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

# run TARGET ARGUMENTS...: its output goes to a log
run() {
    local target=$1 status=0
    shift
    TMPDIR=$place "$built/$host/release/$target" -max_len=1024 "$@" >"$built/$target.log" 2>&1 &
    fuzzer=$!
    wait "$fuzzer" || status=$?
    remove_segments "$fuzzer"
    fuzzer=""
    return "$status"
}

if [ "${1:-}" = keep ]; then
    for target in $targets; do
        rm -rf "$place/kept" && mkdir -p "$place/kept" "$built/corpus/$target"
        # By edges alone, not by how often each was passed: an input for each way through the code, not for each number.
        run "$target" -merge=1 -use_counters=0 "$place/kept" "fuzz/corpus/$target" "$built/corpus/$target"
        # What has a name of its own was a crash, and stays.
        find "fuzz/corpus/$target" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
        cp "$place/kept"/* "fuzz/corpus/$target/"
    done
    du -sb --apparent-size fuzz/corpus
    exit 0
fi

seconds=$((${1:?how many seconds?} / $(wc -w <<<"$targets")))
# None would be for ever.
if [ "$seconds" -lt 1 ]; then seconds=1; fi
failed=""
for target in $targets; do
    mkdir -p "$built/corpus/$target"
    # New inputs go to the first folder; the committed ones are read.
    if run "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$built/crashes/$target-" "$built/corpus/$target" "fuzz/corpus/$target"; then
        awk -v target="$target" '/number_of_executed_units/ { runs = $2 } /average_exec_per_sec/ { rate = $2 } / cov: / { cov = $4 }
            END { printf "%-8s %9d runs, %6d a second, %5d edges: nothing found\n", target, runs, rate, cov }' "$built/$target.log"
    else
        failed="$failed $target"
        grep -A 2 -E 'panicked at|ERROR: libFuzzer' "$built/$target.log" >&2 || tail -n 5 "$built/$target.log" >&2
        echo "$target FAILED; to see it again: $built/$host/release/$target \\" >&2
        echo "    $(sed -n 's/.*Test unit written to //p' "$built/$target.log")" >&2
        echo "Once mended, put that file into fuzz/corpus/$target under a name that says what it was: cargo test replays it" >&2
    fi
done
[ -z "$failed" ]
