"""What every form shares: random values, the sample with its truth, and the lists of forms."""

from __future__ import annotations

import base64
import random
import string
from dataclasses import dataclass, field
from typing import Any, Callable

BASE32 = string.ascii_uppercase + "234567"
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
ALNUM = BASE64[:62]
TOKEN_STARTS = ["IQoJb3JpZ2lu" + "X2Vj", "FwoGZXIv" + "YXdz"]
REGIONS = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"]
WORDS = (
    "backup media static assets upload billing report ingest worker queue mailer search archive "
    "invoice gateway metrics tracker catalog session thumbnail export import cluster staging "
    "warehouse sensor payroll campaign feed crawler notifier scheduler vault orders customer "
    "frontend backend cache deploy release pipeline terraform legacy sandbox analytics"
).split()
NAMES = "alice bob carol dave erin frank grace heidi ivan judy mallory oscar peggy rupert".split()
ENVIRONMENTS = "prod dev staging test qa uat demo preprod default sandbox".split()
SENTENCES = [
    "Remember to restart the worker after changing this.",
    "The bucket lives in another account, ask the platform team.",
    "TODO: move this to the parameter store before the audit.",
    "Rotated last quarter; the old one should be off by now.",
    "Used by the nightly job only.",
    "See the wiki page about deployments for details.",
    "Do not touch without telling operations.",
    "Temporary until the role is ready.",
]


@dataclass(frozen=True)
class Cred:
    """One credential; `token` for temporary ones alone."""

    id: str
    secret: str
    token: str | None = None

    def json(self) -> dict[str, Any]:
        return {"id": self.id, "secret": self.secret, "token": self.token}


@dataclass
class Doc:
    """One sample: its text (or bytes, or several files by name) and what is true of it.

    `secret_file` names, of several files, the one that holds the secret of each pair; the id then
    stands in the first file.
    """

    content: str | bytes | dict[str, str | bytes]
    creds: list[Cred] = field(default_factory=list)
    name: str = "file.txt"
    lone_ids: list[str] = field(default_factory=list)
    lone_secrets: list[str] = field(default_factory=list)
    further: list[dict[str, Any]] = field(default_factory=list)
    optional_ids: list[str] = field(default_factory=list)
    optional: bool = False
    secret_file: str | None = None


class Gen:
    """Random material that depends on its seed alone (but for what must be of today: kinds.py)."""

    def __init__(self, seed: str) -> None:
        self.r = random.Random(seed)

    def chance(self, p: float = 0.5) -> bool:
        return self.r.random() < p

    def pick(self, *of: Any) -> Any:
        return self.r.choice(of)

    def choice(self, of: Any) -> Any:
        return self.r.choice(of)

    def run(self, alphabet: str, n: int) -> str:
        return "".join(self.r.choices(alphabet, k=n))

    def hex(self, n: int = 40) -> str:
        return self.run("0123456789abcdef", n)

    def b64(self, n: int) -> str:
        return self.run(BASE64, n)

    def bytes(self, n: int) -> bytes:
        return self.r.randbytes(n)

    def digits(self, n: int) -> str:
        return self.run(string.digits, n)

    def key_id(self, prefix: str = "AKIA") -> str:
        fifth = "IJ" if self.chance(0.3) else BASE32[16:]
        return prefix + self.r.choice(fifth) + self.run(BASE32, 15)

    def secret(self) -> str:
        return self.b64(40)

    def token(self) -> str:
        """As STS gives them: the base64 of some hundred bytes, which begin always the same."""
        rest = base64.b64encode(self.bytes(self.r.randrange(215, 800))).decode()
        return self.choice(TOKEN_STARTS) + rest

    def cred(self, session: float = 0.25) -> Cred:
        """A long-lived pair, or with the chance `session` a temporary one with its token."""
        if self.chance(session):
            return Cred(self.key_id("ASIA"), self.secret(), self.token())
        return Cred(self.key_id(), self.secret())

    def creds(self, least: int = 1, most: int = 6, session: float = 0.2) -> list[Cred]:
        return [self.cred(session) for _ in range(self.r.randint(least, most))]

    def word(self) -> str:
        return self.choice(WORDS)

    def user(self) -> str:
        return self.pick(self.choice(NAMES), f"svc-{self.word()}", f"{self.word()}-{self.word()}")

    def bucket(self) -> str:
        return f"{self.word()}-{self.word()}-{self.digits(3)}"

    def region(self) -> str:
        return self.choice(REGIONS)

    def account(self) -> str:
        return self.digits(12)

    def sentence(self) -> str:
        return self.choice(SENTENCES)

    def date(self, end: str = "+00:00") -> str:
        r = self.r
        day = f"20{r.randint(14, 25)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        return f"{day}T{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}{end}"

    def uuid(self) -> str:
        return "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))

    def shuffled(self, of: list[Any]) -> list[Any]:
        of = list(of)
        self.r.shuffle(of)
        return of

    def quote(self) -> str:
        return self.pick('"', "'")

    def labels(self, style: str) -> tuple[str, str, str]:
        """Names of id, secret and token as a style of configuration or code has them."""
        styles = {
            "env": [
                ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
                ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
                ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN"),
                ("S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SESSION_TOKEN"),
                ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_SESSION_TOKEN"),
                ("AWS_KEY", "AWS_SECRET", "AWS_TOKEN"),
                ("AMAZON_ACCESS_KEY_ID", "AMAZON_SECRET_ACCESS_KEY", "AMAZON_SESSION_TOKEN"),
                ("TF_VAR_aws_access_key", "TF_VAR_aws_secret_key", "TF_VAR_aws_session_token"),
                ("SES_ACCESS_KEY_ID", "SES_SECRET_ACCESS_KEY", "SES_SESSION_TOKEN"),
            ],
            "camel": [
                ("accessKeyId", "secretAccessKey", "sessionToken"),
                ("accessKeyId", "secretAccessKey", "sessionToken"),
                ("awsAccessKeyId", "awsSecretAccessKey", "awsSessionToken"),
                ("awsAccessKey", "awsSecretKey", "awsSessionToken"),
                ("accessKey", "secretKey", "sessionToken"),
                ("s3AccessKey", "s3SecretKey", "s3SessionToken"),
            ],
            "pascal": [
                ("AccessKeyId", "SecretAccessKey", "SessionToken"),
                ("AWSAccessKey", "AWSSecretKey", "AWSSessionToken"),
                ("AwsAccessKeyId", "AwsSecretAccessKey", "AwsSessionToken"),
            ],
            "snake": [
                ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
                ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
                ("access_key", "secret_key", "session_token"),
                ("access_key_id", "secret_access_key", "session_token"),
                ("aws_access_key", "aws_secret_key", "aws_session_token"),
                ("s3_access_key", "s3_secret_key", "s3_session_token"),
            ],
        }
        names = self.choice(styles[style])
        if self.chance(0.2):
            tag = self.choice(ENVIRONMENTS)
            if style == "env":
                before, tag = self.chance(), tag.upper()
                names = tuple(f"{tag}_{n}" if before else f"{n}_{tag}" for n in names)
            elif style == "snake":
                names = tuple(f"{tag}_{n}" for n in names)
        return names

    def fields(self, c: Cred, labels: tuple[str, str, str]) -> list[tuple[str, str]]:
        """Label and value of id, secret and, where there is one, token."""
        pairs = [(labels[0], c.id), (labels[1], c.secret)]
        return pairs + [(labels[2], c.token)] if c.token else pairs

    def mixed(self, c: Cred, labels: tuple[str, str, str], p: float = 0.3) -> list[tuple[str, str]]:
        """The same, now and then in another order."""
        pairs = self.fields(c, labels)
        return self.shuffled(pairs) if self.chance(p) else pairs


@dataclass(frozen=True)
class Form:
    """A way of writing credentials down. `cross`: also written in every encoding."""

    name: str
    make: Callable[[Gen], Doc]
    cross: bool = False
    env: bool = False


FORMS: dict[str, Form] = {}
NEGATIVES: dict[str, Form] = {}


def form(name: str, cross: bool = False, env: bool = False) -> Callable[..., Any]:
    def add(make: Callable[[Gen], Doc]) -> Callable[[Gen], Doc]:
        assert name not in FORMS, name
        FORMS[name] = Form(name, make, cross, env)
        return make

    return add


def negative(name: str, cross: bool = False) -> Callable[..., Any]:
    def add(make: Callable[[Gen], Doc]) -> Callable[[Gen], Doc]:
        assert name not in NEGATIVES, name
        NEGATIVES[name] = Form(name, make, cross)
        return make

    return add
