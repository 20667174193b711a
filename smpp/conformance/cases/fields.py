"""A PDU that ends before each of its fields, and each string that is longer than its field."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import case, refused, sending
from ..octets import Fields, before, c, join, pdu, with_
from ..rules import DESTINATIONS, FIELD_SIZE, TEXT_LENGTH, WHOLE_PDU
from ..values import Access, Case, End, Setup, Severity

N = 0x21
# Octets with the NUL (SMPP v3.4, 4 and 5.2).
SIZES = {
    "system_id": 16, "password": 9, "system_type": 13, "address_range": 41,
    "service_type": 6, "source_addr": 21, "destination_addr": 21,
    "schedule_delivery_time": 17, "validity_period": 17, "message_id": 65,
}  # fmt: skip
LONG_ADDRESSES = {"source_addr": 65, "destination_addr": 65}  # of data_sm
UNENDING = b"9" * 120  # longer than any field, and no NUL


def cases(access: Access) -> Iterator[Case]:
    """`cut`: ends too soon. `long`: one octet too long. `unending`: no NUL at all."""
    for name, command_id, fields in _binds(access):
        yield from _cut(name, command_id, fields, Setup.OPEN)
        yield from _long(name, command_id, fields, Setup.OPEN)
    setup = sending(access)
    if setup is None:
        return
    for name, command_id, fields in _requests(access):
        sizes = SIZES | LONG_ADDRESSES if command_id == wire.DATA else SIZES
        yield from _cut(name, command_id, fields, setup)
        yield from _long(name, command_id, fields, setup, sizes)
    yield from _text_lengths(access, setup)
    yield from _destinations(access, setup)


def _binds(access: Access) -> Iterator[tuple[str, int, Fields]]:
    fields = wire.bind(access.system_id, access.password)
    for name, command_id in (
        ("bind_transceiver", wire.BIND_TRX),
        ("bind_transmitter", wire.BIND_TX),
        ("bind_receiver", wire.BIND_RX),
    ):
        # One decoder reads all three; that all of them have one is seen at two points.
        whole = command_id == wire.BIND_TRX
        yield name, command_id, fields if whole else fields[:2]


def _requests(access: Access) -> Iterator[tuple[str, int, Fields]]:
    source, target = access.source, access.target
    yield "submit_sm", wire.SUBMIT, wire.text(source, target)
    yield "data_sm", wire.DATA, wire.data(source, target)
    yield "query_sm", wire.QUERY, wire.query(source)
    yield "cancel_sm", wire.CANCEL, wire.cancel(source, target)
    yield "replace_sm", wire.REPLACE, wire.replace(source)
    yield "submit_multi", wire.MULTI, wire.multi(source, wire.one(target), 1)


def _cut(name: str, command_id: int, fields: Fields, setup: Setup) -> Iterator[Case]:
    is_bind = setup is Setup.OPEN
    for field, octets in fields:
        if not octets or field == "address_range":
            continue  # nothing is missing; or only a last NUL, which is another matter
        yield case(
            f"cut.{name}.{field}",
            f"{name} that ends before {field}, command_length in agreement",
            setup,
            pdu(command_id, N, before(fields, field)),
            refused(command_id),
            WHOLE_PDU,
            end=End.EITHER if is_bind else End.KEPT,
            severity=Severity.CRITICAL,
        )


def _long(
    name: str, command_id: int, fields: Fields, setup: Setup, sizes: dict[str, int] = SIZES
) -> Iterator[Case]:
    end = End.EITHER if setup is Setup.OPEN else End.KEPT
    for field, _ in fields:
        if field not in sizes:
            continue
        size = sizes[field]
        body = join(with_(fields, **{field: c("9" * size)}))
        yield case(
            f"long.{name}.{field}",
            f"{name}, {field} of {size} characters and a NUL where {size - 1} are allowed",
            setup,
            pdu(command_id, N, body),
            refused(command_id),
            FIELD_SIZE,
            end=end,
        )
        yield case(
            f"unending.{name}.{field}",
            f"{name} whose {field} has no NUL up to the end of the PDU, {len(UNENDING)} octets on",
            setup,
            pdu(command_id, N, before(fields, field) + UNENDING),
            refused(command_id),
            FIELD_SIZE,
            end=end,
        )


def _text_lengths(access: Access, setup: Setup) -> Iterator[Case]:
    fields = wire.text(access.source, access.target)
    words = dict(fields)["short_message"]
    for what, length in (
        ("one more than there are", len(words) + 1),
        ("255, far behind the end of the PDU", 255),
        ("one less than there are", len(words) - 1),
        ("0, with 16 octets of text behind it", 0),
        ("half of what there is", len(words) // 2),
    ):
        yield case(
            f"lie.sm_length.{length}",
            f"submit_sm with {len(words)} octets of text and sm_length {length}: {what}",
            setup,
            pdu(wire.SUBMIT, N, join(with_(fields, sm_length=bytes((length,))))),
            refused(wire.SUBMIT),
            TEXT_LENGTH,
            severity=Severity.CRITICAL,
        )
    new = wire.replace(access.source)
    yield case(
        "lie.replace_sm.sm_length",
        "replace_sm with 3 octets of text and sm_length 200",
        setup,
        pdu(wire.REPLACE, N, join(with_(new, sm_length=b"\xc8"))),
        refused(wire.REPLACE),
        TEXT_LENGTH,
    )


def _destinations(access: Access, setup: Setup) -> Iterator[Case]:
    one = wire.one(access.target)
    for what, count, destinations in (
        ("0 and no dest_address", 0, b""),
        ("2 and one dest_address", 2, one),
        ("3 and two dest_address", 3, one + one),
        ("255 and one dest_address", 255, one),
        ("1 and a dest_flag 0", 1, b"\0" + one[1:]),
        ("1 and a dest_flag 3", 1, b"\x03" + one[1:]),
        ("1 and a dl_name of 21 characters", 1, wire.listed("L" * 21)),
    ):
        slug = what.replace("dest_address", "addresses").replace(" ", "-")
        yield case(
            f"lie.number_of_dests.{slug}",
            f"submit_multi with number_of_dests {what}",
            setup,
            pdu(wire.MULTI, N, join(wire.multi(access.source, destinations, count))),
            refused(wire.MULTI),
            DESTINATIONS,
        )
