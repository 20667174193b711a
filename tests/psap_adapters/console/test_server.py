"""What is said over the wire, from ring to end, arrives as it was meant on both sides."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console.settings import (
    ConsoleSettings,
    UserSettings,
)

from .house import HASHED, closed, console, heard, heard_until, house, played
from .play import card, item


@played
async def test_a_call_over_the_wire_from_ring_to_end() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        leg = one.core.ring("d1", card(), item(0))
        one.core.say(leg, "upstairs")
        frames = await heard(socket)
        assert [frame["type"] for frame in frames] == ["leg", "line"]  # one message for one turn
        await socket.send_json({"type": "shown", "up_to": {"d1/0": 1}})
        await socket.send_json({"type": "answer", "leg": "d1/0"})
        assert (await heard_until(socket, "owner"))["owner"] == "op1"
        assert one.core.talks[leg].shown == 1
        write = {"type": "write", "leg": "d1/0", "key": "k1", "text": "Where?"}
        await socket.send_json(write)
        line = (await heard_until(socket, "line"))["line"]
        assert (line["key"], line["delivery"]) == ("k1", "waiting")
        await socket.send_json({"type": "end", "leg": "d1/0", "key": "k2", "text": "Bye"})
        assert (await heard_until(socket, "closed"))["reason"] == "Ended by op1."
        await socket.send_json({"type": "log_out"})
        assert await closed(socket) == (4401, "Logged out.")
        async with one.sessions[0].get("/middletown/session") as answer:
            assert answer.status == 401


@played
async def test_a_noisy_caller_over_the_wire_is_two_frames_a_second_and_no_line_is_lost() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        leg = one.core.ring("d1", card(), item(0))
        for number in range(500):
            one.core.say(leg, f"text {number}")
        frames = await heard(socket)
        assert [frame["type"] for frame in frames] == ["leg", *["line"] * 10]
        one.now += 1.0
        burst = await heard_until(socket, "burst")  # by the timer, nobody else says anything
        assert (burst["after"], burst["folded"], len(burst["lines"])) == (10, 480, 10)
        await socket.send_json({"type": "shown", "up_to": {"d1/0": 500}})
        await socket.send_json({"type": "lines", "leg": "d1/0", "before": 491, "count": 200})
        lines = (await heard_until(socket, "lines"))["lines"]
        assert [line["sequence"] for line in lines] == list(range(291, 491))
        assert one.core.talks[leg].shown == 500


@played
async def test_callers_with_one_voice_over_the_wire_are_a_count_until_somebody_looks() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        for number in range(30):
            one.core.ring(f"d{number}", card(), item(0, "fire at the mall"))
        frames = await heard(socket)
        assert [frame["type"] for frame in frames] == [*["leg"] * 4, "group"]
        one.now += 1.0
        group = await heard_until(socket, "group")
        assert (group["callers"], group["oldest"]) == (30, "d0/0")
        seen = {group["group"]: group["version"]}
        await socket.send_json({"type": "shown", "up_to": {}, "groups": seen})
        ask = {"type": "members", "group": group["group"], "skip": 4, "count": 2}
        await socket.send_json(ask)
        *legs, page = await heard(socket)
        assert [frame["leg"] for frame in legs] == page["legs"] == ["d4/0", "d5/0"]
        assert page["left"] == 24
        assert all(talk.shown == 0 for talk in one.core.talks.values())
        await socket.send_json({"type": "answer", "leg": "d20/0"})  # known by its name only
        assert (await heard_until(socket, "owner"))["leg"] == "d20/0"


@played
async def test_a_supervisor_blocks_and_lifts_over_the_wire() -> None:
    chief = UserSettings(name="chief", password_hash=HASHED, role="supervisor")
    settings = ConsoleSettings(display_name="Middletown", users=(chief,), block_minutes_max=90)
    async with house(middletown=settings) as one:
        socket = await one.link(await one.log_in("chief"))
        one.core.ring("d1", card(), item(0))
        block = {"type": "block", "leg": "d1/0", "key": "k1", "minutes": 91, "reason": "jest"}
        await socket.send_json(block)
        refused = await heard_until(socket, "not_taken")
        assert refused["reason"] == "A caller can be blocked here for 1 to 90 minutes."
        await socket.send_json({**block, "minutes": 90})
        frames = [await heard(socket)]
        while frames[-1][-1]["type"] != "blocks":
            frames.append(await heard(socket))
        assert "closed" in {frame["type"] for message in frames for frame in message}
        (held,) = frames[-1][-1]["blocks"]
        assert (held["by"], held["until"] - held["since"]) == ("chief", 5400.0)
        await socket.send_json({"type": "unblock", "block": held["id"]})
        assert (await heard_until(socket, "blocks"))["blocks"] == []


@played
async def test_new_settings_reach_browsers_and_a_psap_that_went_takes_nothing() -> None:
    async with house(portland=console("op9")) as one:
        socket = await one.link(await one.log_in())
        one.server.replace({"middletown": console(closing_text="Bye."), "durham": console("op5")})
        assert (await heard_until(socket, "words"))["closing_text"] == "Bye."
        reports: list[port.Report] = []
        gone = one.server.psap("portland")
        gone.start(lambda report, frame: reports.append(report))
        gone.offer(port.Offer(port.Leg("d1", "portland", 0), card(), (item(0),)))
        assert (
            port.Refused(
                port.Leg("d1", "portland", 0), "suspended: this PSAP is no longer configured"
            )
            in reports
        )
        gone.stop()
        assert one.server.psap("durham")
        with pytest.raises(KeyError):
            one.server.psap("nowhere")


@played
async def test_a_withdrawn_dialogue_says_why() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        leg = one.core.ring("d1", card(), item(0))
        one.core.psap.withdraw(leg, "no answer within 120 s")
        assert (await heard_until(socket, "closed"))["reason"] == "no answer within 120 s"


@played
async def test_an_owner_who_is_gone_is_noticed_by_the_timer_alone() -> None:
    """The one test that lets real time pass: the shell's timer must be armed, and fire."""
    async with house(middletown=console(stalled_after=0.05)) as one:
        busy, other = await one.link(await one.log_in()), await one.link(await one.log_in("op2"))
        one.core.ring("d1", card(), item(0))
        await busy.send_json({"type": "answer", "leg": "d1/0"})
        await heard_until(busy, "owner")
        gone = heard_until(other, "people")
        await busy.close()
        await gone
        one.now += 1.0
        assert (await heard_until(other, "stalled"))["stalled"] is True
