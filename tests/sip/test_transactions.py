"""Which message belongs to which transaction (RFC 3261, 17.1.3, 17.2.3), and where it is sent."""

from __future__ import annotations

import pytest

from text911.sip.flows import Flow
from text911.sip.message import Request, Response
from text911.sip.replies import reply
from text911.sip.settings import Timing
from text911.sip.transactions import Heard, Settled, Transactions, Unanswered

from .layer import NOTHING, OVER, PATIENCE, Layer, asked, sent
from .messages import CALL_ID, CSEQ, FROM, TO, VIA, less, request
from .wire import message

# --- which belongs to which ---


def test_requests_with_other_branches_senders_or_methods_are_others() -> None:
    layer = Layer()
    layer.began(asked())
    assert layer.got(asked(branch="trunk2")) is None
    assert layer.got(asked("CANCEL")) is None
    other = message(request(usual=less(VIA, VIA.replace("5060", "5070"))))
    assert isinstance(other, Request)
    assert layer.got(other) is None
    upper = message(request(usual=less(VIA, VIA.replace("trunk1", "TRUNK1"))))
    assert isinstance(upper, Request)
    assert layer.got(upper) == []


def test_a_cancel_finds_its_invite_and_nothing_else() -> None:
    layer = Layer()
    key = layer.began(asked())
    assert layer.all.invite_of(asked("CANCEL")) == key
    assert layer.all.invite_of(asked("CANCEL", branch="other")) is None


def test_the_same_request_by_another_way_is_merged_until_the_first_is_over() -> None:
    layer = Layer()
    layer.answer(layer.began(asked("OPTIONS")), asked("OPTIONS"), 200)
    assert layer.all.is_merged(asked("OPTIONS", branch="other"))
    assert not layer.all.is_merged(asked("INVITE", branch="other"))
    layer.began(asked("OPTIONS", branch="other"))
    layer.wait(PATIENCE)
    assert layer.all.is_merged(asked("OPTIONS", branch="third")) is False


@pytest.mark.parametrize(("status", "merged"), [(401, False), (486, False), (487, True)])
def test_who_was_refused_may_ask_again_but_not_who_gave_up(status: int, merged: bool) -> None:
    layer = Layer()
    layer.answer(layer.began(asked()), asked(), status)
    assert layer.all.is_merged(asked(branch="other")) is merged


def test_within_a_dialog_nothing_is_merged() -> None:
    layer = Layer()
    layer.began(asked("BYE", to=TO + ";tag=t"))
    assert not layer.all.is_merged(asked("BYE", branch="other"))


def test_requests_of_the_old_kind_are_told_apart_by_what_they_say() -> None:
    layer = Layer()
    old = "Via: SIP/2.0/UDP 192.0.2.2:5060"
    first = message(request(usual=less(VIA, old)))
    second = message(request(usual=(old, FROM, TO, CALL_ID, CSEQ.replace("1", "2"))))
    ack = message(
        request(
            start="ACK urn:service:sos SIP/2.0",
            usual=(old, FROM, TO + ";tag=t", CALL_ID, "CSeq: 1 ACK"),
        )
    )
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert isinstance(ack, Request)
    key = layer.began(first)
    assert layer.got(first) == []
    assert layer.got(second) is None
    layer.answer(key, first, 486)
    assert layer.got(ack) == []
    assert layer.got(first) == []  # confirmed: it was matched


def test_an_answer_is_ours_only_with_our_branch_our_method_and_one_via() -> None:
    layer = Layer()
    bye = asked("BYE")
    layer.ask(bye)
    assert layer.heard(asked("OPTIONS"), 200) == []
    assert layer.heard(asked("BYE", branch="other"), 200) == []
    two = reply(bye, 200, (("Via", "SIP/2.0/UDP h"),))
    assert layer.all.heard(two, 0) == ()
    bare = Response(200, "OK", tuple(_bare(row) for row in reply(bye, 200).headers))
    assert layer.all.heard(bare, 0) == ()
    assert layer.heard(bye, 200) == ["Heard"]


def _bare(row: tuple[str, str]) -> tuple[str, str]:
    return (row[0], "SIP/2.0/UDP 192.0.2.2") if row[0] == "Via" else row


def test_a_request_of_ours_needs_a_branch() -> None:
    bare = Request("BYE", "sip:h", (("Via", "SIP/2.0/UDP h"), ("CSeq", "1 BYE")))
    with pytest.raises(ValueError, match="branch"):
        Transactions(Timing()).ask(bare, OVER["UDP"], 0)


# --- the transport ---


@pytest.mark.parametrize(
    ("method", "heard", "told"),
    [
        ("INVITE", (), ["Unanswered"]),
        ("INVITE", (180,), ["Unanswered"]),
        ("INVITE", (486,), []),
        ("INVITE", (200,), ["Settled"]),
        ("BYE", (), ["Unanswered"]),
        ("BYE", (100,), ["Unanswered"]),
        ("BYE", (200,), []),
    ],
)
def test_what_cannot_be_sent_is_over_at_once(
    method: str, heard: tuple[int, ...], told: list[str]
) -> None:
    layer = Layer()
    request = asked(method)
    key = layer.ask(request)
    for status in heard:
        layer.heard(request, status)
    elsewhere = Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.9", 5060))
    assert layer.all.lost(elsewhere, 0) == ()
    found = layer.all.lost(layer.flow, 0)
    assert sent(found) == told
    assert all(one in (Unanswered(key, 503), Settled(key)) for one in found)
    assert layer.left == NOTHING


def test_an_answer_opens_a_stream_to_the_port_in_via_when_the_first_is_gone() -> None:
    layer = Layer("TCP")
    layer.flow = Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 49_152), 4)
    invite = asked()
    key = layer.began(invite)
    assert layer.all.lost(OVER["UDP"], 0) == ()
    assert layer.all.lost(layer.flow, 0) == ()
    found = layer.all.answer(key, reply(invite, 200, tag="t"), 0)
    assert found[0].flow == Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 5060))


def test_a_repetition_by_a_new_stream_is_answered_there() -> None:
    layer = Layer("TCP")
    invite = asked()
    key = layer.began(invite)
    layer.answer(key, invite, 100)
    layer.flow = Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 5060), 5)
    assert layer.got(invite) == [100]
    assert layer.all.answer(key, reply(invite, 180, tag="t"), 0)[0].flow.connection == 5


def test_what_was_told_names_the_answer() -> None:
    layer = Layer()
    bye = asked("BYE")
    key = layer.ask(bye)
    answer = reply(bye, 200, tag="t")
    assert layer.all.heard(answer, 0) == (Heard(key, answer),)
