"""Who may call when a trunk has accounts: nonces, counts, and answers that were overheard."""

from __future__ import annotations

import pytest

from text911.sip import guarding
from text911.sip.digest import Challenge, read_challenge, respond
from text911.sip.guarding import NONCE_LASTS, Guard
from text911.sip.message import Request
from text911.sip.settings import Account

from .wire import Dice

ACCOUNTS = (Account("trunk", "secret"), Account("other", "word"))


def asked(guard: Guard, *values: str, now: float = 10) -> list[Challenge]:
    """The challenges that come back; empty: it was let in."""
    rows = tuple(("Authorization", value) for value in values)
    found = guard.admits(Request("INVITE", "sip:h", rows), now)
    return [] if isinstance(found, bool) else [read_challenge(value) for _, value in found]


def proof(challenge: Challenge, count: int = 1, user: str = "trunk", word: str = "secret") -> str:
    return str(respond(challenge, user, word, "INVITE", "sip:h", "c", count))


def guard() -> Guard:
    return Guard(ACCOUNTS, "text911", Dice(3))


def test_without_accounts_nobody_is_asked() -> None:
    assert Guard((), "text911", Dice(3)).admits(Request("INVITE", "sip:h"), 0) is True


def test_who_knows_a_password_is_let_in_and_with_a_higher_count_again() -> None:
    at = guard()
    challenge, weaker = asked(at)
    assert (challenge.algorithm, weaker.algorithm, challenge.stale) == ("SHA-256", "MD5", False)
    assert asked(at, proof(challenge)) == []
    assert asked(at, proof(challenge, 2)) == []
    assert asked(at, "Basic x", proof(challenge, 7, "other", "word")) == []
    assert asked(at, proof(weaker, 8)) == []


@pytest.mark.parametrize("count", [1, 2])
def test_what_was_overheard_is_worth_nothing(count: int) -> None:
    at = guard()
    challenge = asked(at)[0]
    assert asked(at, proof(challenge, 2)) == []
    assert all(one.stale for one in asked(at, proof(challenge, count)))


def test_a_nonce_grows_old_or_was_never_ours() -> None:
    at = guard()
    challenge = asked(at)[0]
    assert asked(at, proof(challenge), now=11 + NONCE_LASTS)[0].stale
    for nonce in ("", "5.x", "\u00e9.\u00e9"):
        assert asked(at, proof(Challenge("text911", nonce)))[0].stale


@pytest.mark.parametrize(
    ("user", "word", "realm"),
    [("trunk", "wrong", "text911"), ("nobody", "", "text911"), ("trunk", "secret", "elsewhere")],
)
def test_who_does_not_know_one_is_asked(user: str, word: str, realm: str) -> None:
    at = guard()
    challenge = asked(at)[0]
    theirs = Challenge(realm, challenge.nonce)
    assert not asked(at, proof(theirs, 1, user, word))[0].stale


def test_a_count_that_was_forgotten_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "NONCES_MAX", 2)
    at = guard()
    challenges = [asked(at, now=10 + number)[0] for number in range(3)]
    for challenge in challenges:
        assert asked(at, proof(challenge), now=20) == []
    assert asked(at, proof(challenges[0], 1), now=20)[0].stale
    assert asked(at, proof(challenges[2], 2), now=20) == []
