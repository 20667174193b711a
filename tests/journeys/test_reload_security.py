"""SIGHUP on the real process: who is not concerned keeps talking, who is leaves in good order."""

# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import smpplib.exceptions

from load_tests.processes import until
from tests.certificates import in_days, paper

from .secured import SEEN_WITHIN, Client, Secured, bind, refused

CARRIER, RENEWED = paper("carrier"), paper("carrier")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Secured]:
    with Secured(tmp_path / "gateway") as one:
        yield one


def test_passwords_pins_and_networks_change_without_a_session_that_is_not_concerned(
    gateway: Secured,
) -> None:
    gateway.account("changing", "old")
    gateway.account("pinned", "right", tls_pins=[CARRIER.fingerprint])
    gateway.account("moving", "right")
    gateway.account("steady", "right")
    gateway.start()
    with ExitStack() as stack:
        enter = stack.enter_context
        old = enter(Client(gateway, "changing", "old"))
        pinned = enter(Client(gateway, "pinned", "right", tls=True, shows=CARRIER))
        moving = enter(Client(gateway, "moving", "right"))
        steady = enter(Client(gateway, "steady", "right", tls=True))
        # Both are right while it is being changed.
        gateway.account("changing", "old", "new")
        gateway.account("pinned", "right", tls_pins=[CARRIER.fingerprint, RENEWED.key_fingerprint])
        gateway.reloads()
        new = enter(Client(gateway, "changing", "new"))
        renewed = enter(Client(gateway, "pinned", "right", tls=True, shows=RENEWED))
        everyone = (old, pinned, moving, steady, new, renewed)
        assert [one.status for one in everyone] == [0] * 6
        assert [one.text() for one in everyone] == [0] * 6
        # Then only the new ones are, and one carrier may no longer come from here.
        gateway.account("changing", "new")
        gateway.account("pinned", "right", tls_pins=[RENEWED.key_fingerprint])
        gateway.account("moving", "right", allowed_networks=["203.0.113.0/28"])
        old.asks(b"the last words before the change", "18605550199")
        gateway.reloads()
        assert old.answered() == 0, "what was in flight is answered first"
        assert all(one.is_dismissed() for one in (old, pinned, moving))
        assert [one.text() for one in (steady, new, renewed)] == [0] * 3
        assert bind(gateway, "changing", "old") == refused()
        until("three lines", lambda: len(gateway.sentences("bind_dismissed")) >= 3, SEEN_WITHIN)
        assert sorted(gateway.sentences("bind_dismissed")) == [
            "A bind of Changing is ended in good order: its password was taken away",
            "A bind of Moving is ended in good order: it may not come from that address",
            "A bind of Pinned is ended in good order: it showed no certificate that is pinned",
        ]


def test_another_certificate_of_ours_is_for_new_connections(gateway: Secured) -> None:
    gateway.account("one", "right")
    gateway.start()
    before, first = gateway.paper, paper("gateway", end=in_days(400))
    with Client(gateway, "one", "right", tls=True) as old:
        gateway.shows(first)
        sentences = gateway.reloads()
        assert any(first.fingerprint[:16] in words for words in sentences)
        with Client(gateway, "one", "right", tls=True, trusts=first) as new:
            assert (old.text(), new.text()) == (0, 0)
        with pytest.raises(smpplib.exceptions.ConnectionError):
            Client(gateway, "one", "right", tls=True, trusts=before)
        # One that has run out is not brought in.
        gateway.shows(paper("gateway", end=in_days(-1)))
        (refusal,) = gateway.reloads("configuration_refused")
        assert "the certificate has run out" in refusal
        with Client(gateway, "one", "right", tls=True, trusts=first) as still:
            assert (old.text(), still.text()) == (0, 0)


def test_a_faulty_reload_changes_nothing_and_says_everything(gateway: Secured) -> None:
    gateway.account("one", "right")
    gateway.account("two", "right")
    gateway.start()
    with Client(gateway, "one", "right") as one, Client(gateway, "two", "right", tls=True) as two:
        gateway.account("one", "other")
        gateway.account("two", "right", tls_pins=["no fingerprint"], rate=-1)
        (gateway.directory / "tls" / "ours.key").chmod(0o644)
        said = "\n".join(gateway.reloads("configuration_refused"))
        assert "account.tls_pins" in said
        assert "account.rate" in said
        assert "chmod 600" in said
        assert (one.text(), two.text()) == (0, 0)
        assert bind(gateway, "one", "right")[8:12] == bytes(4), "the old password is in force"
        assert bind(gateway, "one", "other") == refused()
        assert gateway.sentences("configuration_loaded") == []


def test_a_rate_is_put_on_a_bind_that_stands_and_taken_off_again(gateway: Secured) -> None:
    gateway.account("one", "right")
    gateway.start()
    with Client(gateway, "one", "right") as one:
        assert one.text() == 0
        gateway.account("one", "right", rate=0.01, burst=2)
        gateway.reloads()
        for _ in range(6):
            one.asks(b"again and again")
        # How many are let through before it is stopped to read depends on when they came.
        answers = [one.answered() for _ in range(6)]
        assert set(answers) == {0, 0x58}
        assert answers.count(0) >= 2, "the burst"
        assert one.text(caller="18605550177") == 0, "the first text of a new caller"
        gateway.account("one", "right")
        gateway.reloads()
        assert [one.text() for _ in range(3)] == [0] * 3
