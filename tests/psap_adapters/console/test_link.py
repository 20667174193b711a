"""One link: what waits leaves together, and who does not read is cut off."""

from __future__ import annotations

import asyncio

import pytest

from text911.psap_adapters.console.frames import TOO_MANY, TOO_SLOW, FrameError
from text911.psap_adapters.console.link import Allowance, Link


class Wire:
    """Socket and connection in one: keeps what is sent, and can refuse to take more."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: list[tuple[int, bytes]] = []
        self.aborted = 0
        self.free = asyncio.Event()
        self.free.set()
        self.gone = False

    async def send_str(self, data: str) -> None:
        if self.gone:
            raise ConnectionResetError
        await self.free.wait()
        self.sent.append(data)

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        self.closed.append((code, message))
        return True

    def abort(self) -> None:
        self.aborted += 1


def link(wire: Wire, queue_max: int = 1000, slow_after: float = 10.0) -> Link:
    return Link("one", wire, wire, queue_max=queue_max, slow_after=slow_after)


def test_all_of_one_turn_is_one_message_and_a_close_comes_last() -> None:
    async def play() -> Wire:
        wire = Wire()
        one = link(wire)
        for frame in (b"1", b"2", b"3"):
            one.push(frame)
        one.close(4401, "Logged out.")
        one.close(1001, "a later reason")
        one.push(b"too late")
        await one.write()
        return wire

    wire = asyncio.run(play())
    assert (wire.sent, wire.closed) == (["[1,2,3]"], [(4401, b"Logged out.")])


def test_what_comes_while_a_message_is_on_its_way_leaves_in_the_next() -> None:
    async def play() -> Wire:
        wire = Wire()
        wire.free.clear()
        one = link(wire)
        writer = asyncio.create_task(one.write())
        one.push(b"1")
        await asyncio.wait([writer], timeout=0)
        one.push(b"2")
        one.push(b"3")
        wire.free.set()
        one.close(1001, "bye")
        await writer
        return wire

    assert asyncio.run(play()).sent == ["[1]", "[2,3]"]


def test_a_queue_has_an_end() -> None:
    async def play() -> Wire:
        wire = Wire()
        one = link(wire, queue_max=10)
        one.push(b"x" * 11)
        assert one.ending
        await one.write()
        return wire

    wire = asyncio.run(play())
    assert wire.sent == []
    assert wire.closed == [(TOO_SLOW, b"too much was waiting for this browser to read")]


@pytest.mark.parametrize("gone", [False, True])
def test_a_browser_that_stops_reading_or_is_gone_is_cut_off(gone: bool) -> None:
    async def play() -> Wire:
        wire = Wire()
        wire.free.clear()
        wire.gone = gone
        one = link(wire, slow_after=0.01)
        one.push(b"1")
        await one.write()
        return wire

    wire = asyncio.run(play())
    assert (wire.sent, wire.aborted) == ([], 1)


def test_a_reason_fits_into_a_close_frame() -> None:
    async def play() -> Wire:
        wire = Wire()
        one = link(wire)
        one.close(4400, "\u00e9" * 100)
        await one.write()
        return wire

    assert asyncio.run(play()).closed == [(4400, "\u00e9".encode() * 61)]


def test_an_allowance_is_twice_the_rate_and_refills() -> None:
    allowance = Allowance(10, now=100.0)
    for _ in range(20):
        allowance.spend(100.0)
    with pytest.raises(FrameError) as refused:
        allowance.spend(100.0)
    assert refused.value.code == TOO_MANY
    allowance.spend(101.0)
