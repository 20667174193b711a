"""`text911 serve DIR`: what is loaded before texts are taken, and what is not.

Nearly all of a start is loading programs, and whoever was killed is back the later for each of
them. What a gateway may not have loaded when it is ready is counted by
tests/gateway/cli/test_serving.py.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ..terminal import CANNOT, complain, no_directory

# Imported where they are there, and of no use to a daemon that has not asked for them: rich, for
# coloured traces, by structlog; OpenSSL by Twisted, for connections that turn to TLS in their
# midst, which neither SMPP nor SIP knows. TLS of ours is a layer of its own above a connection
# (`smpp/tls.py`, `sip/tls.py`) and brings OpenSSL along when a door or a call wants it.
UNASKED = ("rich", "OpenSSL")
# Settings of libraries, unless somebody has set them.
SPARED = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}


@contextmanager
def lean() -> Generator[None]:
    """Import without what costs a start more than a tenth and a daemon has no use for.

    aiohttp reads all certificate authorities of the machine, for its client. The gateway is a
    server; a client of its own must bring its own context, and one that forgets it finds every
    certificate unknown. The matrices of the modem are small: linear algebra would start threads
    for larger ones. pydantic asks every package that is installed whether it has a plugin for it.
    """
    import ssl

    for setting, value in SPARED.items():
        os.environ.setdefault(setting, value)
    name = ssl.get_default_verify_paths().openssl_cafile_env
    before = os.environ.get(name)
    os.environ[name] = os.devnull
    modules: dict[str, Any] = sys.modules
    hidden = [one for one in UNASKED if modules.setdefault(one, None) is None]  # imports of it fail
    try:
        yield
    finally:
        for one in hidden:
            del modules[one]
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def serve(directory: Path, *, kept: bool) -> int:
    """Run the gateway until SIGTERM. The exit code."""
    if not directory.is_dir():
        complain(no_directory(directory))
        return CANNOT
    gc.disable()  # what a start makes stays; the daemon enables it again when it takes texts
    with lean():
        from ..daemon import serve as run
    if not kept:
        return run(directory)
    from ..keeper import keep

    return keep(lambda: run(directory), complain, _read_more)


def _read_more() -> tuple[ModuleType, ...]:
    """What a start leaves to whoever asks for it, but for what has sound: a keeper's workers find
    it loaded."""
    from twisted.internet import endpoints

    from ...smpp import tls
    from ..onboarding import watcher
    from ..operations import exposition

    return endpoints, tls, watcher, exposition
