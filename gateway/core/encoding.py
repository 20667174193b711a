"""Facts, states and commands as octets. Versioned: what was written can be read for ever.

Facts are tagged msgpack maps: a field added later has a default, an unknown one is refused, and no
name changes its meaning. `VERSION` goes up when the rules decide anything differently, so that
replay can tell a changed rule from a damaged record (DESIGN 9.8).
"""

from __future__ import annotations

from hashlib import blake2b, sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..journal.contract import Record
from .commands import Command, Question
from .facts import AnyFact, Entry
from .policy import Policy
from .state import Dialogue
from .values import Block, CallerKey, DialogueId

VERSION = 1  # of the rules in this folder


_encoder = msgspec.msgpack.Encoder()
_encode = _encoder.encode
_blank = blake2b(digest_size=16)
_facts = msgspec.msgpack.Decoder(tuple[AnyFact, bytes])


class Held(Struct, frozen=True, gc=False):
    """A dialogue as the engine holds it: its state and the number of its next entry."""

    dialogue: DialogueId
    number: int
    state: Dialogue


class Saved(Struct, frozen=True, gc=False):
    """The engine's whole memory, as a snapshot keeps it."""

    at: float  # of the last entry: `Entry.at` never decreases
    own: int  # the number of the next entry in the gateway's own stream
    policies: dict[str, Policy]
    blocks: list[tuple[CallerKey, Block]] = []
    held: list[Held] = []  # in snapshots from before there was a table; else beside it


_saved = msgspec.msgpack.Decoder(Saved)


def encode_fact(fact: AnyFact, cause: bytes) -> bytes:
    """`cause`: the raw octets or frame the fact came from, b"" for a timer or a decision."""
    return _encoder.encode((fact, cause))


def decode_fact(payload: bytes) -> tuple[AnyFact, bytes]:
    """Raises msgspec.ValidationError or msgspec.DecodeError for what is not a record of ours."""
    return _facts.decode(payload)


def decode_saved(octets: bytes) -> Saved:
    return _saved.decode(octets)


def digest(
    state: Dialogue | None, commands: tuple[Command, ...], questions: tuple[Question, ...]
) -> bytes:
    """16 octets that two runs share only if state and commands are the same, to the last letter.

    Of the lists that only grow at their end and are cut by age it looks at the newest and the
    number: each entry was the newest when it came, so the digests of a record cover them all, and
    what one costs does not grow with the length of a dialogue."""
    if state is None:
        seen = None
    else:
        line = state.line
        heard, keys = line.heard, line.keys
        face = replace(line, heard=heard[-1:], keys=keys[-1:])
        seen = (face, len(heard), len(keys), state.phase)
    hashed = _blank.copy()  # half the price of a new one
    hashed.update(_encode((seen, commands, questions)))
    if state is not None and state.call is not None:
        hashed.update(_encode(state.call))
    if state is not None and state.voice is not None:
        hashed.update(_encode(state.voice))
    return hashed.digest()


def record_of(
    entry: Entry,
    cause: bytes,
    state: Dialogue | None,
    commands: tuple[Command, ...],
    questions: tuple[Question, ...],
) -> Record:
    """What the journal is given for one entry: the fact, and the digest of what came of it."""
    return Record(
        entry.dialogue,
        entry.number,
        entry.at,
        VERSION,
        digest(state, commands, questions),
        _encode((entry.fact, cause)),
    )


def policy_hash(policy: Policy) -> str:
    return sha256(_encoder.encode(policy)).hexdigest()
