"""The transaction layer (RFC 3261, 17; RFC 6026): repetitions, time-outs, ACKs of refusals.

Runs the tables for all transactions of one user agent, at both ends. What a message means is for
the layer above; what a peer may do too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never, cast

from .deadlines import Deadlines
from .effects import Send
from .fields import PORT, PORT_OF, Via, address, cseq, vias
from .flows import Flow
from .message import Headers, Request, Response, members, values, write
from .replies import way_back
from .settings import Timing
from .transaction_table import (
    BIRTH,
    CARRIED,
    NEXT,
    REPEATING,
    RUNNING,
    Do,
    Input,
    Kind,
    State,
    again,
    lasts,
)

ServerKey = tuple[str, ...]
ClientKey = tuple[str, str]  # (branch, method)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An ACK that belongs to a 2xx, or to nothing."""

    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to a request of ours that is no repetition; a 2xx to INVITE always is one."""

    key: ClientKey
    response: Response


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request of ours has no final answer and will have none: 408, or 503 when it was lost in
    the transport (8.1.3.1)."""

    key: ClientKey
    status: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An INVITE of ours that was accepted: no other 2xx of it can come."""

    key: ClientKey


Outcome = Send | Acknowledged | Heard | Unanswered | Settled


@dataclass(slots=True, eq=False)
class _Transaction:
    kind: Kind
    request: Request
    flow: Flow
    state: State
    last: bytes = b""  # what was sent last
    acked: bytes = b""  # the ACK of a refusal
    interval: float = 0.0  # of the timer that repeats
    merged: tuple[str, ...] = ()
    running: set[Input] = field(default_factory=set[Input])


def client_key(message: Request | Response) -> ClientKey | None:
    """What an answer finds its request by (17.1.3); None for an answer that is not for us."""
    found = vias(message)
    branch = found[0].branch
    if branch is None or (isinstance(message, Response) and len(found) > 1):
        return None
    return branch.lower(), cseq(message).method


def server_key(request: Request, method: str) -> ServerKey:
    """What a request finds its transaction by (17.2.3), by the old rules where the branch has no
    cookie. The To tag is no part of it: all else differs where that does."""
    via = vias(request)[0]
    if via.branch is not None:
        port = _port(via)
        return (via.branch.lower(), via.host.lower(), str(port), method)
    tag = address(request, "From").tag or ""
    sequence = str(cseq(request).sequence)
    return (request.uri, tag, request.value("Call-ID") or "", sequence, str(via), method)


def _port(via: Via) -> int:
    return PORT_OF.get(via.transport, PORT) if via.port is None else via.port


def merged_key(request: Request) -> tuple[str, ...]:
    """Equal in two copies of a request that came by two ways (8.2.2.2)."""
    tag = address(request, "From").tag or ""
    return (tag, request.value("Call-ID") or "", str(cseq(request)))


class Transactions:
    """All transactions of one user agent. Methods return what follows, in order."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._servers: dict[ServerKey, _Transaction] = {}
        self._clients: dict[ClientKey, _Transaction] = {}
        self._merged: dict[tuple[str, ...], ServerKey] = {}
        self._deadlines: Deadlines[tuple[ServerKey, bool, Input]] = Deadlines()

    @property
    def servers(self) -> int:
        return len(self._servers)

    @property
    def clients(self) -> int:
        return len(self._clients)

    @property
    def next_at(self) -> float | None:
        return self._deadlines.next_at

    # --- as server -------------------------------------------------------------------------

    def absorb(self, request: Request, flow: Flow, now: float) -> tuple[Outcome, ...] | None:
        """What a request does to the transaction it belongs to; None: it belongs to none."""
        ack = request.method == "ACK"
        key = server_key(request, "INVITE" if ack else request.method)
        known = self._servers.get(key)
        if known is None:
            return (Acknowledged(request, flow),) if ack else None
        if not ack and flow.reliable:
            known.flow = flow  # it came again by another stream: the first may be gone
        does = self._advance(known, key, Input.GOT_ACK if ack else Input.GOT_REQUEST, now)
        return self._done(known, key, does, Acknowledged(request, flow))

    def is_merged(self, request: Request) -> bool:
        """Whether another copy of a request that has no transaction was taken already."""
        return merged_key(request) in self._merged

    def begin(self, request: Request, flow: Flow, now: float) -> ServerKey:
        """A transaction for a request that `absorb` knew nothing of."""
        kind = Kind.INVITE_SERVER if request.method == "INVITE" else Kind.OTHER_SERVER
        key = server_key(request, request.method)
        # Of what others send no more is kept than where to answer: it may be large, and many.
        kept = Request(request.method, request.uri, _vias(request))
        new = _Transaction(kind, kept, way_back(request, flow), BIRTH[kind])
        if address(request, "To").tag is None:
            new.merged = merged_key(request)
            self._merged.setdefault(new.merged, key)
        self._servers[key] = new
        return key

    def invite_of(self, cancel: Request) -> ServerKey | None:
        """The INVITE that a CANCEL means (9.2)."""
        key = server_key(cancel, "INVITE")
        return key if key in self._servers else None

    def answer(self, key: ServerKey, response: Response, now: float) -> tuple[Send, ...]:
        """Sends an answer, if its transaction still stands and has no other."""
        known = self._servers.get(key)
        if known is None:
            return ()
        happened = _input(response.status, Input.SENT_1XX, Input.SENT_2XX, Input.SENT_FINAL)
        if (known.state, happened) not in NEXT[known.kind]:
            return ()
        known.last = write(response)
        if response.status >= 300 and response.status != 487:
            self._unmerge(known, key)  # who was refused may ask again, with the same number too
        self._advance(known, key, happened, now)
        return (Send(known.last, known.flow),)

    # --- as client -------------------------------------------------------------------------

    def ask(self, request: Request, flow: Flow, now: float) -> tuple[ClientKey, Send]:
        """Sends a request (not ACK) whose uppermost Via bears a branch of ours."""
        kind = Kind.INVITE_CLIENT if request.method == "INVITE" else Kind.OTHER_CLIENT
        key = client_key(request)
        if key is None:
            raise ValueError("a request of ours needs a branch in its Via")
        new = _Transaction(kind, request, flow, BIRTH[kind], last=write(request))
        self._clients[key] = new
        self._arm(new, key, now)
        return key, Send(new.last, flow)

    def heard(self, response: Response, now: float) -> tuple[Outcome, ...]:
        """What an answer does; nothing when nobody waits for it."""
        key = client_key(response)
        known = None if key is None else self._clients.get(key)
        if key is None or known is None:
            return ()
        happened = _input(response.status, Input.GOT_1XX, Input.GOT_2XX, Input.GOT_FINAL)
        does = self._advance(known, key, happened, now)
        if Do.ACK in does and not known.acked:
            known.acked = write(refusal_ack(known.request, response))
        return self._done(known, key, does, Heard(key, response))

    def give_up(self, key: ClientKey, now: float) -> tuple[Outcome, ...]:
        """Ends an INVITE that nobody will answer any more."""
        known = self._clients.get(key)
        if known is None:
            return ()
        return self._done(known, key, self._advance(known, key, Input.GIVEN_UP, now), None)

    # --- time and the transport ------------------------------------------------------------

    def tick(self, now: float) -> tuple[Outcome, ...]:
        """What is due."""
        outcomes: list[Outcome] = []
        while (due := self._deadlines.take(now)) is not None:
            key, server, timer = due
            known = self._servers[key] if server else self._clients[cast(ClientKey, key)]
            known.running.discard(timer)
            does = self._advance(known, key, timer, now)
            outcomes += self._done(known, key, does, None)
            if timer in REPEATING:
                known.interval = again(timer, known.state, known.interval, self._timing)
                self._set(known, key, timer, now + known.interval)
        return tuple(outcomes)

    def lost(self, flow: Flow, now: float) -> tuple[Outcome, ...]:
        """The transport says that nothing reaches this flow, or that its stream has ended. Answers
        that are still to be given then open a stream to where Via says (18.2.2)."""
        for known in self._servers.values():
            if known.flow.same_way(flow) and flow.reliable:
                port = _port(vias(known.request)[0])
                known.flow = replace(known.flow, remote=(flow.remote[0], port), connection=0)
        outcomes: list[Outcome] = []
        for key, asked in list(self._clients.items()):
            if asked.flow.same_way(flow):
                does = self._advance(asked, key, Input.UNSENDABLE, now)
                outcomes += self._done(asked, key, does, None)
        return tuple(outcomes)

    def _advance(
        self, known: _Transaction, key: ServerKey, happened: Input, now: float
    ) -> tuple[Do, ...]:
        cell = NEXT[known.kind].get((known.state, happened))
        if cell is None:
            return ()
        if cell.after is not known.state:
            known.state = cell.after
            self._arm(known, key, now)
        return cell.do

    def _arm(self, known: _Transaction, key: ServerKey, now: float) -> None:
        """The timers of the state it is in, and no others."""
        wanted = RUNNING.get((known.kind, known.state), ())
        for timer in known.running - set(wanted):
            self._deadlines.drop((key, _serves(known), timer))
        known.running &= set(wanted)
        if known.state is State.TERMINATED:
            self._forget(known, key)
        for timer in wanted:
            seconds = lasts(timer, self._timing, known.flow.reliable)
            if seconds is None or (timer in CARRIED and timer in known.running):
                continue
            if timer in REPEATING:
                known.interval = seconds
            self._set(known, key, timer, now + seconds)

    def _set(self, known: _Transaction, key: ServerKey, timer: Input, at: float) -> None:
        known.running.add(timer)
        self._deadlines.set((key, _serves(known), timer), at)

    def _forget(self, known: _Transaction, key: ServerKey) -> None:
        if not _serves(known):
            del self._clients[cast(ClientKey, key)]
            return
        del self._servers[key]
        self._unmerge(known, key)

    def _unmerge(self, known: _Transaction, key: ServerKey) -> None:
        if self._merged.get(known.merged) == key:
            del self._merged[known.merged]

    def _done(
        self,
        known: _Transaction,
        key: ServerKey,
        does: tuple[Do, ...],
        told: Acknowledged | Heard | None,
    ) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        for one in does:
            match one:
                case Do.SEND if known.last:
                    outcomes.append(Send(known.last, known.flow))
                case Do.SEND:
                    pass  # nothing has been said yet
                case Do.ACK:
                    outcomes.append(Send(known.acked, known.flow))
                case Do.TELL:
                    assert told is not None, f"{known.kind} has no message to tell of"
                    outcomes.append(told)
                case Do.TIMEOUT:
                    outcomes.append(Unanswered(cast(ClientKey, key), 408))
                case Do.OVER:
                    outcomes.append(Settled(cast(ClientKey, key)))
                case Do.LOST:
                    outcomes.append(Unanswered(cast(ClientKey, key), 503))
                case _:
                    assert_never(one)
        return tuple(outcomes)


def _vias(request: Request) -> Headers:
    return tuple(("Via", value) for value in values(request.headers, "Via"))


def _serves(known: _Transaction) -> bool:
    return known.kind in (Kind.INVITE_SERVER, Kind.OTHER_SERVER)


def _input(status: int, provisional: Input, success: Input, final: Input) -> Input:
    if status < 200:
        return provisional
    return success if status < 300 else final


def refusal_ack(invite: Request, response: Response) -> Request:
    """The ACK of a refusal (17.1.1.3): by the way of the INVITE, in its transaction."""
    sequence = cseq(invite).sequence
    headers = (
        ("Via", members(invite.headers, "Via")[0]),
        ("Max-Forwards", "70"),
        *(("Route", value) for value in values(invite.headers, "Route")),
        ("From", invite.value("From") or ""),
        ("To", response.value("To") or ""),
        ("Call-ID", invite.value("Call-ID") or ""),
        ("CSeq", f"{sequence} ACK"),
    )
    return Request("ACK", invite.uri, headers)
