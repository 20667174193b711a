"""TLS 1.2 and 1.3 under SMPP: our certificate, the peer's fingerprints. A thin shell over OpenSSL.

No certificate of a peer is judged here by who signed it or until when it is valid: a pin names the
very certificate or key, and the owner looks at it when the peer binds (`proof_of`). The handshake
proves that the peer has the key. Nothing is resumed, so that a certificate taken away is of no use
from the next connection on; a connection keeps the context it began with.
"""

# Twisted's types, and zope's, do not reach as far as their TLS.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUntypedClassDecorator=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from OpenSSL import SSL
from twisted.internet.interfaces import (
    IAddress,
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from .pins import Identity, Proof

# TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 all are. Level 2
# refuses keys below RSA 2048 and signatures with SHA-1.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2"
OPTIONS = (
    SSL.OP_NO_COMPRESSION
    | SSL.OP_NO_RENEGOTIATION
    | SSL.OP_NO_TICKET
    | SSL.OP_CIPHER_SERVER_PREFERENCE
    | SSL.OP_SINGLE_ECDH_USE
)


class Unusable(Exception):
    """Why there can be no TLS with this certificate and key, in words without either."""


def context_of(identity: Identity) -> SSL.Context:
    """What connections begin with. Raises Unusable."""
    try:
        chain = x509.load_pem_x509_certificates(identity.chain)
    except ValueError:
        raise Unusable("the certificate is no PEM file with certificates") from None
    try:
        key: Any = load_pem_private_key(identity.key, password=None)
    except (ValueError, TypeError):  # TypeError: it has a pass phrase
        raise Unusable("the key is no private key in PEM without a pass phrase") from None
    context = _strict()
    # Asked for, and whatever comes is taken: whose it is, the pins say.
    context.set_verify(SSL.VERIFY_PEER, _take_any)
    try:
        context.use_certificate(chain[0])
        for one in chain[1:]:
            context.add_extra_chain_cert(one)
        context.use_privatekey(key)
        context.check_privatekey()
    except (SSL.Error, TypeError, ValueError):
        raise Unusable(
            "certificate and key do not belong together, or are weaker than RSA 2048 or SHA-256"
        ) from None
    return context


def _strict() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(OPTIONS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(CIPHERS)
    return context


def _take_any(_connection: object, _shown: object, _error: int, _depth: int, _good: int) -> bool:
    return True


def proof_of(transport: Any) -> Proof | None:
    """What the peer of this transport has proven; None when it is no TLS."""
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    tls: Any = transport
    handle = tls.getHandle()
    shown = handle.get_peer_certificate(as_cryptography=True)
    prints = frozenset[str]() if shown is None else fingerprints(shown)
    return Proof(handle.get_protocol_version_name(), prints)


def fingerprints(certificate: x509.Certificate) -> frozenset[str]:
    """SHA-256 of the certificate and of its public key, over DER, in hexadecimal."""
    public = certificate.public_key()
    key = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    whole = certificate.public_bytes(Encoding.DER)
    return frozenset({sha256(whole).hexdigest(), sha256(key).hexdigest()})


class _Calling(TLSMemoryBIOProtocol):
    """What is above writes before the handshake, which TLS keeps and asks it to pause for: were
    reading paused then, the handshake could not go on. It writes once a turn as it is, so nothing
    is gathered here."""

    def pauseProducing(self) -> None:
        below: Any = self.transport
        if self._handshakeDone:
            below.pauseProducing()


class TlsClient(TLSMemoryBIOFactory):
    """`inner` over TLS to a server that shows one of `pins`, or there is no handshake and nothing
    of `inner` is sent. `identity`: what we show, if asked. `name`: for the server to choose by, a
    host name. Raises Unusable."""

    protocol = _Calling

    def __init__(
        self,
        inner: Factory,
        pins: Collection[str],
        identity: Identity | None,
        name: str,
        clock: Any,
    ) -> None:
        context = _strict() if identity is None else context_of(identity)
        pinned = frozenset(pins)

        def is_pinned(_link: object, shown: Any, _error: int, depth: int, _good: int) -> bool:
            return depth > 0 or bool(pinned & fingerprints(shown.to_cryptography()))

        context.set_verify(SSL.VERIFY_PEER, is_pinned)
        caller: Any = _Caller(context, name)
        wrapped: Any = inner
        super().__init__(caller, True, wrapped, clock)


@implementer(IOpenSSLClientConnectionCreator)
class _Caller:
    def __init__(self, context: SSL.Context, name: str) -> None:
        self._context = context
        self._name = name

    def clientConnectionForTLS(self, _protocol: object) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        if self._name.strip("0123456789.") and ":" not in self._name:  # no IP address
            connection.set_tlsext_host_name(self._name.encode("idna"))
        return connection


@implementer(IOpenSSLServerConnectionCreator)
class _Creator:
    def __init__(self, identity: Identity) -> None:
        self.context = context_of(identity)

    def serverConnectionForTLS(self, _protocol: object) -> SSL.Connection:
        return SSL.Connection(self.context, None)


class _TlsConnection(TLSMemoryBIOProtocol):
    """Says why a handshake came to nothing: nobody else learns of it. Does not gather writes: the
    connection above writes once a turn as it is."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        me: Any = self
        if me.getHandle().get_cipher_name() is None:  # none was agreed on
            me.factory.told(me.transport.getPeer().host, _in_words(reason, me._reason))
        super().connectionLost(reason)  # type: ignore[no-untyped-call]


class TlsServer(TLSMemoryBIOFactory):
    """A `server` behind TLS: `reactor.listenTCP(port, TlsServer(...))`. `adopt` changes what new
    connections are shown. `told(address, why)`: a handshake came to nothing. Raises Unusable."""

    protocol = _TlsConnection

    def __init__(
        self,
        server: Factory,
        identity: Identity,
        clock: Any,
        told: Callable[[str, str], None] = lambda _address, _why: None,
    ) -> None:
        self._creator = _Creator(identity)
        self.told = told
        creator: Any = self._creator
        wrapped: Any = server
        super().__init__(creator, False, wrapped, clock)

    def adopt(self, context: SSL.Context) -> None:
        """New connections begin with it; the others keep theirs."""
        self._creator.context = context

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """None turns the connection away, before any work for TLS."""
        wrapped: Any = self.wrappedFactory
        inner: Any = wrapped.buildProtocol(addr)
        made: Any = self.protocol
        return None if inner is None else made(self, inner)


def _in_words(reason: Failure, tls: Failure | None) -> str:
    """OpenSSL's own reasons are a fixed list: nothing a peer wrote is in them."""
    for failure in (tls, reason):
        value: Any = None if failure is None else failure.value
        if isinstance(value, SSL.Error) and value.args and value.args[0]:
            return str(value.args[0][-1][2]).strip() or "it broke off"
    return "it broke off"
