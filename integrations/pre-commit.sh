#!/bin/sh
# pre-commit.sh ARGUMENT... - run leaktrawl, which is built first where that was not done yet.
#
# pre-commit keeps a copy of this repository for each version, so a build lasts until the next one.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
program=$source/build/release/leaktrawl
if [ ! -x "$program" ]; then
    mkdir -p "$source/build"
    # Two hooks may come here at once.
    flock "$source/build/lock" make -s -C "$source" all >&2 || {
        echo "leaktrawl could not be built; what it needs: make -C $source deps" >&2
        exit 2
    }
fi
exec "$program" "$@"
