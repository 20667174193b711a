"""What peers ask, and how often each nonce was answered."""

from __future__ import annotations

from text911.sip import keyring
from text911.sip.digest import Challenge, proves, read_credentials
from text911.sip.keyring import Keyring, challenges_of
from text911.sip.message import Headers, Response
from text911.sip.settings import Account

from .wire import Dice

LOGIN = Account("gateway", "secret")


def test_of_each_realm_the_better_algorithm_counts() -> None:
    rows: Headers = (
        ("WWW-Authenticate", str(Challenge("a", "n1", "MD5"))),
        ("WWW-Authenticate", str(Challenge("a", "n2", "SHA-256"))),
        ("WWW-Authenticate", str(Challenge("a", "n3", "MD5"))),
        ("WWW-Authenticate", "Bearer realm=a"),
        ("Proxy-Authenticate", str(Challenge("a", "n4", "MD5", counts=False))),
    )
    found = challenges_of(Response(407, "", rows))
    assert {place: one.nonce for place, one in found.items()} == {
        ("Authorization", "a"): "n2",
        ("Proxy-Authorization", "a"): "n4",
    }


def test_an_answer_is_for_one_request_and_its_count_is_its_own() -> None:
    ring = Keyring(LOGIN, Dice(1))
    asked = {("Authorization", "r"): Challenge("r", "n", "SHA-256", "o")}
    said = [read_credentials(ring.proofs(asked, "BYE", "sip:h")[0][1]) for _ in range(3)]
    assert [one.count for one in said] == ["00000001", "00000002", "00000003"]
    assert len({one.cnonce for one in said}) == 3
    assert all(proves(one, "secret", "BYE") and one.uri == "sip:h" for one in said)
    assert {one.opaque for one in said} == {"o"}


def test_who_is_asked_nothing_says_nothing() -> None:
    ring = Keyring(None, Dice(1))
    assert ring.is_empty
    assert ring.proofs({}, "INVITE", "sip:h") == ()


def test_the_oldest_counts_are_forgotten() -> None:
    ring = Keyring(LOGIN, Dice(1))

    def count(nonce: str) -> str:
        asked = {("Authorization", "r"): Challenge("r", nonce)}
        return read_credentials(ring.proofs(asked, "BYE", "sip:h")[0][1]).count

    for number in range(keyring.NONCES_MAX):
        count(f"n{number}")
    assert count("n0") == "00000002"  # it is the youngest now
    count("another")
    assert count("n0") == "00000003"
    assert count("n1") == "00000001"
