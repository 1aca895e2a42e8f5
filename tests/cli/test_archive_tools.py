"""Archives as the tools that people use write them, and images of containers."""

import gzip
import hashlib
import json
import shutil
import sqlite3
import subprocess

import pytest

from archives import places, tar, zipped
from conftest import Runner, Tree
from creds import Creds

BSDTAR = {
    "iso": ["--format=iso9660"],
    "iso with Joliet off": ["--format=iso9660", "--options=!joliet"],
    "7z": ["--format=7zip"],
    "7z, stored": ["--format=7zip", "--options=compression=store"],
    "7z, ppmd": ["--format=7zip", "--options=compression=ppmd"],
    "cpio": ["--format=cpio"],
    "cpio, newc": ["--format=newc"],
    "ar": ["--format=ar"],
    "pax": ["--format=pax"],
    "xar-like zip": ["--format=zip"],
    "tar.Z": ["--format=ustar", "-Z"],
    "tar.lz": ["--format=ustar", "--lzip"],
    "tar.lz4": ["--format=ustar", "--lz4"],
    "tar.lzma": ["--format=ustar", "--lzma"],
    "tar.zst": ["--format=ustar", "--zstd"],
}


def tool(name: str) -> str:
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.mark.parametrize("kind", BSDTAR)
def test_what_bsdtar_writes(kind: str, run: Runner, tree: Tree, creds: Creds):
    tree.write("in/key.txt", creds.pair().ini)
    tree.write("in/other", "x" * 5000)
    subprocess.run([tool("bsdtar"), "-C", tree / "in", "-cf", tree / "a.bin", *BSDTAR[kind], "other", "key.txt"],
                   check=True, capture_output=True)
    result = run.scan("a.bin")
    found = places(result)
    assert len(found) == 1 and found[0][0].lower() in ("a.bin!key.txt", "a.bin!key.txt;1"), result
    assert result.summary["complete"], result


def test_a_debian_package_with_its_scripts(run: Runner, tree: Tree, creds: Creds):
    tree.write("pkg/DEBIAN/control", "Package: app\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b>\nDescription: x\n")
    script = tree.write("pkg/DEBIAN/postinst", "#!/bin/sh\n" + creds.pair().env)
    script.chmod(0o755)
    tree.write("pkg/etc/app.ini", creds.pair().ini)
    subprocess.run([tool("dpkg-deb"), "--root-owner-group", "-b", tree / "pkg", tree / "app.deb"],
                   check=True, capture_output=True)
    found = [path for path, _ in places(run.scan("app.deb"))]
    assert [p.split("!")[-1] for p in found] == ["./postinst", "./etc/app.ini"], found


def test_an_rpm(run: Runner, tree: Tree, creds: Creds):
    tree.write("app.ini", creds.pair().ini)
    tree.write("app.spec", "Name: app\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n"
               "%description\nx\n%install\nmkdir -p %{buildroot}/etc\n"
               f"cp {tree / 'app.ini'} %{{buildroot}}/etc\n%files\n/etc/app.ini\n")
    subprocess.run([tool("rpmbuild"), "-bb", "--define", f"_topdir {tree / 'top'}", tree / "app.spec"],
                   check=True, capture_output=True)
    package = next((tree / "top").rglob("*.rpm"))
    result = run.scan(package)
    assert [path.split("!")[1] for path, _ in places(result)] == ["./etc/app.ini"], result


@pytest.mark.parametrize("name, member", [
    ("app-1.0-py3-none-any.whl", "app/settings.py"),
    ("letter.docx", "word/document.xml"),
    ("app.apk", "assets/config.properties"),
    ("app.jar", "WEB-INF/classes/aws.properties"),
    ("function.zip", "lambda_function.py"),
])
def test_what_is_a_zip(name: str, member: str, run: Runner, tree: Tree, creds: Creds):
    tree.write(name, zipped({"first": b"", member: creds.pair().env.encode()}))
    assert places(run.scan(name)) == [(f"{name}!{member}", 1)]


def docker_image(layers: list[bytes], config: dict) -> bytes:
    """What `docker save` writes: layers as tars, the configuration as JSON."""
    members = {f"{hashlib.sha256(layer).hexdigest()}/layer.tar": layer for layer in layers}
    text = json.dumps(config).encode()
    name = hashlib.sha256(text).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["app:1"], "Layers": list(members)}]).encode()
    return tar({**members, name: text, "manifest.json": manifest})


def oci_image(layers: list[bytes], config: dict) -> bytes:
    """An OCI layout: all of it under the digests of its content."""
    blobs = [gzip.compress(layer) for layer in layers] + [json.dumps(config).encode()]
    members = {f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}": blob for blob in blobs}
    return tar({"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', **members, "index.json": b"{}"})


@pytest.mark.parametrize("image", [docker_image, oci_image])
def test_an_image_of_a_container(image, run: Runner, tree: Tree, creds: Creds):
    pair, other = creds.pair(), creds.pair()
    layer = tar({"root/.aws/credentials": pair.ini.encode(), "usr/lib/large": bytes(3 << 20)})
    config = {"config": {"Env": ["PATH=/bin", f"AWS_ACCESS_KEY_ID={other.id}",
                                 f"AWS_SECRET_ACCESS_KEY={other.secret}"]}}
    tree.write("image.tar", image([tar({"etc/hostname": b"x"}), layer], config))
    result = run.scan("image.tar")
    assert {f["access_key_id"] for f in result.findings} == {pair.id, other.id}, result
    assert sorted(p.count("!") for p, _ in places(result)) == [1, 2], result


# --- formats that are read as they lie ---


def test_a_database_of_sqlite(run: Runner, tree: Tree, creds: Creds):
    """Rows lie in it as text; so do rows that were deleted, until their page is used again."""
    pair, gone = creds.pair(), creds.pair()
    database = sqlite3.connect(tree / "app.db")
    database.execute("pragma secure_delete = off")
    database.execute("create table settings (name text, value text)")
    for one in (pair, gone):
        database.execute("insert into settings values ('aws', ?)", (one.ini,))
    database.commit()
    database.execute("delete from settings where value = ?", (gone.ini,))
    database.commit()
    database.close()
    result = run.scan("app.db")
    assert {f["access_key_id"] for f in result.findings} == {pair.id, gone.id}, result


def test_a_parquet_file_that_is_not_compressed(run: Runner, tree: Tree, creds: Creds):
    """A page of plain strings, each behind its length. Compressed pages are not read."""
    pair = creds.pair()
    page = b"".join(len(v).to_bytes(4, "little") + v.encode() for v in (pair.id, pair.secret))
    tree.write("a.parquet", b"PAR1\x15\x00\x15\x80" + page + b"aws_access_key_id\x00aws_secret_access_key\x00PAR1")
    assert pair.id in run.scan("a.parquet").ids
