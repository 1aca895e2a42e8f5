#!/bin/sh
# deb.sh FOLDER VERSION - make a Debian package of what `make install` installed in FOLDER.
#
# The package lands beside FOLDER. The same sources give the same bytes: times are those of
# SOURCE_DATE_EPOCH, by default of the last commit.
set -eu
umask 022

if [ $# -ne 2 ]; then
    echo 'usage: deb.sh FOLDER VERSION' >&2
    exit 2
fi
folder=$(cd "$1" && pwd) version=$2
here=$(cd "$(dirname "$0")" && pwd)
architecture=$(dpkg --print-architecture)
package=$(dirname "$folder")/leaktrawl_${version}_$architecture.deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

strip --remove-section=.comment --remove-section=.note "$folder/usr/bin/leaktrawl"
gzip -9n "$folder/usr/share/man/man1/leaktrawl.1"
doc=$folder/usr/share/doc/leaktrawl
mkdir -p "$doc"
cp -R "$here/../README.md" "$here/../docs" "$doc/"
gzip -9nc "$here/../CHANGELOG.md" > "$doc/changelog.gz"

# dpkg-shlibdeps wants a source package's layout round the folder.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: leaktrawl\n\nPackage: leaktrawl\nArchitecture: any\n' > "$work/debian/control"
ln -s "$folder" "$work/debian/leaktrawl"
mkdir "$folder/DEBIAN"
depends=$(cd "$work" && dpkg-shlibdeps -O debian/leaktrawl/usr/bin/leaktrawl |
    sed -n 's/^shlibs:Depends=//p')

(cd "$folder" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) > "$folder/DEBIAN/md5sums"
cat > "$folder/DEBIAN/control" <<CONTROL
Package: leaktrawl
Version: $version
Architecture: $architecture
Maintainer: leaktrawl maintainers <maintainers@leaktrawl.invalid>
Installed-Size: $(du -sk --apparent-size "$folder/usr" | cut -f1)
Depends: $depends
Recommends: git
Section: utils
Priority: optional
Description: finds leaked AWS credentials
 leaktrawl finds AWS access key ids together with their secrets in files,
 archives, S3 buckets and the whole history of git repositories, says since
 when each has been exposed, and fits in a hook, a CI step or an incident
 responder's hands.
CONTROL
find "$folder" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$folder" "$package" > /dev/null
echo "$package"
