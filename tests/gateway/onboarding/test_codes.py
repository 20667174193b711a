"""The table of answers, held against what the gateway really answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.gateway.edges.world import World
from text911.gateway.edges.fairness import FloodLimits
from text911.gateway.onboarding.codes import CODES, Retry, code_of
from text911.smpp.codec import encode
from text911.smpp.pdu import (
    RESPONSE,
    BindReceiver,
    BindTransceiver,
    BroadcastSm,
    CancelSm,
    EnquireLink,
    QuerySm,
    ReplaceSm,
    SubmitSm,
)
from text911.smpp.status import TEMPORARY, Status
from text911.smpp.wire import CString, layout_of

BIND = encode(BindTransceiver("one", "secret"), 1)
BIND_5 = encode(BindTransceiver("one", "secret", interface_version=0x50), 1)
TEXT = encode(SubmitSm(source_addr="18605550142", destination_addr="911"), 2)


def raw(command_id: int, body: bytes) -> bytes:
    numbers = (16 + len(body), command_id, 0, 2)
    return b"".join(one.to_bytes(4) for one in numbers) + body


def asked(octets: bytes, bind: bytes = BIND, address: str = "127.0.0.1") -> list[int]:
    """The statuses that a real gateway answers, after those to `bind`."""
    world = World()
    peer = world.connect(address)
    if bind:
        peer.protocol.dataReceived(bind)
    world.settle()
    peer.transport.clear()
    peer.protocol.dataReceived(octets)
    world.settle()
    return statuses(peer.transport.value())


def statuses(octets: bytes) -> list[int]:
    found: list[int] = []
    while octets:
        if octets[4] & RESPONSE >> 24:
            found.append(int.from_bytes(octets[8:12]))
        octets = octets[int.from_bytes(octets[:4]) :]
    return found


def overrun(before: bytes) -> bytes:
    """A submit_sm whose field behind `before` never ends."""
    return raw(4, before + b"x" * 80)


def bind_overrun(before: bytes) -> bytes:
    return raw(9, before + b"x" * 80)


def too_many_binds() -> list[int]:
    world = World()
    world.bind()
    world.bind()
    return statuses(world.bind().transport.value())


def too_much() -> list[int]:
    world = World(floods=FloodLimits(texts=1, one_share=0.002))  # 1 of 500 places
    peer = world.bind()
    peer.transport.clear()
    for _ in range(5):
        peer.text()
    return statuses(peer.transport.value())


def a_broken_journal() -> list[int]:
    world = World()
    peer = world.bind()
    peer.transport.clear()
    world.journal.store.refuses = "the disk is full"
    peer.text()
    world.settle()
    world.clock.advance(0)
    return statuses(peer.transport.value())


def a_query_while_the_journal_is_broken() -> list[int]:
    world = World()
    peer = world.bind()
    world.journal.store.refuses = "the disk is full"
    peer.text()
    world.settle()
    world.clock.advance(0)
    peer.transport.clear()
    peer.send(QuerySm("m1"))
    world.settle()
    return statuses(peer.transport.value())


ANSWERED: dict[Status, Callable[[], list[int]]] = {
    Status.ROK: lambda: asked(TEXT),
    Status.RTHROTTLED: too_much,
    Status.RMSGQFUL: a_broken_journal,
    Status.RINVBNDSTS: lambda: asked(TEXT, bind=encode(BindReceiver("one", "secret"), 1)),
    Status.RINVDSTADR: lambda: asked(encode(SubmitSm(destination_addr="912"), 2)),
    Status.RINVCMDLEN: lambda: asked(TEXT[:-3].replace(TEXT[:4], (len(TEXT) - 3).to_bytes(4), 1)),
    Status.RINVOPTPARSTREAM: lambda: asked(raw(4, TEXT[16:] + b"\4\x24\0\x09x")),
    Status.RINVSERTYP: lambda: asked(overrun(b"")),
    Status.RINVSRCADR: lambda: asked(overrun(b"\0" * 3)),
    Status.RINVSCHED: lambda: asked(overrun(b"\0\0\0\0\0\0" + b"911\0" + b"\0" * 3)),
    Status.RINVEXPIRY: lambda: asked(overrun(b"\0\0\0\0\0\0" + b"911\0" + b"\0" * 4)),
    Status.RINVCMDID: lambda: asked(raw(0x77, b"")),
    Status.RCANCELFAIL: lambda: asked(encode(CancelSm(), 2)),
    Status.RREPLACEFAIL: lambda: asked(encode(ReplaceSm(), 2)),
    Status.RPROHIBITED: lambda: asked(encode(BroadcastSm(), 2), bind=BIND_5),
    Status.RINVMSGID: lambda: asked(encode(QuerySm("unknown"), 2)),
    Status.RQUERYFAIL: a_query_while_the_journal_is_broken,
    Status.RINVNUMDESTS: lambda: asked(raw(0x21, b"\0" * 30)),
    Status.RINVDESTFLAG: lambda: asked(raw(0x21, b"\0" * 4 + b"\1\7" + b"\0" * 30)),
    Status.RINVDLNAME: lambda: asked(raw(0x21, b"\0" * 4 + b"\1\2" + b"x" * 40)),
    Status.RBINDFAIL: lambda: asked(encode(BindTransceiver("one", "wrong"), 1), bind=b""),
    Status.RALYBND: too_many_binds,
    Status.RINVSYSID: lambda: asked(bind_overrun(b""), bind=b""),
    Status.RINVPASWD: lambda: asked(bind_overrun(b"one\0"), bind=b""),
    Status.RINVSYSTYP: lambda: asked(bind_overrun(b"one\0pw\0"), bind=b""),
}


def test_every_code_of_the_table_is_provoked_here_and_no_code_stands_in_it_twice() -> None:
    listed = [status for code in CODES for status in code.statuses]
    assert sorted(listed) == sorted(ANSWERED)


@pytest.mark.parametrize("status", ANSWERED, ids=lambda status: status.name)
def test_the_gateway_really_answers_it(status: Status) -> None:
    assert status in ANSWERED[status]()


def test_every_answer_to_a_field_that_is_too_long_is_in_the_table() -> None:
    for pdu in (BindTransceiver, SubmitSm):
        for _, wire in layout_of(pdu)[0]:
            if isinstance(wire, CString):
                assert code_of(wire.overrun) is not None, wire


def test_what_may_be_sent_again_is_what_smpp_calls_temporary() -> None:
    for code in CODES:
        for status in code.statuses:
            assert (code.retry is Retry.LATER) == (status in TEMPORARY)


def test_a_code_that_we_never_give_has_no_row() -> None:
    assert code_of(Status.RSYSERR) is None
    assert asked(encode(EnquireLink(), 2)) == [0]
