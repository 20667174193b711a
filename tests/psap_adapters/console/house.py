"""A running console server over a real socket, its core, and browsers that keep what they hear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from text911.psap_adapters.console.accounts import hash_password
from text911.psap_adapters.console.server import ConsoleServer
from text911.psap_adapters.console.sessions import SessionStore
from text911.psap_adapters.console.settings import (
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

from .core import ScriptedCore
from .play import measure

PASSWORD = "correct horse"
HASHED = hash_password(PASSWORD)
Frame = dict[str, Any]


def console(*names: str, **more: Any) -> ConsoleSettings:
    users = tuple(UserSettings(name=name, password_hash=HASHED) for name in names or ("op1", "op2"))
    return ConsoleSettings(display_name="Middletown <Dispatch>", users=users, **more)


class House:
    """A running server, its core, and browsers that keep what they hear."""

    def __init__(
        self,
        listen: ConsoleListenSettings,
        consoles: dict[str, ConsoleSettings],
        keep: SessionStore | None,
    ) -> None:
        self.now = 1000.0
        self.listen = listen
        self.consoles = consoles
        self.server = ConsoleServer(consoles, listen, measure, lambda: self.now, keep)
        self.core = ScriptedCore(self.server.psap("middletown"), self.now)
        self.sessions: list[ClientSession] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port_number}"

    async def restart(self, keep: SessionStore) -> None:
        """The same port and the same core; everything in the server's memory is gone."""
        await self.server.stop()
        listen = self.listen.model_copy(update={"port": self.server.port_number})
        self.server = ConsoleServer(self.consoles, listen, measure, lambda: self.now, keep)
        await self.server.start()
        self.core.take_up(self.server.psap("middletown"))

    async def known(self, session: ClientSession) -> bool:
        async with session.get("/middletown/session") as answer:
            assert answer.status in (204, 401)
            return answer.status == 204

    def browser(self) -> ClientSession:
        self.sessions.append(ClientSession(self.address, cookie_jar=CookieJar(unsafe=True)))
        return self.sessions[-1]

    async def log_in(self, user: str = "op1", path: str = "/login") -> ClientSession:
        session = self.browser()
        form = {"user": user, "password": PASSWORD}
        async with session.post(
            path, data=form, headers={"Origin": self.address}, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/middletown/"
        return session

    async def link(self, session: ClientSession, hello: bool = True) -> ClientWebSocketResponse:
        socket = await session.ws_connect("/middletown/ws", headers={"Origin": self.address})
        if hello:
            await socket.send_json({"type": "hello", "version": 1})
            assert (await heard(socket))[0]["type"] == "welcome"
        return socket


async def heard(socket: ClientWebSocketResponse) -> list[Frame]:
    message = await socket.receive(timeout=10)
    assert message.type is WSMsgType.TEXT, message
    return list(json.loads(message.data))


async def heard_until(socket: ClientWebSocketResponse, kind: str) -> Frame:
    while True:
        for frame in await heard(socket):
            if frame["type"] == kind:
                return frame


async def closed(socket: ClientWebSocketResponse) -> tuple[int | None, str]:
    while True:
        message = await socket.receive(timeout=10)
        if message.type is WSMsgType.CLOSE:
            return message.data, message.extra or ""
        assert message.type is WSMsgType.TEXT, message


@asynccontextmanager
async def house(
    listen: ConsoleListenSettings | None = None,
    keep: SessionStore | None = None,
    **consoles: ConsoleSettings,
) -> AsyncGenerator[House]:
    settings = listen or ConsoleListenSettings(port=0, secure_cookie=False)
    one = House(settings, {"middletown": console(), **consoles}, keep)
    await one.server.start()
    try:
        yield one
    finally:
        for session in one.sessions:
            await session.close()
        await one.server.stop()


def played(story: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    """Run an asynchronous test on a loop of its own."""

    def test() -> None:
        asyncio.run(story())

    test.__name__ = test.__qualname__ = getattr(story, "__name__", "test")
    return test
