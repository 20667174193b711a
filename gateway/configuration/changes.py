"""What a reload would change, in words, and what of it needs a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel

from .certificates import day
from .configuration import CallLine, Carrier, Configuration, Psap

# Of `[tty]` of a PSAP.
TTY_PLACES = (
    "uri", "host", "port", "contact_host", "media_host", "rtp_ports", "networks", "proxy",
    "username", "password", "session_timer", "options_interval",
    "tls_authorities", "tls_certificate", "tls_key",
)  # fmt: skip
SECRET_KEYS = frozenset({"passwords", "password_hash", "users"})


@dataclass(frozen=True, slots=True)
class Difference:
    """`restart`: it only takes effect when the gateway is started anew."""

    words: str
    restart: bool = False

    def __str__(self) -> str:
        return f"{self.words} (needs a restart)" if self.restart else self.words


# Tables of gateway.toml -> keys that a reload cannot change. "*" is every key.
RESTART: dict[str, frozenset[str]] = {
    "smpp": frozenset({"host", "port", "plain"}),
    "console": frozenset({"host", "port", "tls_certificate", "tls_key"}),
    "operations": frozenset({"host", "port", "exposed", "health_log"}),
    "journal": frozenset({"path"}),
    "outbind": frozenset({"host", "port"}),
    "flood": frozenset(),
}


def changes(old: Configuration, new: Configuration) -> list[Difference]:
    """Every difference that matters, in the order of the files. Empty: nothing to do."""
    return [
        *_identity(old, new),
        *_tables(old, new),
        *_doors(old, new),
        *_policy(old, new),
        *_parties("carrier", _by_name(old.carriers), _by_name(new.carriers)),
        *_psaps(_by_name(old.psaps), _by_name(new.psaps)),
        *_lines(_by_name(old.lines), _by_name(new.lines)),
        *_fields("routing", old.routing, new.routing, frozenset()),
    ]


def _identity(old: Configuration, new: Configuration) -> Iterator[Difference]:
    if old.directory != new.directory:
        yield Difference(f"the directory is now {new.directory}", restart=True)
    if old.name != new.name:
        yield Difference(f"the name is now {new.name}")
    if old.demonstration != new.demonstration:
        mode = "a demonstration" if new.demonstration else "in earnest"
        yield Difference(f"this is now {mode}", restart=True)


def _tables(old: Configuration, new: Configuration) -> Iterator[Difference]:
    for table, restart in RESTART.items():
        yield from _fields(table, getattr(old, table), getattr(new, table), restart)


def _fields(
    table: str, old: BaseModel, new: BaseModel, restart: frozenset[str]
) -> Iterator[Difference]:
    for key in type(old).model_fields:
        if (table, key) == ("smpp", "tls"):
            continue  # `_doors` looks at what its references lead to
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            needs = key in restart or "*" in restart
            yield Difference(f"{table}.{key}{_from_to(key, before, after)}", restart=needs)


def _doors(old: Configuration, new: Configuration) -> Iterator[Difference]:
    """Another certificate is for new connections; other doors need a restart."""
    if [(one.host, one.port) for one in old.tls] != [(one.host, one.port) for one in new.tls]:
        yield Difference("smpp.tls: where we listen with TLS changed", restart=True)
        return
    for before, after in zip(old.tls, new.tls, strict=True):
        ours = after.certificate
        if before.certificate != ours:
            until = f"SHA-256 {ours.fingerprint[:16]}..., valid until {day(ours.not_after)}"
            yield Difference(f"smpp.tls: port {after.port} shows another certificate ({until})")


def _from_to(key: str, before: Any, after: Any) -> str:
    short = isinstance(before, int | float | str) and isinstance(after, int | float | str)
    if key in SECRET_KEYS or not short:
        return " changed"
    return f": {before!r} is now {after!r}"


def _policy(old: Configuration, new: Configuration) -> Iterator[Difference]:
    for key, before in msgspec.structs.asdict(old.policy.limits).items():
        after = getattr(new.policy.limits, key)
        if before != after:
            yield Difference(f"limits.{key}: {before:g} is now {after:g} (new dialogues only)")
    for key in ("bounce", "lost", "undelivered", "quiet", "media", "ended"):
        if getattr(old.policy, key) != getattr(new.policy, key):
            yield Difference(f"messages.{key} changed (new dialogues only)")


Party = TypeVar("Party", Carrier, Psap, CallLine)


def _by_name(parties: tuple[Party, ...]) -> dict[str, Party]:
    return {party.name: party for party in parties}


def _parties(what: str, old: dict[str, Party], new: dict[str, Party]) -> Iterator[Difference]:
    for name in old:
        if name not in new:
            yield Difference(f"{what} {name} was taken away")
    for name, after in new.items():
        if name not in old:
            yield Difference(f"{what} {name} is new")
        elif old[name] != after:
            yield from _party(f"{what} {name}", old[name], after)


def _psaps(old: dict[str, Psap], new: dict[str, Psap]) -> Iterator[Difference]:
    """How a TTY is typed to holds for new calls; where it is rung, and from where, needs a restart,
    and so does another kind of PSAP under the same name."""
    for difference in _parties("PSAP", old, new):
        where = difference.words.partition(": ")[2]
        keys = tuple(f"tty.{key}" for key in TTY_PLACES)
        lasting = where.startswith(("kind", "tty changed", "password", "believed", "shown", *keys))
        yield replace(difference, restart=True) if lasting else difference


def _lines(old: dict[str, CallLine], new: dict[str, CallLine]) -> Iterator[Difference]:
    """How a line types and where it is holds for new calls; ports and accounts need a restart."""
    for name in sorted(old.keys() - new.keys()):
        yield Difference(f"line {name} was taken away")
    for name, after in new.items():
        before = old.get(name)
        if before is None:
            yield Difference(f"line {name} is new")
            continue
        for difference in _party(f"line {name}", before, after):
            parts = difference.words.removeprefix(f"line {name}: ")
            lasting = parts.startswith(("display", "tty.", "turns.", "place."))
            yield difference if lasting else replace(difference, restart=True)


def _party(what: str, old: Party, new: Party) -> Iterator[Difference]:
    for key in (part.name for part in fields(old) if part.compare):
        before, after = getattr(old, key), getattr(new, key)
        if before == after:
            continue
        if isinstance(before, BaseModel) and type(before) is type(after):
            yield from _fields(f"{what}: {key}", before, after, frozenset())
        else:
            yield Difference(f"{what}: {key}{_from_to(key, before, after)}")
