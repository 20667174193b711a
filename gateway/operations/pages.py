"""The operators' door: health for machines, one page for people. aiohttp, read-only, no log-in.

It changes nothing and shows no caller's words and no number. It belongs on loopback (`settings`):
a request whose Host is a name or address it does not listen on is refused, so that a web page
somewhere else cannot read it through an operator's browser.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .metrics import Metrics
from .settings import OperationsSettings
from .status import Status, encode

PAGES = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html"),
    "/health.css": ("health.css", "text/css"),
    "/health.js": ("health.js", "text/javascript"),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build(
    settings: OperationsSettings, status: Callable[[], Status], metrics: Metrics
) -> web.Application:
    """`status` is asked for every /status.json and /readyz; it must be quick (bounded lists)."""
    app = web.Application(middlewares=[_guard(settings.host)], client_max_size=1024)

    async def healthz(_request: web.Request) -> web.Response:
        # That this answers at all says that the process lives and its loop turns.
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        now = status()
        if now.ready:
            return web.Response(text="ready\n")
        return web.Response(status=503, text="".join(f"{line}\n" for line in now.reasons))

    async def status_json(_request: web.Request) -> web.Response:
        return web.Response(body=encode(status()), content_type="application/json")

    async def metrics_page(_request: web.Request) -> web.Response:
        kind, expose = await asyncio.get_running_loop().run_in_executor(None, _exposition)
        return web.Response(body=expose(metrics), headers={"Content-Type": kind})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/status.json", status_json)
    app.router.add_get("/metrics", metrics_page)
    for path, (name, kind) in FILES.items():
        app.router.add_get(path, _file((PAGES / name).read_bytes(), kind))
    return app


def _exposition() -> tuple[str, Callable[[Metrics], bytes]]:
    """The format's library brings a server of its own; whoever asks first loads it, beside the
    loop, and no start waits for it."""
    from .exposition import CONTENT_TYPE, expose

    return CONTENT_TYPE, expose


def _file(octets: bytes, kind: str) -> Handler:
    async def serve_file(_request: web.Request) -> web.Response:
        return web.Response(body=octets, content_type=kind, charset="utf-8")

    return serve_file


def _guard(host: str) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request.host, host):
            answer: web.StreamResponse = web.Response(
                status=421, text="this page is served for its own address only\n"
            )
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as refusal:
                answer = web.Response(status=refusal.status, text=f"{refusal.reason}\n")
        answer.headers.update(HEADERS)
        return answer

    return guard


def _is_ours(asked: str, listening: str) -> bool:
    """Whether the Host header names this machine: localhost, an address, nothing that DNS can bend.

    Where it is exposed on purpose, a proxy in front may use any name.
    """
    if not ipaddress.ip_address(listening).is_loopback:
        return True
    name = asked.rsplit("]", 1)[0].lstrip("[") if asked.startswith("[") else asked.split(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def start(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen. Raises OSError when the port is taken. `await runner.cleanup()` ends it."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner
