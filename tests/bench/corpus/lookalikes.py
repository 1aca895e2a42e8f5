"""Negatives that tools write: locks, manifests, sealed values, logs, keys of other services.

Each stands beside a key id in half of the samples, which is then a lone id and makes no pair.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from .base import ALNUM, BASE32, Doc, Gen, negative

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
URLSAFE = ALNUM + "-_"


def digest(g: Gen, n: int = 32) -> str:
    return base64.b64encode(g.bytes(n)).decode()


def wrapped(text: str, width: int = 64, indent: str = "") -> str:
    return "\n".join(indent + text[k : k + width] for k in range(0, len(text), width))


def beside_id(g: Gen, text: str, name: str, comment: str = "#") -> Doc:
    """`text` with, now and then, a comment over or under it that holds an id."""
    if g.chance():
        return Doc(text, name=name)
    i = g.key_id()
    line = f"{comment} deployed with {i}\n"
    return Doc(line + text if g.chance() else f"{text}{line}", name=name, lone_ids=[i])


@negative("lock-files-of-more-ecosystems", cross=True)
def more_locks(g: Gen) -> Doc:
    def entry() -> str:
        word, line = f"{g.word()}-{g.word()}", ""
        if name == "composer.lock":
            line = f'{{"name": "{g.user()}/{word}", "dist": {{"reference": "{g.hex()}", "shasum": ""}}}},'
        elif name == "Gemfile.lock":
            line = f"  {word} (1.4.0) sha256={g.hex(64)}\n  revision: {g.hex()}"
        elif name == "pnpm-lock.yaml":
            line = f"  /{word}@2.1.0:\n    resolution: {{integrity: sha512-{digest(g, 64)}}}"
        elif name == "Pipfile.lock":
            line = f'"{word}": {{"hashes": ["sha256:{g.hex(64)}", "sha256:{g.hex(64)}"]}},'
        elif name == "mix.lock":
            line = f'  "{word}": {{:hex, :{word}, "1.0.1", "{g.hex(64)}", [:mix], [], "hexpm"}},'
        elif name == "pubspec.lock":
            line = f'  {word}:\n    description:\n      sha256: "{g.hex(64)}"\n    version: "1.2.0"'
        elif name == "packages.lock.json":
            line = f'"{word}": {{"type": "Direct", "contentHash": "{digest(g, 64)}"}},'
        elif name == "Package.resolved":
            line = f'{{"identity": "{word}", "state": {{"revision": "{g.hex()}"}}}},'
        elif name == "deno.lock":
            line = f'"npm:{word}@1.0.0": {{"integrity": "sha512-{digest(g, 64)}"}},'
        elif name == "conan.lock":
            line = f'"{word}/1.2.13#{g.hex(32)}%1650538915.154",'
        else:
            line = f'"{word}": ["{word}@1.0.0", "", {{}}, "sha512-{digest(g, 64)}"],'
        return line + "\n"

    names = "composer.lock Gemfile.lock pnpm-lock.yaml Pipfile.lock mix.lock pubspec.lock"
    names += " packages.lock.json Package.resolved deno.lock conan.lock bun.lock"
    name = g.choice(names.split())
    return beside_id(g, "".join(entry() for _ in range(g.r.randint(3, 30))), name)


@negative("terraform-lock", cross=True)
def terraform_lock(g: Gen) -> Doc:
    out = ""
    for _ in range(g.r.randint(1, 6)):
        hashes = [f'    "h1:{digest(g)}",\n' for _ in range(g.r.randint(1, 5))]
        hashes += [f'    "zh:{g.hex(64)}",\n' for _ in range(g.r.randint(1, 9))]
        out += (
            f'provider "registry.terraform.io/{g.word()}/{g.word()}" {{\n  version = "5.1.0"\n'
            f"  hashes = [\n{''.join(hashes)}  ]\n}}\n\n"
        )
    return beside_id(g, out, ".terraform.lock.hcl")


@negative("nix-hashes", cross=True)
def nix_hashes(g: Gen) -> Doc:
    lines = [
        g.pick(
            f'  sha256 = "{g.run(NIX32, 52)}";',
            f'  hash = "sha256-{digest(g)}";',
            f'  hash = "sha1-{digest(g, 20)}";',
            f'  rev = "{g.hex()}";',
            f"  src = /nix/store/{g.run(NIX32, 32)}-{g.word()}-1.2;",
            f'  "narHash": "sha256-{digest(g)}",',
        )
        for _ in range(g.r.randint(3, 20))
    ]
    return beside_id(g, "{\n" + "\n".join(lines) + "\n}\n", "default.nix")


@negative("kubernetes-references", cross=True)
def kubernetes_references(g: Gen) -> Doc:
    word = g.word()
    text = (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {word}\n  uid: {g.uuid()}\n"
        f"  annotations:\n    checksum/secret: {g.hex(64)}\n    checksum/config: {g.hex()}\n"
        f"spec:\n  containers:\n    - image: registry.example/{word}@sha256:{g.hex(64)}\n      env:\n"
        f"        - name: AWS_ACCESS_KEY_ID\n          valueFrom:\n            secretKeyRef:\n"
        f"              name: {word}-aws-credentials\n              key: access-key-id\n"
        f"        - name: AWS_SECRET_ACCESS_KEY\n          valueFrom:\n            secretKeyRef:\n"
        f"              name: {word}-{g.word()}-aws-secret-access-key-{g.run(NIX32, 10)}\n"
        f"              key: secret-access-key\n        - name: IMAGE_REVISION\n"
        f"          value: {g.hex()}\n"
    )
    return beside_id(g, text, "deployment.yaml")


@negative("sealed-secrets", cross=True)
def sealed_secrets(g: Gen) -> Doc:
    fields = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "password")
    body = "".join(f"    {f}: Ag{digest(g, g.r.randint(530, 700))}\n" for f in fields)
    text = (
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n"
        f"  name: {g.word()}\nspec:\n  encryptedData:\n{body}"
    )
    return beside_id(g, text, "sealed.yaml")


@negative("sops", cross=True)
def sops(g: Gen) -> Doc:
    def sealed(n: int) -> str:
        return (
            f"ENC[AES256_GCM,data:{digest(g, n)},iv:{digest(g)},tag:{digest(g, 16)},type:str]"
        )

    text = (
        f"aws_access_key_id: {sealed(20)}\naws_secret_access_key: {sealed(g.pick(28, 29, 30, 40))}\n"
        f"session_token: {sealed(300)}\nsops:\n    kms:\n"
        f"        - arn: arn:aws:kms:{g.region()}:{g.account()}:key/{g.uuid()}\n"
        f"          created_at: '{g.date('Z')}'\n          enc: AQICA{g.b64(235)}==\n"
        f"    mac: {sealed(64)}\n    pgp:\n        - enc: |\n            -----BEGIN PGP MESSAGE-----\n"
        f"\n{wrapped(digest(g, 400), 64, '            ')}\n            ={g.b64(4)}\n"
        f"            -----END PGP MESSAGE-----\n          fp: {g.hex().upper()}\n"
    )
    return beside_id(g, text, "secrets.enc.yaml")


@negative("ansible-vault", cross=True)
def ansible_vault(g: Gen) -> Doc:
    text = (
        "aws_secret_access_key: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n"
        f"{wrapped(g.hex(g.r.randint(100, 320)), 80, '          ')}\n"
        f"aws_region: {g.region()}\n"
    )
    return beside_id(g, text, "vars.yml")


@negative("age-and-pgp", cross=True)
def age_and_pgp(g: Gen) -> Doc:
    age = (
        f"# public key: age1{g.run(BECH32, 58)}\n-----BEGIN AGE ENCRYPTED FILE-----\n"
        f"{wrapped(digest(g, g.r.randint(100, 500)))}\n-----END AGE ENCRYPTED FILE-----\n"
    )
    plain = (
        f"age-encryption.org/v1\n-> X25519 {g.b64(43)}\n{g.b64(43)}\n"
        f"-> ssh-rsa {g.b64(6)}\n{wrapped(g.b64(342))}\n--- {g.b64(43)}\n"
    )
    pgp = (
        f"pub   rsa4096 2023-01-01 [SC]\n      {g.hex().upper()}\n-----BEGIN PGP SIGNATURE-----\n\n"
        f"{wrapped(digest(g, g.r.randint(200, 500)))}\n={g.b64(4)}\n-----END PGP SIGNATURE-----\n"
    )
    return beside_id(g, g.pick(age, plain, pgp), "message.asc")


@negative("jwks", cross=True)
def jwks(g: Gen) -> Doc:
    def number(n: int) -> str:
        return g.run(URLSAFE, (n * 4 + 2) // 3)

    keys = [
        g.pick(
            {"kty": "RSA", "kid": g.hex(), "use": "sig", "n": number(256), "e": "AQAB"},
            {"kty": "RSA", "d": number(256), "p": number(128), "q": number(128), "n": number(256)},
            {"kty": "EC", "crv": "P-256", "x": number(32), "y": number(32), "d": number(32)},
            {"kty": "oct", "alg": "HS256", "k": number(32), "kid": g.run(URLSAFE, 27)},
            {"kty": "RSA", "x5t": g.run(URLSAFE, 27), "x5c": [digest(g, g.r.randint(500, 900))]},
        )
        for _ in range(g.r.randint(1, 5))
    ]
    return Doc(json.dumps({"keys": keys}, indent=g.pick(None, 2)), name="jwks.json")


@negative("s3-access-logs", cross=True)
def s3_access_logs(g: Gen) -> Doc:
    lines, ids = [], []
    for _ in range(g.r.randint(1, 20)):
        query, cipher = "-", "ECDHE-RSA-AES128-GCM-SHA256"
        if g.chance(0.2):
            ids.append(g.key_id())
            query = f"X-Amz-Credential={ids[-1]}/20230110/{g.region()}/s3/aws4_request"
        lines.append(
            f"{g.hex(64)} {g.bucket()} [06/Feb/2023:00:00:38 +0000] 192.0.2.3 {g.hex(64)} "
            f"{g.run(BASE32, 16)} REST.GET.OBJECT {g.word()}/{g.hex()} "
            f'"GET /{g.word()}?{query} HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - '
            f"{digest(g, 56)} SigV4 {cipher} AuthHeader {g.bucket()}.s3.amazonaws.com TLSv1.2\n"
        )
    return Doc("".join(lines), name="access.log", lone_ids=ids)


@negative("etags-and-checksums", cross=True)
def etags(g: Gen) -> Doc:
    objects = [
        {
            "Key": f"{g.word()}/{g.word()}",
            "ETag": f'"{g.hex(32)}-{g.digits(2)}"',
            "ChecksumSHA1": digest(g, 20),
            "ChecksumSHA256": digest(g),
            "ChecksumCRC64NVME": digest(g, 8),
            "VersionId": g.run(ALNUM + "._", 32),
            "Owner": {"ID": g.hex(64)},
        }
        for _ in range(g.r.randint(1, 9))
    ]
    token = base64.b64encode(g.bytes(g.pick(30, 60, 90))).decode()
    listing = {"NextContinuationToken": token, "Contents": objects}
    return beside_id(g, json.dumps(listing, indent=2) + "\n", "list.json", "//")


@negative("git-objects", cross=True)
def git_objects(g: Gen) -> Doc:
    text = g.pick(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{g.hex(64)}\nsize {g.digits(6)}\n",
        "".join(f"{g.hex()} refs/heads/{g.word()}\n" for _ in range(5)),
        f"tree {g.hex()}\nparent {g.hex()}\nauthor {g.user()} <a@b.example> 1 +0000\n"
        f"gpgsig -----BEGIN SSH SIGNATURE-----\n{wrapped(digest(g, 200), 70, ' ')}\n"
        " -----END SSH SIGNATURE-----\n\nRotate the secret access key\n",
        f"diff --git a/x b/x\nindex {g.hex()}..{g.hex()} 100644\nGIT binary patch\nliteral 90\n"
        + "".join(f"z{g.run(ALNUM + '!#$%&()*+-;<=>?@^_`{|}~', 65)}\n" for _ in range(4)),
    )
    return beside_id(g, text, "object.txt")


@negative("container-digests", cross=True)
def container_digests(g: Gen) -> Doc:
    layers = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{g.hex(64)}"}
        for _ in range(g.r.randint(1, 9))
    ]
    login = f"{g.user()}:{g.run(ALNUM, 30)}"[: g.pick(24, 30, 33)]
    auth = {"auths": {"registry.example": {"auth": base64.b64encode(login.encode()).decode()}}}
    manifest = {"schemaVersion": 2, "layers": layers, "secretKeyDigest": f"sha256:{g.hex(64)}"}
    return beside_id(g, json.dumps(g.pick(manifest, auth), indent=2) + "\n", "config.json", "//")


@negative("content-ids-and-wallets", cross=True)
def content_ids(g: Gen) -> Doc:
    lines = [
        g.pick(
            f"cid: Qm{g.run(BASE58, 44)}",
            f"cid: bafy{g.run(BASE32.lower(), 55)}",
            f"address: 0x{g.run('0123456789abcdefABCDEF', 40)}",
            f"contract = {g.run('0123456789abcdefABCDEF', 40)}",
            f"secret_key: 0x{g.hex(64)}",
            f"wallet: bc1q{g.run(BECH32, 38)}",
            f"wif: 5{g.run(BASE58, 50)}",
            f"solana_secret: {g.run(BASE58, 88)}",
            f"pubkey: {g.run(BASE58, 44)}",
        )
        for _ in range(g.r.randint(2, 15))
    ]
    return beside_id(g, "\n".join(lines) + "\n", "wallets.yml")


@negative("keys-of-others-called-secret", cross=True)
def others_called_secret(g: Gen) -> Doc:
    lines = [
        g.pick(
            f"stripe_secret_key: sk_{g.pick('live', 'test')}_{g.run(ALNUM, g.pick(24, 32, 99))}",
            f"stripe_webhook_secret: whsec_{g.run(ALNUM, 32)}",
            f'"client_secret": "GOCSPX-{g.run(URLSAFE, 28)}"',
            f"AZURE_CLIENT_SECRET={g.run(ALNUM, 3)}8Q~{g.run(ALNUM + '-_.', 34)}",
            f"azure_storage_secret_key = {digest(g, 64)}",
            f"DefaultEndpointsProtocol=https;AccountName={g.word()};AccountKey={digest(g, 64)};",
            f"gcs_hmac_access_id: GOOG1E{g.run(BASE32, 55)}",
            f"paypal_secret: E{g.run(URLSAFE, 79)}",
            f"recaptcha_secret_key: 6L{g.run(URLSAFE, 38)}",
            f"SECRET_KEY_BASE={g.hex(128)}",
            f"consumer_secret = {g.run(ALNUM, 50)}",
            f"MAPBOX_SECRET=sk.eyJ1Ijoi{g.run(ALNUM, 60)}.{g.run(URLSAFE, 22)}",
        )
        for _ in range(g.r.randint(2, 12))
    ]
    return beside_id(g, "\n".join(lines) + "\n", "secrets.env")


@negative("altered-examples", cross=True)
def altered_examples(g: Gen) -> Doc:
    """AWS's documented keys with their word EXAMPLE changed, as tests and tutorials have them."""
    i = g.pick("AKIA" + "IOSFODNN", "ASIA" + "IOSFODNN") + g.run(BASE32, 8)
    secret = g.pick(
        "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + g.b64(10),
        g.b64(7) + "rXUtnFEMI/" + g.b64(23),
        g.b64(14) + "K7MDENG" + g.b64(19),
        "je7MtGbClwBF/" + g.b64(27),
    )
    text = g.pick(
        f"aws_access_key_id = {i}\naws_secret_access_key = {secret}\n",
        json.dumps({"accessKeyId": i, "secretAccessKey": secret}).replace("/", "\\/"),
        f"https://h.example/?key={i}&secret_access_key={quote(secret, safe='')}\n",
        f"creds:\n  data: {base64.b64encode(f'{i}:{secret}'.encode()).decode()}\n",
    )
    return Doc(text, name="config.txt")


@negative("long-names-under-secret-labels", cross=True)
def long_names(g: Gen) -> Doc:
    words: list[str] = []
    while sum(map(len, words)) < 40:
        words.append(g.word().title())
    camel = "".join(words)[:40]
    path = "/".join(g.word() for _ in range(9))[:39] + "x"
    return beside_id(
        g,
        g.pick(
            f"secretKey = {camel}(config)\n",
            f"aws.secretAccessKey: {path}\n",
            f'"secret_key": "{camel}"\n',
            f"var secretKeyProvider = new {camel}();\n",
        ),
        "a.txt",
    )


@negative("wasm-and-fonts", cross=True)
def wasm_and_fonts(g: Gen) -> Doc:
    head = g.pick(b"\0asm\1\0\0\0", b"wOF2\0\1\0\0", b"\x1f\x8b\x08\0", b"%PDF-1.7\n")
    body = base64.b64encode(head + g.bytes(g.r.randint(2000, 30000))).decode()
    text = g.pick(
        f'const wasm = Uint8Array.from(atob("{body}"), c => c.charCodeAt(0));\n',
        f"//# sourceMappingURL=data:application/json;base64,{body}\n",
        '"' + '" +\n"'.join(body[k : k + 76] for k in range(0, len(body), 76)) + '";\n',
    )
    return beside_id(g, text, "inline.js", "//")


@negative("password-hashes", cross=True)
def password_hashes(g: Gen) -> Doc:
    crypt = "./" + ALNUM
    lines = [
        f"{g.user()}:"
        + g.pick(
            f"$6${g.run(crypt, 16)}${g.run(crypt, 86)}",
            f"$2y$10${g.run(crypt, 53)}",
            f"$argon2id$v=19$m=65536,t=3,p=4${g.b64(22)}${g.b64(43)}",
            f"pbkdf2_sha256$260000${g.run(ALNUM, 22)}${digest(g)}",
            f"SCRAM-SHA-256$4096:{digest(g, 16)}${digest(g)}:{digest(g)}",
            f"{{SSHA}}{digest(g, 28)}",
            f"{{SHA}}{digest(g, 20)}",
        )
        for _ in range(g.r.randint(1, 15))
    ]
    return beside_id(g, "\n".join(lines) + "\n", "passwd")


@negative("recorded-http", cross=True)
def recorded_http(g: Gen) -> Doc:
    """A cassette: signed requests, opaque ids and expired URLs, no secret."""
    i, day = g.key_id(), "20190814"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={i}/{day}/{g.region()}/s3/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={g.hex(64)}",
        "X-Amz-Request-Id": g.run(BASE32, 16),
        "X-Amz-Id-2": digest(g, 56),
        "X-Amz-Content-Sha256": g.hex(64),
        "X-Amz-Cf-Id": g.run(URLSAFE, 54) + "==",
        "ETag": f'"{g.hex(32)}"',
        "Set-Cookie": f"AWSALB={digest(g, 96)}; Path=/",
        "Location": f"https://{g.bucket()}.s3.amazonaws.com/{g.word()}?X-Amz-Algorithm="
        f"AWS4-HMAC-SHA256&X-Amz-Date={day}T220617Z&X-Amz-Expires=3600&X-Amz-Credential="
        f"{i}%2F{day}%2F{g.region()}%2Fs3%2Faws4_request&X-Amz-Signature={g.hex(64)}",
    }
    body = base64.b64encode(json.dumps({"word": g.word()}).ljust(30)[:30].encode()).decode()
    cassette = {"interactions": [{"request": {"headers": headers, "body": body}}]}
    return Doc(json.dumps(cassette, indent=2), name="cassette.json", lone_ids=[i])
