"""A snapshot of the memory as octets: every dialogue on its own, and a table of where each one is.

A start reads the table only, and a dialogue when somebody asks for it: that is why 100,000 of them
are no reason to keep a caller waiting. Written a few dialogues at a time, because the encoder keeps
the interpreter to itself while it works.

    MAGIC, the dialogues one after the other, the table, where the table begins (8 octets)

A snapshot without MAGIC is one whole `Saved`, as they were written before there was a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice

import msgspec
from msgspec import Struct

from .encoding import Held, Saved, decode_saved
from .shelves import View
from .state import Active, Over
from .values import CallerKey, DialogueId

MAGIC = b"\xc1t9\x01"  # 0xC1 begins nothing in MessagePack
WHERE = 8  # octets
SHORT_ARRAY = 0x90  # MessagePack: and the length in the lower four bits
LONG_ARRAY = b"\xdd"  # and a length of four octets
AT_ONCE = 64  # dialogues per piece: half a millisecond or so
GIVEN_BACK = 16  # pieces at once, some 700 KB


def _go_on() -> None:
    """Nobody else wants the interpreter."""


_encoder = msgspec.msgpack.Encoder()
_held = msgspec.msgpack.Decoder(Held)


class Table(Struct, frozen=True, gc=False, array_like=True):
    """What a start must know at once: one entry per dialogue in each list, in the same order.

    `saved` is everything that belongs to no dialogue. A field added later stands last and has a
    default."""

    saved: Saved
    names: list[DialogueId]
    keys: list[CallerKey]
    opened_at: list[float]  # UTC seconds
    over: list[bool]
    answered: list[bool]  # by a person, and not over
    sizes: list[int]  # octets


_table = msgspec.msgpack.Decoder(Table)


class Stowed(Struct, frozen=True, gc=False):
    """A snapshot that was opened: its table, and where each dialogue begins in the octets."""

    table: Table
    octets: memoryview
    begins: list[int]

    def dialogue(self, row: int) -> Held:
        """Raises msgspec.MsgspecError for what is no dialogue of ours."""
        begin = self.begins[row]
        return _held.decode(self.octets[begin : begin + self.table.sizes[row]])


def encode(
    saved: Saved, held: View | Sequence[Held], breathe: Callable[[], None] = _go_on
) -> bytes:
    """`saved`: what belongs to no dialogue. `breathe` is called after every few dialogues: in a
    thread it gives the interpreter away."""
    every: list[bytes] = []
    for piece in pieces(saved, held):
        every.append(piece)
        breathe()
    octets = b"".join(every)  # lets others run, unlike anything that copies as much by itself
    while every:
        del every[-GIVEN_BACK:]
        breathe()
    return octets


def pieces(saved: Saved, held: View | Sequence[Held]) -> Iterator[bytes]:
    """The octets of a snapshot, a few dialogues at a time; in between the loop may breathe. May run
    in another thread: it touches values only. Nothing in it grows to an object per dialogue, which
    could not be freed but in one go."""
    encode_one = _encoder.encode
    columns: list[list[bytes]] = [[] for _ in Table.__struct_fields__[1:]]
    where = len(MAGIC)
    yield MAGIC
    left = iter(held)
    while some := list(islice(left, AT_ONCE)):
        encoded = [encode_one(one) for one in some]
        rows = [_row(one, len(octets)) for one, octets in zip(some, encoded, strict=True)]
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.append(b"".join(map(encode_one, values)))
        octets = b"".join(encoded)
        where += len(octets)
        yield octets
    yield bytes([SHORT_ARRAY | (1 + len(columns))]) + encode_one(saved)
    for column in columns:
        yield LONG_ARRAY + len(held).to_bytes(4)
        yield from column
    yield where.to_bytes(WHERE)


def _row(held: Held, size: int) -> tuple[DialogueId, CallerKey, float, bool, bool, int]:
    """As in `Table`, in the order of its fields."""
    line, phase = held.state.line, held.state.phase
    is_over, is_answered = isinstance(phase, Over), isinstance(phase, Active)
    return held.dialogue, held.state.caller, line.opened_at, is_over, is_answered, size


def opened(octets: bytes) -> Stowed | Saved:
    """Raises msgspec.MsgspecError for what this version cannot read."""
    if not octets.startswith(MAGIC):
        return decode_saved(octets)
    view = memoryview(octets)
    begins_at = int.from_bytes(view[-WHERE:])
    table = _table.decode(view[begins_at:-WHERE])
    rows = {len(getattr(table, name)) for name in table.__struct_fields__[1:]}
    begins = list(accumulate(table.sizes, initial=len(MAGIC)))
    if len(rows) != 1 or begins[-1] != begins_at:
        raise msgspec.ValidationError("the snapshot's table does not fit its dialogues")
    return Stowed(table, view, begins)
