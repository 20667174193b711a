"""How a session ends, and what time does to it."""

from __future__ import annotations

import pytest

from text911.smpp.codec import encode
from text911.smpp.conversation import PARTS_WITHIN
from text911.smpp.events import (
    Closed,
    Responded,
    Submitted,
    Unbound,
)
from text911.smpp.pdu import (
    BindTransceiver,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    Unbind,
    UnbindResp,
)
from text911.smpp.table import State
from text911.smpp.timers import SessionLimits

from .peer import HELP, Peer, in_state, raw

REPLY = DeliverSm(source_addr="911", short_message=b"coming")

# --- good-bye -------------------------------------------------------------------------------------


def test_an_unbind_is_answered_after_the_texts_before_it() -> None:
    peer = Peer().binds()
    assert peer.says((HELP, 2), (HELP, 3), (Unbind(), 4)) == []
    assert peer.events[-1] == Unbound(by_peer=True)
    assert peer.session.respond(2, 4, 0, "a")
    assert peer.session.state is State.LEAVING
    assert peer.session.respond(3, 4, 0, "b")
    assert peer.reads() == [(0x80000004, 0, 2), (0x80000004, 0, 3), (0x80000006, 0, 4)]
    assert peer.waits(0.0) == [Closed("unbound")]
    assert peer.session.wakes_at() is None


def test_a_leaving_peer_waits_for_our_answers_no_longer_than_for_a_response() -> None:
    peer = Peer().binds()
    peer.says((HELP, 2), (Unbind(), 3))
    assert peer.waits(9.9) == []
    assert peer.waits(0.2) == [Closed("unbound")]
    assert peer.reads() == [(0x80000006, 0, 3)]
    assert peer.session.faults == {"left_unanswered": 1}


def test_our_unbind_still_takes_the_last_texts() -> None:
    peer = Peer().binds()
    peer.session.unbind(peer.now)
    assert peer.reads() == [(0x6, 0, 1)]
    peer.session.unbind(peer.now)
    assert peer.reads() == []
    assert peer.says((HELP, 2), (UnbindResp(), 1)) == []
    assert [type(e) for e in peer.events] == [Submitted, Unbound]
    assert peer.says((UnbindResp(), 1)) == []
    peer.session.respond(2, 4, 0, "a")
    assert peer.reads() == [(0x80000004, 0, 2)]
    assert peer.waits(0.0) == [Closed("unbound")]


def test_an_unbind_that_is_not_answered_ends_all_the_same() -> None:
    peer = Peer().binds()
    peer.session.unbind(peer.now)
    peer.waits(10.0)
    assert peer.reason == "the peer did not answer unbind"


@pytest.mark.parametrize("answered", [True, False])
def test_our_unbind_waits_a_little_for_what_is_unanswered_and_sends_nothing_more(
    answered: bool,
) -> None:
    peer = Peer().binds()
    peer.session.send(REPLY, "a", peer.now)
    peer.reads()
    peer.session.unbind(peer.now)
    peer.session.unbind(peer.now)
    assert peer.reads() == []
    assert (peer.session.can_receive, peer.session.window_free()) == (False, 0)
    if answered:
        assert peer.says((DeliverSmResp(), 1)) == [(0x6, 0, 2)]
    else:
        assert peer.waits(PARTS_WITHIN - 0.1) == []
        assert peer.reads() == []
        peer.waits(0.1)
        assert peer.reads() == [(0x6, 0, 2)]
        peer.says((DeliverSmResp(), 1))
    assert peer.session.state is State.UNBINDING
    peer.says((UnbindResp(), 2))
    assert [type(one) for one in peer.events] == [Responded, Unbound, Closed]


# --- time -----------------------------------------------------------------------------------------


def test_who_does_not_bind_in_time_is_shown_the_door_also_when_dripping() -> None:
    peer = Peer()
    for octet in encode(BindTransceiver("carrier"), 1)[:20]:
        peer.session.receive(bytes((octet,)), peer.now)
        peer.waits(0.2)
    assert peer.now < 104.9
    assert peer.reason == ""
    peer.waits(1.1)
    assert peer.reason == "no bind within the time for it"


def test_a_silent_peer_is_asked_twice_and_then_given_up() -> None:
    peer = Peer().binds()
    assert peer.waits(30.0) == []
    assert peer.reads() == [(0x15, 0, 1)]
    peer.waits(10.0)
    assert peer.reads() == [(0x15, 0, 2)]
    peer.waits(10.0)
    assert peer.reason == "the peer does not answer enquire_link"


def test_any_whole_pdu_is_a_sign_of_life_and_an_octet_is_not() -> None:
    peer = Peer().binds()
    peer.waits(30.0)
    peer.says(raw(0x80000015, 1))
    assert peer.session.faults == {}
    peer.waits(29.0)
    peer.says(b"\0")
    peer.waits(1.0)
    assert peer.reads()[-1][0] == 0x15
    assert peer.waits(20.0) != []


def test_inactivity_is_off_by_default_and_unbinds_when_it_is_on() -> None:
    peer = Peer(SessionLimits(inactivity=60.0)).binds()
    for _ in range(3):
        peer.waits(20.0)
        peer.says((EnquireLink(), 2))
    assert peer.session.state is State.UNBINDING
    idle = Peer().binds()
    for _ in range(100):
        idle.waits(20.0)
        idle.says((EnquireLink(), 2))
    assert idle.session.state is State.BOUND_TRX


def test_a_tick_too_early_does_nothing() -> None:
    peer = Peer()
    assert peer.session.tick(peer.now) == []
    assert peer.session.octets_to_send() == b""
    assert Peer().binds().session.tick(100.0) == []
    assert in_state(State.CLOSED).session.tick(1e9) == []
