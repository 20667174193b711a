"""One user agent in front of a peer whose every message the test writes itself."""

from __future__ import annotations

from typing import TypeVar

from text911.sip.calls import CallId, Effect, Effects, Endpoint, Incoming, Send
from text911.sip.conveyance import Readable
from text911.sip.flows import Flow, Transport
from text911.sip.message import Headers, Request, Response, members, write
from text911.sip.reading import Unreadable, read
from text911.sip.replies import reply
from text911.sip.settings import Settings

from .messages import CALL_ID, FROM, request
from .wire import ANSWER, CALLER, OFFER, SOS, Dice, message, settings

TRUNK = ("192.0.2.2", 5060)
REFUSALS = (b"SIP/2.0 400 ", b"SIP/2.0 505 ", b"SIP/2.0 513 ")
E = TypeVar("E", bound=Effect)
CONTACT = "Contact: <sip:trunk@192.0.2.2>"


class Desk:
    """Time stands until `wait`. What went out and what was told is kept for the last step only."""

    def __init__(
        self,
        its: Settings | None = None,
        transport: Transport = "UDP",
        readable: Readable = lambda _: True,
    ) -> None:
        self.agent = Endpoint(its or settings("192.0.2.1"), Dice(5), readable)
        self.flow = Flow(transport, ("192.0.2.1", 5060), TRUNK, 0 if transport == "UDP" else 3)
        self.now = 50.0
        self.out: list[Request | Response] = []
        self.told: list[Effect] = []
        self._branches = 0

    def take(self, effects: Effects) -> None:
        self.out = [_read(one.octets) for one in effects if isinstance(one, Send)]
        self.told = [one for one in effects if not isinstance(one, Send)]

    # --- what the peer says ----------------------------------------------------------------

    def got(self, what: bytes | Request | Response) -> None:
        octets = what if isinstance(what, bytes) else write(what)
        self.take(self.agent.received(octets, self.flow, self.now))

    def ask(
        self,
        method: str,
        *rows: str,
        to: str = "To: <urn:service:sos>",
        cseq: int = 1,
        uri: str = "urn:service:sos",
        body: bytes = b"",
        branch: str = "",
        sender: str = FROM,
        call_id: str = CALL_ID,
    ) -> bytes:
        """A request of the peer's; with a branch of its own unless one is given. The last one asked
        without a branch can be said again: it is `last`."""
        if not branch:
            self._branches += 1
            branch = f"z9hG4bKpeer{self._branches}"
        via = f"Via: SIP/2.0/{self.flow.transport} 192.0.2.2:5060;branch={branch}"
        usual = (via, sender, to, call_id, f"CSeq: {cseq} {method}")
        length = f"Content-Length: {len(body)}"
        kind = ("Content-Type: application/sdp",) if body and not _typed(rows) else ()
        self.last = request(
            *rows, *kind, length, start=f"{method} {uri} SIP/2.0", usual=usual, body=body
        )
        self.got(self.last)
        return self.last

    def invite(self, *rows: str, body: bytes = OFFER, **more: str) -> CallId:
        """A call of the peer's rings. Returns which; `told` and `out` are of this step."""
        self.ask("INVITE", CONTACT, *rows, body=body, **more)  # type: ignore[arg-type]
        return self.one(Incoming).call

    def established(self, *rows: str, body: bytes = OFFER, call_id: str = CALL_ID) -> CallId:
        """A call of the peer's that was accepted and acknowledged. `self.to` is its To then."""
        call = self.invite(*rows, body=body, call_id=call_id)
        self.take(self.agent.accept(call, ANSWER, self.now))
        self.to = f"To: {self.response(200).value('To')}"
        self.ask("ACK", to=self.to, call_id=call_id)
        return call

    def say(self, method: str, cseq: int, *rows: str, body: bytes = b"", branch: str = "") -> None:
        """A request of the peer's within the call that was established."""
        self.ask(method, CONTACT, *rows, to=self.to, cseq=cseq, body=body, branch=branch)

    def answer(
        self, asked: Request, status: int, *rows: tuple[str, str], tag: str = "", body: bytes = b""
    ) -> Response:
        """The peer answers a request of ours."""
        headers: Headers = rows
        if body:
            headers = (*headers, ("Content-Type", "application/sdp"))
        if 100 < status < 300 and not any(name == "Contact" for name, _ in rows):
            headers = (*headers, ("Contact", "<sip:psap@192.0.2.2>"))
        found = reply(asked, status, headers, tag=tag, body=body)
        self.got(found)
        return found

    # --- what we do ------------------------------------------------------------------------

    def call(self, *rows: tuple[str, str]) -> tuple[CallId, Request]:
        """A call of ours."""
        call, effects = self.agent.invite(SOS, CALLER, OFFER, self.now, rows)
        self.take(effects)
        return call, self.request("INVITE")

    def talking(self, *rows: tuple[str, str]) -> CallId:
        """A call of ours that was accepted; `self.to` is how the peer names us in it."""
        call, invite = self.call()
        self.answer(invite, 200, *rows, tag="p1", body=ANSWER)
        self.ours = f"To: {invite.value('From')}"
        self.theirs = f"From: {invite.value('To')};tag=p1"
        self.id = f"Call-ID: {invite.value('Call-ID')}"
        return call

    def said(self, method: str, cseq: int, *rows: str, body: bytes = b"") -> None:
        """A request of the peer's within a call of ours."""
        self.ask(
            method, CONTACT, *rows, to=self.ours, sender=self.theirs, call_id=self.id,
            cseq=cseq, uri="sip:192.0.2.1:5060", body=body,
        )  # fmt: skip

    def wait(self, seconds: float) -> None:
        """Time passes; `out` and `told` are of all of it."""
        until = self.now + seconds
        effects: list[Effect] = []
        while (at := self.agent.wakes_at) is not None and at <= until:
            self.now = max(self.now, at)
            effects += self.agent.tick(self.now)
        self.now = until
        self.take(tuple(effects))

    # --- what was seen ---------------------------------------------------------------------

    def one(self, kind: type[E]) -> E:
        found = [effect for effect in self.told if isinstance(effect, kind)]
        assert len(found) == 1, self.told
        return found[0]

    def response(self, status: int) -> Response:
        found = [one for one in self.out if isinstance(one, Response) and one.status == status]
        assert len(found) == 1, self.seen
        return found[0]

    def request(self, method: str) -> Request:
        """The one request of this method; a repetition of it is no other."""
        all_of = [one for one in self.out if isinstance(one, Request) and one.method == method]
        found = list(dict.fromkeys(all_of))
        assert len(found) == 1, self.seen
        return found[0]

    @property
    def seen(self) -> list[str | int]:
        """Methods and statuses that went out."""
        return [one.method if isinstance(one, Request) else one.status for one in self.out]


def _read(octets: bytes) -> Request | Response:
    """What went out. An answer to what could not be read holds what its peer wrote (8.2.6.2)."""
    found = read(octets)
    if isinstance(found, Unreadable) and octets.startswith(REFUSALS):
        return Response(int(octets[8:11]), "")
    return message(octets)


def branch_of(sent: Request | Response) -> str:
    return members(sent.headers, "Via")[0].partition("branch=")[2].partition(";")[0]


def _typed(rows: tuple[str, ...]) -> bool:
    return any(row.lower().startswith(("content-type", "c:")) for row in rows)
