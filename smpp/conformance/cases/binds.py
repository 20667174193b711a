"""Who is let in, as what, and what he is told."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, refused, taken
from ..octets import join, pdu, with_
from ..rules import (
    AUTHENTICATION,
    BINDING,
    LAST_NUL,
    LATIN_1,
    OLD_PEER,
    RESPONSE_DUE,
    SAME_ANSWER,
    SAYS_VERSION,
    STRAY_NUL,
)
from ..values import Access, Body, Case, End, Probe, Same, Send, Setup, Severity, Twin
from .states import KINDS, NAMES

NOT_THE_PASSWORD = "\x7fwrong\x7f"  # nobody types that
NOBODYS_ID = "x7f-nobody-x7f"


def cases(access: Access) -> Iterator[Case]:
    for kind in access.may_bind:
        yield case(
            f"bind.{NAMES[kind]}",
            f"bind_{NAMES[kind]} as the account has it",
            Setup.OPEN,
            pdu(KINDS[kind], N, join(wire.bind(access.system_id, access.password))),
            taken(KINDS[kind]),
            BINDING,
            probe=Probe.ENQUIRE,
            severity=Severity.CRITICAL,
        )
    yield from _versions(access)
    yield from _forgiven(access)
    yield from _refused(access)


def _versions(access: Access) -> Iterator[Case]:
    kind = access.may_bind[0]
    for version, body, rule in (
        (0x00, Body.NO_TLV, OLD_PEER),
        (0x33, Body.NO_TLV, OLD_PEER),
        (0x34, Body.VERSION, SAYS_VERSION),
        (0x50, Body.VERSION, SAYS_VERSION),
    ):
        octets = join(wire.bind(access.system_id, access.password, version))
        yield case(
            f"bind.version.{version:#04x}",
            f"bind_{NAMES[kind]} with interface_version {version:#04x}",
            Setup.OPEN,
            pdu(KINDS[kind], N, octets),
            taken(KINDS[kind], body=body),
            rule,
            probe=Probe.ENQUIRE,
        )
    yield case(
        "bind.version.0xff",
        f"bind_{NAMES[kind]} with interface_version 0xFF",
        Setup.OPEN,
        pdu(KINDS[kind], N, join(wire.bind(access.system_id, access.password, 0xFF))),
        answered(KINDS[kind]),
        RESPONSE_DUE,
        end=End.EITHER,
        probe=Probe.ENQUIRE,
    )


def _forgiven(access: Access) -> Iterator[Case]:
    """What an account's own server may refuse, and ours does not."""
    kind = access.may_bind[0]
    fields = wire.bind(access.system_id, access.password)
    latin = join(with_(fields, system_type="Büro".encode("latin-1") + b"\0"))
    for slug, does, body, rule in (
        ("last-nul-missing", "whose last NUL is missing", join(fields)[:-1], LAST_NUL),
        ("stray-nul", "with one NUL behind it", join(fields) + b"\0", STRAY_NUL),
        ("latin-1", "with a system_type that is not ASCII", latin, LATIN_1),
    ):
        yield case(
            f"bind.{slug}",
            f"bind_{NAMES[kind]} {does}",
            Setup.OPEN,
            pdu(KINDS[kind], N, body),
            taken(KINDS[kind]),
            rule,
            probe=Probe.ENQUIRE,
        )


def _refused(access: Access) -> Iterator[Case]:
    kind = access.may_bind[0]
    wrong = pdu(KINDS[kind], N, join(wire.bind(access.system_id, NOT_THE_PASSWORD)))
    unknown = pdu(KINDS[kind], N, join(wire.bind(NOBODYS_ID, NOT_THE_PASSWORD)))
    yield case(
        "password.wrong",
        f"bind_{NAMES[kind]} with a wrong password; its twin: with an unknown system_id",
        Setup.OPEN,
        wrong,
        refused(KINDS[kind]),
        AUTHENTICATION,
        end=End.EITHER,
        probe=Probe.ENQUIRE,
        twin=Twin((Send(unknown),), Same.OCTETS, SAME_ANSWER),
        severity=Severity.CRITICAL,
        may_lock_out=True,
    )
    yield case(
        "password.empty",
        f"bind_{NAMES[kind]} with an empty password",
        Setup.OPEN,
        pdu(KINDS[kind], N, join(wire.bind(access.system_id, ""))),
        refused(KINDS[kind]),
        AUTHENTICATION,
        end=End.EITHER,
        probe=Probe.ENQUIRE,
        severity=Severity.CRITICAL,
        may_lock_out=True,
    )
