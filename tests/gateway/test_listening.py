"""A port that cannot be had is one sentence; the end of listening may come twice."""

from __future__ import annotations

import asyncio
import errno
from typing import Any

import pytest
from twisted.internet.error import CannotListenError

from text911.gateway.listening import CannotStart, listening_on, stopped


def test_a_port_that_is_taken_is_one_sentence_whoever_found_out() -> None:
    taken = OSError(errno.EADDRINUSE, "Address already in use")
    refused: Any = CannotListenError
    words = "error while attempting to bind on address ('127.0.0.1', 2775): address already in use"
    by_asyncio = OSError(errno.EADDRINUSE, words)
    for cause in (taken, by_asyncio, refused("127.0.0.1", 2775, taken)):
        with (
            pytest.raises(CannotStart, match=r"\[smpp\] cannot listen on 127.0.0.1:2775: address"),
            listening_on("smpp", "127.0.0.1", 2775),
        ):
            raise cause
    with (
        pytest.raises(CannotStart, match=r"\[smpp\] cannot listen on nowhere:1: no such host"),
        listening_on("smpp", "nowhere", 1),
    ):
        raise refused("nowhere", 1, "no such host")


class Door:
    """A listening port that is shut when it is told so."""

    def __init__(self) -> None:
        self.connected = True
        self.told = 0

    def stopListening(self) -> None:
        self.connected = False
        self.told += 1


def test_a_door_is_shut_once() -> None:
    door = Door()
    asyncio.run(stopped(door))
    asyncio.run(stopped(door))
    assert door.told == 1
