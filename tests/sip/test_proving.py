"""Credentials that a peer asks of us: given once for each challenge, and never twice the same."""

from __future__ import annotations

from text911.sip.calls import Answered, Declined, Ended, Refused
from text911.sip.digest import Challenge, proves, read_credentials
from text911.sip.message import Request, values
from text911.sip.settings import Account, Settings

from .desk import Desk, branch_of
from .wire import ANSWER, OTHER, settings

LOGIN = Account("gateway", "secret")


def with_login(**more: object) -> Settings:
    return settings("192.0.2.1", login=LOGIN, **more)


def challenge(
    nonce: str = "n1", realm: str = "psap", *, stale: bool = False, algorithm: str = "SHA-256"
) -> tuple[str, str]:
    return "WWW-Authenticate", str(Challenge(realm, nonce, algorithm, None, stale))


def proof(request: Request, name: str = "Authorization") -> str:
    found = read_credentials(request.value(name) or "")
    assert found.uri == request.uri
    assert proves(found, LOGIN.password, request.method)
    return found.nonce


def test_a_call_is_begun_again_with_what_was_asked_for() -> None:
    desk = Desk(with_login())
    call, invite = desk.call()
    desk.answer(invite, 401, ("WWW-Authenticate", "Basic x"), challenge(), tag="p1")
    assert desk.seen == ["ACK", "INVITE"]
    again = desk.request("INVITE")
    assert proof(again) == "n1"
    assert again.value("CSeq") == "2 INVITE"
    assert branch_of(again) != branch_of(invite)
    assert values(again.headers, "User-Agent") == ("text911",)
    for name in ("From", "To", "Call-ID"):
        assert again.value(name) == invite.value(name)
    assert desk.told == []
    desk.answer(again, 180, tag="p1")
    desk.answer(again, 200, tag="p1", body=ANSWER)
    assert desk.one(Answered).call == call
    ack = desk.request("ACK")
    assert ack.value("CSeq") == "2 ACK"
    assert ack.value("Authorization") == again.value("Authorization")


def test_what_was_not_liked_is_not_said_again() -> None:
    desk = Desk(with_login())
    call, invite = desk.call()
    desk.answer(invite, 401, challenge(), tag="p1")
    desk.answer(desk.request("INVITE"), 401, challenge("n2"), tag="p1")
    assert desk.one(Refused) == Refused(call, 401, "Unauthorized")


def test_but_once_more_when_only_the_nonce_was_too_old_and_not_for_ever() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    desk.answer(invite, 401, challenge(), tag="p1")
    for nonce in ("n2", "n3", "n4"):
        desk.answer(desk.request("INVITE"), 401, challenge(nonce, stale=True), tag="p1")
        assert proof(desk.request("INVITE")) == nonce
        assert len(values(desk.request("INVITE").headers, "Authorization")) == 1
    desk.answer(desk.request("INVITE"), 401, challenge("n5", stale=True), tag="p1")
    assert desk.one(Refused).status == 401


def test_a_proxy_and_the_peer_may_both_ask() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    asked = ("Proxy-Authenticate", challenge("n1", "proxy")[1])
    desk.answer(invite, 407, asked, tag="p1")
    desk.answer(desk.request("INVITE"), 401, challenge("n2"), tag="p1")
    again = desk.request("INVITE")
    assert (proof(again), proof(again, "Proxy-Authorization")) == ("n2", "n1")


def test_the_better_algorithm_is_taken() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    desk.answer(invite, 401, challenge("md5", algorithm="MD5"), challenge("sha"), tag="p1")
    assert proof(desk.request("INVITE")) == "sha"


def test_without_a_login_or_a_challenge_that_can_be_read_it_is_a_refusal() -> None:
    for its, asked in ((settings("192.0.2.1"), challenge()), (with_login(), ("X", "y"))):
        desk = Desk(its)
        call, invite = desk.call()
        desk.answer(invite, 401, asked, tag="p1")
        assert desk.told == [Refused(call, 401, "Unauthorized")]


def test_within_a_call_too() -> None:
    desk = Desk(with_login(session=120))
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 401, challenge())
    again = desk.request("INVITE")
    assert (proof(again), again.value("CSeq")) == ("n1", "3 INVITE")
    desk.answer(again, 200, ("Session-Expires", "120;refresher=uac"), body=ANSWER)
    assert desk.seen == ["ACK"]
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 401, ("X", "y"))
    assert desk.one(Declined).status == 401
    desk.take(desk.agent.hang_up(call, "", desk.now))
    bye = desk.request("BYE")
    desk.answer(bye, 401, challenge())
    again = desk.request("BYE")
    assert (proof(again), again.value("CSeq")) == ("n1", "6 BYE")
    desk.answer(again, 200)
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_prack_and_the_bye_of_a_fork_prove_themselves_too() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    desk.answer(invite, 183, ("Require", "100rel"), ("RSeq", "1"), tag="p1", body=ANSWER)
    prack = desk.request("PRACK")
    desk.answer(prack, 407, ("Proxy-Authenticate", challenge()[1]))
    assert proof(desk.request("PRACK"), "Proxy-Authorization") == "n1"
    assert desk.request("PRACK").value("CSeq") == "3 PRACK"
    desk.answer(invite, 183, ("Require", "100rel"), ("RSeq", "2"), tag="p1", body=ANSWER)
    assert desk.request("PRACK").value("CSeq") == "4 PRACK"
    desk.answer(invite, 200, tag="p1", body=ANSWER)
    desk.answer(invite, 200, tag="p2", body=ANSWER)
    desk.answer(desk.request("BYE"), 401, challenge())
    assert proof(desk.request("BYE")) == "n1"


def test_a_call_that_was_given_up_is_not_begun_again() -> None:
    desk = Desk(with_login())
    call, invite = desk.call()
    desk.answer(invite, 100)
    desk.take(desk.agent.cancel(call, desk.now))
    cancel = desk.request("CANCEL")
    desk.answer(cancel, 401, challenge())
    assert desk.out == []
    desk.answer(invite, 401, challenge(), tag="p1")
    assert desk.seen == ["ACK"]
    assert desk.agent.census.calls == 0


def test_what_belongs_to_a_call_that_is_over_is_not_asked_again() -> None:
    desk = Desk(with_login(session=120))
    desk.established("Allow: UPDATE")
    desk.wait(60)
    update = desk.request("UPDATE")
    desk.say("BYE", 2)
    assert desk.one(Ended)
    desk.answer(update, 401, challenge())
    assert (desk.out, desk.told) == ([], [])


def test_a_longer_session_is_asked_for_once() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call, invite = desk.call()
    desk.answer(invite, 422, ("Min-SE", "200"), tag="p1")
    desk.answer(desk.request("INVITE"), 422, ("Min-SE", "200"), tag="p1")
    assert desk.told == [Refused(call, 422, "Session Interval Too Small")]
    call, invite = desk.call()
    desk.answer(invite, 422, ("Min-SE", "soon"), tag="p1")
    assert desk.told == [Refused(call, 422, "Session Interval Too Small")]
