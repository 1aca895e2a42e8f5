#!/bin/sh
# check-image.sh - build the image of packaging/Dockerfile and run it, without a daemon or a registry.
#
# buildah runs the Dockerfile's steps in a chroot, as root. The base image is made here: what
# debootstrap installs, without what Debian's slim images leave out. All of it lies in a folder of its
# own and is taken away at the end. DEBIAN_MIRROR names another mirror.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d)
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

image() {
    command=$1 && shift
    buildah --root "$work/storage" --runroot "$work/run" "$command" "$@"
}
clean() {
    image rm --all > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

fail() {
    echo "check-image.sh: $1" >&2
    exit 1
}

echo 'making a base image'
debootstrap --variant=minbase bookworm "$work/base" "$mirror" > "$work/log" || fail "$(tail -n 3 "$work/log")"
rm -rf "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/* \
    "$work"/base/usr/share/doc/* "$work"/base/usr/share/man/* "$work"/base/usr/share/locale/*
base=$(image from scratch)
image add "$base" "$work/base" / > /dev/null
image commit -q "$base" docker.io/library/debian:bookworm-slim > /dev/null
image rm "$base" > /dev/null

echo 'building'
mkdir "$work/context"
git -C "$source" archive HEAD | tar -x -C "$work/context"
image build --pull-never -q -f "$work/context/packaging/Dockerfile" -t leaktrawl "$work/context" > "$work/log" 2>&1 ||
    fail "$(tail -n 20 "$work/log")"

# Two folders to look at, one with the demo's made-up leaks.
mkdir -p "$work/clean" "$work/leak"
echo nothing > "$work/clean/f"
sh "$source/fixtures/make.sh" "$work/leak"
chmod -R a+rX "$work/clean" "$work/leak"
box=$(image from --pull-never leaktrawl)
scan() {
    status=0
    image run --volume "$1:/scan:ro" "$box" -- leaktrawl scan . > "$work/out" 2>&1 || status=$?
    [ "$status" -eq "$2" ] || fail "a scan of $1 ended with $status: $(cat "$work/out")"
}
scan "$work/clean" 0
scan "$work/leak" 1
[ "$(image run "$box" -- id -u)" = 65534 ] || fail 'it runs as somebody'
root=$(image mount "$box")
[ -s "$root/etc/ssl/certs/ca-certificates.crt" ] || fail 'it trusts no server'
for left in src tmp/leaktrawl.deb var/cache/apt/pkgcache.bin usr/bin/gcc; do
    [ ! -e "$root/$left" ] || fail "/$left is left in it"
done
echo "the image is $(du -sm "$root" | cut -f1) MB, $(du -sm "$work/base" | cut -f1) of them Debian's"
