"""A telecommunicator without a browser: the console protocol over a WebSocket, in asyncio.

Written from docs/console-protocol.md, not from our own page or server: it logs in, says hello with
what it holds, acknowledges what it was shown, answers, writes, ends. Every line it was ever shown
is remembered per leg, also over a lost link; a line that comes twice on one leg is a finding.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

VERSION = 1
LINES_AT_ONCE, MEMBERS_AT_ONCE = 200, 50  # of a fold, of a group (section 4)
LOGIN_WITHIN = 20.0  # s; a hash is made slowly on purpose


@dataclass(slots=True)
class Leg:
    """One dialogue at this PSAP, as the console knows it."""

    name: str
    dialogue: str
    state: str = "ringing"  # ringing, answered, closed
    owner: str = ""
    held: int = -1  # highest sequence shown
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    deliveries: dict[int, str] = field(default_factory=dict[int, str])
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    closed_because: str = ""
    # Of a call (section 11): whose turn it is, and the lines of the call before.
    turn: dict[str, Any] = field(default_factory=dict[str, Any])
    earlier: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sending: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    grew: int = 0  # how often a line was said anew


class Console:
    """One person at one PSAP. Override `rang`, `shown` and `owned` to act on what happens."""

    def __init__(self, base: str, psap: str, user: str, password: str) -> None:
        self.base = base
        self.psap = psap
        self.user = user
        self._password = password
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.legs: dict[str, Leg] = {}
        self.twice: list[tuple[str, int]] = []
        self.refused: list[dict[str, Any]] = []
        self._to_acknowledge: dict[str, int] = {}
        self._groups_shown: dict[str, int] = {}
        self._opening: dict[tuple[str, int], int] = {}  # (leg, before) that was asked -> after
        self._out: list[dict[str, Any]] = []

    # --- what happens ---------------------------------------------------------------------------

    def rang(self, leg: Leg) -> None:
        """A leg is new here, or known anew after the link was lost."""

    def shown(self, leg: Leg, line: dict[str, Any]) -> None:
        """A line this leg had not shown before."""

    def owned(self, leg: Leg) -> None:
        """The gateway recorded that the dialogue is ours."""

    def folded(self, leg: Leg, after: int, before: int) -> None:
        """The caller's lines between these two were left out. `open_fold` brings them."""

    def opened(self, leg: Leg, line: dict[str, Any]) -> None:
        """A line out of a fold; perhaps one that is known already."""

    def grouped(self, group: dict[str, Any]) -> None:
        """A group has changed. `open_group` brings its members as legs."""

    def heard(self) -> None:
        """One message of the server was worked through."""

    # --- the link -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Log in and say hello with all that we hold. Raises ConnectionError when refused."""
        await self.close()
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": self.base}
        )
        form = {"user": self.user, "password": self._password}
        async with asyncio.timeout(LOGIN_WITHIN):
            url = f"{self.base}/{self.psap}/login"
            async with self._session.post(url, data=form, allow_redirects=False) as answer:
                if answer.status != 303:
                    raise ConnectionError(f"log-in at {self.psap} answered {answer.status}")
            self._socket = await self._session.ws_connect(f"{self.base}/{self.psap}/ws")
        resume = {leg.name: leg.held for leg in self.legs.values() if leg.state != "closed"}
        await self._send({"type": "hello", "version": VERSION, "resume": resume})

    async def read(self) -> None:
        """Work through messages until the link ends."""
        assert self._socket is not None
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frames: list[dict[str, Any]] = msgspec.json.decode(message.data)
            for frame in frames:
                self._take(frame)
            await self.flush()
            self.heard()

    async def flush(self) -> None:
        """Acknowledge what was shown and send what was asked for."""
        if self._to_acknowledge or self._groups_shown:
            shown, self._to_acknowledge = self._to_acknowledge, {}
            groups, self._groups_shown = self._groups_shown, {}
            await self._send({"type": "shown", "up_to": shown, "groups": groups})
        out, self._out = self._out, []
        for frame in out:
            await self._send(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()
        self._socket = self._session = None
        self._to_acknowledge.clear()
        self._out.clear()

    # --- what we do (sent with the next flush) --------------------------------------------------

    def answer(self, leg: str, takeover: bool = False) -> None:
        self._out.append({"type": "answer", "leg": leg, "takeover": takeover})

    def write(self, leg: str, key: str, text: str) -> None:
        self._out.append({"type": "write", "leg": leg, "key": key, "text": text})

    def voice(self, leg: str, mode: str) -> None:
        self._out.append({"type": "voice", "leg": leg, "mode": mode})

    def end(self, leg: str, key: str, text: str = "") -> None:
        self._out.append({"type": "end", "leg": leg, "key": key, "text": text})

    def open_fold(self, leg: str, after: int, before: int) -> None:
        """Page by page, from the end."""
        if self._opening.setdefault((leg, before), after) == after:
            ask = {"type": "lines", "leg": leg, "before": before, "count": LINES_AT_ONCE}
            self._out.append(ask)

    def open_group(self, group: str, skip: int = 0) -> None:
        ask = {"type": "members", "group": group, "skip": skip, "count": MEMBERS_AT_ONCE}
        self._out.append(ask)

    # --- frames ---------------------------------------------------------------------------------

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "line":
                self._line(self.legs[frame["leg"]], frame["line"])
            case "leg":
                self._leg(frame)
            case "burst":
                leg, lines = self.legs[frame["leg"]], frame["lines"]
                if frame["folded"]:
                    self.folded(leg, frame["after"], lines[0]["sequence"])
                for line in lines:
                    self._line(leg, line)
            case "lines":
                self._fetched(self.legs[frame["leg"]], frame["before"], frame["lines"])
            case "group":
                self._groups_shown[frame["group"]] = frame["version"]
                self.grouped(frame)
            case "members":
                if frame["legs"] and frame["left"]:
                    self.open_group(frame["group"], frame["skip"] + len(frame["legs"]))
            case "owner":
                leg = self.legs[frame["leg"]]
                leg.state, leg.owner = "answered", frame["owner"]
                if leg.owner == self.user:
                    self.owned(leg)
            case "delivery":
                self.legs[frame["leg"]].deliveries[frame["sequence"]] = frame["delivery"]
            case "typed":
                self._grown(self.legs[frame["leg"]], frame)
            case "turn":
                self.legs[frame["leg"]].turn = frame["line"] or {}
            case "sending":
                self.legs[frame["leg"]].sending[frame["sequence"]] = frame
            case "card":
                self.legs[frame["leg"]].card = frame["card"]
            case "closed":
                leg = self.legs[frame["leg"]]
                leg.state, leg.closed_because = "closed", frame["reason"]
            case "not_taken" | "not_possible":
                self.refused.append(frame)
            case _:
                pass  # new frames may come without a new version, and the others are for people

    def _leg(self, frame: dict[str, Any]) -> None:
        leg = self.legs.setdefault(frame["leg"], Leg(frame["leg"], frame["dialogue"]))
        leg.state, leg.owner, leg.card = frame["state"], frame["owner"], frame["card"]
        if frame["after"] < leg.held:
            self.twice.append((leg.name, frame["after"]))
        leg.turn = frame.get("line") or {}
        leg.earlier = frame.get("earlier") or []
        for line in frame.get("grown") or ():
            self._grown(leg, line)
        for sequence, delivery, _ in frame["deliveries"]:
            leg.deliveries[sequence] = delivery
        for fold in frame["folds"]:
            self.folded(leg, fold["after"], fold["last"] + 1)
        for line in frame["lines"]:
            self._line(leg, line)
        if leg.state == "ringing":
            self.rang(leg)
        elif leg.owner == self.user:
            self.owned(leg)

    def _fetched(self, leg: Leg, before: int, lines: list[dict[str, Any]]) -> None:
        after = self._opening.pop((leg.name, before), None)
        if after is None:
            return
        for line in lines:
            if line["sequence"] > after:
                self.opened(leg, line)
        if lines and lines[0]["sequence"] > after:
            self.open_fold(leg.name, after, lines[0]["sequence"])

    def _grown(self, leg: Leg, said: dict[str, Any]) -> None:
        """The whole of a line that grows."""
        for line in leg.lines:
            if line["sequence"] == said["sequence"]:
                line["text"] = said["text"]
                leg.grew += 1

    def _line(self, leg: Leg, line: dict[str, Any]) -> None:
        sequence: int = line["sequence"]
        if sequence <= leg.held:
            self.twice.append((leg.name, sequence))
            return
        leg.held = sequence
        leg.lines.append(line)
        if line.get("delivery"):
            leg.deliveries[sequence] = line["delivery"]
        self._to_acknowledge[leg.name] = sequence
        self.shown(leg, line)
