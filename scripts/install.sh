#!/usr/bin/env bash
# Installs both programs with their completions and man pages under $DESTDIR$PREFIX, or with `uninstall` removes just these
# files. Prints each. Builds nothing, so that `sudo make install` leaves nothing of root's here.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${PROGRAMS:-target/release}
root=${DESTDIR:-}${PREFIX:-/usr/local}

# put MODE TARGET: standard input becomes the file TARGET under the root; or TARGET is removed.
put() {
    local target=$root/$2
    if [ "$what" = uninstall ]; then
        # Nothing that was never installed is worth a word.
        if [ -e "$target" ]; then rm -v -- "$target"; fi
    else
        install -D -m "$1" -- /dev/stdin "$target"
        echo "installed $target"
    fi
}

what=${1:-install}
for program in reader writer; do
    built=$programs/$program
    if [ "$what" = uninstall ]; then
        built=true # it prints nothing, and nothing is what is needed
    elif [ ! -x "$built" ]; then
        echo "install: $built is missing; run \`make build\` first" >&2
        exit 1
    fi
    "$built" --man | put 644 "share/man/man1/$program.1"
    "$built" --completions bash | put 644 "share/bash-completion/completions/$program"
    "$built" --completions zsh | put 644 "share/zsh/site-functions/_$program"
    "$built" --completions fish | put 644 "share/fish/vendor_completions.d/$program.fish"
    # Last: a program that is there has all that belongs to it.
    if [ "$what" = uninstall ]; then put 755 "bin/$program" </dev/null; else put 755 "bin/$program" <"$built"; fi
done
