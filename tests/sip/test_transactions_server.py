"""Server transactions of RFC 3261, 17.2 and RFC 6026, row by row."""

from __future__ import annotations

import pytest

from text911.sip.transactions import Acknowledged

from .layer import NOTHING, PATIENCE, TRANSPORTS, Layer, asked
from .messages import TO

# --- INVITE ---


def test_an_invite_that_comes_again_gets_what_was_said_last() -> None:
    layer = Layer()
    invite = asked()
    assert layer.got(invite) is None
    key = layer.began(invite)
    assert layer.got(invite) == []
    assert layer.answer(key, invite, 100) == [100]
    assert layer.answer(key, invite, 180) == [180]
    assert layer.got(invite) == [180]
    assert layer.wait(1_000) == []


def test_a_refusal_goes_out_until_its_ack_comes() -> None:
    layer = Layer()
    invite = asked()
    key = layer.began(invite)
    assert layer.answer(key, invite, 486) == [486]
    assert layer.answer(key, invite, 200) == []
    assert layer.answer(key, invite, 180) == []
    assert layer.wait(3.6) == [486, 486, 486]
    assert layer.got(invite) == [486]
    assert layer.got(asked("ACK", to=TO + ";tag=t")) == []
    assert layer.got(invite) == []
    assert layer.wait(4.9) == []
    assert layer.got(asked("ACK")) == []
    assert layer.left[0] == 1
    layer.wait(0.2)
    assert layer.left == NOTHING


def test_a_refusal_without_ack_is_forgotten_after_64_t1() -> None:
    layer = Layer("TCP")
    invite = asked()
    layer.answer(layer.began(invite), invite, 503)
    assert layer.wait(31.9) == []
    layer.wait(0.2)
    assert layer.left == NOTHING


@TRANSPORTS
def test_what_was_accepted_absorbs_repetitions_and_tells_of_acks(transport: str) -> None:
    layer = Layer(transport)
    invite = asked()
    key = layer.began(invite)
    assert layer.answer(key, invite, 200) == [200]
    assert layer.got(invite) == []
    assert layer.answer(key, invite, 200) == [200]  # the core sends it until the ACK
    assert layer.answer(key, invite, 486) == []
    assert layer.got(asked("ACK")) == ["Acknowledged"]  # in its own transaction: RFC 2543
    layer.wait(PATIENCE)
    assert layer.left == NOTHING
    assert layer.answer(key, invite, 200) == []


def test_an_ack_with_a_branch_of_its_own_is_told() -> None:
    layer = Layer()
    invite = asked()
    layer.answer(layer.began(invite), invite, 200)
    ack = asked("ACK", branch="ack1")
    assert layer.all.absorb(ack, layer.flow, 0) == (Acknowledged(ack, layer.flow),)


# --- the others ---


@TRANSPORTS
@pytest.mark.parametrize("status", [200, 481])
def test_another_request_that_comes_again_gets_its_answer_again(
    transport: str, status: int
) -> None:
    layer = Layer(transport)
    bye = asked("BYE")
    key = layer.began(bye)
    assert layer.got(bye) == []
    assert layer.answer(key, bye, 100) == [100]
    assert layer.answer(key, bye, 100) == [100]
    assert layer.got(bye) == [100]
    assert layer.answer(key, bye, status) == [status]
    assert layer.answer(key, bye, 500) == []
    assert layer.got(bye) == [status]
    layer.wait(PATIENCE if transport == "UDP" else 0)
    assert layer.left == NOTHING
    assert layer.got(bye) is None


def test_it_may_be_answered_at_once() -> None:
    layer = Layer()
    bye = asked("BYE")
    assert layer.answer(layer.began(bye), bye, 200) == [200]
