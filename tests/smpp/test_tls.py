"""SMPP behind TLS, with the standard library's TLS as the carrier: no socket, no real time."""

from __future__ import annotations

import ssl
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock

from tests.certificates import Paper, paper
from text911.smpp.codec import encode
from text911.smpp.doors import Doors, Places
from text911.smpp.pdu import BindTransceiver, DeliverSm
from text911.smpp.pins import Identity
from text911.smpp.server import SmppServer
from text911.smpp.timers import SessionLimits
from text911.smpp.tls import TlsClient, TlsServer, Unusable, context_of, proof_of

from .desk import REPLY, Wire, World
from .peer import cut, heads

OURS, NEXT, CARRIER = paper("ours"), paper("next"), paper("carrier")
BIND = encode(BindTransceiver("carrier", "secret"), 1)


def identity(one: Paper) -> Identity:
    return Identity(one.chain, one.secret)


class House:
    """A server behind a TLS door."""

    def __init__(self, limits: SessionLimits | None = None, doors: Doors | None = None) -> None:
        self.world = World()
        self.told: list[tuple[str, str]] = []
        self.world.server = SmppServer(
            self.world.desk,
            limits or SessionLimits(),
            self.world.clock,
            doors=doors,
            proof_of=proof_of,
        )
        self.door = TlsServer(
            self.world.server,
            identity(OURS),
            self.world.clock,
            lambda address, why: self.told.append((address, why)),
        )

    def connects(self) -> Wire | None:
        """The octets of one TCP connection."""
        at: Any = IPv4Address("TCP", "203.0.113.5", 40000)
        protocol: Any = self.door.buildProtocol(at)
        if protocol is None:
            return None
        wire: Any = Wire(at)
        wire.connected = True
        protocol.makeConnection(wire)
        wire.door = protocol
        return wire  # type: ignore[no-any-return]


class Carrier:
    """A TLS client over a `Wire`."""

    def __init__(self, wire: Any, context: ssl.SSLContext, session: Any = None) -> None:
        self.wire = wire
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self._in, self._out, server_hostname="127.0.0.1", session=session
        )
        self.got = b""
        self._shakes = True
        self.turn()

    def turn(self) -> None:
        """Carry octets both ways until nobody has any."""
        while True:
            try:
                if self._shakes:
                    self.tls.do_handshake()
                    self._shakes = False
                while more := self.tls.read(65_536):
                    self.got += more
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLZeroReturnError:
                return
            ours, theirs = self._out.read(), self.wire.value()
            self.wire.clear()
            if not ours and not theirs:
                return
            if ours:
                self.wire.door.dataReceived(ours)
            self._in.write(theirs)

    def says(self, octets: bytes) -> list[tuple[int, int, int]]:
        self.tls.write(octets)
        self.turn()
        got, self.got = self.got, b""
        return heads(got)


def client(trusts: Paper = OURS, shows: Paper | None = None, tmp: Any = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=trusts.chain.decode())
    if shows is not None:
        chain, secret = shows.write(tmp, "client")
        context.load_cert_chain(chain, secret)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_bind_over_tls_is_a_bind_like_any_other(version: ssl.TLSVersion) -> None:
    house = House()
    context = client()
    context.minimum_version = context.maximum_version = version
    carrier = Carrier(house.connects(), context)
    assert carrier.says(BIND) == [(0x80000009, 0, 1)]
    (link,) = house.world.desk.links
    assert link.proof is not None
    assert (link.proof.version, link.proof.fingerprints) == (carrier.tls.version(), frozenset())
    assert link.send(REPLY, "tag")
    house.world.turn()
    carrier.turn()
    assert [len(pdu) > 16 for pdu in cut(carrier.got)] == [True]
    assert heads(carrier.got)[0][0] == DeliverSm.COMMAND_ID
    assert house.told == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_the_carrier_shows_is_known_by_two_fingerprints(
    version: ssl.TLSVersion, tmp_path: Any
) -> None:
    house = House()
    context = client(shows=CARRIER, tmp=tmp_path)
    context.minimum_version = context.maximum_version = version
    carrier = Carrier(house.connects(), context)
    carrier.says(BIND)
    (link,) = house.world.desk.links
    assert link.proof is not None
    assert link.proof.fingerprints == {CARRIER.fingerprint, CARRIER.key_fingerprint}


def test_a_plain_link_has_no_proof() -> None:
    assert proof_of(object()) is None
    world = World()
    world.binds()
    assert world.desk.links[0].proof is None


def weak(**what: Any) -> ssl.SSLContext:
    context = client()
    for key, value in what.items():
        if key == "ciphers":
            context.set_ciphers(value)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        else:
            setattr(context, key, value)
    return context


@pytest.mark.parametrize(
    "ciphers", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"]
)
def test_a_weak_cipher_is_refused_and_the_reason_is_told(ciphers: str) -> None:
    house = House()
    with pytest.raises(ssl.SSLError):
        Carrier(house.connects(), weak(ciphers=ciphers))
    assert_ended(house, "no shared cipher")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_an_old_version_is_refused_and_the_reason_is_told(version: str) -> None:
    house = House()
    context = client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with pytest.raises(ssl.SSLError):
        Carrier(house.connects(), context)
    assert_ended(house, "unsupported protocol")


def inside(house: House) -> Any:
    """The one connection there is, as Twisted knows it."""
    door: Any = house.door
    (connection,) = door.protocols
    return connection


def assert_ended(house: House, why: str) -> None:
    """The door asked for the end of the connection; Twisted brings it."""
    connection = inside(house)
    assert connection.transport.disconnecting
    connection.connectionLost(_done())
    assert house.told == [("203.0.113.5", why)]
    assert house.world.desk.seen == []


def _done() -> Any:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    failure: Any = Failure
    return failure(ConnectionDone())


def test_smpp_without_tls_at_this_door_is_the_end_of_it() -> None:
    house = House()
    wire: Any = house.connects()
    wire.door.dataReceived(BIND)
    connection = inside(house)
    connection.connectionLost(_done())
    ((address, why),) = house.told
    assert address == "203.0.113.5"
    assert "secret" not in why
    assert house.world.desk.seen == []


def test_who_does_not_finish_the_handshake_is_shown_out_in_time() -> None:
    house = House(SessionLimits(session_init=5.0))
    wire: Any = house.connects()
    for _ in range(49):
        wire.door.dataReceived(b"\x16")  # the first octet of a record, again and again
        house.world.clock.advance(0.1)
        if wire.disconnected:
            return
    house.world.clock.advance(0.2)
    assert wire.disconnected or wire.disconnecting


def test_a_peer_that_only_listens_is_shown_out_in_time() -> None:
    house = House(SessionLimits(session_init=5.0))
    wire: Any = house.connects()
    house.world.clock.advance(4.9)
    assert not wire.disconnected
    house.world.clock.advance(0.2)
    assert wire.disconnected
    connection = inside(house)
    connection.connectionLost(_done())
    assert house.told == [("203.0.113.5", "it broke off")]


def test_another_certificate_is_for_new_connections() -> None:
    house = House()
    before = Carrier(house.connects(), client(OURS))
    before.says(BIND)
    house.door.adopt(context_of(identity(NEXT)))
    after = Carrier(house.connects(), client(NEXT))
    assert after.says(BIND) == [(0x80000009, 0, 1)]
    assert before.says(encode(BindTransceiver("carrier", "secret"), 2)) == [(0x80000009, 5, 2)]


def test_nothing_is_resumed() -> None:
    house = House()
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client()
        context.minimum_version = context.maximum_version = version
        first = Carrier(house.connects(), context)
        first.says(BIND)
        again = Carrier(house.connects(), context, first.tls.session)
        assert again.says(BIND) == [(0x80000009, 0, 1)]
        assert again.tls.session_reused is False


def test_without_a_place_there_is_no_work_for_tls() -> None:
    house = House(doors=Doors(Places(unbound_per_address=1)))
    assert house.connects() is not None
    assert house.connects() is None


SHORT = paper("short", rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize(
    ("chain", "key", "words"),
    [
        (b"nonsense", OURS.secret, "no PEM file with certificates"),
        (OURS.secret, OURS.secret, "no PEM file with certificates"),
        (OURS.chain, b"nonsense", "no private key"),
        (OURS.chain, OURS.locked, "without a pass phrase"),
        (OURS.chain, NEXT.secret, "do not belong together"),
        (SHORT.chain, SHORT.secret, "weaker than RSA 2048"),
    ],
)
def test_what_is_of_no_use_is_named_and_never_repeated(
    chain: bytes, key: bytes, words: str
) -> None:
    with pytest.raises(Unusable, match=words) as why:
        context_of(Identity(chain, key))
    assert "PRIVATE" not in str(why.value)
    assert "PRIVATE" not in repr(Identity(chain, key))


def test_a_chain_is_shown_whole() -> None:
    context_of(Identity(OURS.chain + NEXT.chain, OURS.secret))


# --- we connect ----------------------------------------------------------------------------------


class Server:
    """A message centre's TLS, by the standard library, and what was said over it."""

    def __init__(self, one: Paper, pins: set[str], shows: Identity | None, tmp: Any) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*one.write(tmp, "server"))
        if shows is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=shows.chain.decode())
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)
        self.inner = Speaker()
        factory: Any = Factory()
        factory.buildProtocol = self._inside
        client: Any = TlsClient(factory, pins, shows, "smsc.example", Clock())
        at: Any = IPv4Address("TCP", "203.0.113.9", 2775)
        self.wire: Any = Wire(at)
        self.wire.connected = True
        self.protocol: Any = client.buildProtocol(at)
        self.protocol.makeConnection(self.wire)
        self.heard = b""
        self.turn()

    def _inside(self, _address: object) -> Protocol:
        return self.inner

    def turn(self) -> None:
        shakes = True
        while octets := self.wire.value():
            self.wire.clear()
            self._in.write(octets)
            try:
                if shakes:
                    self.tls.do_handshake()
                    shakes = False
                self.heard += self.tls.read(1000)
            except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                pass
            except ssl.SSLError:
                self.heard += b"broken"
                return
            answer = self._out.read()
            if answer and self.wire.producerState == "producing":
                self.protocol.dataReceived(answer)


class Speaker(Protocol):
    """Says its password at once, and reads nothing while it cannot write."""

    def connectionMade(self) -> None:
        me: Any = self
        me.transport.registerProducer(self, True)
        me.transport.write(b"the bind with the password")

    def pauseProducing(self) -> None:
        me: Any = self
        me.transport.pauseProducing()

    def resumeProducing(self) -> None:
        me: Any = self
        me.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The end."""


def test_what_we_say_goes_to_the_pinned_server_only(tmp_path: Any) -> None:
    for pins in ({CARRIER.fingerprint}, {CARRIER.key_fingerprint, OURS.fingerprint}):
        server = Server(CARRIER, pins, None, tmp_path)
        assert server.heard == b"the bind with the password"
    for pins in ({OURS.fingerprint}, set[str]()):
        server = Server(CARRIER, pins, None, tmp_path)
        assert b"password" not in server.heard
        assert server.wire.disconnecting


def test_a_server_that_asks_for_our_certificate_is_shown_it(tmp_path: Any) -> None:
    server = Server(CARRIER, {CARRIER.fingerprint}, identity(OURS), tmp_path)
    assert server.heard == b"the bind with the password"
    shown = server.tls.getpeercert(binary_form=True)
    assert shown is not None
    assert sha256(shown).hexdigest() == OURS.fingerprint
