"""The operators' door over real HTTP: the pages, and `text911 status` that reads them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from text911.gateway.cli.app import app as command_line
from text911.gateway.operations.metrics import Metrics
from text911.gateway.operations.pages import FILES, PAGES, build, start
from text911.gateway.operations.settings import OperationsSettings
from text911.gateway.operations.status import Status, decode

from ..gateway.operations.statuses import STATUS

UNREADY = replace(STATUS, ready=False, reasons=("the journal cannot write.", "nobody listens."))
WELL = replace(STATUS, alarms=(), sentence="All is well.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(
    work: Callable[[aiohttp.ClientSession, str], Awaitable[None]], status: Status = STATUS
) -> None:
    """Run `work` against pages that show `status`."""

    async def story() -> None:
        metrics = Metrics()
        metrics.texts_in = 7
        port = free_port()
        settings = OperationsSettings(port=port)
        runner = await start(build(settings, lambda: status, metrics), settings.host, port)
        try:
            async with aiohttp.ClientSession() as session:
                await work(session, f"http://127.0.0.1:{port}")
        finally:
            await runner.cleanup()

    asyncio.run(story())


async def got(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url) as answer:
        return answer.status, await answer.text()


def test_health_readiness_status_and_metrics_are_answered() -> None:
    async def work(session: aiohttp.ClientSession, url: str) -> None:
        assert await got(session, f"{url}/healthz") == (200, "alive\n")
        assert await got(session, f"{url}/readyz") == (200, "ready\n")
        code, text = await got(session, f"{url}/status.json")
        assert (code, decode(text.encode())) == (200, STATUS)
        code, text = await got(session, f"{url}/metrics")
        assert code == 200
        assert "text911_texts_in_total 7.0" in text

    served(work)


def test_not_ready_is_503_with_every_reason_and_still_alive() -> None:
    async def work(session: aiohttp.ClientSession, url: str) -> None:
        reasons = "the journal cannot write.\nnobody listens.\n"
        assert await got(session, f"{url}/readyz") == (503, reasons)
        assert (await got(session, f"{url}/healthz"))[0] == 200

    served(work, UNREADY)


def test_every_answer_also_a_refusal_has_the_strict_headers() -> None:
    async def work(session: aiohttp.ClientSession, url: str) -> None:
        for path in (*FILES, "/status.json", "/metrics", "/gone"):
            async with session.get(url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.status == (404 if path == "/gone" else 200)

    served(work)


def test_the_page_cannot_be_reached_by_another_name_or_changed() -> None:
    async def work(session: aiohttp.ClientSession, url: str) -> None:
        for host, code in (
            ("evil.example", 421),
            ("192.0.2.1:80", 421),
            ("localhost", 200),
            ("[::1]:8912", 200),
        ):
            async with session.get(f"{url}/status.json", headers={"Host": host}) as answer:
                assert answer.status == code, host
        async with session.post(f"{url}/status.json", data=b"x") as answer:
            assert answer.status == 405

    served(work)


def test_where_it_is_exposed_on_purpose_a_proxy_may_use_any_name() -> None:
    async def story() -> None:
        port = free_port()
        settings = OperationsSettings(host="0.0.0.0", exposed=True, port=port)
        pages = build(settings, lambda: STATUS, Metrics())
        runner = await start(pages, "127.0.0.1", port)
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(
                    f"http://127.0.0.1:{port}/healthz", headers={"Host": "ops.example.org"}
                ) as answer,
            ):
                assert answer.status == 200
        finally:
            await runner.cleanup()

    asyncio.run(story())


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    async def work(_session: aiohttp.ClientSession, url: str) -> None:
        port = int(url.rpartition(":")[2])
        pages = build(OperationsSettings(port=port), lambda: STATUS, Metrics())
        with pytest.raises(OSError, match="address already in use"):
            await start(pages, "127.0.0.1", port)

    served(work)


def test_the_script_writes_text_only_and_the_page_holds_no_script_of_its_own() -> None:
    script = (PAGES / "health.js").read_text(encoding="utf-8")
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script) == []
    page = (PAGES / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|https?:", page) == []


# --- text911 status -----------------------------------------------------------------------------


def asked(status: Status, *arguments: str) -> Result:
    results: list[Result] = []

    async def work(_session: aiohttp.ClientSession, url: str) -> None:
        command = ["status", *(url if one == "URL" else one for one in arguments)]
        results.append(await asyncio.to_thread(CliRunner().invoke, command_line, command))

    served(work, status)
    return results[0]


def test_the_command_says_the_sentence_and_its_code_says_whether_all_is_well() -> None:
    well = asked(WELL, "URL")
    assert (well.exit_code, well.output.splitlines()[0]) == (0, "All is well.")
    assert asked(STATUS, "URL").exit_code == 1
    assert asked(UNREADY, "URL").exit_code == 1


def test_a_program_gets_the_status_as_it_came() -> None:
    done = asked(WELL, "URL", "--json")
    assert decode(done.output.encode()) == WELL
    assert json.loads(done.output)["name"] == "demo"


def test_a_directory_says_where_to_ask(tmp_path: Path) -> None:
    results: list[Result] = []

    async def work(_session: aiohttp.ClientSession, url: str) -> None:
        port = url.rpartition(":")[2]
        (tmp_path / "gateway.toml").write_text(f"[operations]\nport = {port}\n", encoding="utf-8")
        command = ["status", str(tmp_path)]
        results.append(await asyncio.to_thread(CliRunner().invoke, command_line, command))

    served(work, WELL)
    assert results[0].exit_code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("[operations]\nprot = 1\n", "text911 check"),
        ("[operations\n", "text911 check"),
    ],
)
def test_a_directory_that_does_not_say_it_is_named(
    tmp_path: Path, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "gateway.toml").write_text(content, encoding="utf-8")
    done = CliRunner().invoke(command_line, ["status", str(tmp_path)])
    assert (done.exit_code, words in done.output) == (2, True)


def test_a_gateway_that_does_not_run_is_said_to_be_unreachable() -> None:
    done = CliRunner().invoke(command_line, ["status", f"http://127.0.0.1:{free_port()}"])
    assert done.exit_code == 2
    assert "Connection refused" in done.output
    assert "text911 serve DIR" in done.output
    assert done.output.count("\n") == 1


def test_an_address_that_is_none_is_one_line() -> None:
    done = CliRunner().invoke(command_line, ["status", "http://127.0.0.1:none"])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "is no address (nonnumeric port: 'none'); check it" in done.output


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "no text911 gateway"),
        (b"\x1b[2Jhello\r\n\r\n", "speaks no HTTP; name the operator page"),
        (b"", "speaks no HTTP; name the operator page"),
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", "(HTTP 500)"),
    ],
)
def test_something_else_on_that_port_is_not_believed(answer: bytes, words: str) -> None:
    async def story() -> Result:
        async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(other, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            command = ["status", f"http://127.0.0.1:{port}/"]
            return await asyncio.to_thread(CliRunner().invoke, command_line, command)

    done = asyncio.run(story())
    assert (done.exit_code, words in done.output) == (2, True)
    assert "\x1b" not in done.output
    assert done.output.count("\n") == 1
