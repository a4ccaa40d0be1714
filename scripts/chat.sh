#!/usr/bin/env bash
# Opens reader and writer side by side in tmux, or says what to type where tmux is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
programs="$PWD/target/release"

if ! command -v tmux >/dev/null; then
    echo "tmux is not installed. Type this in two terminals:"
    echo "  $programs/reader $*"
    echo "  $programs/writer $*"
    exit 0
fi

# Each argument quoted, for the shell that tmux starts.
arguments=$(printf ' %q' "$@")
if [ $# -eq 0 ]; then arguments=""; fi
if [ -n "${TMUX:-}" ]; then
    tmux split-window -h "$programs/writer$arguments"
    exec "$programs/reader" "$@"
fi
exec tmux new-session "$programs/reader$arguments" \; split-window -h "$programs/writer$arguments"
