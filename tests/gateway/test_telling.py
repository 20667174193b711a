"""The story in words: a sentence for every fact, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import msgspec
import pytest

from text911.gateway.comparing import compare
from text911.gateway.core import commands as c
from text911.gateway.core import facts as f
from text911.gateway.core.encoding import record_of
from text911.gateway.core.replaying import Replayed
from text911.gateway.core.values import Block, MessageId, PsapName, Segment
from text911.gateway.telling import Teller, quoted, summary, utc

from .core.stage import POLICY, T0, A, D, Play, reply, sent_part, wrote
from .core.test_encoding import FACTS, MARK

EASTERN = timezone(timedelta(hours=-5), "EST")
P = PsapName("ansonia")
M = MessageId("m-1")


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, EASTERN)


def entries_of(play: Play) -> list[Replayed]:
    steps = zip(play.entries, play.steps, strict=True)
    records = [record_of(entry, b"", *step) for entry, step in steps]
    return list(compare(records, {"hash": POLICY}).entries)


def told(play: Play) -> list[str]:
    """Every line of the story of what was played."""
    teller = Teller(local)
    return [line for one in entries_of(play) for line in teller.tell(one).lines()]


def sentence(fact: f.AnyFact) -> str:
    play = Play()
    play.take(wrote("help"))
    state = play.steps[-1].dialogue
    entry = f.Entry(f.GATEWAY, 1, T0, fact)
    return Teller(local).tell(Replayed(entry, b"", state, (), (), "")).sentence


SENTENCES = {
    "Opened": "+18605550142 texted 911 through carrier group elm; the dialogue before it was d-0",
    "CallerWrote": 'The caller wrote (text m-1): "help \N{FIRE}" (a remark; a picture or the like'
    " was removed; a receipt is asked for)",
    "CallerSentPart": 'The caller sent part 2 of 3 of a long text (m-1): "part" (5 octets gsm;'
    " a receipt is asked for)",
    "PartsJoined": 'The parts joined read: "joined" (missing: 2; part 2 of 3 is missing)',
    "CallerRepeated": "The carrier sent text m-1 again, recognised by rule a: the same PDU again on"
    " the same connection",
    "RepeatSuspected": "Perhaps text m-1 again, rule d, the same octets on another connection; it"
    ' is shown: "help"',
    "CallerTyped": 'The caller typed "E<FIGS>" (E is sure to 75%, 3 in the other case; echo of'
    " ours: <erase>)",
    "TurnPassed": "The line: the caller is typing; heard: GA",
    "CharactersLeft": "So far 17 characters of reply 4 have left the line",
    "LineSaid": 'The line typed by itself: "911 WHAT IS YOUR EMERGENCY QQ GA"',
    "TtyDetected": "The first character was accepted: there is a TTY at the other end",
    "CallerSpoke": "A voice is heard on the line",
    "LineEnded": "The call is over: the caller hung up",
    "LineLost": "The gateway has lost the call: the gateway was restarted",
    "PsapAskedVoice": "Kim at ansonia (offer 2) asked for voices: the caller speaks (VCO)",
    "VoiceOpened": "The telephone was taken (ringing 1): voices pass",
    "VoiceFailed": "The telephone could not be joined (ringing 2): it is busy (486)",
    "VoiceEnded": "Voices pass no more (ringing 1): the telephone was hung up",
    "PsapInterrupted": "Kim at ansonia (offer 2) pressed the interrupt key",
    "LocationFound": "Location: 41.30000, -73.10000 within 500 m (90 %), Cell, says the cell, fixed"
    " at 1970-01-01 00:00:03.500 UTC",
    "LocationFailed": "No location: the source is down",
    "CallerMoved": "Location, said within the call: 41.30000, -73.10000 within 25 m (95 %), GPS,"
    " says the call's location object, fixed at 1970-01-01 00:00:09.500 UTC",
    "RouteChosen": "Route: ansonia, then csecc (town Ansonia), because the town of Ansonia",
    "PsapShown": "Shown on a screen at ansonia (offer 2), up to line 40",
    "PsapReached": "ansonia (offer 2) can be reached: its telephone rings; it keeps 32 s",
    "PsapAnswered": "Kim at ansonia (offer 2) took over",
    "PsapRefused": "ansonia (offer 2) cannot take it: nobody is logged in",
    "PsapWrote": 'Kim at ansonia (offer 2) wrote, in 2 parts: "on our way"',
    "PsapEnded": 'Kim at ansonia (offer 2) ended the dialogue, with the words "bye"',
    "PsapBlocked": "Ann at ansonia (offer 2) blocked this caller until 1969-12-31 20:00:01 EST,"
    ' because "the same words 400 times", with the words "bye"',
    "PsapUnblocked": "Ann at ansonia lifted the block of dialogue d-1",
    "CarrierTook": "The carrier has part 2 of reply 4, and calls it id-1",
    "CarrierRefused": "The carrier refused part 2 of reply 4 for now: RTHROTTLED",
    "CarrierSilent": "The carrier did not respond to part 2 of reply 4 in time: unknown whether it"
    " has it",
    "CarrierLost": "The link that carried part 2 of reply 4 was lost before a response: bind lost",
    "SentAgain": "The second sending of part 2 of reply 4 has left: the caller may see it twice",
    "HandsetReported": "The handset has a reply that the record does not know by then (DELIVRD)",
    "ReceiptTaken": "The carrier will never take the receipt for text m-1",
    "TimeRanOut": "Timer ring ran out: this PSAP's time to answer has passed; nobody waits for it"
    " any more",
    "PolicyInForce": "The policy hash is in force",
    "GatewayStarted": "The gateway was started, version 1.0",
}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_fact_has_its_sentence(fact: f.AnyFact) -> None:
    assert sentence(fact) == SENTENCES[type(fact).__name__]


def test_no_fact_is_without_a_sentence() -> None:
    assert set(SENTENCES) == {kind.__name__ for kind in (*get_args(f.Fact), *get_args(f.OwnFact))}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (f.CallerWrote(M, "help", MARK), 'The caller wrote (text m-1): "help"'),
        (f.CallerSentPart(M, "j", 1, 2, b"x", "ucs2", "x", MARK), '"x" (1 octet ucs2)'),
        (
            f.CallerSentPart(M, "j", 1, 2, b"x", "ucs2", "x", MARK, remarks=("odd",), late=True),
            "(1 octet ucs2; it is late: the text was shown without it; odd)",
        ),
        (f.PartsJoined("j", "all"), 'The parts joined read: "all"'),
        (f.CallerRepeated(M, "z"), "recognised by rule z: z"),
        (f.RouteChosen((), "far away"), "Route: to no PSAP, because far away"),
        (f.PsapAnswered(P, 0, "Kim"), "Kim at ansonia (offer 1) answered"),
        (f.PsapWrote(P, 0, "k", "ok", "Kim", (Segment(0, b"ok"),)), 'wrote, in 1 part: "ok"'),
        (f.PsapEnded(P, 0, "k", "Kim"), "Kim at ansonia (offer 1) ended the dialogue"),
        (f.PsapBlocked(P, 0, "k", "Ann", 60.0, "jest"), 'because "jest"'),
        (f.CarrierTook(0, 0), "The carrier has part 1 of reply 1"),
        (f.CarrierRefused(0, 0, 0x4A1, True), "refused part 1 of reply 1 for good: 0x000004A1"),
        (f.HandsetReported(False, 7), "The handset did not get a reply that the record does not"),
        (f.ReceiptTaken(M), "The carrier has taken the receipt for text m-1"),
        (f.TimeRanOut("parts 8:7:3", 1), "the missing parts of a long text did not come in time"),
    ],
)
def test_what_is_not_said_is_not_in_the_sentence(fact: f.AnyFact, words: str) -> None:
    assert words in sentence(fact)


def test_a_whole_dialogue_reads_as_it_went() -> None:
    play = Play()
    play.take(wrote("help"), sent_part(1, 2), sent_part(2, 2))
    play.hear(reply("k1", parts=2), f.CarrierTook(0, 0, "id-1"), f.HandsetReported(True, 0, "id-1"))
    story = "\n".join(told(play))
    assert "- Ringing ansonia (offer 1), gives up at 2027-01-15 0" in story
    assert "s after it began to ring there" in story
    assert "- To the carrier: reply 1, part 1 of 2 (user_message_reference " in story
    assert "The carrier has part 1 of 2 of reply 1, and calls it id-1" in story
    assert "The handset has part 1 of 2 of reply 1" in story
    assert story.index("now: locating") < story.index("now: offered") < story.index("now: active")


def test_a_timer_that_is_waited_for_is_not_called_late() -> None:
    play = Play()
    play.open()
    play.wait(3.0)
    assert any("Timer location ran out: no location came in time" in line for line in told(play))
    assert not any("any more" in line for line in told(play))


def test_a_report_by_reference_finds_its_reply() -> None:
    play = Play()
    play.take()
    play.hear(reply("k1"))
    told_to = next(x for x in play.steps[-1].commands if isinstance(x, c.TellCaller))
    play.hear(f.CarrierTook(0, 0), f.HandsetReported(True, told_to.umr))
    assert told(play)[-2].endswith("The handset has part 1 of 1 of reply 1")


def test_the_summary_says_who_when_and_how_it_ended() -> None:
    play = Play()
    play.take()
    rows = summary(entries_of(play), local)
    assert rows[0] == "Dialogue d-1: +18605550142, carrier group elm"
    assert rows[2] == "Not over: active"
    play.hear(f.PsapEnded(A, 0, "end", "Kim"))
    rows = summary(entries_of(play), local)
    assert rows[2].startswith("Over ")
    assert rows[2].endswith("ended by Kim at ansonia")


def test_a_dialogue_nobody_answered_ended_by_nobody() -> None:
    play = Play()
    play.chain = ()
    play.ring()
    assert summary(entries_of(play), local)[2].endswith(": bounced")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 21, 14, 2, 5, tzinfo=UTC), "09:02:05 EST"),
        (datetime(2026, 11, 21, 2, 2, 5, tzinfo=UTC), "2026-11-20 21:02:05 EST"),
    ],
)
def test_local_time_has_its_date_only_where_it_is_another(at: datetime, words: str) -> None:
    play = Play()
    play.take()
    entry = f.Entry(f.GATEWAY, 1, at.timestamp(), f.LocationFailed("down"))
    assert Teller(local).tell(Replayed(entry, b"", play.dialogue, (), (), "")).local == words


def test_utc_has_milliseconds_and_line_breaks_are_signs() -> None:
    assert utc(1.0015) == "1970-01-01 00:00:01.001 UTC"
    assert quoted("a\r\nb\nc") == '"a\N{RETURN SYMBOL}b\N{RETURN SYMBOL}c"'


def test_a_blocked_caller_reads_as_such_in_both_dialogues() -> None:
    play = Play()
    play.ring()
    play.hear(f.PsapBlocked(*play.leg, "k", "Ann", T0 + 3600.0, "jest"))
    story = "\n".join(told(play))
    assert "Ann at ansonia (offer 1) blocked this caller until " in story
    assert "- ansonia is not rung for this caller until " in story
    again = Play()
    block = Block(D, P, "Ann", T0, T0 + 3600.0, "jest")
    again.opening = msgspec.structs.replace(again.opening, blocked=(block,))
    again.ring()
    story = "\n".join(told(again))
    assert "texted 911 through carrier group elm; blocked at ansonia" in story
    assert "Ann at ansonia has blocked this caller, for another 60 min: jest" in story
