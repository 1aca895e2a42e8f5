"""The generator itself: what the other tests trust."""

import base64

from creds import BASE64, Creds, entropy, id_of_account


def decode(key_id: str) -> str:
    """The published way from id to account."""
    bits = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    return f"{(bits & 0x7FFFFFFFFF80) >> 7:012d}"


def test_id_carries_the_account() -> None:
    creds = Creds(1)
    for account in ["000000000000", "999999999999", "000000000001", creds.account()]:
        key_id = creds.key_id(account=account)
        assert decode(key_id) == account
        assert key_id[4] in "QRSTUVWXYZ234567"
    assert id_of_account("171436882533", 0)[:12] == "AKIA" + "SP2TPHJS"


def test_shapes() -> None:
    creds = Creds(2)
    for _ in range(200):
        assert creds.key_id(old=True)[4] in "IJ"
        secret = creds.secret(first="/", last="+", plus=3, slash=3)
        assert len(secret) == 40 and set(secret) <= set(BASE64)
        assert secret[0] == "/" and secret[-1] == "+" and secret.count("/") >= 4
        assert 4.25 < entropy(creds.low_secret()) < 4.5
        assert 300 <= len(creds.token()) < 1000


def test_a_seed_decides() -> None:
    assert Creds("a").pairs(3) == Creds("a").pairs(3)
    assert Creds("a").pairs(3) != Creds("b").pairs(3)
