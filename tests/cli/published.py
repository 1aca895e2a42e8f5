"""The schemas that readers of SARIF and of GitLab's reports publish: where they come from.

They are no part of this repository: `make schemas` runs this file, which puts them into
build/schemas. Whatever a source hands out is taken only if it has the right SHA-256.

- SARIF 2.1.0 with its errata, by OASIS; the Go module go-sarif carries the same bytes.
- GitLab's secret detection report, 15.2.4. Reports name 15.1.4, which older servers know too; what
  lies between asks nothing more of the fields that are used.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import jsonschema

BUILD = Path(__file__).resolve().parents[2] / "build"
FOLDER = BUILD / "schemas"
TIMEOUT_S = 20


@dataclass(frozen=True)
class Schema:
    name: str
    sha256: str
    urls: tuple[str, ...]
    module: str = ""  # of Go, which holds it as the one raw string of the file `member`
    member: str = ""

    def is_right(self, content: bytes) -> bool:
        return hashlib.sha256(content).hexdigest() == self.sha256


SARIF = Schema(
    "sarif-schema-2.1.0.json",
    "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e",
    (
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    ),
    "github.com/owenrumney/go-sarif/v3@v3.3.1",
    "pkg/report/v210/sarif/schema.go",
)

GITLAB = Schema(
    "secret-detection-report-format.json",
    "a394576ebb6f598d07f2b355a333f01b338fed818c200ef5f392d3d9ba35bd1a",
    (
        "https://gitlab.com/gitlab-org/security-products/security-report-schemas"
        "/-/raw/v15.2.4/dist/secret-detection-report-format.json",
        "https://raw.githubusercontent.com/draugr-dev/draugr/0a4e83f59d17db9f7b74350b30b225cd7fb2338c"
        "/pkg/report/testdata/gitlab/secret-detection-report-format.json",
    ),
)


def published(schema: Schema) -> dict[str, Any] | None:
    """The schema, or None where `make schemas` could not get it."""
    path = FOLDER / schema.name
    if not path.exists():
        return None
    content = path.read_bytes()
    assert schema.is_right(content), f"{path} is not the published one: remove it"
    return json.loads(content)


def validate(document: Any, schema: dict[str, Any]) -> None:
    """By the draft that the schema names, formats (of URIs, say) included."""
    kind = jsonschema.validators.validator_for(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(document)


def from_module(schema: Schema, go: str) -> bytes:
    env = os.environ | {"GOMODCACHE": str(BUILD / "go-modules"), "GOFLAGS": "-modcacherw"}
    done = subprocess.run(
        [go, "mod", "download", "-json", schema.module], capture_output=True, env=env, check=True
    )
    source = (Path(json.loads(done.stdout)["Dir"]) / schema.member).read_bytes()
    return source[source.index(b"`") + 1 : source.rindex(b"`")]


def candidates(schema: Schema, go: str) -> Iterator[bytes]:
    for url in schema.urls:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
                yield answer.read()
        except OSError as error:
            print(f"{url}: {error}", file=sys.stderr)
    if schema.module:
        try:
            yield from_module(schema, go)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{schema.module}: {error}", file=sys.stderr)


def fetch(schema: Schema, go: str) -> bool:
    path = FOLDER / schema.name
    if path.exists() and schema.is_right(path.read_bytes()):
        return True
    for content in candidates(schema, go):
        if schema.is_right(content):
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return True
    print(f"{schema.name}: no source of it can be reached; tests that want it are skipped")
    return False


if __name__ == "__main__":
    sys.exit(0 if all([fetch(s, sys.argv[1]) for s in (SARIF, GITLAB)]) else 1)
