"""`text911 status`: asks a running gateway how it is. The one sentence first, then the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...smpp.counting import counted
from ..terminal import BAD, CANNOT, GOOD, fail, need_directory, no_directory, say, table

if TYPE_CHECKING:
    from ..operations.status import ReachStatus, Status

ANSWER_WITHIN = 3.0  # seconds; a gateway on this machine answers in milliseconds
SIZE_MAX = 8_000_000  # octets
WHERE = "http://127.0.0.1:8912"  # the default of [operations]


def add_to(app: typer.Typer) -> None:
    app.command("status")(status)


def status(
    where: Annotated[
        str,
        typer.Argument(
            metavar="DIR|URL", help="Configuration directory, or the URL of the operator page."
        ),
    ] = WHERE,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """How is the running gateway?

    Exit code 0: all is well. 1: something is wrong. 2: it cannot be reached.
    """
    from ..operations.status import decode

    url = _url(where)
    octets = _ask(url)
    try:
        answer = decode(octets)
    except ValueError:  # msgspec's errors are ValueErrors
        fail(f"what answers at {url} is no text911 gateway; check the address", CANNOT)
    if as_json:
        typer.echo(octets.decode())
    else:
        for line in lines(answer):
            say(line)
    wrong = not answer.ready or any(alarm.severity != "notice" for alarm in answer.alarms)
    raise typer.Exit(BAD if wrong else GOOD)


def _url(where: str) -> str:
    if where.startswith(("http://", "https://")):
        return where.rstrip("/")
    if not Path(where).is_dir():
        fail(f"{no_directory(Path(where))}, or a URL: {WHERE}")
    return url_of_directory(Path(where))


def url_of_directory(directory: Path) -> str:
    """Only [operations] is read: a gateway that runs can be asked whatever the files say now."""
    import tomllib

    from pydantic import ValidationError

    from ..operations.settings import OperationsSettings

    need_directory(directory)
    try:
        raw = tomllib.loads((directory / "gateway.toml").read_text(encoding="utf-8"))
        settings = OperationsSettings.model_validate(raw.get("operations", {}))
    except OSError as cause:
        fail(f"{directory}/gateway.toml cannot be read ({cause.strerror}); name DIR or a URL")
    except (ValidationError, ValueError):
        fail(f"{directory}/gateway.toml has faults; run: text911 check {directory}")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _ask(url: str) -> bytes:
    import urllib.error
    import urllib.request
    from http.client import HTTPException, InvalidURL

    # No proxy of the environment may stand between an operator and the gateway's own loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/status.json", timeout=ANSWER_WITHIN) as answer:
            octets: bytes = answer.read(SIZE_MAX)
            return octets
    except urllib.error.HTTPError as cause:
        cause.close()
        fail(f"what answers at {url} is no gateway in good order (HTTP {cause.code}); check it")
    except urllib.error.URLError as cause:
        reason = getattr(cause.reason, "strerror", None) or cause.reason
        fail(f"no gateway answers at {url} ({reason}); is it running? text911 serve DIR starts it")
    except InvalidURL as cause:
        fail(f"{url} is no address ({cause}); check it")
    except HTTPException:
        fail(f"what answers at {url} speaks no HTTP; name the operator page, [operations] port")
    except (OSError, ValueError) as cause:
        words = str(cause) or type(cause).__name__
        fail(f"no gateway answers at {url} ({words}); check the address")


def lines(answer: Status) -> list[str]:
    """The whole status as lines for a terminal."""
    ready = "ready" if answer.ready else "not ready"
    up = _span(answer.now - answer.started_at)
    out = [answer.sentence, "", f"{answer.name}, version {answer.version}, {ready}, up {up}"]
    out += [f"not ready: {reason}" for reason in answer.reasons]
    out += [
        f"{alarm.severity} for {_span(answer.now - alarm.since)}: {alarm.sentence}"
        for alarm in answer.alarms
    ]
    tables = (_hops(answer), _binds(answer), _lines(answer), _psaps(answer), _dialogues(answer))
    for rows in tables:
        if len(rows) > 1:
            out += ["", *table(rows)]
    more = answer.dialogues_total - len(answer.dialogues)
    if more > 0:
        out.append(f"and {counted(more, 'dialogue')} more")
    return out


def _hops(answer: Status) -> list[tuple[str, ...]]:
    return [
        ("hop", "count", "p50 ms", "p99 ms", "limit ms", ""),
        *(
            (
                hop.name,
                str(hop.count),
                f"{hop.p50_ms:.2f}" if hop.count else "-",
                f"{hop.p99_ms:.2f}" if hop.count else "-",
                f"{hop.limit_ms:g}",
                "holds" if hop.holds else "BROKEN",
            )
            for hop in answer.hops
        ),
    ]


def _binds(answer: Status) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("carrier", "bind", "state", "up for", "in", "out", "window")]
    for carrier in answer.carriers:
        if not carrier.binds:
            rows.append((carrier.display, "none", "NO BIND", "-", "-", "-", "-"))
        rows += [
            (
                carrier.display,
                f"{number} {bind.mode}",
                bind.state,
                _span(answer.now - bind.since),
                str(bind.texts_in),
                str(bind.replies_out),
                f"{bind.in_flight}/{bind.window}",
            )
            for number, bind in enumerate(carrier.binds, start=1)
        ]
        rows += [
            (
                carrier.display,
                f"to {one.where}",
                _why(one),
                _span(answer.now - one.since),
                *("-", "-", "-"),
            )
            for one in carrier.reaches
            if one.state != "connected"
        ]
    return rows


def _why(one: ReachStatus) -> str:
    """Of a connection of ours that does not stand."""
    return f"{one.state.upper()}: {one.reason}" if one.reason else one.state.upper()


def _lines(answer: Status) -> list[tuple[str, ...]]:
    return [
        ("line", "kind", "calls", "taken", "turned away", "last fault"),
        *(
            (
                line.display,
                line.kind,
                str(line.calls),
                str(line.taken),
                str(line.rejected),
                line.fault or "-",
            )
            for line in answer.lines
        ),
    ]


def _psaps(answer: Status) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("PSAP", "speaks", "state", "ringing", "live", "people", "overflow")
    ]
    for psap in answer.psaps:
        state = "attended" if psap.people else "NOBODY"
        if not psap.reachable:
            state = psap.reason or "UNREACHABLE"
        if psap.stalled:
            state = f"{psap.stalled} STALLED"
        figures = (str(psap.ringing), str(psap.live), str(psap.people))
        rows.append((psap.display, psap.kind, state, *figures, " > ".join(psap.overflow)))
    return rows


def _dialogues(answer: Status) -> list[tuple[str, ...]]:
    return [
        ("dialogue", "town", "state", "PSAP", "age"),
        *(
            (
                one.id,
                one.town or "not known",
                f"{one.state.upper()}, waiting" if one.waiting else one.state,
                one.psap or "-",
                _span(answer.now - one.opened_at),
            )
            for one in answer.dialogues
        ),
    ]


def _span(seconds: float) -> str:
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86_400, whole // 3600, whole // 60
    if days:
        return f"{days} d {hours % 24:02} h"
    if hours:
        return f"{hours}:{minutes % 60:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"
