"""Every command in a state that does not allow it."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, nacked, refused_with, sending, taken
from ..octets import RESPONSE, join, pdu
from ..rules import (
    ALIVE,
    ALIVE_EARLY,
    ALL_ANSWERED,
    BIND_STATE,
    BOUND_ALREADY,
    OWN_RESPONSE,
    RESPONSE_DUE,
    UNBINDING,
    UNKNOWN_COMMAND,
)
from ..values import (
    ERROR,
    ROK,
    Access,
    Await,
    Case,
    Due,
    End,
    Pattern,
    Send,
    Setup,
    Severity,
)

RINVBNDSTS, RALYBND, RINVCMDID = 0x4, 0x5, 0x3
KINDS = {Setup.TX: wire.BIND_TX, Setup.RX: wire.BIND_RX, Setup.TRX: wire.BIND_TRX}
NAMES = {Setup.TX: "transmitter", Setup.RX: "receiver", Setup.TRX: "transceiver"}


def cases(access: Access) -> Iterator[Case]:
    yield from _not_in(Setup.OPEN, "unbound", "before any bind", access)
    yield case(
        "unbound.unbind",
        "unbind before any bind",
        Setup.OPEN,
        pdu(wire.UNBIND, N),
        answered(wire.UNBIND),
        RESPONSE_DUE,
        end=End.EITHER,
    )
    yield case(
        "unbound.enquire_link",
        "enquire_link before any bind",
        Setup.OPEN,
        pdu(wire.ENQUIRE, N),
        Due(
            (Pattern(wire.ENQUIRE | RESPONSE, ROK, (N,)),),
            ((Pattern(wire.ENQUIRE | RESPONSE, ERROR, (N,)), ALIVE_EARLY),),
            ALIVE_EARLY,
        ),
        ALIVE_EARLY,
    )
    if Setup.RX in access.may_bind:
        yield from _not_in(Setup.RX, "receiver", "on a bind_receiver", access)
    for setup in access.may_bind:
        yield from _bound(access, setup)
    yield from _foreign_requests(access)
    yield from _after_unbind(access)


def _not_in(setup: Setup, slug: str, words: str, access: Access) -> Iterator[Case]:
    """Every request of an ESME where it is not legal."""
    for name, command_id, body in _requests(access):
        yield case(
            f"{slug}.{name}",
            f"{name} {words}",
            setup,
            pdu(command_id, N, body),
            refused_with(command_id, RINVBNDSTS),
            BIND_STATE,
            severity=Severity.CRITICAL if command_id == wire.SUBMIT else Severity.MAJOR,
        )


def _requests(access: Access) -> Iterator[tuple[str, int, bytes]]:
    source, target = access.source, access.target
    yield "submit_sm", wire.SUBMIT, join(wire.text(source, target))
    yield "data_sm", wire.DATA, join(wire.data(source, target)) + wire.payload()
    yield "query_sm", wire.QUERY, join(wire.query(source))
    yield "cancel_sm", wire.CANCEL, join(wire.cancel(source, target))
    yield "replace_sm", wire.REPLACE, join(wire.replace(source))
    yield "submit_multi", wire.MULTI, join(wire.multi(source, wire.one(target), 1))


def _bound(access: Access, setup: Setup) -> Iterator[Case]:
    name = NAMES[setup]
    again = join(wire.bind(access.system_id, access.password))
    for kind, command_id in KINDS.items():
        yield case(
            f"{name}.bind_{NAMES[kind]}",
            f"bind_{NAMES[kind]} on a session that is bound as {name}",
            setup,
            pdu(command_id, N, again),
            refused_with(command_id, RALYBND),
            BOUND_ALREADY,
        )
    yield case(
        f"{name}.enquire_link",
        f"enquire_link as {name}",
        setup,
        pdu(wire.ENQUIRE, N),
        taken(wire.ENQUIRE),
        ALIVE,
        severity=Severity.CRITICAL,
    )
    yield case(
        f"{name}.unbind",
        f"unbind as {name}",
        setup,
        pdu(wire.UNBIND, N),
        taken(wire.UNBIND),
        UNBINDING,
        end=End.EITHER,
    )


def _foreign_requests(access: Access) -> Iterator[Case]:
    """What only a message centre sends, and what belongs to SMPP 5.0."""
    usual = sending(access) or access.may_bind[0]
    body = join(wire.text(access.source, access.target))
    own, nack = wire.DELIVER | RESPONSE, wire.NACK
    yield case(
        "sender.deliver_sm",
        "deliver_sm from an ESME",
        usual,
        pdu(wire.DELIVER, N, body),
        Due(
            (Pattern(own, ERROR, (N,)), Pattern(nack, ERROR, (N,))),
            ((Pattern(nack, ERROR, (0,)), OWN_RESPONSE),),
        ),
        BIND_STATE,
        severity=Severity.CRITICAL,
    )
    addresses = join(
        wire.address("source_addr", "source_addr", access.source)
        + wire.address("esme_addr", "esme_addr", access.target)
    )
    for name, command_id, body in (
        ("outbind", wire.OUTBIND, wire.c("mc") + wire.c("pw")),
        ("alert_notification", wire.ALERT, addresses),
    ):
        yield case(
            f"sender.{name}",
            f"{name} from an ESME: it has no response of its own, so a generic_nack or nothing",
            usual,
            pdu(command_id, N, body),
            None,
            BIND_STATE,
        )
    for name, command_id in (
        ("broadcast_sm", wire.BROADCAST),
        ("query_broadcast_sm", wire.QUERY_BROADCAST),
        ("cancel_broadcast_sm", wire.CANCEL_BROADCAST),
    ):
        known = Pattern(command_id | RESPONSE, ERROR, (N,))
        unknown = nacked(RINVCMDID, also=())
        yield case(
            f"sender.{name}",
            f"{name} of SMPP 5.0, with a body that ends at once",
            usual,
            pdu(command_id, N),
            Due((known, *unknown.good), unknown.poor),
            UNKNOWN_COMMAND,
        )


def _after_unbind(access: Access) -> Iterator[Case]:
    sender = sending(access)
    if sender is None:
        return
    body = join(wire.text(access.source, access.target))
    texts = b"".join(pdu(wire.SUBMIT, N + index, body) for index in range(5))
    yield case(
        "unbinding.answers-first",
        "5 submit_sm and unbind in one segment",
        sender,
        texts + pdu(wire.UNBIND, N + 5),
        (*(answered(wire.SUBMIT, N + index) for index in range(5)), taken(wire.UNBIND, N + 5)),
        ALL_ANSWERED,
        end=End.EITHER,
        severity=Severity.CRITICAL,
    )
    late = Due((Pattern(wire.SUBMIT | RESPONSE, ERROR, (N + 1,)),), or_closed=True)
    yield case(
        "unbinding.text-afterwards",
        "submit_sm after unbind_resp: refused, or the connection is closed",
        sender,
        (Send(pdu(wire.UNBIND, N)), Await(N), Send(pdu(wire.SUBMIT, N + 1, body))),
        (taken(wire.UNBIND), late),
        BIND_STATE,
        end=End.EITHER,
        severity=Severity.CRITICAL,
    )
    yield case(
        "unbinding.with-a-body",
        "unbind with 4 octets that do not belong there",
        sender,
        pdu(wire.UNBIND, N, b"\0\0\0\0"),
        answered(wire.UNBIND),
        RESPONSE_DUE,
        end=End.EITHER,
    )
