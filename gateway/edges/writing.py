"""What the core wants a caller or a carrier to have, as deliver_sm. Pure, and the same octets every
time: what is sent again after a lost bind must be recognisable as the same (DESIGN 9.2)."""

from __future__ import annotations

from msgspec.structs import replace

from ...smpp.alphabets import Alphabet
from ...smpp.parts import udh
from ...smpp.pdu import DeliverSm
from ...smpp.receipt import written
from ...smpp.septets import fill_bits, pack
from ...smpp.tlv import Tag, c_string, number
from ..core.commands import GiveReceipt, TellCaller
from .numbers import NPI_ISDN, TON_UNKNOWN, on_the_wire

UDHI = 0x40  # esm_class: the user data begins with a header (34, 5.2.12)
MC_RECEIPT = 0x04  # esm_class: a message centre delivery receipt
WANT_ACKNOWLEDGEMENT = 0x04  # registered_delivery: SME delivery acknowledgement (34, 5.2.17)
STATE_DELIVERED = 2  # message_state (34, 5.2.28)
STATE_UNDELIVERABLE = 5


def reply(
    command: TellCaller, caller: str, short_code: str, default: Alphabet = "gsm7"
) -> DeliverSm:
    """One part of a reply, from the short code to the caller. `default`: what data_coding 0 means
    to the carrier, which may be packed septets."""
    octets = command.segment.octets
    header = b""
    if command.parts > 1:
        header = udh(command.concatenation, command.parts, command.part + 1)
    return replace(
        _to(caller, short_code),
        esm_class=UDHI if header else 0,
        registered_delivery=WANT_ACKNOWLEDGEMENT,
        data_coding=command.segment.data_coding,
        short_message=header + _as_septets(octets, command.segment.data_coding, header, default),
        tlvs=(number(Tag.user_message_reference, command.umr),),
    )


def receipt(
    command: GiveReceipt, caller: str, short_code: str, default: Alphabet = "gsm7"
) -> DeliverSm:
    """A receipt for a text of the caller: from whom it was sent to, to whom it came from."""
    word = "DELIVRD" if command.delivered else "UNDELIV"
    error = 0 if command.delivered else 1
    # Never the caller's words: they are an emergency's, and the id says which text it was.
    text = written(command.message, word, command.accepted_at, command.done_at, error, "")
    state = STATE_DELIVERED if command.delivered else STATE_UNDELIVERABLE
    return replace(
        _to(caller, short_code),
        esm_class=MC_RECEIPT,
        short_message=_as_septets(text.encode("ascii"), 0, b"", default),
        tlvs=(
            c_string(Tag.receipted_message_id, command.message),
            number(Tag.message_state, state),
        ),
    )


def _as_septets(octets: bytes, data_coding: int, header: bytes, default: Alphabet) -> bytes:
    # Latin-1 may lie here, from before the account was said to pack: then it goes as it is.
    if data_coding == 0 and default == "packed" and octets.isascii():
        return pack(octets, fill_bits(len(header)))
    return octets


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
