"""Tells systemd how the service is (sd_notify(3)): one datagram per message, no library.

Without NOTIFY_SOCKET it is silent. A datagram that cannot be sent is only reported in the answer:
the service manager is not worth a caller's text.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping


class Notifier:
    def __init__(self, environ: Mapping[str, str]) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        # "@" marks a name in Linux's abstract namespace, whose first octet is NUL.
        self._address = "\0" + path[1:] if path.startswith("@") else path

    def ready(self) -> bool:
        return self._send("READY=1")

    def reloading(self, monotonic_us: int) -> bool:
        """systemd wants the moment of the reload by the monotonic clock, in microseconds."""
        return self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_us}")

    def stopping(self) -> bool:
        return self._send("STOPPING=1")

    def watchdog(self) -> bool:
        return self._send("WATCHDOG=1")

    def status(self, sentence: str) -> bool:
        """A line for `systemctl status`. A line feed would begin another assignment."""
        return self._send("STATUS=" + " ".join(sentence.split()))

    def _send(self, message: str) -> bool:
        """True when systemd's socket took it; false without a socket or when it would block."""
        if not self._address:
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.setblocking(False)
            try:
                door.sendto(message.encode(), self._address)
            except OSError:
                return False
        return True


def watchdog_interval(environ: Mapping[str, str], pid: int) -> float | None:
    """Seconds between two WATCHDOG=1, half of what systemd allows; None when it does not watch."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    watched = environ.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or int(microseconds) == 0:
        return None
    if watched and watched != str(pid):
        return None
    return int(microseconds) / 2_000_000
