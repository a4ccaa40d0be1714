#!/usr/bin/env bash
# msrv.sh           builds everything with the Rust version that Cargo.toml promises, where rustup has it; where it has not,
#                   checks what the toolchain at hand can tell, and says that it was no more than that
# msrv.sh version   prints that version
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}

version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if [ "${1:-}" = version ]; then
    echo "$version"
    exit
fi

toolchain=$(rustup toolchain list 2>/dev/null | grep -oE "^$version(\.[0-9]+)?-[^ ]+" | tail -n 1 || true)
if [ -n "$toolchain" ]; then
    # By rustup: CARGO is another version's.
    rustup run "$toolchain" cargo build --workspace --all-targets --locked --target-dir target/msrv
    echo "msrv: everything builds with Rust $version"
    exit
fi

echo "msrv: Rust $version is not here (rustup toolchain install $version); what $(rustc --version) can tell instead:"
# Of the crates that are not ours. A line for each package, from its id on.
newest=$("$cargo" metadata --locked --format-version 1 | sed 's/"id":"/\n&/g' | grep '^"id":"registry' |
    grep -o '"rust_version":"[0-9.]*"' | cut -d '"' -f 4 | sort -V | tail -n 1)
if [ "$(printf '%s\n' "$newest" "$version" | sort -V | tail -n 1)" != "$version" ]; then
    echo "msrv: a crate in Cargo.lock needs Rust $newest, Cargo.toml promises $version" >&2
    exit 1
fi
echo "msrv: no crate in Cargo.lock needs more than Rust $newest"
"$cargo" clippy --quiet --workspace --all-targets --locked -- -D clippy::incompatible_msrv
echo "msrv: nothing of the standard library that is used is newer than Rust $version"
