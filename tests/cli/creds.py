"""Fictitious AWS credentials from a seed.

They have the shapes of genuine ones, and new-style ids carry a made-up account, so that a test
knows which account the program must name. Nothing here was ever issued to anyone.
"""

from __future__ import annotations

import base64
import math
import random
from collections import Counter
from dataclasses import dataclass

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
ALNUM = BASE64[:62]
TOKEN_START = "IQoJb3JpZ2lu" + "X2Vj"


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def changes(text: str) -> int:
    """How often neighbours differ in kind: capital, small letter, digit or sign."""
    kinds = [(c.isupper(), c.islower(), c.isdigit()) for c in text]
    return sum(a != b for a, b in zip(kinds, kinds[1:]))


def is_typical(secret: str) -> bool:
    """True for all but 1 in 100 random secrets: those that look least random are left out."""
    return entropy(secret) > 4.5 and changes(secret) >= 18 and any(c.isdigit() for c in secret)


def id_of_account(account: str, low: int, prefix: str = "AKIA") -> str:
    """The inverse of decoding: an id that carries `account`; `low` gives the 39 bits left over."""
    bits = 1 << 79 | int(account) << 39 | low
    return prefix + base64.b32encode(bits.to_bytes(10, "big")).decode()


@dataclass(frozen=True)
class Pair:
    """One credential; `token` for temporary ones, `account` None where the id does not tell."""

    id: str
    secret: str
    account: str | None
    token: str | None = None

    @property
    def ini(self) -> str:
        """The two lines of a credentials file, and the third one of a session."""
        third = f"aws_session_token = {self.token}\n" if self.token else ""
        return f"aws_access_key_id = {self.id}\naws_secret_access_key = {self.secret}\n{third}"

    @property
    def env(self) -> str:
        third = f"export AWS_SESSION_TOKEN={self.token}\n" if self.token else ""
        return (
            f"export AWS_ACCESS_KEY_ID={self.id}\n"
            f"export AWS_SECRET_ACCESS_KEY={self.secret}\n{third}"
        )

    @property
    def line(self) -> str:
        """Both halves on one line, without the line's end."""
        return f"AWS_ACCESS_KEY_ID={self.id} AWS_SECRET_ACCESS_KEY={self.secret}"


class Creds:
    """A generator whose output depends on its seed alone."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)

    def account(self) -> str:
        return f"{self.random.randrange(10**12):012d}"

    def key_id(self, prefix: str = "AKIA", account: str | None = None, old: bool = False) -> str:
        """A new-style id (of `account`, or of any), or an old-style one, which carries none."""
        if account:
            return id_of_account(account, self.random.getrandbits(39), prefix)
        while True:
            if old:
                rest = "".join(self.random.choices(BASE32, k=15))
                key_id = prefix + self.random.choice("IJ") + rest
            else:
                key_id = id_of_account(self.account(), self.random.getrandbits(39), prefix)
            if entropy(key_id) > 3.2:
                return key_id

    def secret(self, first: str = "", last: str = "", plus: int = 0, slash: int = 0) -> str:
        """40 characters from `first` to `last`, with at least so many + and / between."""
        while True:
            body = list(self.random.choices(BASE64, k=40 - len(first) - len(last)))
            spots = self.random.sample(range(len(body)), plus + slash)
            for i, spot in enumerate(spots):
                body[spot] = "+" if i < plus else "/"
            secret = first + "".join(body) + last
            if is_typical(secret):
                return secret

    def plain_secret(self) -> str:
        """A secret of letters and digits only, for places where + and / would be escaped."""
        while True:
            secret = "".join(self.random.choices(ALNUM, k=40))
            if is_typical(secret):
                return secret

    def low_secret(self) -> str:
        """A secret whose entropy is among the lowest of random ones, yet over the floor of 4.25."""
        while True:
            secret = "".join(self.random.choices(BASE64, k=40))
            if 4.26 < entropy(secret) < 4.5 and changes(secret) >= 18:
                return secret

    def token(self, length: int | None = None) -> str:
        length = length or self.random.randrange(300, 1000)
        body = "".join(self.random.choices(BASE64, k=length - len(TOKEN_START) - 2))
        return TOKEN_START + body + self.random.choice(["==", "Ab"])

    def pair(self, old: bool = False, secret: str | None = None) -> Pair:
        account = None if old else self.account()
        return Pair(self.key_id(account=account, old=old), secret or self.secret(), account)

    def pairs(self, n: int) -> list[Pair]:
        return [self.pair() for _ in range(n)]

    def session(self) -> Pair:
        account = self.account()
        return Pair(self.key_id("ASIA", account), self.secret(), account, self.token())

    def hex(self, n: int = 40) -> str:
        return "".join(self.random.choices("0123456789abcdef", k=n))

    def base64_run(self, n: int) -> str:
        return "".join(self.random.choices(BASE64, k=n))
