"""What has sound is loaded when it is asked for, and not before."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.gateway.directories import DEMO
from tests.gateway.house import House
from text911.gateway.config import Configuration, load
from text911.gateway.configuration.configuration import CallLine
from text911.gateway.edges.lines.board import LineSeen
from text911.gateway.edges.lines.settings import (
    LinePlaceSettings,
    TtySettings,
    TurnSettings,
    WavSettings,
)

HEAVY = ("text911.sip.calls", "text911.sip.tls", "text911.tty.demod.batch", "numba")


def texts_alone(folder: Path) -> Configuration:
    return replace(load(DEMO), directory=folder, lines=())


def played(file: str) -> CallLine:
    return CallLine(
        "played", "Played", WavSettings(file=file), TtySettings(), TurnSettings(),
        LinePlaceSettings().profile(),
    )  # fmt: skip


def seen(house: House) -> dict[str, LineSeen]:
    return {one.name: one for one in house.gateway.telephony.seen}


def test_a_gateway_for_texts_alone_loads_neither_sip_nor_receivers() -> None:
    """They are a fifth of a start: who was killed is back the later (docs/reliability.md)."""
    asked = "import sys; import text911.gateway.daemon; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = done.stdout.split()
    assert "text911.gateway.telephony" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_lines_come_with_a_reload_though_there_were_none_before(tmp_path: Path) -> None:
    house = House(tmp_path, configuration=texts_alone(tmp_path))
    telephony = house.gateway.telephony
    telephony.adopt(replace(house.configuration, lines=(played("a.wav"),)))
    assert seen(house) == {}, "before the start there is nothing to change"
    telephony.start(house.configuration)
    telephony.adopt(house.configuration)
    house.lines.all.clear()
    telephony.adopt(replace(house.configuration, lines=(played("a.wav"),)))
    line = seen(house)["played"]
    assert line.kind == "wav"
    assert "a.wav" in line.fault
    (said,) = house.lines.of("fault")
    assert "line played cannot be started" in str(said)
    telephony.adopt(house.configuration)
    assert seen(house) == {}
    asyncio.run(telephony.stop())
    telephony.hush()
    telephony.adopt(replace(house.configuration, lines=(played("a.wav"),)))
    assert seen(house) == {}, "and after the stop neither"


def test_what_never_had_sound_ends_like_what_had(tmp_path: Path) -> None:
    house = House(tmp_path, configuration=texts_alone(tmp_path))
    house.gateway.telephony.start(house.configuration)
    asyncio.run(house.gateway.telephony.stop())
    house.gateway.telephony.hush()
    assert seen(house) == {}
