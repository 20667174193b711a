"""What all parts of a user agent share: its calls, its requests, its timers, what is to go out.

Adds to a message what every message of ours bears, and finds the way for it. What a call does is in
`calling`, `called` and `within`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .call import Asked, Call, Purpose, Timer
from .call_table import Phase
from .complaints import Complaints
from .conveyance import Readable
from .deadlines import Deadlines
from .dialogs import Dialog, DialogKey, next_hop, request_of
from .effects import CallId, Cause, Effect, Ended, Send
from .fields import BRANCH_COOKIE, Via
from .flows import Chance, Flow, flow_to
from .grammar import Malformed
from .guarding import Guard
from .keyring import ANSWERS, NOTHING_ASKED, Challenges, Keyring
from .message import Headers, Request, Response, write
from .replies import as_seen, reply, stateless_tag, way_back
from .settings import Settings
from .transactions import ClientKey, ServerKey, Transactions
from .uri import SipUri

TAG_OCTETS = 8  # of chance: a tag must have 32 bits (19.3); who guesses one can end a call
MARK_OCTETS = 4
BRANCH_OCTETS = 12


@dataclass(frozen=True, slots=True)
class Census:
    """How much is kept of everything, for metrics and for tests that look for leaks. `calls`: those
    that are told as ended and still owe the peer something among them."""

    calls: int
    dialogs: int
    servers: int  # transactions
    clients: int
    asked: int
    deadlines: int


class Agent:
    """The one mutable thing behind an `Endpoint`. `readable`: see there."""

    def __init__(self, settings: Settings, chance: Chance, readable: Readable) -> None:
        self.settings = settings
        self.chance = chance
        self.readable = readable
        self.transactions = Transactions(settings.timing)
        self.guard = Guard(settings.accounts, settings.realm, chance)
        self.keyring = Keyring(settings.login, chance)
        self.complaints = Complaints()
        self.calls: dict[CallId, Call] = {}
        self.dialogs: dict[DialogKey, CallId] = {}
        self.invites: dict[ServerKey, CallId] = {}  # that rang here and have no final answer
        self.asked: dict[ClientKey, Asked] = {}
        self.deadlines: Deadlines[tuple[Timer, CallId]] = Deadlines()
        self.mark = BRANCH_COOKIE + chance.token(MARK_OCTETS)  # begins every branch of ours
        self._salt = chance.token(16)
        self._out: list[Effect] = []
        self._last_call = 0
        host, port = settings.contact.host, settings.contact.port
        self._local = (host.strip("[]"), port or 5060)

    # --- what goes out ---------------------------------------------------------------------

    def emit(self, *effects: Effect) -> None:
        self._out += effects

    def drain(self) -> tuple[Effect, ...]:
        out, self._out = tuple(self._out), []
        return out

    def tag(self) -> str:
        return self.chance.token(TAG_OCTETS)

    def contact(self, flow: Flow) -> tuple[str, str]:
        """Our Contact on a flow; the transport stands in it where it is not the usual one."""
        uri = self.settings.contact
        said = any(name == "transport" for name, _ in uri.params)
        if flow.transport != "UDP" and uri.scheme == "sip" and not said:
            uri = replace(uri, params=(*uri.params, ("transport", flow.transport.lower())))
        return "Contact", f"<{uri}>"

    def product(self, name: str) -> Headers:
        return ((name, self.settings.product),) if self.settings.product else ()

    def via(self, flow: Flow) -> tuple[str, str]:
        """A new Via, with a branch that nobody has had (8.1.1.7) and rport (RFC 3581)."""
        uri = self.settings.contact
        branch = self.mark + self.chance.token(BRANCH_OCTETS)
        found = Via(flow.transport, uri.host, uri.port, (("rport", None), ("branch", branch)))
        return "Via", str(found)

    # --- requests of ours ------------------------------------------------------------------

    def flow_to(self, uri: SipUri) -> Flow:
        return flow_to(uri, self._local)

    def flow_of(self, request: Request, known: Flow) -> Flow:
        """The way for a request within a dialog: what its route says, over the transport that the
        dialog lives on where none is said, and by its very stream where that leads there."""
        try:
            found = flow_to(next_hop(request), known.local, known.transport)
        except Malformed:
            return known
        same = (found.transport, found.remote[0]) == (known.transport, known.remote[0])
        return known if known.connection and same else found

    def ask(
        self,
        request: Request,
        flow: Flow,
        purpose: Purpose,
        now: float,
        call: Call | None = None,
        challenges: Challenges = NOTHING_ASKED,
    ) -> ClientKey:
        """Sends a request; a Via of ours is put on top unless CANCEL brings its INVITE's.
        `challenges` are answered with it."""
        headers = request.headers
        if request.method != "CANCEL":
            headers = (self.via(flow), *headers)
        proofs = self.keyring.proofs(challenges, request.method, request.uri)
        request = replace(request, headers=(*headers, *proofs, *self.product("User-Agent")))
        key, send = self.transactions.ask(request, flow, now)
        number = None if call is None else call.id
        self.asked[key] = Asked(purpose, request, flow, number, challenges=challenges)
        self.emit(send)
        return key

    def say(
        self,
        call: Call,
        method: str,
        purpose: Purpose,
        now: float,
        headers: Headers = (),
        body: bytes = b"",
    ) -> ClientKey:
        """A request within the call's dialog, with answers to what was asked in it (22.3)."""
        assert call.dialog is not None, f"{method} in a call that has no dialog"
        call.dialog, request = request_of(call.dialog, method, headers, body)
        way = self.flow_of(request, call.flow)
        return self.ask(request, way, purpose, now, call, call.challenges)

    def acknowledge(self, dialog: Dialog, asked: Asked, number: int, flow: Flow) -> None:
        """The ACK of a 2xx (13.2.2.4), with the credentials of its INVITE (22.1); it is kept, for
        the 2xx comes again until it has arrived."""
        proofs = tuple(pair for pair in asked.request.headers if pair[0] in ANSWERS.values())
        _, ack = request_of(dialog, "ACK", proofs, ack_of=number)
        way = self.flow_of(ack, flow)
        ack = replace(ack, headers=(self.via(way), *ack.headers, *self.product("User-Agent")))
        send = Send(write(ack), way)
        asked.acks[dialog.key[2]] = send
        self.emit(send)

    # --- answers of ours -------------------------------------------------------------------

    def answer(
        self,
        key: ServerKey,
        request: Request,
        status: int,
        now: float,
        headers: Headers = (),
        *,
        tag: str = "",
        reason: str = "",
        body: bytes = b"",
    ) -> Response:
        """Answers within a transaction. `tag`: what To gets where it has none."""
        rows = headers if status == 100 else (*headers, *self.product("Server"))
        given = tag or stateless_tag(self._salt, request)
        response = reply(request, status, rows, tag=given, reason=reason, body=body)
        self.emit(*self.transactions.answer(key, response, now))
        return response

    def turn_away(self, request: Request, flow: Flow, status: int, headers: Headers = ()) -> None:
        """Answers without keeping anything of it (8.2.7). Nothing is ever answered to ACK."""
        if request.method == "ACK":
            return
        tag = stateless_tag(self._salt, request)
        response = reply(request, status, (*headers, *self.product("Server")), tag=tag)
        self.emit(Send(write(response), way_back(request, flow)))

    def answer_unreadable(self, response: Response, flow: Flow) -> None:
        """Sends what the reader would answer to what it could not read."""
        tag = stateless_tag(self._salt, response)
        asked = Request("UNREADABLE", "sip:unreadable", as_seen(response, flow))
        tagged = reply(asked, response.status, self.product("Server"), tag=tag)
        self.emit(Send(write(tagged), way_back(asked, flow)))

    # --- calls -----------------------------------------------------------------------------

    def new_call(self, ours: bool, flow: Flow, invite: Request, key: ServerKey) -> Call:
        self._last_call += 1
        phase = Phase.CALLING if ours else Phase.INVITED
        call = Call(CallId(self._last_call), ours, phase, flow, invite, key)
        self.calls[call.id] = call
        return call

    def end(self, call: Call, cause: Cause) -> None:
        """The user hears the end, and nothing more. What is still owed to the peer is not lost."""
        self.emit(Ended(call.id, cause))
        for timer in (Timer.RINGING, Timer.REFRESH, Timer.EXPIRY, Timer.RETRY):
            self.deadlines.drop((timer, call.id))
        call.wanted = None

    def forget(self, call: Call) -> None:
        """Nothing is owed any more."""
        for timer in Timer:
            self.deadlines.drop((timer, call.id))
        del self.calls[call.id]
        for fork in call.forks.values():
            self.dialogs.pop(fork.dialog.key, None)
        if call.dialog is not None:
            self.dialogs.pop(call.dialog.key, None)
        if not call.ours:
            self.invites.pop(call.key, None)

    @property
    def census(self) -> Census:
        return Census(
            len(self.calls),
            len(self.dialogs),
            self.transactions.servers,
            self.transactions.clients,
            len(self.asked) + len(self.invites),
            len(self.deadlines),
        )

    def after(self, timer: Timer, call: Call, seconds: float, now: float) -> None:
        self.deadlines.set((timer, call.id), now + seconds)

    def stop(self, call: Call, *timers: Timer) -> None:
        for timer in timers:
            self.deadlines.drop((timer, call.id))
