"""The house's floors and what is pure, as data. `tests/test_architecture.py` enforces it and
`make test` demands full branch coverage of what is pure:

    python tests/floors.py        prints the pure modules, comma-separated, for `coverage report`
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# room -> the rooms it may import besides itself. A room that does not exist yet is simply empty.
FLOORS: dict[str, tuple[str, ...]] = {
    "smpp": (),
    "tty": (),
    "sip": (),
    "psap_adapters": ("sip", "tty"),
    "gateway": ("smpp", "tty", "sip", "psap_adapters"),
}

# Folders beside the rooms that hold Python; they import the package as `text911`.
OUTSIDE = ("tests", "load_tests")

# Pure: no clock, no chance, no file, no socket, no loop. By folder, and transitive: a pure module
# imports only pure modules and what PURE_MAY_IMPORT names.
PURE = (
    "smpp/**/*.py",
    "tty/**/*.py",
    "sip/**/*.py",
    "gateway/core/**/*.py",
    "gateway/routing/**/*.py",
    "gateway/anonymising.py",
    "gateway/census.py",
    "gateway/comparing.py",
    "gateway/consequences.py",
    "gateway/edges/admission.py",
    "gateway/edges/cards.py",
    "gateway/edges/fairness.py",
    "gateway/edges/lockout.py",
    "gateway/edges/lines/door.py",
    "gateway/edges/lines/laws.py",
    "gateway/edges/lines/tty_call.py",
    "gateway/edges/numbers.py",
    "gateway/edges/outgoing.py",
    "gateway/edges/rate.py",
    "gateway/edges/reading.py",
    "gateway/edges/spellings.py",
    "gateway/edges/standing.py",
    "gateway/edges/transcripts.py",
    "gateway/edges/typed.py",
    "gateway/edges/writing.py",
    "gateway/journal/chain.py",
    "gateway/journal/contract.py",
    "gateway/location/port.py",
    "gateway/location/profile.py",
    "gateway/location/settings.py",
    "gateway/location/shapes.py",
    "gateway/location/tlv.py",
    "gateway/messages.py",
    "gateway/octets.py",
    "gateway/onboarding/**/*.py",
    "gateway/operations/alarms.py",
    "gateway/operations/masking.py",
    "gateway/operations/metrics.py",
    "gateway/operations/status.py",
    "gateway/recording.py",
    "gateway/telling.py",
    "gateway/telling_calls.py",
    "gateway/wheel.py",
    "gateway/wording.py",
    "psap_adapters/pidf.py",
    "psap_adapters/port.py",
    "psap_adapters/console/frames.py",
    "psap_adapters/console/asked.py",
    "psap_adapters/console/barred.py",
    "psap_adapters/console/bursts.py",
    "psap_adapters/console/clusters.py",
    "psap_adapters/console/groups.py",
    "psap_adapters/console/screens.py",
    "psap_adapters/console/hub.py",
    "psap_adapters/console/legs.py",
    "psap_adapters/console/live.py",
    "psap_adapters/console/outputs.py",
    "psap_adapters/console/presence.py",
    "psap_adapters/console/sayings.py",
    "psap_adapters/console/terms.py",
    "psap_adapters/tty_psap/leg.py",
    "psap_adapters/tty_psap/outputs.py",
    "psap_adapters/tty_psap/quotes.py",
    "psap_adapters/tty_psap/refusals.py",
    "psap_adapters/tty_psap/said.py",
    "psap_adapters/tty_psap/settings.py",
    "psap_adapters/tty_psap/terms.py",
    "psap_adapters/tty_psap/waiting.py",
    "psap_adapters/tty_psap/words.py",
)
# The thin shells and readers inside those folders.
NOT_PURE = (
    "smpp/server.py",
    "smpp/connection.py",
    "smpp/client.py",
    "smpp/sockets.py",
    "smpp/tls.py",
    "sip/courier.py",
    "sip/ports.py",
    "sip/sockets.py",
    "sip/streams.py",
    "sip/sweeping.py",
    "sip/system_calls.py",
    "sip/tls.py",
    "sip/transport.py",
    "sip/ways.py",
    "gateway/routing/source.py",
)
# Runs as machine code too, of which no coverage is known; held by the errors it makes in noise.
MEASURED = ("tty/demod/*.py",)
PURE_MAY_IMPORT = frozenset(
    {
        # standard library
        "__future__", "abc", "array", "base64", "binascii", "bisect", "codecs", "collections",
        "csv", "dataclasses", "datetime", "difflib", "enum", "fractions", "functools",
        "hashlib", "heapq", "hmac", "ipaddress", "itertools", "json", "math", "operator",
        "re", "string", "struct", "textwrap", "types", "typing", "unicodedata", "zlib",
        # a table that comes with the package is a constant, wherever it is written down
        "importlib",
        # third parties that compute and never touch the world
        "cryptography", "msgspec", "numba", "numpy", "pydantic", "shapely",
    }
)  # fmt: skip
# Compiles the wire layouts to straight-line code, once, at import.
MAY_COMPILE = ("smpp/wire.py",)

LINES_MAX = 400  # of one module (STYLE 12)


def python_files(room: str) -> list[Path]:
    """Every module of a room, as a path relative to the root."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / room).rglob("*.py"))


def pure_modules() -> list[Path]:
    """Every pure module, as a path relative to the root."""
    shells = {path for pattern in NOT_PURE for path in ROOT.glob(pattern)}
    pure = {path for pattern in PURE for path in ROOT.glob(pattern)} - shells
    return sorted(path.relative_to(ROOT) for path in pure)


if __name__ == "__main__":
    without = {path.relative_to(ROOT) for pattern in MEASURED for path in ROOT.glob(pattern)}
    covered = [path for path in pure_modules() if path not in without]
    sys.stdout.write(",".join(f"*/{path}" for path in covered) + "\n")
