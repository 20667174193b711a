"""Who is thrown out: each link, with its reason, and no other."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console.settings import (
    ConsoleListenSettings,
)

from .house import closed, console, heard_until, house, played
from .play import card, item


@played
async def test_hostile_frames_end_their_own_link_with_a_reason_and_no_other() -> None:
    async with house() as one:
        session = await one.log_in("op2")
        good = await one.link(session)
        for message, code, reason in (
            ('{"type":"nonsense"}', 4400, "not a frame of this protocol"),
            ('{"type":"ping","sent":1,"x":"' + "y" * 17_000 + '"}', 1009, "at most 16384 octets"),
            ('{"type":"hello","version":1}', 4400, "a second hello"),
        ):
            socket = await one.link(await one.log_in())
            await socket.send_str(message)
            await socket.send_str('{"type":"log_out"}')  # not heard any more
            found = await closed(socket)
            assert found[0] == code
            assert reason in found[1]
        socket = await one.link(await one.log_in())
        await socket.send_bytes(b"{}")
        assert (await closed(socket))[0] == 4400
        socket = await one.link(await one.log_in())
        await socket.send_str("x" * 100_000)
        assert (await closed(socket))[0] == 1009
        socket = await one.link(await one.log_in(), hello=False)
        await socket.send_json({"type": "ping", "sent": 1})
        assert await closed(socket) == (4400, "the first frame must be hello")
        await good.send_json({"type": "ping", "sent": 7})
        assert (await heard_until(good, "pong"))["sent"] == 7
        async with session.get("/middletown/session") as answer:
            assert answer.status == 204


@played
async def test_too_many_frames_end_the_link() -> None:
    async with house(middletown=console(frames_per_second=20)) as one:
        socket = await one.link(await one.log_in())
        for number in range(60):
            await socket.send_json({"type": "ping", "sent": number})
        assert await closed(socket) == (4429, "more than 20 frames per second")


@played
async def test_a_browser_with_too_much_waiting_for_it_is_cut_off() -> None:
    listen = ConsoleListenSettings(port=0, secure_cookie=False, queue_max=64 * 1024)
    async with house(listen) as one:
        slow = await one.link(await one.log_in("op1"))
        leg = one.core.ring("d1", card(), item(0))
        for _ in range(2):
            one.core.say(leg, "x" * 40_000)
        assert await closed(slow) == (4408, "too much was waiting for this browser to read")


@played
async def test_a_session_ends_when_its_time_is_over_but_not_with_an_open_dialogue() -> None:
    listen = ConsoleListenSettings(port=0, secure_cookie=False, session_lifetime=60.0)
    async with house(listen) as one:
        busy, idle = await one.link(await one.log_in()), await one.link(await one.log_in("op2"))
        one.core.ring("d1", card(), item(0))
        await busy.send_json({"type": "answer", "leg": "d1/0"})
        await heard_until(busy, "owner")
        one.now += 61.0
        one.server.sweep()
        assert (await closed(idle))[0] == 4401
        await busy.send_json({"type": "ping", "sent": 1})
        await heard_until(busy, "pong")
        one.core.psap.end(port.Leg("d1", "middletown", 0), "over")
        one.server.sweep()
        assert (await closed(busy))[0] == 4401
