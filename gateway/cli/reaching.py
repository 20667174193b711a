"""How a command reaches a server: in the clear, or over TLS and then that very server only.

Nothing is said to a server before it is known which it is: by its pins, which decide alone as those
of `tls_pins` do, or by the authorities that this machine trusts and the name that was given.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...smpp.pins import fingerprint_of
from ..terminal import fail

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; as our own doors have them (`smpp.tls`)


@dataclass(frozen=True, slots=True)
class Way:
    """`context`: None in the clear. `pins`: as `fingerprint_of` writes them; empty: the context
    judges."""

    host: str
    port: int
    context: ssl.SSLContext | None = None
    pins: frozenset[str] = frozenset()

    def open(self, within: float) -> socket.socket:
        """Connected, and over TLS to whom it should be. `within`: seconds, also for whatever the
        socket is asked later. Raises OSError, whose `strerror` says why where there are words."""
        link = socket.create_connection((self.host, self.port), timeout=within)
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return link if self.context is None else self._secured(link, self.context)
        except BaseException:
            link.close()
            raise

    def _secured(self, link: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        try:
            tls = context.wrap_socket(link, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            words = f"its certificate is not good: {error.verify_message}; --tls-pin names it"
            raise OSError(0, words) from error
        except ssl.SSLError as error:
            raise OSError(0, f"TLS does not come about: {error.reason}") from error
        if self.pins and not self.pins & _shown(tls):
            tls.close()
            raise OSError(0, "its certificate is none of --tls-pin: nothing was sent")
        return tls


def way(
    host: str,
    port: int,
    *,
    tls: bool,
    pins: Collection[str],
    certificate: Path | None,
    key: Path | None,
) -> Way:
    """As the options of a command say. What does not fit ends the command."""
    if not tls:
        if pins or certificate or key:
            fail("--tls-pin, --tls-certificate and --tls-key are for --tls")
        return Way(host, port)
    if (certificate is None) != (key is None):
        fail("--tls-certificate and --tls-key belong together: give both or none")
    try:
        pinned = frozenset(fingerprint_of(one) for one in pins)
    except ValueError as error:
        fail(f"--tls-pin: {error}")
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _show(context, certificate, key)
    return Way(host, port, context, pinned)


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        # Without a pass phrase: nobody is asked for one.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError:
        fail(
            f"{certificate} and {key} are no certificate in PEM and its private key without a pass"
            " phrase"
        )
    except OSError as error:
        fail(f"{certificate} or {key} cannot be read: {error.strerror}")


def _shown(tls: ssl.SSLSocket) -> frozenset[str]:
    from cryptography.x509 import load_der_x509_certificate

    from ...smpp.tls import fingerprints

    shown = tls.getpeercert(binary_form=True)
    return frozenset() if shown is None else fingerprints(load_der_x509_certificate(shown))
