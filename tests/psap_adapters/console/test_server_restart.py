"""What a stop says and what a restart keeps: log-ins and what rings, in the same file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from text911.psap_adapters import port
from text911.psap_adapters.console.accounts import hash_password
from text911.psap_adapters.console.sessions import FileSessions, MemorySessions
from text911.psap_adapters.console.settings import (
    ConsoleListenSettings,
    UserSettings,
)

from .house import HASHED, closed, console, heard, heard_until, house, played
from .play import card, item


@played
async def test_stopping_tells_browsers_to_come_again() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        stopping = asyncio.create_task(one.server.stop())
        assert await closed(socket) == (1001, "The gateway stops. Come again.")
        await stopping
        one.core.psap.start(one.core.hear)


@played
async def test_a_link_that_comes_before_the_gateway_is_ready_is_told_to_come_again() -> None:
    async with house() as one:
        session = await one.log_in()
        one.core.psap.stop()
        socket = await one.link(session, hello=False)
        await socket.send_json({"type": "hello", "version": 1})
        assert await closed(socket) == (1001, "The gateway is not ready. Come again.")


def told(words: str) -> None:
    raise AssertionError(words)


def test_a_restart_keeps_log_ins_and_what_rings(tmp_path: Path) -> None:
    """The same port, the same file: the same cookie is accepted, and every line comes once."""
    path = tmp_path / "console-sessions.json"

    async def play() -> None:
        async with house(keep=FileSessions(path, told)) as one:
            session = await one.log_in()
            socket = await one.link(session)
            mine = one.core.ring("d1", card(), item(0))
            await socket.send_json({"type": "answer", "leg": "d1/0"})
            await heard_until(socket, "owner")
            ringing = one.core.ring("d2", card(), item(0))
            await heard_until(socket, "leg")
            await one.restart(FileSessions(path, told))
            one.core.say(mine, "upstairs")
            one.core.say(ringing, "hello?")
            fresh = one.core.ring("d3", card(), item(0))
            assert await one.known(session)
            back = await session.ws_connect("/middletown/ws", headers={"Origin": one.address})
            hello = {"type": "hello", "version": 1, "resume": {"d1/0": 0, "d2/0": 0}}
            await back.send_json(hello)
            legs = {frame["leg"]: frame for frame in await heard(back) if frame["type"] == "leg"}
            found = {
                leg: (frame["state"], frame["after"], [line["text"] for line in frame["lines"]])
                for leg, frame in legs.items()
            }
            assert found == {
                "d1/0": ("answered", 0, ["upstairs"]),
                "d2/0": ("ringing", 0, ["hello?"]),
                "d3/0": ("ringing", -1, ["help"]),
            }
            assert one.core.talks[fresh].shown == -1
            assert not [said for said in one.core.reports if isinstance(said, port.Refused)]

    asyncio.run(play())


def test_who_has_logged_out_stays_out_over_a_restart_and_nobody_is_awaited(tmp_path: Path) -> None:
    path = tmp_path / "console-sessions.json"

    async def play() -> None:
        async with house(keep=FileSessions(path, told)) as one:
            session = await one.log_in()
            socket = await one.link(session)
            await socket.send_json({"type": "log_out"})
            assert (await closed(socket))[0] == 4401
            await one.restart(FileSessions(path, told))
            assert not await one.known(session)
            leg = one.core.ring("d1", card(), item(0))
            assert port.Refused(leg, "nobody is logged in at the console") in one.core.reports

    asyncio.run(play())


def test_a_password_that_was_changed_meanwhile_ends_the_session(tmp_path: Path) -> None:
    path = tmp_path / "console-sessions.json"

    async def play() -> None:
        async with house(keep=FileSessions(path, told)) as one:
            changed, same = await one.log_in("op1"), await one.log_in("op2")
            await one.server.stop()
            users = (
                UserSettings(name="op1", password_hash=hash_password("another horse")),
                UserSettings(name="op2", password_hash=HASHED),
            )
            one.consoles = {"middletown": console().model_copy(update={"users": users})}
            await one.restart(FileSessions(path, told))
            assert not await one.known(changed)
            assert await one.known(same)

    asyncio.run(play())


def test_a_damaged_file_costs_a_log_in_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "console-sessions.json"
    words: list[str] = []

    async def play() -> None:
        async with house(keep=FileSessions(path, told)) as one:
            session = await one.log_in()
            await one.server.stop()
            path.write_text(path.read_text()[:-9])
            await one.restart(FileSessions(path, words.append))
            assert not await one.known(session)
            again = await one.log_in()
            await one.restart(FileSessions(path, told))
            assert await one.known(again)

    asyncio.run(play())
    assert len(words) == 1
    assert "everybody has to log in again" in words[0]


@played
async def test_an_overdue_owner_of_an_open_dialogue_stays_over_a_restart() -> None:
    listen = ConsoleListenSettings(port=0, secure_cookie=False, session_lifetime=60.0)
    keep = MemorySessions()
    async with house(listen, keep) as one:
        busy, idle = await one.log_in("op1"), await one.log_in("op2")
        socket = await one.link(busy)
        leg = one.core.ring("d1", card(), item(0))
        await socket.send_json({"type": "answer", "leg": "d1/0"})
        await heard_until(socket, "owner")
        one.now += 61.0
        await one.restart(keep)
        one.server.sweep()
        assert await one.known(busy)
        assert not await one.known(idle)
        one.core.psap.end(leg, "over")
        one.server.sweep()
        assert not await one.known(busy)
