"""Our bind at a message centre: states, answers, and what is the same as on the other end."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.codec import bind_response, encode
from text911.smpp.esme import EsmeSession
from text911.smpp.events import (
    Bound,
    Closed,
    Event,
    Gone,
    Notified,
    OutbindRequested,
    Responded,
    Silent,
    Submitted,
    Unbound,
)
from text911.smpp.pdu import (
    RESPONSE,
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Outbind,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from text911.smpp.status import Status
from text911.smpp.table import ESME, WITHOUT_RESPONSE, Input, State
from text911.smpp.timers import SessionLimits
from text911.smpp.tlv import Tag

from .peer import cut, elapse, heads, only, raw

TEXT = DeliverSm(source_addr="18605551234", destination_addr="911", short_message=b"help")
REPLY = SubmitSm(source_addr="911", destination_addr="18605551234", short_message=b"coming")
KINDS: dict[str, type[Bind]] = {
    "rx": BindReceiver,
    "tx": BindTransmitter,
    "trx": BindTransceiver,
}
STATES = {"rx": State.BOUND_RX, "tx": State.BOUND_TX, "trx": State.BOUND_TRX}


class Centre:
    """A message centre at the other end of our session, and the clock both live by."""

    def __init__(self, limits: SessionLimits | None = None) -> None:
        self.now = 100.0
        self.session = EsmeSession(limits or SessionLimits(), self.now)
        self.events: list[Event] = []

    def says(self, *octets: bytes | tuple[Pdu, int]) -> list[tuple[int, int, int]]:
        data = b"".join(one if isinstance(one, bytes) else encode(*one) for one in octets)
        self.events += self.session.receive(data, self.now)
        return self.reads()

    def reads(self) -> list[tuple[int, int, int]]:
        return heads(self.session.octets_to_send())

    def waits(self, seconds: float) -> list[Event]:
        found = elapse(self.session, self.now, seconds)
        self.now += seconds
        self.events += found
        return found

    def binds(self, kind: str = "trx", version: int = 0x34, theirs: int | None = 0x34) -> Centre:
        bind = KINDS[kind]("text911", "secret", interface_version=version)
        self.session.bind(bind, self.now)
        assert self.reads() == [(bind.COMMAND_ID, 0, 1)]
        tlvs = () if theirs is None else ((int(Tag.sc_interface_version), bytes((theirs,))),)
        self.says(bind_response(bind.COMMAND_ID, 1, "smsc", tlvs))
        assert self.session.state is STATES[kind]
        self.events.clear()
        return self

    @property
    def reason(self) -> str:
        return "".join(one.reason for one in self.events if isinstance(one, Closed))


def in_state(state: State) -> Centre:
    centre = Centre()
    match state:
        case State.OPEN:
            pass
        case State.OUTBOUND:
            centre.says((Outbind("smsc", "please"), 1))
        case State.BINDING:
            centre.session.bind(BindTransceiver("text911"), centre.now)
        case State.BOUND_RX | State.BOUND_TX | State.BOUND_TRX:
            centre.binds(state.name.removeprefix("BOUND_").lower())
        case State.UNBINDING:
            centre.binds().session.unbind(centre.now)
        case State.LEAVING:
            centre.binds().says((TEXT, 2), (Unbind(), 3))
        case State.CLOSED:
            centre.session.lost()
    centre.reads()
    centre.events.clear()
    assert centre.session.state is state
    return centre


# --- binding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_bind_is_asked_for_and_says_who_may_send(kind: str) -> None:
    centre = Centre()
    bind = KINDS[kind]("text911", "secret", "type", 0x34, 0, 0, "range")
    centre.session.bind(bind, centre.now)
    assert only(centre.session.octets_to_send()) == bind
    centre.says(bind_response(bind.COMMAND_ID, 1, "smsc", ()))
    assert centre.events == [Bound("smsc", 0x34)]
    assert centre.session.can_receive is (kind != "rx")
    with pytest.raises(ValueError, match="cannot bind"):
        centre.session.bind(bind, centre.now)


@pytest.mark.parametrize(
    ("ours", "theirs", "spoken"),
    [
        (0x34, None, 0x34),
        (0x34, 0x00, 0x34),
        (0x34, 0x33, 0x33),
        (0x34, 0x50, 0x34),
        (0x50, 0x34, 0x34),
        (0x50, 0x50, 0x50),
        (0x33, None, 0x33),
        (0x33, 0x34, 0x33),
    ],
)
def test_the_lower_version_is_spoken(ours: int, theirs: int | None, spoken: int) -> None:
    centre = Centre().binds(version=ours, theirs=theirs)
    assert centre.session.interface_version == spoken
    tagged = SubmitSm(short_message=b"x", tlvs=((Tag.user_message_reference, b"\0\1"),))
    centre.session.send(tagged, "a", centre.now)
    sent = only(centre.session.octets_to_send())
    assert sent == (tagged if spoken >= 0x34 else SubmitSm(short_message=b"x"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (raw(0x80000009, 1, b"", 0x0E), "RINVPASWD"),
        (raw(0x80000009, 1, b"\0", 0x0D), "RBINDFAIL"),
        (raw(0x80000009, 1, b"", 0x4A1), "0x000004A1"),
        (encode(GenericNack(), 1, 3), "RINVCMDID"),
        (encode(GenericNack(), 1, 0), "RUNKNOWNERR"),
    ],
)
def test_a_refused_bind_ends_the_session_and_says_why(answer: bytes, words: str) -> None:
    centre = Centre()
    centre.session.bind(BindTransceiver("text911"), centre.now)
    centre.says(answer)
    assert centre.reason == f"our bind was refused with {words}"
    assert centre.session.state is State.CLOSED


@pytest.mark.parametrize(
    "stray",
    [
        bind_response(0x9, 2, "smsc", ()),
        bind_response(0x1, 1, "smsc", ()),
        encode(GenericNack(), 2, 3),
        encode(SubmitSmResp("1"), 1),
    ],
)
def test_only_the_answer_to_our_bind_lets_us_in(stray: bytes) -> None:
    centre = in_state(State.BINDING)
    centre.says(stray)
    assert centre.session.state is State.BINDING
    assert centre.session.faults == {"stray_response": 1}


def test_an_answer_to_a_bind_that_nobody_made_is_stray() -> None:
    centre = Centre()
    centre.says(bind_response(0x9, 1, "smsc", ()))
    assert centre.session.faults == {"stray_response": 1}


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b"", {}), (b"x" * 30, {"response_body": 1}), (b"smsc", {"missing_nul": 1})],
)
def test_a_bind_counts_whatever_is_in_its_response(body: bytes, fault: dict[str, int]) -> None:
    centre = in_state(State.BINDING)
    centre.says(raw(0x80000009, 1, body))
    assert centre.session.state is State.BOUND_TRX
    assert centre.session.faults == fault


def test_a_bind_that_is_not_answered_is_given_up() -> None:
    centre = in_state(State.BINDING)
    centre.waits(10.0)
    assert centre.reason == "no bind within the time for it"


def test_an_outbind_is_told_and_answered_with_a_bind() -> None:
    centre = Centre()
    assert centre.says((Outbind("smsc", "please"), 7)) == []
    assert centre.events == [OutbindRequested(Outbind("smsc", "please"))]
    centre.session.bind(BindReceiver("text911"), centre.now)
    centre.reads()
    centre.says(bind_response(0x1, 1, "smsc", ()))
    assert centre.session.state is State.BOUND_RX


def test_an_outbind_with_nonsense_behind_it_is_answered_by_nobody() -> None:
    centre = Centre()
    centre.says(encode(Outbind("smsc", "please"), 7) + bytes(16))
    assert [type(one) for one in centre.events] == [OutbindRequested, Closed]
    centre.session.bind(BindReceiver("text911"), centre.now)
    assert centre.reads() == []


def test_an_outbind_that_does_not_parse_is_no_outbind() -> None:
    centre = Centre()
    assert centre.says(raw(0x0B, 7, b"x" * 30)) == [(0x80000000, Status.RINVSYSID, 7)]
    assert centre.session.state is State.OPEN


def test_who_is_expected_to_outbind_and_does_not_is_shown_out() -> None:
    centre = Centre()
    centre.waits(5.0)
    assert centre.reason == "no bind within the time for it"


# --- every request in every state -----------------------------------------------------------------

BODIES = {one.COMMAND_ID: encode(one, 1)[16:] for one in (TEXT, DataSm(), AlertNotification())}
BODIES[Outbind.COMMAND_ID] = b"\0\0"


@pytest.mark.parametrize(
    ("state", "command_id"), list(product([s for s in State if s is not State.CLOSED],
                                          ESME.requests))
)  # fmt: skip
def test_every_request_in_every_state_is_answered_as_the_table_says(
    state: State, command_id: int
) -> None:
    centre = in_state(state)
    heard = ESME.requests[command_id]
    answers = centre.says(raw(command_id, 9, BODIES.get(command_id, b"")))
    if (state, heard) not in ESME.next:
        wrong = 0x80000000 if command_id in WITHOUT_RESPONSE else command_id | RESPONSE
        assert answers == [(wrong, Status.RINVBNDSTS, 9)]
        assert centre.session.state is state
        assert centre.events == []
        return
    match heard:
        case Input.GOT_MESSAGE:
            assert answers == []
            assert [type(one) for one in centre.events] == [Submitted]
        case Input.GOT_NOTICE:
            assert answers == []
            assert [type(one) for one in centre.events] == [Notified]
        case Input.GOT_OUTBIND:
            assert [type(one) for one in centre.events] == [OutbindRequested]
        case Input.GOT_ENQUIRE:
            assert answers == [(command_id | RESPONSE, 0, 9)]
        case _:
            assert heard is Input.GOT_UNBIND
            assert answers[-1] == (command_id | RESPONSE, 0, 9)
            assert [type(one) for one in centre.events] == [Unbound, Closed]


def test_an_unknown_command_is_nacked() -> None:
    assert Centre().binds().says(raw(0x77, 9)) == [(0x80000000, Status.RINVCMDID, 9)]


# --- texts ----------------------------------------------------------------------------------------


def test_a_text_is_answered_when_the_owner_says_so_and_deliver_sm_resp_names_no_message() -> None:
    centre = Centre().binds()
    octets = encode(TEXT, 5)
    assert centre.says(octets) == []
    assert centre.events == [Submitted(5, TEXT, octets)]
    assert centre.session.respond(5, TEXT.COMMAND_ID | RESPONSE, Status.ROK, "00ff")
    assert centre.session.octets_to_send() == raw(0x80000005, 5, b"\0")
    centre.says((DataSm(), 6))
    assert centre.session.respond(6, DataSm.COMMAND_ID | RESPONSE, Status.ROK, "00ff")
    assert centre.session.octets_to_send() == raw(0x80000103, 6, b"00ff\0")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Status.RTHROTTLED, Status.RX_T_APPN),
        (Status.RMSGQFUL, Status.RX_T_APPN),
        (Status.RINVDSTADR, Status.RINVDSTADR),
        (0x4A1, 0x4A1),
    ],
)
def test_an_esme_puts_a_text_off_in_an_esmes_words(asked: int, said: int) -> None:
    centre = Centre().binds()
    centre.says((TEXT, 5))
    centre.session.respond(5, TEXT.COMMAND_ID | RESPONSE, asked)
    assert centre.reads() == [(0x80000005, said, 5)]


def test_while_throttled_texts_are_put_off_and_the_link_is_kept_alive() -> None:
    centre = Centre().binds()
    centre.session.throttled = True
    answers = centre.says((TEXT, 2), (EnquireLink(), 3))
    assert answers == [(0x80000005, Status.RX_T_APPN, 2), (0x80000015, 0, 3)]
    assert centre.events == []


def test_a_centre_of_5_0_is_told_how_full_we_are() -> None:
    centre = Centre().binds(version=0x50, theirs=0x50)
    centre.session.load = lambda: 42
    centre.says((TEXT, 5))
    centre.session.respond(5, TEXT.COMMAND_ID | RESPONSE, Status.ROK)
    assert centre.session.octets_to_send() == raw(0x80000005, 5, b"\0\x04\x28\0\x01\x2a")


# --- our replies ----------------------------------------------------------------------------------


def test_a_reply_is_answered_under_its_tag_and_silence_is_unknown() -> None:
    centre = Centre().binds("tx")
    centre.session.send(REPLY, "one", centre.now)
    centre.session.send(REPLY, "two", centre.now)
    assert [one[12:16] for one in cut(centre.session.octets_to_send())] == [
        b"\0\0\0\2", b"\0\0\0\3",
    ]  # fmt: skip
    answer = encode(SubmitSmResp("abc"), 2)
    centre.says(answer)
    assert centre.events == [Responded("one", 0, "abc", answer)]
    assert centre.waits(10.0) == [Silent("two")]
    assert centre.session.lost("reset") == [Gone("two"), Closed("reset")]


def test_a_receiver_carries_no_reply() -> None:
    centre = Centre().binds("rx")
    assert centre.session.window_free() == 0
    with pytest.raises(ValueError, match="BOUND_RX"):
        centre.session.send(REPLY, 1, centre.now)


def test_a_deliver_sm_resp_is_no_answer_to_a_reply() -> None:
    centre = Centre().binds()
    centre.session.send(REPLY, "one", centre.now)
    centre.reads()
    centre.says(raw(0x80000005, 2, b"\0"))
    assert centre.events == []
    assert centre.session.faults == {"stray_response": 1}


# --- the end --------------------------------------------------------------------------------------


def test_we_unbind_and_the_last_texts_count() -> None:
    centre = Centre().binds()
    centre.session.unbind(centre.now)
    assert centre.reads() == [(0x6, 0, 2)]
    assert centre.says((TEXT, 4), (UnbindResp(), 2)) == []
    centre.session.respond(4, TEXT.COMMAND_ID | RESPONSE, Status.ROK)
    assert centre.reads() == [(0x80000005, 0, 4)]
    assert centre.waits(0.0) == [Closed("unbound")]


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_octets_break_a_session(chunks: list[bytes]) -> None:
    for centre in (Centre(), in_state(State.BINDING), Centre().binds()):
        for chunk in chunks:
            centre.says(raw(5, 1, chunk))
            centre.says(chunk)
            centre.waits(1.0)
        events: list[Event] = [*centre.events, *centre.session.lost()]
        assert [type(one) for one in events].count(Closed) == 1
        assert isinstance(events[-1], Closed)


@given(st.lists(st.integers(0, 400), max_size=10))
def test_where_tcp_cuts_does_not_matter(cuts: list[int]) -> None:
    stream = b"".join(
        (
            bind_response(0x9, 1, "smsc", ()),
            encode(TEXT, 3),
            encode(AlertNotification(), 4),
            raw(0x77, 5),
            raw(0x5, 6, b"x" * 9),
            encode(DataSm(), 7),
            encode(Unbind(), 8),
            encode(TEXT, 9),
        )
    )
    whole, pieces = in_state(State.BINDING), in_state(State.BINDING)
    expected = whole.says(stream)
    found: list[tuple[int, int, int]] = []
    edges = sorted(min(one, len(stream)) for one in cuts)
    for begin, end in zip([0, *edges], [*edges, len(stream)], strict=True):
        found += pieces.says(stream[begin:end])
    assert (found, pieces.events) == (expected, whole.events)
