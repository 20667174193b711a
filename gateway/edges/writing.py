"""What the core wants a caller or a carrier to have, as deliver_sm. Pure, and the same octets every
time: what is sent again after a lost bind must be recognisable as the same (DESIGN 9.2)."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import astuple, replace

from ...smpp import gsm7
from ...smpp.alphabets import Alphabet
from ...smpp.parts import udh
from ...smpp.pdu import DataSm, DeliverSm, SubmitSm
from ...smpp.receipt import written
from ...smpp.segments import coded
from ...smpp.septets import fill_bits
from ...smpp.tlv import Tag, c_string, number
from ..core.commands import GiveReceipt, TellCaller
from ..core.values import Segment
from .numbers import NPI_ISDN, TON_UNKNOWN, on_the_wire

UDHI = 0x40  # esm_class: the user data begins with a header (34, 5.2.12)
MC_RECEIPT = 0x04  # esm_class: a message centre delivery receipt
WANT_ACKNOWLEDGEMENT = 0x04  # registered_delivery: SME delivery acknowledgement (34, 5.2.17)
WANT_RECEIPT = 0x01  # registered_delivery: of success and of failure (34, 5.2.17)
STATE_DELIVERED = 2  # message_state (34, 5.2.28)
STATE_UNDELIVERABLE = 5


def reply(
    command: TellCaller, caller: str, short_code: str, default: Alphabet = "gsm7"
) -> DeliverSm:
    """One part of a reply, from the short code to the caller. `default`: what data_coding 0 means
    to the carrier; the septets of a segment are written as that."""
    segment = command.segment
    header = udh(command.concatenation, command.parts, command.part + 1, segment.single)
    data_coding, octets = _coded(segment, header, default)
    return replace(
        _to(caller, short_code),
        esm_class=UDHI if header else 0,
        registered_delivery=WANT_ACKNOWLEDGEMENT,
        data_coding=data_coding,
        short_message=header + octets,
        tlvs=(number(Tag.user_message_reference, command.umr),),
    )


def as_esme(reply: DeliverSm, operation: Literal["submit_sm", "data_sm"]) -> SubmitSm | DataSm:
    """The same to a message centre that we have bound to. What a handset's acknowledgement is on
    the way down, its receipt is on the way up."""
    if operation == "submit_sm":
        submit = SubmitSm(*astuple(reply))
        return replace(submit, registered_delivery=WANT_RECEIPT)
    return DataSm(
        source_addr_ton=reply.source_addr_ton,
        source_addr_npi=reply.source_addr_npi,
        source_addr=reply.source_addr,
        dest_addr_ton=reply.dest_addr_ton,
        dest_addr_npi=reply.dest_addr_npi,
        destination_addr=reply.destination_addr,
        esm_class=reply.esm_class,
        registered_delivery=WANT_RECEIPT,
        data_coding=reply.data_coding,
        tlvs=(*reply.tlvs, (Tag.message_payload, reply.short_message)),
    )


def receipt(
    command: GiveReceipt, caller: str, short_code: str, default: Alphabet = "gsm7"
) -> DeliverSm:
    """A receipt for a text of the caller: from whom it was sent to, to whom it came from."""
    word = "DELIVRD" if command.delivered else "UNDELIV"
    error = 0 if command.delivered else 1
    # Never the caller's words: they are an emergency's, and the id says which text it was.
    text = written(command.message, word, command.accepted_at, command.done_at, error, "")
    data_coding, octets = _coded(Segment(0, gsm7.encode(text)), b"", default)
    state = STATE_DELIVERED if command.delivered else STATE_UNDELIVERABLE
    return replace(
        _to(caller, short_code),
        esm_class=MC_RECEIPT,
        data_coding=data_coding,
        short_message=octets,
        tlvs=(
            c_string(Tag.receipted_message_id, command.message),
            number(Tag.message_state, state),
        ),
    )


def _coded(segment: Segment, header: bytes, default: Alphabet) -> tuple[int, bytes]:
    """data_coding and user data of a segment for an account where 0 means `default`."""
    if segment.data_coding != 0:
        return segment.data_coding, segment.octets
    return coded(segment.octets, segment.single, default, fill_bits(len(header)))


def _to(caller: str, short_code: str) -> DeliverSm:
    address, ton, npi = on_the_wire(caller)
    return DeliverSm(
        source_addr_ton=TON_UNKNOWN,
        source_addr_npi=NPI_ISDN,
        source_addr=short_code,
        dest_addr_ton=ton,
        dest_addr_npi=npi,
        destination_addr=address,
    )
