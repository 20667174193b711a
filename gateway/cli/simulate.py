"""`text911 simulate`: seeded runs of the whole gateway in a simulated world."""

from __future__ import annotations

import json
from time import monotonic
from typing import Annotated

import typer

from ..terminal import BAD, say

HOUR = 3600.0  # seconds


def add_to(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")] = 100,
    first: Annotated[int, typer.Option("--from", min=0, help="The first seed.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, one line a seed.")
    ] = False,
) -> None:
    """Run the whole gateway with faults drawn from each seed; exit 1 when a promise broke."""
    from ..simulation import report

    began = monotonic()
    broken = records = 0
    for outcome in report.seeds(first, seeds):
        records += outcome.records
        broken += bool(outcome.broken)
        if as_json:
            say(json.dumps(report.as_values(outcome)))
        elif outcome.broken:
            for line in report.story(outcome):
                say(line)
    took = max(monotonic() - began, 1e-9)
    if not as_json:
        verdict = f"{broken} of them broke a promise" if broken else "every promise was kept"
        pace = f"{seeds / took * HOUR:,.0f} seeds an hour on one core"
        say(f"{seeds} seeds from {first}, {records} records: {verdict} ({took:.1f} s, {pace})")
    if broken:
        raise typer.Exit(BAD)
