#!/usr/bin/env bash
# Checks every crate that is used here against deny.toml: its licence, where it comes from, how many versions of it there are,
# and known advisories. The bench and the fuzz targets, which nobody ships, may have as many versions as they like, and so may
# the bridge: what the client of NATS brings has not moved to the versions that we use.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}

if ! "$cargo" deny --version >/dev/null 2>&1; then
    echo "cargo-deny is needed here; install it, for instance: cargo install --locked cargo-deny" >&2
    exit 1
fi

advisories=advisories
# It comes from GitHub. What cannot be fetched is no reason not to check the rest.
if ! "$cargo" deny --log-level off fetch db >/dev/null 2>&1; then
    echo "audit: the advisory database cannot be fetched: advisories are NOT checked"
    advisories=""
fi
for workspace in . bridge tour fuzz bench; do
    checks="$advisories licenses sources"
    if [ "$workspace" = . ]; then checks="$checks bans"; fi
    # shellcheck disable=SC2086 # one argument a check
    "$cargo" deny --log-level warn --config deny.toml --manifest-path "$workspace/Cargo.toml" --locked check \
        --hide-inclusion-graph $checks
done
