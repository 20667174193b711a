"""A snapshot of the memory as octets: every dialogue on its own, and a table of where each one is.

A start reads the table only, and a dialogue when somebody asks for it: that is why 100,000 of them
are no reason to keep a caller waiting. Written a few dialogues at a time, because the encoder keeps
the interpreter to itself while it works.

    MAGIC, the dialogues one after the other, the table, where the table begins (8 octets)

A snapshot without MAGIC is one whole `Saved`, as they were written before there was a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .encoding import Held, Saved, decode_saved
from .state import Active, Over
from .values import CallerKey, DialogueId

MAGIC = b"\xc1t9\x01"  # 0xC1 begins nothing in MessagePack
WHERE = 8  # octets
AT_ONCE = 64  # dialogues per piece: half a millisecond or so


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


def encode(saved: Saved, breathe: Callable[[], None] = _go_on) -> bytes:
    """`breathe` is called after every few dialogues: in a thread it gives the interpreter away."""
    octets = bytearray()
    for piece in pieces(saved):
        octets += piece
        breathe()
    return bytes(octets)


def pieces(saved: Saved) -> Iterator[bytes]:
    """The octets of a snapshot, a few dialogues at a time; in between the loop may breathe. May run
    in another thread: it touches values only."""
    every: Sequence[Held] = saved.held
    yield MAGIC
    table = Table(replace(saved, held=[]), [], [], [], [], [], [])
    for first in range(0, len(every), AT_ONCE):
        some = every[first : first + AT_ONCE]
        encoded = [_encoder.encode(held) for held in some]
        table.sizes.extend(map(len, encoded))
        for held in some:
            line, phase = held.state.line, held.state.phase
            table.names.append(held.dialogue)
            table.keys.append(line.key)
            table.opened_at.append(line.opened_at)
            table.over.append(isinstance(phase, Over))
            table.answered.append(isinstance(phase, Active))
        yield b"".join(encoded)
    yield from _encoded(table)
    yield (len(MAGIC) + sum(table.sizes)).to_bytes(WHERE)


def _encoded(table: Table) -> Iterator[bytes]:
    """The table itself, list by list and piece by piece: it too has an entry per dialogue."""
    columns = [getattr(table, name) for name in table.__struct_fields__[1:]]
    yield bytes([0x90 | (1 + len(columns))])  # MessagePack: a short array
    yield _encoder.encode(table.saved)
    for column in columns:
        yield b"\xdd" + len(column).to_bytes(4)  # a long array
        for first in range(0, len(column), AT_ONCE * 16):
            some = column[first : first + AT_ONCE * 16]
            yield b"".join([_encoder.encode(one) for one in some])


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
