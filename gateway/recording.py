"""A recording: one dialogue of a journal as a file of its own, to be kept and to be run again.

Pure. JSON in ASCII, so that a caller's words do nothing to the terminal that shows it. It holds
the records with everything that their hashes bind (DESIGN 9.9), the policies they lived under, the
facts in readable form, and the transcript as the rules of the time made it.

What the file alone shows: that it is whole (`sha256`), that every record is what its hash and the
hash of its predecessor in the journal say, that neighbours in the journal follow one another, and
that what is readable is what was recorded. What it cannot show: that these are the gateway's
records. The records between them belong to other dialogues, and who alters a file can compute its
hashes anew. That is for the journal to show: compare `sequence` and `hash` with it.

An anonymised recording has no hashes of the journal: it is no evidence, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from ..psap_adapters.port import Item
from .comparing import Difference, compare
from .core.encoding import VERSION, decode_fact
from .core.facts import GATEWAY, AnyFact, PolicyInForce
from .core.policy import Policy
from .core.replaying import Replayed, policies_in
from .core.turn import LINES_PER_ENTRY
from .edges.transcripts import fold
from .journal.chain import hash_of
from .journal.contract import Record, Stored

FORMAT = "text911 recording"
FORMAT_VERSION = 1

EVIDENCE = "Records as the gateway wrote them. Their hashes can be compared with the journal."
ANONYMISED = (
    "Numbers, names, texts, octets and places were replaced; digests were computed anew. "
    "This is no evidence of anything that happened."
)


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """One record. Octets as hex, the payload as base64. `previous`, `hash`: of the journal's chain,
    "" in an anonymised recording. `fact` is the payload's, for reading."""

    epoch: int
    sequence: int
    previous: str
    hash: str
    number: int
    at: float
    version: int
    digest: str
    payload: bytes
    fact: dict[str, Any]

    def record(self, dialogue: str) -> Record:
        digest = bytes.fromhex(self.digest)
        return Record(dialogue, self.number, self.at, self.version, digest, self.payload)


class Recording(Struct, frozen=True, forbid_unknown_fields=True):
    """`rules`: the version of the rules that made `transcript`. `policies`: records of the
    gateway's own stream."""

    format: str
    format_version: int
    dialogue: str
    rules: int
    exported_by: str
    anonymised: bool
    note: str
    policies: tuple[Kept, ...]
    records: tuple[Kept, ...]
    transcript: tuple[Item, ...]
    sha256: str = ""

    def of_dialogue(self) -> list[Record]:
        return [one.record(self.dialogue) for one in self.records]

    def policies_by_hash(self) -> dict[str, Policy]:
        return policies_in(one.record(GATEWAY) for one in self.policies)


class BadRecording(Exception):
    """The message is a sentence that names the place."""


# Fields of an `Item` that older recordings have not. By default they are no part of the sum, so
# that it stays what it was.
LATER: dict[str, Any] = {"unsure": (), "open": False, "typed": "", "left": -1}

_canonical = msgspec.json.Encoder(order="sorted")


# --- making one --------------------------------------------------------------------------------


def recording_of(
    dialogue: str,
    entries: Sequence[tuple[bytes, Stored]],
    own: Iterable[tuple[bytes, Stored]],
    program: str,
) -> Recording:
    """`entries`: the records of the dialogue, each with the hash before it in the journal; `own`:
    those of the gateway's own stream, of which the policies are taken. `program`: name and version
    of what exports. Raises BadRecording when the rules cannot be run over it."""
    records = [one.record for _, one in entries]
    used = {getattr(decode_fact(one.payload)[0], "policy", "") for one in records[:1]}
    policies: list[Kept] = []
    for previous, one in own:
        fact, _ = decode_fact(one.record.payload)
        if isinstance(fact, PolicyInForce) and fact.hash in used:
            policies = [_kept(previous, one)]
    compared = compare(records, policies_in(kept.record(GATEWAY) for kept in policies))
    if compared.stopped:
        assert compared.first is not None
        raise BadRecording(compared.first.in_words())
    return sealed(
        Recording(
            format=FORMAT,
            format_version=FORMAT_VERSION,
            dialogue=dialogue,
            rules=VERSION,
            exported_by=program,
            anonymised=False,
            note=EVIDENCE,
            policies=tuple(policies),
            records=tuple(_kept(previous, one) for previous, one in entries),
            transcript=transcript_of(compared.entries),
        )
    )


def _kept(previous: bytes, one: Stored) -> Kept:
    record = one.record
    return Kept(
        epoch=one.epoch,
        sequence=one.sequence,
        previous=previous.hex(),
        hash=one.hash.hex(),
        number=record.number,
        at=record.at,
        version=record.version,
        digest=record.digest.hex(),
        payload=record.payload,
        fact=readable(decode_fact(record.payload)[0]),
    )


def readable(fact: AnyFact) -> dict[str, Any]:
    """The fact as JSON has it; octets as base64."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(fact))
    return found


def transcript_of(entries: Iterable[Replayed]) -> tuple[Item, ...]:
    """What a PSAP reads at the end: the fold of all commands."""
    items = fold(command for one in entries for command in one.commands)
    return tuple(items[sequence] for sequence in sorted(items))


def sealed(recording: Recording) -> Recording:
    return msgspec.structs.replace(recording, sha256=_sum(recording))


def _sum(recording: Recording) -> str:
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(recording, sha256=""))
    for item in plain["transcript"]:
        for name, default in LATER.items():
            if item[name] == default:
                del item[name]
    return sha256(_canonical.encode(plain)).hexdigest()


# --- reading one -------------------------------------------------------------------------------


def parse(octets: bytes) -> Recording:
    """Raises BadRecording for what is no recording, is damaged, or was altered."""
    try:
        recording = msgspec.json.decode(octets, type=Recording)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRecording(f"not a recording, or damaged: {error}") from error
    if (recording.format, recording.format_version) != (FORMAT, FORMAT_VERSION):
        raise BadRecording(
            f"format {recording.format!r} version {recording.format_version}: this program reads "
            f"{FORMAT!r} version {FORMAT_VERSION}"
        )
    for stream, dialogue in ((recording.policies, GATEWAY), (recording.records, None)):
        before: Kept | None = None
        for kept in stream:
            fault = _fault(recording, kept, before, dialogue or recording.dialogue)
            if fault:
                of = "policy record" if dialogue else "entry"
                place = f"{of} {kept.number} (record {kept.sequence} of the journal)"
                raise BadRecording(f"altered or damaged at {place}: {fault}")
            before = kept
    if recording.sha256 != _sum(recording):
        raise BadRecording(
            "altered or damaged outside the records: the whole is not what its sha256 says"
        )
    return recording


def _fault(recording: Recording, kept: Kept, before: Kept | None, dialogue: str) -> str:
    """What is wrong with this record, in words; empty when nothing is."""
    try:
        fact, _ = decode_fact(kept.payload)
        record = kept.record(dialogue)
        previous, own = bytes.fromhex(kept.previous), bytes.fromhex(kept.hash)
    except (msgspec.MsgspecError, ValueError) as error:
        return f"it is no record of ours: {error}"
    if not recording.anonymised:
        if hash_of(previous, kept.epoch, kept.sequence, record) != own:
            return "it is not what its hash says"
        if before is not None and kept.sequence <= before.sequence:
            return "it does not come after the record before it"
        if (
            before is not None
            and kept.sequence == before.sequence + 1
            and kept.previous != before.hash
        ):
            return "it does not follow the record before it in the chain"
    try:
        told = msgspec.convert(kept.fact, AnyFact)
    except msgspec.ValidationError as error:
        return f"the readable fact is none: {error}"
    return "" if told == fact else "the readable fact is not what the payload holds"


# --- running one -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """`good`: the rules of today make of it what was recorded. `first`: the first entry that
    differs in state or commands; `transcript`: where the transcript does, in words, or "".
    `remark`: what is to be known although it is good."""

    good: bool
    first: Difference | None
    transcript: str = ""
    remark: str = ""


def run(recording: Recording) -> Verdict:
    """Records of these rules must come out with the same digests and the same transcript. Records
    of older rules must come out with the same transcript: states may have another shape."""
    compared = compare(recording.of_dialogue(), recording.policies_by_hash())
    first = compared.first
    if first is not None and (compared.stopped or first.recorded_by == VERSION):
        return Verdict(good=False, first=first)
    transcript = transcript_of(compared.entries)
    if transcript != recording.transcript:
        where = _first_line(recording.transcript, transcript)
        return Verdict(good=False, first=first, transcript=where)
    if first is None:
        return Verdict(good=True, first=None)
    remark = (
        f"the transcript is the same, states or commands are not, from entry {first.number} on:"
        f" recorded by rules version {first.recorded_by}, replayed by version {VERSION}"
    )
    return Verdict(good=True, first=first, remark=remark)


def _first_line(recorded: Sequence[Item], now: Sequence[Item]) -> str:
    """Where two transcripts that differ do so first, in words."""
    at = 0
    while at < min(len(recorded), len(now)) and recorded[at] == now[at]:
        at += 1
    was = recorded[at] if at < len(recorded) else None
    has = now[at] if at < len(now) else None
    sequence = min(item.sequence for item in (was, has) if item is not None)
    return (
        f"entry {sequence // LINES_PER_ENTRY}, line {sequence} of the transcript:"
        f" recorded {_line(was)}, replayed {_line(has)}"
    )


def _line(item: Item | None) -> str:
    return "nothing" if item is None else msgspec.json.encode(item).decode()
