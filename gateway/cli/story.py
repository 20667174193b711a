"""`text911 audit show` and `audit list`: what happened in a dialogue, and which there are.

Only reads the journal, also while the daemon writes it. Shows numbers and words in full: this is
for QA on the gateway's own machine. Exit codes: 0 good, 1 the record is bad, 2 it cannot be done.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from ..comparing import CANNOT_READ, Comparison, Difference, compare
from ..core.facts import GATEWAY
from ..core.line_facts import CallerTyped, CharactersLeft
from ..core.policy import Policy
from ..core.replaying import Replayed, policies_in
from ..core.state import Active, Offered, Over
from ..journal import reading
from ..journal.chain import GENESIS
from ..journal.contract import JournalBroken, JournalDamaged, Stored
from ..octets import dump
from ..telling import Local, Teller, Told, summary, utc
from ..telling_calls import typed
from ..terminal import BAD, fail, say, table
from .named_journal import journal_path

HERE = Path()
Dialogue = Annotated[str, typer.Argument(metavar="DIALOGUE", help="Its id; see audit list.")]
Where = Annotated[
    Path, typer.Argument(metavar="DIR", help="Configuration directory, or the journal itself.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For a program, with every detail.")]
Zone = Annotated[
    str, typer.Option(help="Time zone beside UTC, like America/New_York; else this machine's.")
]


@dataclass(frozen=True, slots=True)
class Found:
    """One dialogue as it stands in the journal. `entries`: each with the hash before it."""

    entries: Sequence[tuple[bytes, Stored]]
    own: Sequence[tuple[bytes, Stored]]  # the gateway's own stream

    @property
    def policies(self) -> dict[str, Policy]:
        return policies_in(one.record for _, one in self.own)

    def compare(self) -> Comparison:
        return compare([one.record for _, one in self.entries], self.policies)


def add_to_audit(audit: typer.Typer) -> None:
    """Register the commands in the group `audit`."""
    audit.command("show")(audit_show)
    audit.command("list", short_help="The latest dialogues, with their ids.")(audit_list)


def audit_show(
    dialogue: Dialogue,
    where: Where = HERE,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Every entry by itself, with the octets behind it, PDUs by field."
        ),
    ] = False,
    as_json: AsJson = False,
    zone: Zone = "",
) -> None:
    """The story of one dialogue in words: who, what, when, why. Numbers and texts in full."""
    local = local_time(zone)
    with journal_errors():
        found = find(journal_path(where), dialogue)
        compared = found.compare()
    teller = Teller(local)
    if as_json:
        for line in json.dumps(_as_json(dialogue, found, compared, teller), indent=1).splitlines():
            typer.echo(line)
    else:
        _tell(found, compared, teller, local, raw=raw)
    if compared.stopped:
        assert compared.first is not None
        fail(f"the story ends here: {compared.first.in_words()}", BAD)
    if compared.first is not None and not as_json:
        say("")
        say(
            f"From entry {compared.first.number} on, what the gateway did (the lines with a dash)"
            " may not be what it did at the time: "
            f"{compared.first.sentence}. The facts are as they were recorded"
        )


def _tell(found: Found, compared: Comparison, teller: Teller, local: Local, *, raw: bool) -> None:
    entries = list(compared.entries)
    if not entries:
        return
    for line in summary(entries, local):
        say(line)
    say("")
    if not raw:
        for told in _folded((one, teller.tell(one)) for one in entries):
            for line in told.lines():
                say(line)
        return
    for one, (_, stored) in zip(entries, found.entries, strict=False):
        for line in teller.tell(one).lines():
            say(line)
        say(f"        record {stored.sequence} of epoch {stored.epoch}, hash")
        say(f"        {stored.hash.hex()}")
        for line in dump(one.cause):
            say(f"        | {line}")


def _folded(story: Iterable[tuple[Replayed, Told]]) -> Iterator[Told]:
    """Letters on a line that follow each other, and of which nothing else came, are one sentence: a
    call has one entry for each."""
    for kind, run in groupby(story, _letters):
        alike = list(run)
        if kind is None or len(alike) == 1:
            yield from (told for _, told in alike)
            continue
        first, last = alike[0][1], alike[-1][1]
        sentence = last.sentence
        if kind == CallerTyped.__name__:
            facts = [one.entry.fact for one, _ in alike]
            sentence = typed(
                letter
                for fact in facts
                if isinstance(fact, CallerTyped)
                for letter in fact.characters
            )
        until = f"entries {first.number} to {last.number}, until {last.utc.split(' ', 1)[1]}"
        yield replace(first, sentence=f"{sentence} ({until})")


def _letters(one: tuple[Replayed, Told]) -> str | None:
    """What alone may be told together with its like."""
    replayed, told = one
    match replayed.entry.fact:
        case CallerTyped() if not told.then:
            return CallerTyped.__name__
        case CharactersLeft(reply, _, False) if not told.then:
            return f"{CharactersLeft.__name__} {reply}"
        case _:
            return None


def _as_json(dialogue: str, found: Found, compared: Comparison, teller: Teller) -> dict[str, Any]:
    first = compared.first
    return {
        "dialogue": dialogue,
        "identical": first is None,
        "difference": None if first is None else first.in_words(),
        "entries": [
            _entry(one, stored, teller)
            for one, (_, stored) in zip(compared.entries, found.entries, strict=False)
        ],
    }


def _entry(one: Replayed, stored: Stored, teller: Teller) -> dict[str, Any]:
    told = teller.tell(one)
    return {
        "number": told.number,
        "at": one.entry.at,
        "utc": told.utc,
        "local": told.local,
        "sentence": told.sentence,
        "then": told.then,
        "fact": msgspec.to_builtins(one.entry.fact),
        "commands": msgspec.to_builtins(one.commands),
        "cause": one.cause.hex(),
        "difference": one.difference,
        "epoch": stored.epoch,
        "sequence": stored.sequence,
        "version": stored.record.version,
        "digest": stored.record.digest.hex(),
        "hash": stored.hash.hex(),
    }


def audit_list(
    where: Where = HERE,
    since: Annotated[
        str, typer.Option(help="2026-11-21, 2026-11-21T14:00, or how long ago: 2h, 30m.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest.")] = 20,
    as_json: AsJson = False,
    zone: Zone = "",
) -> None:
    """The dialogues written to last, latest first, so that a person finds the id of one."""
    local = local_time(zone)
    path_of_since = since_of(since, local)
    with journal_errors():
        path = journal_path(where)
        with reading.reader(path) as connection:
            # The gateway's own stream is one of them.
            listed = reading.listing(connection, path, limit + 1, path_of_since)
            names = [one.dialogue for one in listed if one.dialogue != GATEWAY][:limit]
            own = reading.dialogue_records(connection, path, GATEWAY)
            policies = policies_in(one.record for one in own)
            rows = [
                _row(name, reading.dialogue_records(connection, path, name), policies)
                for name in names
            ]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    if not rows:
        say("No dialogue was written to in that time." if since else "No dialogue yet.")
        return
    shown: list[tuple[str, ...]] = [
        ("dialogue", "opened", "over", "caller", "town", "PSAP", "phase", "entries")
    ]
    shown += [
        (
            row["dialogue"],
            f"{local(row['opened_at']):%Y-%m-%d %H:%M:%S %Z}",
            f"{local(row['over_at']):%H:%M:%S}" if row["over_at"] else "",
            row["caller"],
            row["town"],
            row["psap"],
            row["phase"],
            str(row["entries"]),
        )
        for row in rows
    ]
    for line in table(shown):
        say(line)


def _row(name: str, entries: Sequence[Stored], policies: dict[str, Policy]) -> dict[str, Any]:
    compared = compare([one.record for one in entries], policies)
    row: dict[str, Any] = {
        "dialogue": name,
        "opened_at": entries[0].record.at,
        "over_at": None,
        "caller": "",
        "town": "",
        "psap": "",
        "phase": "unknown",
        "entries": len(entries),
        "difference": None if compared.first is None else compared.first.in_words(),
    }
    if compared.entries and not compared.stopped:
        last = compared.entries[-1].state
        row |= {"caller": last.caller.number, "town": last.line.town}
        row["phase"] = last.name_of_phase
        match last.phase:
            case Offered() | Active():
                row["psap"] = last.phase.psap
            case Over(_, at, psap):
                row |= {"over_at": at, "psap": psap}
            case _:
                pass  # nobody rings yet
    return row


# --- shared with `replay` ----------------------------------------------------------------------


def find(path: Path, dialogue: str) -> Found:
    """Raises JournalBroken when there is no such dialogue, and for what the journal raises."""
    with reading.reader(path) as connection:

        def stream(name: str) -> list[tuple[bytes, Stored]]:
            # Ids are written in capitals; who types one from paper need not.
            entries = reading.dialogue_records(connection, path, name) or reading.dialogue_records(
                connection, path, name.upper()
            )
            return [
                (reading.hash_at(connection, one.sequence - 1) or GENESIS, one) for one in entries
            ]

        entries = [] if dialogue == GATEWAY else stream(dialogue)
        if not entries:
            raise JournalBroken(
                f"{path} has no dialogue {dialogue}: text911 audit list names the latest ones"
            )
        return Found(entries, stream(GATEWAY))


@contextmanager
def journal_errors() -> Generator[None]:
    try:
        yield
    except JournalDamaged as error:
        fail(str(error), BAD)
    except JournalBroken as error:
        fail(str(error))
    except CANNOT_READ as error:
        fail(f"a record holds what this version of text911 does not know: {error}", BAD)


def local_time(zone: str) -> Local:
    """The wall clock of `zone`, or of this machine as it was at that time."""
    if not zone:
        return lambda at: datetime.fromtimestamp(at).astimezone()
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(f"there is no time zone {zone}; write for example America/New_York")
    return lambda at: datetime.fromtimestamp(at, known)


def since_of(words: str, local: Local) -> float:
    """UTC seconds; a time without a zone is of the zone that is shown."""
    if not words:
        return 0.0
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        from .durations import seconds_of

        return datetime.now(UTC).timestamp() - seconds_of(words)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=local(moment.timestamp()).tzinfo)
    return moment.timestamp()


def named(value: object) -> Any:
    """As JSON has it, every field with its name, also where the record saves the names."""
    match value:
        case msgspec.Struct():
            tag = {"type": type(value).__name__}
            return tag | {name: named(getattr(value, name)) for name in value.__struct_fields__}
        case tuple() | list():
            members = cast("tuple[object, ...]", value)
            return [named(one) for one in members]
        case _:
            return msgspec.to_builtins(value)


def told_difference(first: Difference) -> list[str]:
    """The place, and what came out now; the record holds only a digest of what came out then."""
    rows = [f"DIFFERENT: {first.in_words()}", f"at {utc(first.at)}"]
    one = first.replayed
    if one is None:
        return rows
    rows.append("The record keeps a digest of what came out then. Now these come out:")
    for name, value in (
        ("fact", one.entry.fact),
        ("commands", one.commands),
        ("questions", one.questions),
        ("state", one.state),
    ):
        words = json.dumps(named(value), indent=1, ensure_ascii=False)
        rows += [f"{name}:", *(f"  {line}" for line in words.splitlines())]
    return rows
