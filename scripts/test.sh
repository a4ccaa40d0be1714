#!/usr/bin/env bash
# test.sh [ARGUMENT...]   `cargo test --workspace ARGUMENT...`, and at its end once more what each program of tests came to.
#
# Without arguments, the groups that are about channels run again for the other two kinds of memory, with shorter loops: what
# takes long in them draws at random, and is about the code that all kinds share.
set -euo pipefail
cd "$(dirname "$0")/.."

# What goes through a pipe has no colours unless they are asked for.
if [ -t 1 ]; then export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-always}"; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
${CARGO:-cargo} test --workspace "$@" 2>&1 | tee "$log" || code=$?
if [ $# -eq 0 ] && [ "$code" -eq 0 ]; then
    for memory in posix file; do
        echo "memory: $memory" | tee -a "$log"
        env SHMCHAT_TEST_MEMORY="$memory" SECONDS=10 PROPTEST_CASES=1000 ${CARGO:-cargo} test --workspace \
            --test cli --test pipe --test screen --test lifecycle --test hostile --test exec 2>&1 | tee -a "$log" || code=$?
    done
fi

awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^memory: / { memory = " (" $2 ")" }
    # "Running tests/cli/main.rs (target/debug/deps/cli-0123456789abcdef)", "Doc-tests shmchat"
    /^ +Running .*\)$/ {
        path = $0; sub(/^ +Running (unittests )?/, "", path); sub(/ \(.*/, "", path)
        name = $0; sub(/.*\//, "", name); sub(/-[0-9a-f]*\)$/, "", name)
        name = sprintf("%-12s %s", name, path memory)
    }
    /^ +Doc-tests / { sub(/^ +Doc-tests /, ""); name = sprintf("%-12s its examples", $0) }
    /^test result: / && !/ 0 passed; 0 failed; 0 ignored/ {
        sub(/^test result: /, ""); sub(/ 0 measured; /, " ")
        printf "%s  %-38s %s\n", lines++ ? "" : "\n", name, $0
    }
' "$log"
exit "$code"
