"""Which certificates are believed, shown and asked for, and that nobody speaks TLS without one."""

from __future__ import annotations

import pytest

from tests.certificates import authority, paper
from text911.sip.calls import Answered, Refused
from text911.sip.effects import Send
from text911.sip.flows import Flow
from text911.sip.tls import Tls, Unusable, calling, listening

from .agents import OURS, PAPERS, THEIRS, House, tls_of
from .net import Net


def test_a_server_with_another_certificate_is_not_called() -> None:
    net = Net()
    ours = House(net, OURS[0], tls=tls_of(*PAPERS))
    theirs = House(net, THEIRS[0], tls=Tls(servers=paper("stranger").chain))
    ours.wires.listen_tls("127.0.0.1", 5061)
    theirs.calls("sips:911@127.0.0.1:5061")
    net.run(0.2)
    assert theirs.of(Refused)[0].status == 503
    assert ours.told == []


def test_a_client_without_the_certificate_that_is_asked_for_is_not_heard() -> None:
    net = Net()
    ours = House(net, OURS[0], tls=tls_of(*PAPERS, clients=True))
    theirs = House(net, THEIRS[0], tls=Tls(servers=PAPERS[0].chain))
    ours.wires.listen_tls("127.0.0.1", 5061)
    theirs.calls("sips:911@127.0.0.1:5061")
    net.run(0.2)
    assert theirs.of(Refused)[0].status == 503
    assert ours.told == []


def test_certificates_that_are_none_are_said_in_words() -> None:
    good, other = PAPERS
    for tls, words in (
        (Tls(b"nonsense", good.secret), "cannot be read"),
        (Tls(good.chain, good.locked), "cannot be read"),
        (Tls(good.chain, b"nonsense"), "cannot be read"),
        (Tls(good.chain, other.secret), "do not belong together"),
        (Tls(good.chain, good.secret, clients=b"x"), "authorities of clients"),
        (Tls(good.chain + good.chain[:60] + b"x\n-----END CERTIFICATE-----", good.secret), "read"),
    ):
        with pytest.raises(Unusable, match=words):
            listening(tls)
    with pytest.raises(Unusable, match="authorities of servers"):
        calling(Tls(servers=b"x"), "127.0.0.1")
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(Unusable, match="authorities of servers"):
        calling(Tls(servers=broken), "127.0.0.1")
    assert listening(Tls(good.chain + other.chain, good.secret)) is not None
    assert calling(Tls(), "psap.example.net") is not None
    assert good.secret.decode() not in repr(Tls(good.chain, good.secret))


@pytest.mark.parametrize("is_ours", [True, False])
def test_who_an_authority_of_ours_has_signed_is_believed_and_nobody_else(is_ours: bool) -> None:
    net = Net()
    believed, stranger = authority(), authority()  # of the same name
    shows = paper("exchange", by=believed if is_ours else stranger)
    theirs = House(net, THEIRS[0], tls=Tls(shows.chain, shows.secret))
    theirs.wires.listen_tls("127.0.0.1", 5061)
    ours = House(net, OURS[0], tls=Tls(servers=believed.chain))
    ours.calls("sip:911@127.0.0.1:5061;transport=tls")
    net.run(0.2)
    assert len(ours.of(Answered)) == int(is_ours)
    assert [one.status for one in ours.of(Refused)] == ([] if is_ours else [503])


def test_nobody_speaks_tls_without_certificates() -> None:
    net = Net()
    ours = House(net, OURS[0])
    with pytest.raises(ValueError, match="no TLS"):
        ours.wires.listen_tls(*OURS)
    ours.calls("sips:psap.example.net")
    net.run()
    assert ours.of(Refused)[0].status == 503
    assert net.dialled == []


@pytest.mark.parametrize("host", ["a..b", "-"])
def test_a_name_that_no_certificate_can_have_is_not_called(host: str) -> None:
    net = Net(**{"a": "192.0.2.7", "-": "192.0.2.7"})
    ours = House(net, OURS[0], tls=Tls())
    flow = Flow("TLS", OURS, (host, 5061))
    ours.wires.carry((Send(b"x", flow),))
    net.run()
    assert net.dialled in ([], [("192.0.2.7", 5061)])
