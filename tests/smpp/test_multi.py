"""submit_multi as one of those it is for sees it."""

from __future__ import annotations

from msgspec.structs import asdict

from text911.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from text911.smpp.multi import for_us
from text911.smpp.pdu import SubmitMulti, SubmitSm
from text911.smpp.status import Status
from text911.smpp.tlv import Tag

OURS, AGAIN = SmeAddress(3, 1, "911"), SmeAddress(0, 0, "911")
OTHER, FAMILY = SmeAddress(1, 1, "12035550100"), DistributionList("family")
MANY = SubmitMulti(
    "SMS", 1, 1, "18605551234", (OTHER, OURS, FAMILY, AGAIN), 0x40, 1, 2, "s", "v", 1, 0, 8, 0,
    b"help", ((Tag.user_message_reference, b"\0\1"),),
)  # fmt: skip


def is_ours(address: str) -> bool:
    return address == "911"


def test_ours_counts_once_and_the_others_are_named_with_why() -> None:
    one, others = for_us(MANY, is_ours)
    assert one is not None
    assert (one.dest_addr_ton, one.dest_addr_npi, one.destination_addr) == (3, 1, "911")
    assert others == (
        UnsuccessSme(1, 1, "12035550100", Status.RINVDSTADR),
        UnsuccessSme(0, 0, "family", Status.RINVDLNAME),
    )


def test_all_else_is_that_of_the_text() -> None:
    one, _ = for_us(MANY, is_ours)
    assert isinstance(one, SubmitSm)
    mine, theirs = asdict(one), asdict(MANY)
    del theirs["dest_address"]
    assert {name: mine[name] for name in theirs} == theirs


def test_a_text_for_nobody_here_is_no_text() -> None:
    assert for_us(MANY, lambda _address: False)[0] is None
    assert len(for_us(MANY, lambda _address: False)[1]) == 4
