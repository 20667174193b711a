"""`text911 simulate`: seeded runs of the whole gateway in a simulated world."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from ...smpp.counting import counted
from ..terminal import BAD, fail, say

if TYPE_CHECKING:
    from ..simulation.scenario import Cut
    from ..simulation.storm import Outcome

HOUR = 3600.0  # seconds
SHRUNK_MAX = 3  # failing seeds that are made small: each takes some fifteen seconds


def add_to(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")] = 100,
    first: Annotated[int, typer.Option("--from", min=0, help="The first seed.")] = 1,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, help="How many processes; the output is the same.")
    ] = 1,
    only: Annotated[
        str | None,
        typer.Option(help="Of the faults drawn only these, separated by commas, or none."),
    ] = None,
    callers: Annotated[int | None, typer.Option(min=1, help="At most so many callers.")] = None,
    texts: Annotated[int | None, typer.Option(min=1, help="At most so many texts each.")] = None,
    until: Annotated[
        float | None, typer.Option(min=0.0, help="The storm ends after so many seconds.")
    ] = None,
    shrink: Annotated[
        bool, typer.Option(help="Make the first failing seeds small before telling them.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, one line a seed.")
    ] = False,
) -> None:
    """Run the whole gateway with faults drawn from each seed; exit 1 when a promise broke."""
    from ..simulation import report
    from ..simulation.scenario import Cut, named

    try:
        cut = Cut(None if only is None else named(only), callers, texts, until)
    except ValueError as unknown:
        fail(f"--only: {unknown}")
    began = monotonic()
    broken = records = 0
    for outcome in report.seeds(first, seeds, cut, jobs):
        records += outcome.records
        broken += bool(outcome.broken)
        if as_json:
            say(json.dumps(report.as_values(outcome)))
        elif outcome.broken:
            _tell(outcome, cut, shrink=shrink and broken <= SHRUNK_MAX)
    took = max(monotonic() - began, 1e-9)
    if not as_json:
        verdict = f"{broken} of them broke a promise" if broken else "every promise was kept"
        cores = "one core" if jobs == 1 else f"{jobs} processes"
        pace = f"{seeds / took * HOUR:,.0f} seeds an hour on {cores}"
        what = f"{counted(seeds, 'seed')} from {first}, {counted(records, 'record')}"
        say(f"{what}: {verdict} ({took:.1f} s, {pace})")
    if broken:
        raise typer.Exit(BAD)


def _tell(outcome: Outcome, cut: Cut, *, shrink: bool) -> None:
    from ..simulation import report, shrinking

    shrunk = shrinking.shrink(outcome, cut) if shrink else None
    for line in report.story(outcome, cut, shrunk):
        say(line)
