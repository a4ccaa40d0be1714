#!/usr/bin/env bash
# The tests of ring and channel under ThreadSanitizer and AddressSanitizer.
#
# The sanitizers come with stable rustc, their flags do not: RUSTC_BOOTSTRAP=1 lets it take them. With --target, so that
# build scripts and macros are left alone; each in a target folder of its own.
#
# ThreadSanitizer knows nothing of fences, and takes a segment that is attached twice for two memories. All that two
# processes share are atomic words, so neither makes it see a race where there is none; what it watches over is that
# they stay so, on lanes in plain memory (common/tests/ring.rs). Whether the orders suffice is the model checker's to
# say (make loom).
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
export RUSTC_BOOTSTRAP=1
host=$(rustc -vV | sed -n 's/^host: //p')
TSAN_OPTIONS="suppressions=$PWD/scripts/sanitize/thread.supp"
export TSAN_OPTIONS

# must_find SANITIZER FAULT WORDS: the fault of the known bad program is reported in these words
must_find() {
    local program=target/sanitize-$1/known_bad
    mkdir -p "target/sanitize-$1"
    rustc --edition 2024 -g "-Zsanitizer=$1" -Cunsafe-allow-abi-mismatch=sanitizer -o "$program" scripts/sanitize/known_bad.rs
    if "$program" "$2" >"$program.log" 2>&1 || ! grep -q "$3" "$program.log"; then
        echo "the $1 sanitizer does not find a known $2: it would find nothing else either" >&2
        exit 1
    fi
    echo "the $1 sanitizer finds a known $2"
}

# test_under SANITIZER
test_under() {
    # One test at a time: the harness's own doings between threads are std's, which is not instrumented. Copies in plain
    # Rust, because a sanitizer does not see into assembler.
    RUSTFLAGS="--cfg word_copies -Zsanitizer=$1 -Cunsafe-allow-abi-mismatch=sanitizer" \
        "$cargo" test -p shmchat --lib --test ring --test channel --test hostile \
        --target "$host" --target-dir "target/sanitize-$1" -- --test-threads=1
}

must_find thread race "ThreadSanitizer: data race"
test_under thread
must_find address overflow "AddressSanitizer: heap-buffer-overflow"
test_under address
