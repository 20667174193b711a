"""The web server of all consoles: log-in, the page and its files, and the WebSocket.

Decides nothing about dialogues: it asks who is there, moves messages, and refuses what does not
come from our own page.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
import time
from collections.abc import Mapping
from math import ceil
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from ..port import MeasureText, Psap
from .accounts import Accounts, Attempts, TooBusy
from .assets import ASKED_AGAIN, HEADERS, NEVER_KEPT, Pages
from .desk import Clock, Desk
from .frames import BAD_FRAME, NO_SESSION, TOO_LONG, TOO_SLOW, FrameError
from .link import Allowance, Link
from .sessions import Keeper, MemorySessions, Session, Sessions, SessionStore
from .settings import ConsoleListenSettings, ConsoleSettings

TEXT = WSMsgType.TEXT
COOKIE = "text911_console"
LOGIN_MAX = 8 * 1024  # octets of a log-in form
USER_MAX = 80  # characters of a name that is shown again to who gave it, as the form has it
HELLO_WITHIN = 10.0  # seconds a new link has for its first frame
FAR_TOO_LONG = 4  # times frame_max: beyond, not even a reason is given
FORM_REFERRER = "same-origin"  # under "no-referrer" browsers name no Origin when they post a form
SWEEP_EVERY = 30.0  # seconds between looks for sessions that are over
STOP_WITHIN = 5.0  # seconds links have to close when the server stops
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of a PSAP: it is a path and a cookie's path
RESERVED = {"assets", "login"}

WRONG = (
    "User or password is not right; look at Caps Lock. (If several PSAPs have a user of that name, "
    "log in at your own PSAP's address.)"
)
BUSY = "Too many people are logging in at this moment. Try again in a few seconds."


class ConsoleServer:
    """Serves the consoles of all PSAPs at one address; `/NAME/` is the console of PSAP `NAME`.

    `keep` is where log-ins outlive a restart; without it everybody logs in again.
    """

    def __init__(
        self,
        consoles: Mapping[str, ConsoleSettings],
        listen: ConsoleListenSettings,
        measure: MeasureText,
        clock: Clock,
        keep: SessionStore | None = None,
    ) -> None:
        self._listen = listen
        self._measure = measure
        self._clock = clock
        self._pages = Pages()
        self._keeper = Keeper(keep or MemorySessions())
        self._sessions = Sessions(listen.session_lifetime, self._keeper.keep)
        self._attempts = Attempts(listen)
        self._accounts = Accounts(consoles)
        self._desks: dict[str, Desk] = {}
        self._lives_by: dict[Link, Session] = {}
        self._runner: web.AppRunner | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self.port_number = 0
        self.replace(consoles)
        self._sessions.restore(self._keeper.load(), self._accounts.proof, clock())

    def psap(self, name: str) -> Psap:
        """The door to that PSAP. Raises KeyError for one that has no console here."""
        return self._desks[name]

    def replace(self, consoles: Mapping[str, ConsoleSettings]) -> None:
        """New settings for users and words. A PSAP that is no longer named takes nothing new."""
        for name in consoles:
            if not NAME.fullmatch(name) or name in RESERVED:
                raise ValueError(f"{name!r} cannot be a PSAP's name: use letters, digits, . _ -")
        self._accounts.replace(consoles)
        for name, settings in consoles.items():
            if name in self._desks:
                self._desks[name].replace(settings)
            else:
                self._desks[name] = Desk(name, settings, self._measure, self._clock, self._sessions)
        for name in self._desks.keys() - consoles.keys():
            gone = self._desks[name].settings.model_copy(
                update={"users": (), "suspended": "this PSAP is no longer configured"}
            )
            self._desks[name].replace(gone)

    async def start(self) -> None:
        app = web.Application(client_max_size=LOGIN_MAX)
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                web.get("/", self._login_page),
                web.get("/login", self._login_page),
                web.post("/login", self._login),
                web.get("/assets/{file}", self._asset),
                web.get("/{psap}", self._console_folder),
                web.get("/{psap}/", self._console),
                web.get("/{psap}/login", self._console_folder),
                web.post("/{psap}/login", self._login),
                web.get("/{psap}/session", self._session),
                web.get("/{psap}/ws", self._socket),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_WITHIN)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, self._listen.host, self._listen.port, ssl_context=self._tls()
        )
        await site.start()
        self.port_number = int(self._runner.addresses[0][1])
        self._sweep_later()

    async def stop(self) -> None:
        """Closes every link with "going away" and gives back the port."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for desk in self._desks.values():
            desk.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._accounts.close()
        await asyncio.get_running_loop().run_in_executor(None, self._keeper.close)

    # --- pages ---------------------------------------------------------------------------------

    async def _login_page(self, request: web.Request) -> web.Response:
        return self._form("Text to 911", "")

    async def _console_folder(self, request: web.Request) -> web.Response:
        desk = self._desk(request)
        raise web.HTTPFound(f"/{desk.psap}/")

    async def _console(self, request: web.Request) -> web.Response:
        desk = self._desk(request)
        if self._session_of(request, desk) is None:
            return self._form(desk.settings.display_name, "")
        return web.Response(
            text=self._pages.console(),
            content_type="text/html",
            headers={"Cache-Control": NEVER_KEPT},
        )

    async def _asset(self, request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        file = await loop.run_in_executor(None, self._pages.file, request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": ASKED_AGAIN, "ETag": file.tag}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.octets, content_type=file.content_type, headers=headers)

    async def _session(self, request: web.Request) -> web.Response:
        """Lets a page whose link failed tell "log in again" from "not reachable"."""
        known = self._session_of(request, self._desk(request)) is not None
        return web.Response(status=204 if known else 401, headers={"Cache-Control": NEVER_KEPT})

    async def _login(self, request: web.Request) -> web.Response:
        if not self._from_us(request):
            raise web.HTTPForbidden(text="This log-in did not come from our own page.")
        psap = self._desk(request).psap if "psap" in request.match_info else ""
        title = self._desks[psap].settings.display_name if psap else "Text to 911"
        address = request.remote or ""
        if wait := self._attempts.wait(address, self._clock()):
            seconds = ceil(wait)
            pause = "1 second" if seconds == 1 else f"{seconds} seconds"
            problem = f"Too many wrong passwords from your address. Wait {pause}."
            return self._form(title, problem, 429, {"Retry-After": str(seconds)})
        form = await request.post()
        user, password = form.get("user"), form.get("password")
        if not isinstance(user, str) or not isinstance(password, str):
            raise web.HTTPBadRequest(text="The form has the fields user and password.")
        try:
            account = await self._accounts.check(psap, user.strip(), password)
        except TooBusy:
            return self._form(title, BUSY, 503, {"Retry-After": "5"})
        proof = None if account is None else self._accounts.proof(account)
        if account is None or proof is None:
            self._attempts.failed(address, self._clock())
            return self._form(title, WRONG, 403, user=user.strip()[:USER_MAX])
        answer = web.Response(status=303, headers={"Location": f"/{account.psap}/"})
        answer.headers["Cache-Control"] = NEVER_KEPT
        answer.set_cookie(
            COOKIE,
            self._sessions.begin(account, proof, self._clock()),
            path=f"/{account.psap}/",
            max_age=ceil(2 * self._listen.session_lifetime),  # the server decides when it is over
            httponly=True,
            secure=self._listen.secure_cookie,
            samesite="Strict",
        )
        return answer

    def _form(
        self,
        title: str,
        problem: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        user: str = "",
    ) -> web.Response:
        return web.Response(
            status=status,
            text=self._pages.login(title, problem, user),
            content_type="text/html",
            headers={
                "Cache-Control": NEVER_KEPT,
                "Referrer-Policy": FORM_REFERRER,
                **(headers or {}),
            },
        )

    # --- the WebSocket -------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        desk = self._desk(request)
        if not self._from_us(request):
            raise web.HTTPForbidden(text="This link was not opened by our own page.")
        session = self._session_of(request, desk)
        if session is None:
            raise web.HTTPUnauthorized(text="Log in first.")
        socket = web.WebSocketResponse(
            heartbeat=self._listen.heartbeat,
            max_msg_size=FAR_TOO_LONG * desk.settings.frame_max,
            compress=False,
        )
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket  # gone before it began
        link = Link(
            secrets.token_hex(8),
            socket,
            transport,
            queue_max=self._listen.queue_max,
            slow_after=self._listen.slow_after,
        )
        writer = asyncio.create_task(link.write())
        self._lives_by[link] = session
        desk.attach(link)
        try:
            await self._read(desk, session, link, socket)
        finally:
            del self._lives_by[link]
            desk.detach(link, session.user)
            if link.ending:
                await asyncio.wait([writer], timeout=STOP_WITHIN)
            writer.cancel()
            await asyncio.wait([writer])
        return socket

    async def _read(
        self, desk: Desk, session: Session, link: Link, socket: web.WebSocketResponse
    ) -> None:
        allowance = Allowance(desk.settings.frames_per_second, time.monotonic())
        within: float | None = HELLO_WITHIN
        while True:
            try:
                message = await socket.receive(timeout=within)
                within = None
                if message.type is TEXT and not link.ending:  # nearly all of them
                    allowance.spend(time.monotonic())
                    self._hear(desk, session, link, message.data)
                    continue
                match message.type:
                    case WSMsgType.TEXT | WSMsgType.BINARY if link.ending:
                        pass  # it was told why; what it says now is not heard
                    case WSMsgType.BINARY:
                        raise FrameError(BAD_FRAME, "frames are text, not binary")
                    case _:
                        return
            except TimeoutError:
                link.close(TOO_SLOW, f"no hello within {HELLO_WITHIN:g} seconds")
                within = None
            except FrameError as refused:
                link.close(refused.code, refused.reason)

    def _hear(self, desk: Desk, session: Session, link: Link, message: str) -> None:
        raw = message.encode()
        if len(raw) > desk.settings.frame_max:
            raise FrameError(TOO_LONG, f"a frame has at most {desk.settings.frame_max} octets")
        desk.hear(link, session.user, raw)

    def _sweep_later(self) -> None:
        """Not at the start: who has an open dialogue is known when the gateway has offered it."""
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_EVERY, self._sweep)

    def _sweep(self) -> None:
        self.sweep()
        self._sweep_later()

    def sweep(self) -> None:
        """End sessions that are over. Somebody with an open dialogue stays until they have none."""
        for session in self._sessions.expired(self._clock()):
            if self._desks[session.psap].holds(session.user):
                continue
            self._sessions.end(session)
            for link in [one for one, by in self._lives_by.items() if by == session]:
                link.close(NO_SESSION, "Your shift's log-in is over. Log in again.")
        self._keeper.again()

    # --- who asks ------------------------------------------------------------------------------

    def _desk(self, request: web.Request) -> Desk:
        desk = self._desks.get(request.match_info["psap"])
        if desk is None:
            raise web.HTTPNotFound
        return desk

    def _session_of(self, request: web.Request, desk: Desk) -> Session | None:
        return self._sessions.find(request.cookies.get(COOKIE, ""), desk.psap)

    def _from_us(self, request: web.Request) -> bool:
        """Whether the page that asks came from our own address (browsers always say so here)."""
        origin = request.headers.get("Origin", "")
        if self._listen.public_url:
            return origin == self._listen.public_url
        return bool(origin) and urlsplit(origin).netloc == request.host

    def _tls(self) -> ssl.SSLContext | None:
        certificate, key = self._listen.tls_certificate, self._listen.tls_key
        if certificate is None or key is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
        return context


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)
