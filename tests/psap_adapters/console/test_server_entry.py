"""Who is let in: the log-in, its cookie and its session, strict headers, and TLS."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.certificates import paper
from text911.psap_adapters.console.accounts import CHECKS_WAITING
from text911.psap_adapters.console.server import COOKIE, ConsoleServer
from text911.psap_adapters.console.settings import ConsoleListenSettings

from .house import PASSWORD, console, house, played
from .play import measure


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
                text = (await answer.text()).replace(f'value="{user}"', "what was given")
                answers.append((answer.status, text))
        assert "what was given" in answers[0][1]
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


@pytest.mark.parametrize("name", ["", "a/b", "login", "assets", "..", "a b"])
def test_a_psap_whose_name_cannot_be_an_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a PSAP's name"):
        ConsoleServer({name: console()}, ConsoleListenSettings(port=0), measure, lambda: 1.0)


def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    chain, secret = paper().write(tmp_path, "console")
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
