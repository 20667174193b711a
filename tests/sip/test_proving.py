"""Credentials that a peer asks of us: given once for each challenge, and never twice the same."""

from __future__ import annotations

from text911.sip.calls import Answered, Declined, Ended, Reachable, Refused, Unproven
from text911.sip.digest import Challenge, proves, read_credentials
from text911.sip.message import Request, values
from text911.sip.settings import Account, Settings

from .desk import Desk, branch_of
from .wire import ANSWER, OTHER, SOS, settings

LOGIN = Account("gateway", "secret")


def with_login(**more: object) -> Settings:
    return settings("192.0.2.1", login=LOGIN, **more)


def challenge(
    nonce: str = "n1", realm: str = "psap", *, stale: bool = False, algorithm: str = "SHA-256"
) -> tuple[str, str]:
    return "WWW-Authenticate", str(Challenge(realm, nonce, algorithm, None, stale))


def proof(request: Request, name: str = "Authorization") -> str:
    """The nonce that it answers, rightly."""
    return counted(request, name)[0]


def counted(request: Request, name: str = "Authorization") -> tuple[str, int]:
    """The same, and how often that nonce was answered with this answer."""
    (value,) = values(request.headers, name)
    found = read_credentials(value)
    assert found.uri == request.uri
    assert proves(found, LOGIN.password, request.method)
    return found.nonce, int(found.count, 16)


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
    assert desk.one(Refused) == Refused(call, 401, "Unauthorized", Unproven.NOT_TAKEN)


def test_but_once_more_when_only_the_nonce_was_too_old_and_not_for_ever() -> None:
    desk = Desk(with_login())
    call, invite = desk.call()
    desk.answer(invite, 401, challenge(), tag="p1")
    desk.answer(desk.request("INVITE"), 401, challenge("n2", stale=True), tag="p1")
    assert counted(desk.request("INVITE")) == ("n2", 1)
    desk.answer(desk.request("INVITE"), 401, challenge("n3", stale=True), tag="p1")
    assert desk.seen == ["ACK"]
    assert desk.one(Refused) == Refused(call, 401, "Unauthorized", Unproven.NOT_TAKEN)


def test_a_nonce_that_is_asked_for_again_has_another_count() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    desk.answer(invite, 401, challenge(), tag="p1")
    desk.answer(desk.request("INVITE"), 401, challenge(stale=True), tag="p1")
    assert counted(desk.request("INVITE")) == ("n1", 2)
    _, other = desk.call()
    desk.answer(other, 401, challenge(), tag="p1")
    assert counted(desk.request("INVITE")) == ("n1", 3)


def test_who_asks_for_ever_new_proofs_is_left_at_last() -> None:
    desk = Desk(with_login())
    call, invite = desk.call()
    for realm in "abcdef":
        desk.answer(invite, 401, challenge(realm=realm), tag="p1")
        invite = desk.request("INVITE")
    assert len(values(invite.headers, "Authorization")) == 6
    desk.answer(invite, 401, challenge(realm="g"), tag="p1")
    assert desk.one(Refused) == Refused(call, 401, "Unauthorized", Unproven.NOT_TAKEN)


def test_a_proxy_and_the_peer_may_both_ask() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    asked = ("Proxy-Authenticate", challenge("n1", "proxy")[1])
    desk.answer(invite, 407, asked, tag="p1")
    desk.answer(desk.request("INVITE"), 401, challenge("n2"), tag="p1")
    again = desk.request("INVITE")
    assert counted(again) == ("n2", 1)
    assert counted(again, "Proxy-Authorization") == ("n1", 2)  # no answer counts twice


def test_what_a_proxy_has_gathered_from_its_forks_is_answered_at_once() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    asked = ("Proxy-Authenticate", challenge("n1", "one")[1])
    also = ("Proxy-Authenticate", challenge("n2", "two")[1])
    desk.answer(invite, 407, asked, also, challenge("n3"), tag="p1")
    again = desk.request("INVITE")
    found = [read_credentials(one) for one in values(again.headers, "Proxy-Authorization")]
    assert [(one.realm, one.nonce) for one in found] == [("one", "n1"), ("two", "n2")]
    assert proof(again) == "n3"


def test_the_better_algorithm_is_taken() -> None:
    desk = Desk(with_login())
    _, invite = desk.call()
    desk.answer(invite, 401, challenge("md5", algorithm="MD5"), challenge("sha"), tag="p1")
    assert proof(desk.request("INVITE")) == "sha"


def test_without_a_login_or_a_challenge_that_can_be_read_it_is_a_refusal() -> None:
    for its, asked, why in (
        (settings("192.0.2.1"), challenge(), Unproven.NO_LOGIN),
        (with_login(), ("X", "y"), Unproven.NOT_SPOKEN),
    ):
        desk = Desk(its)
        call, invite = desk.call()
        desk.answer(invite, 401, asked, tag="p1")
        assert desk.told == [Refused(call, 401, "Unauthorized", why)]


def test_within_a_call_too() -> None:
    desk = Desk(with_login(session=120))
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 401, challenge())
    again = desk.request("INVITE")
    assert (counted(again), again.value("CSeq")) == (("n1", 1), "3 INVITE")
    desk.answer(again, 200, ("Session-Expires", "120;refresher=uac"), body=ANSWER)
    assert desk.seen == ["ACK"]
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    assert counted(desk.request("INVITE")) == ("n1", 2)  # nobody need ask again
    desk.answer(desk.request("INVITE"), 401, ("X", "y"))
    assert desk.one(Declined).status == 401
    desk.take(desk.agent.hang_up(call, "", desk.now))
    bye = desk.request("BYE")
    assert counted(bye) == ("n1", 3)
    desk.answer(bye, 401, challenge("n2"))  # it does not say that n1 is stale, but it was its own
    again = desk.request("BYE")
    assert (counted(again), again.value("CSeq")) == (("n2", 1), "6 BYE")
    desk.answer(again, 200)
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_a_call_that_was_proved_is_refreshed_and_ended_without_being_asked() -> None:
    desk = Desk(with_login(session=120))
    call, invite = desk.call()
    desk.answer(invite, 407, ("Proxy-Authenticate", challenge()[1]), tag="p1")
    accepted = (("Session-Expires", "120;refresher=uac"), ("Allow", "UPDATE"))
    desk.answer(desk.request("INVITE"), 200, *accepted, tag="p1", body=ANSWER)
    desk.wait(60)
    assert counted(desk.request("UPDATE"), "Proxy-Authorization") == ("n1", 2)
    desk.take(desk.agent.hang_up(call, "", desk.now))
    assert counted(desk.request("BYE"), "Proxy-Authorization") == ("n1", 3)


def test_who_is_asked_for_signs_of_life_may_ask_who_we_are() -> None:
    desk = Desk(with_login(ping=30.0))
    desk.take(desk.agent.watch(SOS, desk.now))
    desk.answer(desk.request("OPTIONS"), 401, challenge())
    again = desk.request("OPTIONS")
    assert (counted(again), again.value("CSeq")) == (("n1", 1), "2 OPTIONS")
    desk.answer(again, 200)
    assert desk.one(Reachable)
    desk.wait(30)
    assert counted(desk.request("OPTIONS")) == ("n1", 2)
    desk.answer(desk.request("OPTIONS"), 401, challenge("n2", stale=True))
    desk.answer(desk.request("OPTIONS"), 200)
    desk.wait(30)
    assert counted(desk.request("OPTIONS")) == ("n2", 2)


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
