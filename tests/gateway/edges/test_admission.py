"""Who may bind: every rule, one answer, and the same work for all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.gateway.edges.world import CARRIER
from text911.gateway.config import Carrier
from text911.gateway.edges import admission
from text911.gateway.edges.admission import Admission, Admitted, Asked, Denied
from text911.gateway.edges.lockout import LockLimits
from text911.gateway.secrets import Secret
from text911.smpp.pins import Proof
from text911.smpp.status import Status

HOME, HOME_6, ELSEWHERE = "203.0.113.5", "2001:db8::5", "198.51.100.1"
PIN, OTHER_PIN, KEY_PIN = "a" * 64, "b" * 64, "c" * 64
SHOWN = Proof("TLSv1.3", frozenset({PIN, KEY_PIN}))
BARE = Proof("TLSv1.3")
NONE_UP: Callable[[str], int] = lambda _carrier: 0  # noqa: E731 - a value among values


def carrier(name: str, *passwords: str, **account: Any) -> Carrier:
    settings = CARRIER.account.model_validate(
        {
            "system_id": name,
            "passwords": [f"plain:{one}" for one in passwords],
            "allowed_networks": ["203.0.113.0/28", "2001:db8::/32"],
            **account,
        }
    )
    secrets = tuple(Secret(one) for one in passwords)
    return Carrier(name, name.title(), name, settings, secrets, CARRIER.location)


CARRIERS = (
    carrier("plain", "right"),
    carrier("two", "old", "new", max_binds=1),
    carrier("secure", "right", tls_required=True),
    carrier("pinned", "right", tls_pins=[OTHER_PIN, KEY_PIN]),
    carrier("far", "right", allowed_networks=["192.0.2.0/24"], session_init=9.0),
)


def house(*carriers: Carrier, limits: LockLimits | None = None) -> Admission[Carrier]:
    return Admission(carriers or CARRIERS, b"k" * 32, limits)


def ask(name: str, password: str, address: str = HOME, proof: Proof | None = None) -> Asked:
    return Asked(name, password, address, proof)


GOOD = [
    ask("plain", "right"),
    ask("plain", "right", HOME_6),
    ask("plain", "right", f"::ffff:{HOME}"),
    ask("plain", "right", proof=BARE),
    ask("two", "old"),
    ask("two", "new"),
    ask("secure", "right", proof=BARE),
    ask("pinned", "right", proof=SHOWN),
]
BAD = [
    (ask("nobody", "right"), "nobody has that system_id"),
    (ask("", ""), "nobody has that system_id"),
    (ask("nobody", ""), "nobody has that system_id"),
    (ask("plain", "wrong"), "its password is wrong"),
    (ask("plain", ""), "its password is wrong"),
    (ask("plain", "right!"), "its password is wrong"),
    (ask("plain", "r\xefght"), "its password is wrong"),
    (ask("plain", "\u2603"), "its password is wrong"),
    (ask("two", "older"), "its password is wrong"),
    (ask("far", "right"), "it may not come from that address"),
    (ask("plain", "right", ELSEWHERE), "it may not come from that address"),
    (ask("secure", "right"), "it came without TLS"),
    (ask("pinned", "right"), "it came without TLS"),
    (ask("pinned", "right", proof=BARE), "it showed no certificate that is pinned"),
    (
        ask("pinned", "right", proof=Proof("TLSv1.2", frozenset({PIN}))),
        "it showed no certificate that is pinned",
    ),
]


@pytest.mark.parametrize("asked", GOOD, ids=lambda asked: asked.system_id)
def test_who_shows_what_is_configured_is_let_in(asked: Asked) -> None:
    decision = house().judge(asked, NONE_UP, 0.0)
    assert isinstance(decision, Admitted)
    assert decision.carrier.name == asked.system_id
    assert house().objection(decision.carrier.name, decision.shown) == ""


@pytest.mark.parametrize(("asked", "words"), BAD, ids=[f"{a.system_id}: {w}" for a, w in BAD])
def test_all_others_get_one_answer_and_operators_the_reason(asked: Asked, words: str) -> None:
    decision = house().judge(asked, NONE_UP, 0.0)
    assert isinstance(decision, Denied)
    assert (decision.status, decision.after) == (Status.RBINDFAIL, 0.0)
    assert decision.words.endswith(words)
    known = asked.system_id in {one.name for one in CARRIERS}
    assert decision.carrier == (asked.system_id if known else "")


def test_one_bind_too_many_is_told_only_to_who_has_shown_the_rest() -> None:
    asked_for: list[str] = []

    def one_up(name: str) -> int:
        asked_for.append(name)
        return 1

    denied = house().judge(ask("two", "new"), one_up, 0.0)
    assert denied == Denied(
        Status.RALYBND, "Two asked for one bind more than its limit of 1", "two"
    )
    wrong = house().judge(ask("two", "wrong"), one_up, 0.0)
    assert isinstance(wrong, Denied)
    assert wrong.status == Status.RBINDFAIL
    assert asked_for == ["two"]


def work_of(asked: Asked) -> list[str]:
    """Every function that is called, in order, Python's and C's; the address was seen before."""
    one = house()
    one.judge(ask("warm", "up", asked.address), NONE_UP, 0.0)
    calls: list[str] = []

    def note(frame: FrameType, event: str, what: Any) -> None:
        if event == "call":
            calls.append(frame.f_code.co_qualname)
        elif event == "c_call":
            calls.append(f"C {what.__qualname__}")

    sys.setprofile(note)
    try:
        one.judge(asked, NONE_UP, 0.0)
    finally:
        sys.setprofile(None)
    return calls


def test_a_bind_costs_the_same_work_whether_its_id_or_its_password_is_wrong() -> None:
    """Counted in comparisons, digests and networks; a clock would measure this machine."""
    counted = work_of(ask("nobody", "wrong"))
    assert sum("compare_digest" in name for name in counted) == 2 + 4 * 2
    assert sum("blake2b" in name for name in counted) == 1
    for asked in (
        ask("plain", "wrong"),
        ask("two", "wrong"),
        ask("secure", "wrong"),
        ask("secure", "right"),
        ask("pinned", "wrong"),
        ask("pinned", "right"),
        ask("far", "right"),
    ):
        essential = [name for name in work_of(asked) if "words" not in name]
        assert essential == counted, asked


def test_a_proof_costs_the_same_work_as_none() -> None:
    def compared(asked: Asked) -> int:
        return sum("compare_digest" in name for name in work_of(asked))

    assert compared(ask("pinned", "x", proof=SHOWN)) == compared(ask("plain", "x"))


def test_a_password_is_kept_by_nobody() -> None:
    one = house(carrier("plain", "s3ntinel"))
    decision = one.judge(ask("plain", "s3ntinel"), NONE_UP, 0.0)
    assert isinstance(decision, Admitted)
    assert "s3ntinel" not in repr(decision.shown)
    assert "s3ntinel" not in repr(ask("plain", "s3ntinel"))
    assert b"s3ntinel" not in decision.shown.digest


# --- a reload ------------------------------------------------------------------------------------


def let_in(one: Admission[Carrier], asked: Asked) -> admission.Shown:
    decision = one.judge(asked, NONE_UP, 0.0)
    assert isinstance(decision, Admitted)
    return decision.shown


@pytest.mark.parametrize(
    ("asked", "after", "objection"),
    [
        (ask("two", "old"), [carrier("two", "new", "newer")], "its password was taken away"),
        (ask("two", "new"), [carrier("two", "new", "newer")], ""),
        (
            ask("plain", "right"),
            [carrier("plain", "right", allowed_networks=["192.0.2.0/24"])],
            "it may not come from that address",
        ),
        (
            ask("plain", "right"),
            [carrier("plain", "right", tls_required=True)],
            "it came without TLS",
        ),
        (
            ask("pinned", "right", proof=SHOWN),
            [carrier("pinned", "right", tls_pins=[OTHER_PIN])],
            "it showed no certificate that is pinned",
        ),
        (
            ask("pinned", "right", proof=SHOWN),
            [carrier("pinned", "right", tls_pins=[PIN])],
            "",
        ),
        (ask("plain", "right"), [carrier("two", "new")], "it is no longer configured"),
        (ask("two", "old"), [carrier("two", "old", max_binds=1, window=99)], ""),
    ],
)
def test_a_reload_objects_to_the_binds_it_concerns_and_to_no_other(
    asked: Asked, after: list[Carrier], objection: str
) -> None:
    one = house()
    shown = let_in(one, asked)
    one.adopt(after)
    assert one.objection(asked.system_id, shown) == objection


# --- addresses -----------------------------------------------------------------------------------


def test_an_address_is_known_when_any_account_may_come_from_it() -> None:
    one = house()
    assert [one.is_known(at) for at in (HOME, HOME_6, ELSEWHERE)] == [True, True, False]
    assert [c.name for c in one.carriers_at("192.0.2.1")] == ["far"]
    one.adopt([])
    assert not one.is_known(HOME), "a reload is seen at once"


def test_a_connection_has_the_longest_time_of_those_who_may_come_from_there() -> None:
    slow = carrier("slow", "right", session_init=8.0)
    quick = carrier("quick", "right", session_init=2.0)
    assert house(quick).session_init(HOME) == 2.0
    assert house(quick, slow).session_init(HOME) == 8.0
    assert house(quick).session_init(ELSEWHERE) == 5.0


def test_the_addresses_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "HOMES_MAX", 2)
    one = house()
    assert [one.is_known(f"203.0.113.{host}") for host in range(5)] == [True] * 5
    assert len(vars(one)["_homes"]) <= 2


LOCK = LockLimits(failures=2, forgiven_after=10.0)


def test_wrong_binds_from_a_carriers_address_are_answered_late_and_good_ones_at_once() -> None:
    one = house(limits=LOCK)
    late = [one.judge(ask("plain", "wrong"), NONE_UP, 0.0) for _ in range(6)]
    assert [d.after for d in late if isinstance(d, Denied)] == [0.0, 0.5, 1.0, 2.0, 4.0, 4.0]
    assert isinstance(one.judge(ask("plain", "right"), NONE_UP, 0.0), Admitted)
    unknown = one.judge(ask("nobody", "right"), NONE_UP, 0.0)
    assert isinstance(unknown, Denied)
    assert unknown.after == 4.0, "an unknown id as late as a wrong password"
    assert not one.is_barred(HOME, 0.0)
    (locked,) = one.locked(0.0)
    assert (locked.address, locked.failures) == (HOME, 7)


def test_a_stranger_who_comes_again_and_again_is_turned_away_until_an_account_is_there() -> None:
    one = house(limits=LOCK)
    for _ in range(2):
        assert isinstance(one.judge(ask("plain", "right", ELSEWHERE), NONE_UP, 0.0), Denied)
        one.stranger_left(ELSEWHERE, 0.0)
    assert one.is_barred(ELSEWHERE, 1.0)
    one.adopt([carrier("moved", "right", allowed_networks=["198.51.100.0/24"])])
    assert not one.is_barred(ELSEWHERE, 1.0), "the operator has put its network right"


def test_nobody_locks_a_carrier_out_by_its_name() -> None:
    one = house(limits=LOCK)
    for _ in range(100):
        one.judge(ask("plain", "wrong", ELSEWHERE), NONE_UP, 0.0)
        one.stranger_left(ELSEWHERE, 0.0)
    assert isinstance(one.judge(ask("plain", "right"), NONE_UP, 0.0), Admitted)


def test_how_many_are_too_many_can_be_changed() -> None:
    one = house(limits=LockLimits(failures=1))
    one.limit(LockLimits(failures=100))
    decision = one.judge(ask("plain", "wrong"), NONE_UP, 0.0)
    assert isinstance(decision, Denied)
    assert decision.after == 0.0
