"""Transactions of RFC 3261, 17 and RFC 6026, row by row, over datagrams and over a stream."""

from __future__ import annotations

import pytest

from text911.sip.effects import Send
from text911.sip.flows import Flow
from text911.sip.message import Request, Response, values
from text911.sip.replies import reply
from text911.sip.settings import Timing
from text911.sip.transactions import (
    Acknowledged,
    ClientKey,
    Heard,
    Outcome,
    ServerKey,
    Settled,
    Transactions,
    Unanswered,
)

from .messages import CALL_ID, CSEQ, FROM, TO, VIA, less, request
from .wire import message

OVER = {
    "UDP": Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.2", 5060)),
    "TCP": Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 5060), 4),
}
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])
PATIENCE = 32.0


def asked(method: str = "INVITE", *, branch: str = "trunk1", to: str = TO) -> Request:
    usual = (VIA.replace("trunk1", branch), FROM, to, CALL_ID, f"CSeq: 1 {method}")
    found = message(request(start=f"{method} sip:911@192.0.2.1 SIP/2.0", usual=usual))
    assert isinstance(found, Request)
    return found


def sent(outcomes: tuple[Outcome, ...]) -> list[str | int]:
    """Methods and statuses of what was sent; what was told by its name."""
    found: list[str | int] = []
    for one in outcomes:
        if isinstance(one, Send):
            said = message(one.octets)
            found.append(said.method if isinstance(said, Request) else said.status)
        else:
            found.append(type(one).__name__)
    return found


class Layer:
    """Transactions with a clock of their own."""

    def __init__(self, transport: str = "UDP") -> None:
        self.all = Transactions(Timing())
        self.flow = OVER[transport]
        self.now = 0.0

    def wait(self, seconds: float) -> list[str | int]:
        until = self.now + seconds
        found: list[str | int] = []
        while (at := self.all.next_at) is not None and at <= until:
            self.now = max(self.now, at)
            found += sent(self.all.tick(self.now))
        self.now = until
        return found

    def got(self, request: Request) -> list[str | int] | None:
        found = self.all.absorb(request, self.flow, self.now)
        return None if found is None else sent(found)

    def began(self, request: Request) -> ServerKey:
        return self.all.begin(request, self.flow, self.now)

    def answer(self, key: ServerKey, request: Request, status: int) -> list[str | int]:
        return sent(self.all.answer(key, reply(request, status, tag="t"), self.now))

    def ask(self, request: Request) -> ClientKey:
        return self.all.ask(request, self.flow, self.now)[0]

    def heard(self, request: Request, status: int, tag: str = "t") -> list[str | int]:
        return sent(self.all.heard(reply(request, status, tag=tag), self.now))

    @property
    def left(self) -> tuple[int, int, float | None]:
        return self.all.servers, self.all.clients, self.all.next_at


NOTHING = (0, 0, None)


# --- INVITE, as client -------------------------------------------------------------------------


def test_an_invite_that_nobody_answers_goes_out_seven_times_and_is_given_up() -> None:
    layer = Layer()
    layer.ask(asked())
    assert layer.wait(0.4) == []
    assert layer.wait(31.5) == ["INVITE"] * 6
    assert layer.wait(0.1) == ["Unanswered"]
    assert layer.left == NOTHING


def test_over_a_stream_it_goes_out_once() -> None:
    layer = Layer("TCP")
    layer.ask(asked())
    assert layer.wait(31.9) == []
    assert layer.wait(0.1) == ["Unanswered"]


def test_after_a_provisional_answer_it_waits_for_ever() -> None:
    layer = Layer()
    invite = asked()
    layer.ask(invite)
    assert layer.heard(invite, 100) == ["Heard"]
    assert layer.heard(invite, 180) == ["Heard"]
    assert layer.wait(1_000) == []
    assert layer.left == (0, 1, None)


@TRANSPORTS
@pytest.mark.parametrize("provisional", [True, False])
def test_a_refusal_is_acknowledged_each_time_and_told_once(
    transport: str, provisional: bool
) -> None:
    layer = Layer(transport)
    invite = asked()
    layer.ask(invite)
    if provisional:
        layer.heard(invite, 180)
    assert layer.heard(invite, 486) == ["ACK", "Heard"]
    if transport == "UDP":
        assert layer.heard(invite, 486) == ["ACK"]
        assert layer.heard(invite, 180) == []
        assert layer.heard(invite, 200) == []
        assert layer.wait(31.9) == []
    layer.wait(0.1)
    assert layer.left == NOTHING
    assert layer.heard(invite, 486) == []


def test_the_ack_of_a_refusal_goes_the_way_of_the_invite_and_names_who_refused() -> None:
    layer = Layer()
    route = "Route: <sip:p1;lr>", "Route: <sip:p2;lr>"
    invite = message(request(*route, start="INVITE sip:911@192.0.2.1 SIP/2.0"))
    assert isinstance(invite, Request)
    layer.ask(invite)
    outcome = layer.all.heard(reply(invite, 486, tag="t9"), 0)[0]
    assert isinstance(outcome, Send)
    ack = message(outcome.octets)
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri) == ("ACK", invite.uri)
    assert values(ack.headers, "Via") == values(invite.headers, "Via")
    assert values(ack.headers, "Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert ack.value("To") == "<urn:service:sos>;tag=t9"
    assert ack.value("CSeq") == "1 ACK"
    assert outcome.flow == layer.flow


@TRANSPORTS
def test_every_2xx_is_told_for_as_long_as_forks_may_answer(transport: str) -> None:
    layer = Layer(transport)
    invite = asked()
    layer.ask(invite)
    assert layer.heard(invite, 200) == ["Heard"]
    assert layer.heard(invite, 200, "other") == ["Heard"]
    assert layer.heard(invite, 486) == []
    assert layer.wait(31.9) == []
    assert layer.heard(invite, 200) == ["Heard"]
    assert layer.wait(0.2) == ["Settled"]
    assert layer.left == NOTHING


def test_an_invite_may_be_given_up_while_it_waits_and_not_afterwards() -> None:
    layer = Layer()
    for heard in ((), (180,)):
        invite = asked()
        key = layer.ask(invite)
        for status in heard:
            layer.heard(invite, status)
        assert layer.all.give_up(key, 0) == (Unanswered(key, 408),)
        assert layer.all.give_up(key, 0) == ()
    invite = asked()
    key = layer.ask(invite)
    layer.heard(invite, 200)
    assert layer.all.give_up(key, 0) == ()


# --- the others, as client ---------------------------------------------------------------------


def test_another_request_goes_out_up_to_every_t2_and_is_given_up() -> None:
    layer = Layer()
    layer.ask(asked("OPTIONS"))
    assert layer.wait(7.6) == ["OPTIONS"] * 4  # 0.5, 1.5, 3.5, 7.5
    assert layer.wait(24.3) == ["OPTIONS"] * 6
    assert layer.wait(0.2) == ["Unanswered"]
    assert layer.left == NOTHING


def test_a_provisional_answer_slows_it_down_and_buys_no_time() -> None:
    layer = Layer()
    bye = asked("BYE")
    layer.ask(bye)
    assert layer.heard(bye, 100) == ["Heard"]
    assert layer.heard(bye, 100) == ["Heard"]
    assert layer.wait(4.4) == ["BYE"]  # at 0.5, then every 4 s
    assert layer.wait(4.0) == ["BYE"]
    assert layer.wait(23.7)[-1] == "Unanswered"


@TRANSPORTS
@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("provisional", [True, False])
def test_its_answer_is_told_once(transport: str, status: int, provisional: bool) -> None:
    layer = Layer(transport)
    bye = asked("BYE")
    layer.ask(bye)
    if provisional:
        layer.heard(bye, 100)
    assert layer.heard(bye, status) == ["Heard"]
    assert layer.heard(bye, status) == []
    assert layer.heard(bye, 100) == []
    assert layer.wait(5.0) == []
    assert layer.left == NOTHING


# --- INVITE, as server -------------------------------------------------------------------------


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


# --- the others, as server ---------------------------------------------------------------------


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


# --- which belongs to which --------------------------------------------------------------------


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


# --- the transport -----------------------------------------------------------------------------


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
