#!/usr/bin/env bash
# cxx23.sh   prints the name of a compiler that can build the bench's peer in C++23, nothing if there is none
# What counts is whether it compiles what that peer is made of, not which version it says it is. The newest comes first.
set -euo pipefail

# That peer's build needs libclang as well, and looks for it in these places.
shopt -s nullglob
libraries=(/usr/lib{,32,64,/*,/llvm*/lib}/libclang{.so,-[0-9]}*)
[ ${#libraries[@]} -gt 0 ] || [ -n "${LIBCLANG_PATH:-}" ] || exit 0

for compiler in ${CXX:+"$CXX"} clang++-{25..19} g++-{18..14} clang++ g++ c++; do
    command -v "$compiler" >/dev/null || continue
    if "$compiler" -std=c++23 -march=native -fsyntax-only -x c++ - 2>/dev/null <<'END'; then
#include <expected>
std::expected<int, int> one() { return std::unexpected(1); }
int main() { return one().has_value(); }
END
        echo "$compiler"
        exit
    fi
done
