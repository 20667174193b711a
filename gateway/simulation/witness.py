"""The witness: sees every wire and every page at the moment something becomes visible there, and
holds it against the shadow, which knows only what is durable. At the end it asks what is missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import inf

from ...psap_adapters.console.frames import ClientFrame, Line, ServerFrame
from ...smpp.codec import decode
from ...smpp.pdu import DataSm, DeliverSm, SubmitSm, SubmitSmResp
from ...smpp.tlv import Tag, number_of, text_of
from ..core.hearing import HEARD_MAX
from ..core.state import Dialogue
from .carriers import TO_CALLERS, TO_TEXTS, Submission, response_id
from .pages import Pages
from .shadow import Shadow, Told
from .stage import Stage
from .words import Words

# Seconds: an automatic message is not sent again to a caller who got the same one within 10.
SPACING = 12.0
UNSURE_AFTER = 50.0  # seconds between two attempts: rules (a) and (d) of DESIGN 9.1 end at 60
RECEIPT_TYPE = 0x04  # esm_class
TYPE_MASK = 0x3C
STATE_DELIVERED = 2
REGISTERED = 0x03  # registered_delivery: a receipt is asked for
AGAIN_WITHIN = 60.0  # seconds after a link is gone, when nothing is in the way
ToCaller = DeliverSm | SubmitSm | DataSm
SENDS_MAX = 2  # of a part that was not refused: once, and once more when its link is gone


class Witness:
    """`names`: (carrier group, number) -> the name that the caller's texts bear. `is_lost`: whether
    the gateway has lost a link. `is_report`: whether a request of a carrier was no text.
    `group_of`: whose link it is. `name_of`: the name that the caller of a number types."""

    def __init__(
        self,
        stage: Stage,
        shadow: Shadow,
        names: dict[tuple[str, str], str],
        is_lost: Callable[[str], bool],
        is_report: Callable[[str, int], bool],
        group_of: Callable[[str], str],
        name_of: Callable[[str], str],
    ) -> None:
        self._stage = stage
        self.shadow = shadow
        self._is_lost = is_lost
        self._is_report = is_report
        self._group_of = group_of
        self._words = Words(stage, shadow, names, name_of)
        self.shown: set[tuple[str, int]] = set()  # (dialogue, sequence), on any page
        self._legs: dict[str, dict[int, Line]] = defaultdict(dict)
        # (carrier group, number) -> when M1, M2 or M7 left
        self.told: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._sent: dict[tuple[str, int, int], list[str]] = defaultdict(list)  # part -> links
        self._highest: dict[str, tuple[int, int]] = {}
        self._receipts: dict[str, bool] = {}
        self._receipt_links: dict[str, str] = {}  # message -> the link its receipt left on last
        self._answers: dict[tuple[str, int], float] = {}  # request -> when it got ESME_ROK
        self._denied: dict[tuple[str, int], float] = {}  # request -> when it was refused
        self._deaths = 0
        self._healed_at = inf  # seconds of the stage
        self._links: dict[str, float] = {}  # link -> when it was seen to be lost
        self.pages = Pages(stage, shadow)
        self._holders: dict[str, str] = {}  # dialogue -> PSAP

    # --- wires ---------------------------------------------------------------------------------

    def wrote(self, link: str, octets: bytes) -> None:
        """The gateway writes whole PDUs, several at once."""
        self.shadow.catch_up()
        now = self._stage.now()
        if self._stage.healed:
            self._healed_at = min(self._healed_at, now)
        for other in [one for one, gone in self._links.items() if gone == inf]:
            if self._is_lost(other):
                self._links[other] = now
        self._links.setdefault(link, inf)
        while octets:
            size = int.from_bytes(octets[:4])
            pdu, octets = octets[:size], octets[size:]
            command, status = int.from_bytes(pdu[4:8]), int.from_bytes(pdu[8:12])
            if command == SubmitSmResp.COMMAND_ID and not status:
                self._answered(link, int.from_bytes(pdu[12:16]), pdu)
            elif command == SubmitSmResp.COMMAND_ID:
                self._denied.setdefault((link, int.from_bytes(pdu[12:16])), now)
            elif command in TO_CALLERS:
                self._deliver(link, pdu)
            elif command in TO_TEXTS:  # on a bind of ours; `centres` looks whether it may
                known = self._denied if status else self._answers
                known.setdefault((link, int.from_bytes(pdu[12:16])), now)

    def _answered(self, link: str, sequence: int, octets: bytes) -> None:
        response, _ = decode(octets)
        assert isinstance(response, SubmitSmResp)
        known = response.message_id in self.shadow.answers
        if not known and not self._is_report(link, sequence):
            words = f"{response.message_id} on {link}"
            raise self._stage.broken(f"no ESME_ROK before the text is durable: {words}")
        self._answers.setdefault((link, sequence), self._stage.now())

    def _deliver(self, link: str, octets: bytes) -> None:
        pdu, _ = decode(octets)
        assert isinstance(pdu, DeliverSm | SubmitSm | DataSm)
        if pdu.esm_class & TYPE_MASK == RECEIPT_TYPE:
            self._receipt(link, pdu)
            return
        asked = response_id(link, int.from_bytes(octets[12:16]))
        reference = number_of(pdu.tlvs, Tag.user_message_reference)
        for dialogue, told in reversed(self.shadow.dialogues.items()):
            state = told.state
            if state is None or caller_of(state) != (self._group_of(link), pdu.destination_addr):
                continue
            for (reply, part), command in told.parts.items():
                if command.umr == reference and words_of(pdu).endswith(command.segment.octets):
                    self.shadow.doubts.asked[asked] = (dialogue, reply, part)
                    self._part(link, pdu, dialogue, told, reply, part)
                    return
        words = f"to {pdu.destination_addr}, reference {reference}"
        raise self._stage.broken(f"no reply leaves before its record is durable: {words}")

    def _part(
        self, link: str, pdu: ToCaller, dialogue: str, told: Told, reply: int, part: int
    ) -> None:
        name = f"reply {reply}, part {part} of {dialogue}"
        before = self._sent[dialogue, reply, part]
        line = next(s for s in told.lines.values() if s.reply == reply)
        if line.by in ("M1", "M2", "M7"):
            self.told[self._group_of(link), pdu.destination_addr].append(self._stage.now())
        if line.by == "M1" and dialogue in self.pages.owned:
            raise self._stage.broken(f"nobody is called unreachable who has answered: {name}")
        lost = sum(self._is_lost(one) for one in before)
        if not before:
            if (reply, part) <= self._highest.get(dialogue, (-1, -1)):
                raise self._stage.broken(f"replies leave in order: {name}")
            self._highest[dialogue] = (reply, part)
        elif len(before) > lost + told.refusals[reply, part]:
            raise self._stage.broken(f"not sent again while its link lives: {name}")
        elif len(before) > told.refusals[reply, part] and line.sequence not in told.marked:
            raise self._stage.broken(f"what is sent again is marked: {name}")
        if len(before) >= SENDS_MAX + told.refusals[reply, part] + self._deaths:
            raise self._stage.broken(f"sent again once, not more often: {name}")
        before.append(link)
        self._stage.note(link, f"{name} is written, time {len(before)}")

    def _receipt(self, link: str, pdu: ToCaller) -> None:
        message = text_of(pdu.tlvs, Tag.receipted_message_id) or ""
        delivered = number_of(pdu.tlvs, Tag.message_state) == STATE_DELIVERED
        if (message, delivered) not in self.shadow.receipts:
            raise self._stage.broken(f"no receipt leaves before its record: {message}")
        if self._receipts.setdefault(message, delivered) is not delivered:
            raise self._stage.broken(f"never both DELIVRD and UNDELIV: {message} on the wire")
        if delivered is not (b"stat:DELIVRD" in words_of(pdu)):
            raise self._stage.broken(f"a receipt says one thing: {words_of(pdu)!r}")
        if delivered and not self.pages.has_shown(self.shadow.line_of(message)):
            raise self._stage.broken(f"DELIVRD only for what a page has shown: {message}")
        self._receipt_links[message] = link

    # --- pages ---------------------------------------------------------------------------------

    def heard(self, link: str, user: str, frame: ClientFrame) -> None:
        self.pages.heard(link, user, frame)

    def sent(self, link: str, frame: ServerFrame) -> None:
        self.pages.sent(link, frame)

    def left(self, link: str) -> None:
        self.pages.left(link)

    def shows(self, leg: str, lines: Sequence[Line]) -> None:
        self.pages.shows(leg, lines)

    def line(self, psap: str, leg: str, line: Line) -> None:
        self.shadow.catch_up()
        dialogue = leg.rpartition("/")[0]
        told = self.shadow.dialogues.get(dialogue)
        recorded = None if told is None else told.lines.get(line.sequence)
        if told is None or recorded is None or not told.ever_read(line.sequence, line.text):
            words = f"line {line.sequence} of {leg} at {psap}"
            raise self._stage.broken(f"no line is shown before its record is durable: {words}")
        if line.kind == "caller":
            assert told.state is not None
            self._words.only_own(leg, told, line.text)
            if (dialogue, line.sequence) not in self.shown:
                self._stage.note(psap, f"{leg} shows line {line.sequence}")
            self.shown.add((dialogue, line.sequence))
        self._legs[leg][line.sequence] = line

    def typed(self, psap: str, leg: str, sequence: int, text: str) -> None:
        self._words.typed(psap, leg, sequence, text)

    def earlier(self, leg: str, lines: Sequence[Line]) -> None:
        self._words.earlier(leg, lines)

    def owner(self, leg: str, owner: str) -> None:
        self.shadow.catch_up()
        told = self.shadow.dialogues.get(leg.rpartition("/")[0])
        if told is None or owner not in told.owners:
            raise self._stage.broken(f"no owner is shown before the record: {owner} of {leg}")

    def holds(self, psap: str, dialogue: str) -> None:
        if (other := self._holders.setdefault(dialogue, psap)) != psap:
            words = f"{dialogue} at {psap} and {other}"
            raise self._stage.broken(f"one PSAP has a dialogue at a time: {words}")

    def lets_go(self, psap: str, dialogue: str) -> None:
        if self._holders.get(dialogue) == psap:
            del self._holders[dialogue]

    def gateway_died(self) -> None:
        self._holders.clear()
        self._deaths += 1
        self.pages.everybody_left()

    # --- when all is over ----------------------------------------------------------------------

    def at_the_end(self, submissions: Iterable[Submission]) -> None:
        self.shadow.catch_up()
        everything = list(submissions)
        texts = [one for one in everything if not one.report]
        for one in everything:
            if not one.done:
                raise self._stage.broken(f"every text is answered in the end: {one.name}")
        for one in texts:
            if one.accepted_at >= 0:
                self._reached(one)
        self._shown_once(texts)
        self._all_there(texts)
        self._in_order(texts)
        self._replies_left()
        self._sent_again()
        self._receipts_given(texts)
        self._reports_recorded(one for one in everything if one.report)
        self.pages.at_the_end()

    def _reached(self, one: Submission) -> None:
        """P2: on a page, or the caller was told."""
        if one.message not in self.shadow.messages:
            raise self._stage.broken(f"what was accepted is recorded: {one.name} {one.message}")
        if self.shadow.line_of(one.message) in self.shown or one.is_machine:
            return
        told = self.told.get((one.group, one.caller), [])
        if not any(at >= one.begun_at - spacing(self._stage) for at in told):
            words = f"{one.name} ({one.message}) was neither shown nor is its caller told"
            raise self._stage.broken(f"what was accepted reaches a PSAP or bounces: {words}")

    def _shown_once(self, texts: list[Submission]) -> None:
        allowed: Counter[str] = Counter()
        written = Counter((one.group, one.caller) for one in texts)
        for one in texts:
            if one.known or not one.whole:
                allowed[one.words] += 1
                continue
            unsure = self._stage.most_stepped > 0 or one.lasted > UNSURE_AFTER
            again = len(one.attempts) - 1
            if unsure:
                allowed[one.words] += 1 + again
            elif written[one.group, one.caller] > HEARD_MAX:
                allowed[one.words] += 1 + one.as_new  # what it repeats may be forgotten
            else:
                allowed[one.words] += 1 + self._as_new(one)
        for leg, lines in self._legs.items():
            fresh = [line for line in lines.values() if line.kind == "caller"]
            for text, count in Counter(x.text for x in fresh if not x.suspected_repeat).items():
                if count > allowed[text] > 0:
                    words = f"{text!r} stands {count} times on {leg}, {allowed[text]} may"
                    raise self._stage.broken(f"a text is shown at most once on a leg: {words}")

    def _as_new(self, one: Submission) -> int:
        """How many of its repeats nobody could tell from a second text: under a new number on the
        same link that was not refused, or on another link although an earlier one had been
        answered."""
        # Who is impatient sends again before the refusal; nobody can tell that from a second text.
        denied = () if "impatient" in self._stage.faults else self._denied
        count = 0
        for n, this in enumerate(one.attempts):
            before = one.attempts[:n]
            if this in before:
                continue
            # Which of them arrives first is the network's affair, as long as its link is there.
            answered = min(
                (self._answers.get(x, inf) for x in one.attempts if x != this), default=inf
            )
            heard = min(self._answers.get(this, inf), self._denied.get(this, inf))
            answered_before = answered <= heard and answered < self._links.get(this[0], inf)
            open_there = any(x[0] == this[0] and x not in denied for x in before)
            count += answered_before or open_there
        return count

    def _all_there(self, texts: list[Submission]) -> None:
        """Equal words alone are never a repeat: as many lines as texts were accepted."""
        accepted = Counter(x.words for x in texts if x.accepted_at >= 0 and x.whole)
        there = Counter(
            line.text
            for told in self.shadow.dialogues.values()
            for line in told.lines.values()
            if line.kind == "caller"
        )
        for words, count in accepted.items():
            if there[words] < count:
                found = f"{words!r} was accepted {count} times and has {there[words]} lines"
                raise self._stage.broken(f"every accepted text has a line: {found}")

    def _in_order(self, texts: list[Submission]) -> None:
        """Texts that came over one link, each at its first attempt. Of words that were written
        once: else one text's answer may bear the id of another."""
        places = {name: place for place, name in enumerate(self.shadow.dialogues)}
        written = Counter(one.words for one in texts)
        last: dict[tuple[str, str], tuple[int, int, int]] = {}  # caller, link -> number, line
        for one in sorted(texts, key=lambda one: one.attempts[0][1]):
            line = self.shadow.line_of(one.message)
            if len(one.attempts) > 1 or not one.whole or written[one.words] > 1 or line is None:
                continue
            (link, number), where = one.attempts[0], (places[line[0]], line[1])
            before = last.get((one.caller, link), (0, -1, -1))
            if where < before[1:]:
                words = f"{one.name}, number {number} on {link}, stands before {before[0]}"
                raise self._stage.broken(f"a caller's texts keep their order: {words}")
            last[one.caller, link] = (number, *where)

    def _replies_left(self) -> None:
        for dialogue, told in self.shadow.dialogues.items():
            if told.state is None or told.state.call is not None:
                continue  # typed on a line: `lines` judges that
            for line in told.lines.values():
                first = told.parts.get((line.reply, 0))
                parts = range(1 if first is None else first.parts)
                left = all((dialogue, line.reply, part) in self._sent for part in parts)
                said = told.delivery.get(line.sequence)
                # Perhaps the gateway died, or a link broke, between the decision and the octets.
                unsure = said == "unknown" and line.sequence in told.marked
                if line.reply >= 0 and not left and said != "failed" and not unsure:
                    words = f"line {line.sequence} of {dialogue}"
                    raise self._stage.broken(f"a reply leaves, or fails on the page: {words}")

    def _sent_again(self) -> None:
        """What has no response goes with its link: once nothing is in the way it must leave again,
        unless its dialogue was let go before."""
        for dialogue, told in self.shadow.dialogues.items():
            since = told.forgotten_at - AGAIN_WITHIN
            if since < self._healed_at:
                continue
            for reply, part in told.parts:
                links = self._sent[dialogue, reply, part]
                line = next(one for one in told.lines.values() if one.reply == reply)
                once = len(links) == 1 and line.sequence not in told.marked
                taken_along = once and self._links[links[0]] < since
                if taken_along and not self.shadow.doubts.is_settled(dialogue, reply, part):
                    words = f"reply {reply}, part {part} of {dialogue}"
                    raise self._stage.broken(f"what its link took along is sent again: {words}")
            # After a refusal for now a receipt stays owed until the next start.
            for message in () if "refusing_carrier" in self._stage.faults else told.receipts:
                if self._links.get(self._receipt_links.get(message, ""), inf) < since:
                    raise self._stage.broken(f"a receipt is given again with a new link: {message}")

    def _receipts_given(self, texts: list[Submission]) -> None:
        """Of words that were written once: else one text's answer may bear the id of another."""
        given = {message for message, _ in self.shadow.receipts}
        written = Counter(one.words for one in texts)
        for one in texts:
            asked = one.accepted_at >= 0 and one.pdu.registered_delivery & REGISTERED
            asked = asked and not one.came_to_esme  # which gives none
            if asked and written[one.words] == 1 and one.message not in given:
                words = f"{one.name} ({one.message})"
                raise self._stage.broken(f"a receipt that was asked for is given: {words}")

    def _reports_recorded(self, reports: Iterable[Submission]) -> None:
        """Also of what a handset acknowledges ESME_ROK means that it is written down."""
        doubts = self.shadow.doubts
        for one in reports:
            message = text_of(one.pdu.tlvs, Tag.receipted_message_id) or ""
            asked = doubts.asked.get(message)
            if one.accepted_at < 0 or asked is None or message in doubts.reported:
                continue
            over_at = self.shadow.dialogues[asked[0]].forgotten_at
            if one.accepted_at < over_at:
                words = f"{one.name} for reply {asked[1]} of {asked[0]}"
                raise self._stage.broken(f"ESME_ROK only for a report that is recorded: {words}")


def words_of(pdu: ToCaller) -> bytes:
    if isinstance(pdu, DataSm):
        return next(value for tag, value in pdu.tlvs if tag == Tag.message_payload)
    return pdu.short_message


def spacing(stage: Stage) -> float:
    """Seconds before a text in which its caller may have been told instead. Where UTC was stepped
    back over a restart, nobody can know how much longer ago that was."""
    return SPACING + stage.most_stepped


def caller_of(state: Dialogue) -> tuple[str, str]:
    """(carrier group, number) as it stands on the wire."""
    return state.line.key.group, state.line.key.number.removeprefix("+")
