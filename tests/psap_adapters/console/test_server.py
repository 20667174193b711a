"""The console server over a real socket: who is let in, what is sent, and who is thrown out."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, TCPConnector, WSMsgType
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from text911.psap_adapters import port
from text911.psap_adapters.console.accounts import CHECKS_WAITING, hash_password
from text911.psap_adapters.console.server import COOKIE, ConsoleServer
from text911.psap_adapters.console.sessions import FileSessions, MemorySessions, SessionStore
from text911.psap_adapters.console.settings import (
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

from .core import ScriptedCore
from .play import card, item, measure

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


@played
async def test_logging_in_gives_a_cookie_for_this_console_only() -> None:
    async with house(ConsoleListenSettings(port=0)) as one:
        form = {"user": " op1 ", "password": PASSWORD}
        async with one.browser().post(
            "/middletown/login",
            data=form,
            headers={"Origin": one.address},
            allow_redirects=False,
        ) as answer:
            cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/middletown/", "Max-Age="):
            assert part in cookie


@played
async def test_every_answer_bears_the_strict_headers_and_the_form_escapes_the_name() -> None:
    async with house() as one:
        session = one.browser()
        for path in ("/", "/middletown/", "/assets/main.js", "/assets/none", "/nobody/", "/login"):
            async with session.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Server" not in answer.headers
                text = await answer.text()
                if path == "/":
                    assert "middletown" not in text.lower()
                if path == "/middletown/":
                    assert "Middletown &lt;Dispatch&gt;" in text
                    assert answer.headers["Cache-Control"] == "no-store"


@played
async def test_files_are_asked_for_again_by_their_tag() -> None:
    async with house() as one:
        session = one.browser()
        async with session.get("/assets/alarm.wav") as answer:
            assert answer.content_type == "audio/wav"
            tag = answer.headers["ETag"]
        async with session.get("/assets/alarm.wav", headers={"If-None-Match": tag}) as again:
            assert again.status == 304
        async with session.get("/middletown", allow_redirects=False) as folder:
            assert folder.headers["Location"] == "/middletown/"
        async with session.get("/middletown/login", allow_redirects=False) as folder:
            assert folder.headers["Location"] == "/middletown/"


@played
async def test_wrong_password_and_unknown_user_get_the_same_answer_and_then_must_wait() -> None:
    listen = ConsoleListenSettings(port=0, secure_cookie=False, failures_in_a_row=2)
    async with house(listen) as one:
        session = one.browser()
        answers: list[tuple[int, str]] = []
        for user in ("op1", "nobody", "op1"):
            async with session.post(
                "/login",
                data={"user": user, "password": "wrong horse"},
                headers={"Origin": one.address},
            ) as answer:
                answers.append((answer.status, await answer.text()))
        assert answers[0] == answers[1]
        assert answers[0][0] == 403
        assert answers[2][0] == 429
        assert "Wait 15 seconds" in answers[2][1]
        one.now += 15.0
        await one.log_in()


@played
async def test_a_log_in_from_another_site_or_without_its_fields_is_refused() -> None:
    async with house() as one:
        session = one.browser()
        form = {"user": "op1", "password": PASSWORD}
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            async with session.post("/login", data=form, headers=headers) as answer:
                assert answer.status == 403
        async with session.post("/login", data={}, headers={"Origin": one.address}) as answer:
            assert answer.status == 400


@played
async def test_with_a_public_url_only_that_origin_counts() -> None:
    listen = ConsoleListenSettings(port=0, public_url="https://text911.example.org")
    async with house(listen) as one:
        form = {"user": "op1", "password": PASSWORD}
        found: list[int] = []
        for origin in (one.address, "https://text911.example.org"):
            async with one.browser().post(
                "/login", data=form, headers={"Origin": origin}, allow_redirects=False
            ) as answer:
                found.append(answer.status)
        assert found == [403, 303]


@played
async def test_a_link_needs_a_session_of_this_psap_and_our_own_page() -> None:
    async with house(portland=console("op9")) as one:
        session = await one.log_in()
        for path, origin, status in (
            ("/middletown/ws", "https://evil.example", 403),
            ("/portland/ws", one.address, 401),
            ("/nobody/ws", one.address, 404),
        ):
            async with session.get(path, headers={"Origin": origin}) as answer:
                assert answer.status == status
        async with session.get("/middletown/session") as answer:
            assert answer.status == 204
        async with session.get("/portland/session") as answer:
            assert answer.status == 401
        async with session.get("/middletown/") as answer:
            assert "console.css" in await answer.text()


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


@pytest.mark.parametrize("name", ["", "a/b", "login", "assets", "..", "a b"])
def test_a_psap_whose_name_cannot_be_an_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a PSAP's name"):
        ConsoleServer({name: console()}, ConsoleListenSettings(port=0), measure, lambda: 1.0)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    chain, secret = certificate(tmp_path)
    listen = ConsoleListenSettings(port=0, tls_certificate=chain, tls_key=secret)

    async def play() -> None:
        async with house(listen) as one:
            trust = ssl.create_default_context(cafile=str(chain))
            address = one.address.replace("http:", "https:")
            async with (
                ClientSession(connector=TCPConnector(ssl=trust)) as session,
                session.get(f"{address}/") as answer,
            ):
                assert answer.status == 200

    asyncio.run(play())


@played
async def test_when_too_many_log_in_at_once_some_come_again_later() -> None:
    async with house() as one:
        session = one.browser()

        async def attempt() -> int:
            form = {"user": "op1", "password": PASSWORD}
            headers = {"Origin": one.address}
            async with session.post(
                "/login", data=form, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status

        found = await asyncio.gather(*(attempt() for _ in range(CHECKS_WAITING + 20)))
        assert set(found) == {303, 503}


@played
async def test_a_withdrawn_dialogue_says_why() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        leg = one.core.ring("d1", card(), item(0))
        one.core.psap.withdraw(leg, "no answer within 120 s")
        assert (await heard_until(socket, "closed"))["reason"] == "no answer within 120 s"


@played
async def test_stopping_tells_browsers_to_come_again() -> None:
    async with house() as one:
        socket = await one.link(await one.log_in())
        stopping = asyncio.create_task(one.server.stop())
        assert await closed(socket) == (1001, "The gateway stops. Come again.")
        await stopping
        one.core.psap.start(one.core.hear)


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
