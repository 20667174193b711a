"""The command line: `text911 COMMAND`. Commands import what they need when they run, so that help
and small tools start at once and only what runs a loop brings one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ..terminal import say
from . import check, new, status, user
from .durations import seconds_of

app = typer.Typer(
    help="Text-to-911 gateway: SMS and TTY callers to the right PSAP.",
    no_args_is_help=True,
    add_completion=False,
    # Plain output: it is read by scripts and over slow links, and rich costs a tenth of a second.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

PORTS_USED = 4  # by a demonstration, from its port base on: three of TCP, and UDP for calls


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(f"text911 {version('text911')}")
        raise typer.Exit


@app.callback()
def text911(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Text-to-911 gateway: SMS and TTY callers to the right PSAP."""


@app.command()
def serve(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Configuration directory.")],
    kept: Annotated[
        bool, typer.Option("--keep", help="Start it again at once when something kills it.")
    ] = False,
) -> None:
    """Run the gateway until SIGTERM. SIGHUP reloads the configuration, all or nothing."""
    from .serving import serve as run

    raise typer.Exit(run(directory, kept=kept))


@app.command(short_help="A gateway with simulated carriers, PSAPs and callers.")
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Without a person: play the story by itself.")
    ] = False,
    duration: Annotated[
        str, typer.Option("--for", help="How long: 20s, 5m. Without it, until Ctrl-C.")
    ] = "",
    checked: Annotated[
        bool, typer.Option("--check", help="Check every dialogue; exit 1 when a promise broke.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same story.")] = 911,
    port_base: Annotated[
        int,
        typer.Option(
            min=0,
            max=65_536 - PORTS_USED,
            help="First of four ports in a row; 0: 2775, 8911, 8912 and, for calls, 5911.",
        ),
    ] = 0,
) -> None:
    """A gateway with two simulated carriers, eight invented PSAPs and callers, on this machine."""
    seconds = seconds_of(duration) if duration else None
    from ..demo.run import demo as run

    raise typer.Exit(
        run(headless=headless, seconds=seconds, check=checked, seed=seed, port_base=port_base)
    )


AddTo = Callable[[typer.Typer], None]


def _later(name: str, words: str, load: Callable[[], AddTo]) -> None:
    """Register `name` by its name and help alone; `load` brings its commands when it is called.

    Their modules compute with numpy and shapely, which every other command would wait for.
    """

    def hand_over(context: typer.Context) -> None:
        commands = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        commands.callback()(lambda: None)  # stays a group even with one command in it
        load()(commands)
        commands(args=[name, *context.args], prog_name="text911")

    app.command(
        name,
        help=words,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(hand_over)


def _carrier() -> AddTo:
    from .carrier import add_to

    return add_to


def _geo() -> AddTo:
    from .geo import add_to

    return add_to


def _records() -> AddTo:
    from .records import add_to

    return add_to


def _replay() -> AddTo:
    from .replay import add_to

    return add_to


def _simulate() -> AddTo:
    from .simulate import add_to

    return add_to


def _smpp() -> AddTo:
    from .smpp import add_to

    return add_to


def _tty() -> AddTo:
    from .tty import add_to

    return add_to


for part in (new, check, status, user):
    part.add_to(app)
LATER: dict[str, tuple[str, Callable[[], AddTo]]] = {
    "carrier": ("Getting a carrier connected: sheet, tests, live binds.", _carrier),
    "geo": ("Town boundaries and routing by place.", _geo),
    "audit": ("What was recorded, and whether it still is.", _records),
    "replay": ("The rules over what was recorded: the same must come out.", _replay),
    "simulate": ("The whole gateway in a simulated world, with faults from a seed.", _simulate),
    "smpp": ("SMPP octets in words; a server put to the test.", _smpp),
    "tty": ("TTY tones in WAV files: text into one, and out of one.", _tty),
    "backup": ("Copy the journal while the gateway works, and verify the copy.", _records),
}
for command, (words, load) in LATER.items():
    _later(command, words, load)
