"""`text911 smpp conform`: the conformance suite over sockets, one connection a case.

Decides nothing: `smpp/conformance` has the cases, plays them and judges. Exit codes: 0 all passed,
1 a case failed, 2 it could not be done.
"""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ...smpp.conformance.judging import judge, judge_twin
from ...smpp.conformance.making import case as made
from ...smpp.conformance.playing import Play
from ...smpp.conformance.rules import BINDING
from ...smpp.conformance.suite import chosen, suite
from ...smpp.conformance.telling import as_json, lines, score, score_json
from ...smpp.conformance.values import BOUND, Access, Case, Heard, Setup, Step, Verdict
from ...smpp.counting import counted
from ...smpp.status import Status
from ..terminal import BAD, fail, say
from .reaching import Way, way

PATIENCE = 3.0  # s for a server that answers nothing
TRIES = 5  # to bind before a case: an ended bind may still be counted for a moment
PAUSE = 0.1  # s between two of them
READ_MAX = 65_536  # octets
PASSWORD_MAX = 8  # characters (SMPP v3.4, 5.2.2)
SYSTEM_ID_MAX = 15  # characters (SMPP v3.4, 5.2.1)


def conform(
    host: Annotated[
        str, typer.Argument(metavar="HOST", help="The message centre to try: a name or an address.")
    ],
    port: Annotated[int, typer.Argument(min=1, max=65_535, metavar="PORT", help="Its SMPP port.")],
    system_id: Annotated[str, typer.Option("--system-id", help="Of an account made for tests.")],
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="A file with the password in it.")
    ] = None,
    password_env: Annotated[
        str | None, typer.Option("--password-env", help="A variable with the password in it.")
    ] = None,
    bind: Annotated[
        list[str] | None,
        typer.Option("--bind", help="trx, tx or rx: how the account may bind; may be repeated."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Also send texts that are to be accepted, to this destination."),
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="The source address of what is sent.")
    ] = "+15555550142",
    nobody: Annotated[
        str, typer.Option("--nobody", help="An address that cannot exist, for all other texts.")
    ] = "+012345678901234",
    tls: Annotated[
        bool, typer.Option("--tls", help="Over TLS, to a server that proves who it is.")
    ] = False,
    tls_pin: Annotated[
        list[str] | None,
        typer.Option(
            "--tls-pin",
            help="SHA-256 of the server's certificate or of its public key, which decides alone;"
            " may be repeated. Without it: whom this machine trusts, with that name.",
        ),
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", help="PEM: what we show, if asked.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", help="PEM: its private key, without a pass phrase.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="A case, a group, or a pattern with *; may be repeated."),
    ] = None,
    slow: Annotated[
        bool, typer.Option("--slow", help="Also the cases that wait for time-outs: a minute.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds for a server that answers nothing.")
    ] = PATIENCE,
    as_objects: Annotated[
        bool, typer.Option("--json", help="One JSON object a case, and the sum.")
    ] = False,
    list_only: Annotated[bool, typer.Option("--list", help="Say what would be done.")] = False,
) -> None:
    """Try an SMPP server with PDUs right and wrong, as an ESME that speaks raw octets.

    Without --to nothing is sent to an address that exists, and a server that refuses that address
    passes where it would have taken a broken text: with --to more is proven. Use an account made
    for tests: binds are refused and broken on purpose, and wrong passwords are tried last.

    Exit code 0: all passed. 1: a case failed. 2: it cannot be done.
    """
    password = "" if list_only else _password(password_file, password_env)
    if not 1 <= len(system_id.encode()) <= SYSTEM_ID_MAX:
        fail(f"--system-id has 1 to {SYSTEM_ID_MAX} characters")
    access = Access(system_id, password, source, nobody, to, _kinds(bind))
    if list_only:
        _list(_cases(access, only, slow), as_objects)
        return
    to_server = way(
        host, port, tls=tls, pins=tls_pin or (), certificate=tls_certificate, key=tls_key
    )
    access = _allowed(access, to_server, patience, asked=bind is not None)
    cases = _cases(access, only, slow)
    if to is not None and not as_objects and any(case.needs_to for case in cases):
        say(f"texts will be sent to {to}; they say to be a conformance test")
    verdicts = list(_play_all(cases, access, to_server, patience, as_objects))
    result = score(verdicts)
    if as_objects:
        typer.echo(json.dumps({"score": score_json(result)}))
    else:
        for line in lines(verdicts, access):
            say(line)
    if not result.is_perfect:
        raise typer.Exit(BAD)


def _cases(access: Access, only: list[str] | None, slow: bool) -> tuple[Case, ...]:
    cases = chosen(suite(access, slow=slow or bool(only)), tuple(only or ()))
    if not cases:
        fail(f"no case fits {', '.join(only or ())}; --list shows them")
    return cases


def _list(cases: tuple[Case, ...], as_objects: bool) -> None:
    for case in cases:
        if as_objects:
            typer.echo(json.dumps({"id": case.id, "does": case.does, "rule": case.rule.says}))
        else:
            say(f"{case.id}: {case.does}")


def _password(file: Path | None, variable: str | None) -> str:
    if (file is None) == (variable is None):
        fail("say where the password is: --password-file PATH or --password-env NAME")
    if variable is not None:
        found = os.environ.get(variable)
        if found is None:
            fail(f"there is no variable {variable} in the environment")
    else:
        assert file is not None
        try:
            found = file.read_text(encoding="latin-1").rstrip("\r\n")
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror}")
    if len(found) > PASSWORD_MAX:
        fail(f"the password has {counted(len(found), 'character')}; SMPP allows {PASSWORD_MAX}")
    return found


def _kinds(names: list[str] | None) -> tuple[Setup, ...]:
    if not names:
        return BOUND
    known = {one.value: one for one in BOUND}
    for name in names:
        if name not in known:
            fail(f"--bind {name} is not known; say {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names))


def _allowed(access: Access, to_server: Way, patience: float, *, asked: bool) -> Access:
    """Try each bind: what the account does not allow is no failure of the server."""
    allowed: list[Setup] = []
    hindered: list[tuple[Setup, Heard]] = []
    for kind in access.may_bind:
        only_bind = made(f"bind.{kind.value}", "", kind, (), (), BINDING)
        # Until one has stood none can be in the way, and a wrong password is not said five times.
        heard = play(only_bind, access, to_server, patience, tries=TRIES if allowed else 1)
        if heard.refused == Status.RALYBND:
            heard = play(only_bind, access, to_server, patience)
        if not heard.hindrance:
            allowed.append(kind)
            continue
        if asked:
            fail(f"as {kind.value}: {heard.hindrance}; {_advice(heard, to_server)}")
        hindered.append((kind, heard))
        if heard.unreadable:
            break
    if not allowed:
        first = hindered[0][1]
        fail(f"nothing can be tried: {first.hindrance}; {_advice(first, to_server)}")
    for kind, heard in hindered:
        typer.echo(f"text911: {kind.value} is left out: {heard.hindrance}", err=True)
    return Access(
        access.system_id, access.password, access.source, access.nobody, access.to, tuple(allowed)
    )


def _advice(heard: Heard, to_server: Way) -> str:
    """What to do about a bind that did not come about."""
    where = f"{to_server.host}:{to_server.port}"
    if heard.refused:
        return "check --system-id, the password, and from which addresses the account may come"
    if to_server.context is None:
        return f"check that {where} is its SMPP port, and say --tls if it is one for TLS"
    return f"check that {where} is its SMPP port for TLS"


def _play_all(
    cases: tuple[Case, ...], access: Access, to_server: Way, patience: float, as_objects: bool
) -> Iterator[Verdict]:
    for case in cases:
        verdict = verdict_of(case, access, to_server, patience)
        if as_objects:
            typer.echo(json.dumps(as_json(verdict, access)))
        yield verdict


def verdict_of(case: Case, access: Access, to_server: Way, patience: float) -> Verdict:
    """Play a case, and its twin behind it, and judge."""
    heard = play(case, access, to_server, patience)
    verdict = judge(case, heard)
    if case.twin is None or heard.hindrance:
        return verdict
    twin = play(case, access, to_server, patience, case.twin.steps)
    return Verdict(case, verdict.findings + judge_twin(case, heard, twin))


# --- one connection ------------------------------------------------------------------------------


def play(
    case: Case,
    access: Access,
    to_server: Way,
    patience: float = PATIENCE,
    steps: tuple[Step, ...] | None = None,
    tries: int = TRIES,
) -> Heard:
    """One case, on a connection of its own."""
    steps = case.steps if steps is None else steps
    for _ in range(tries - 1):
        heard = _once(case, steps, access, to_server, patience)
        if not heard.hindrance:
            return heard
        time.sleep(PAUSE)
    return _once(case, steps, access, to_server, patience)


def _once(
    case: Case, steps: tuple[Step, ...], access: Access, to_server: Way, patience: float
) -> Heard:
    try:
        link = to_server.open(patience)
    except OSError as error:
        where = f"{to_server.host}:{to_server.port}"
        fail(f"{where} cannot be reached: {error.strerror or error}; check HOST, PORT and --tls")
    with closing(link):
        one = Play(case, steps, access, time.monotonic(), patience)
        is_open = True
        while not one.is_done:
            if is_open:
                is_open = _send(link, one.take(time.monotonic()))
            _hear(link, one, patience)
            one.tick(time.monotonic())
        return one.heard


def _send(link: socket.socket, segments: tuple[bytes, ...]) -> bool:
    """False when the server takes no more; what it has said is still there to be read."""
    try:
        for octets in segments:
            link.sendall(octets)
    except OSError:
        return False
    return True


def _hear(link: socket.socket, one: Play, patience: float) -> None:
    within = max(0.0, one.wakes_at() - time.monotonic())
    held = link.pending() if isinstance(link, ssl.SSLSocket) else 0
    if not held and not select.select([link], [], [], within)[0]:
        return
    link.settimeout(0.0)  # what came may be TLS's own, or a part of a record
    try:
        octets = link.recv(READ_MAX)
    except (BlockingIOError, ssl.SSLWantReadError):
        return
    except OSError:
        octets = b""
    finally:
        link.settimeout(patience)
    if octets:
        one.receive(octets, time.monotonic())
    else:
        one.closed(time.monotonic())
