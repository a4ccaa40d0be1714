#!/usr/bin/env bash
# Says what is missing where rustc could not link, before it says so in a page.
set -euo pipefail

# A linker that the user chose is theirs to know.
if grep -qs '^ *linker *=' "${CARGO_HOME:-$HOME/.cargo}"/config.toml .cargo/config.toml ||
    env | grep -q '^CARGO_TARGET_.*_LINKER='; then
    exit
fi
# With libc's files for it: a compiler that does not find one gives its bare name.
case $(cc -print-file-name=crt1.o 2>/dev/null) in
    */*) ;;
    *)
        echo "Rust needs a C linker (cc, and libc's files for it); on Debian: sudo apt-get install gcc libc6-dev" >&2
        exit 1
        ;;
esac
