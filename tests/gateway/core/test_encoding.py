"""What was written can be read for ever: one recorded sample of every fact, never to be changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from text911.gateway.core import facts as f
from text911.gateway.core.encoding import (
    VERSION,
    Held,
    Saved,
    decode_fact,
    decode_saved,
    digest,
    encode_fact,
    policy_hash,
    record_of,
)
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    Character,
    DialogueId,
    Location,
    Mark,
    MessageId,
    Previous,
    PsapName,
    Segment,
)

from .stage import POLICY, D, Play

SAMPLES = Path(__file__).parent / "samples" / "facts_v1.json"

P = PsapName("ansonia")
M = MessageId("m-1")
MARK = Mark(b"\x01\x02", "link-1", 17, 4711, "8:7:3:2")
CUT = (Segment(0, b"on our way"), Segment(8, "…".encode("utf-16-be")))
WORDS = Automatic("words", (Segment(0, b"words"),))

FACTS: tuple[f.AnyFact, ...] = (
    f.Opened(
        CallerKey("sms", CarrierName("elm"), "+18605550142"),
        "hash",
        4711,
        ((0x1403, b"\x00\xff"),),
        Previous(DialogueId("d-0"), P, 1.5, "M1", 2.5),
    ),
    f.CallerWrote(M, "help \N{FIRE}", MARK, True, ("a remark",), True),
    f.CallerSentPart(M, "8:7:3", 2, 3, b"\x00part", "gsm", "part", MARK, True),
    f.PartsJoined("8:7:3", "joined", (2,), ("part 2 of 3 is missing",)),
    f.CallerRepeated(M, "a"),
    f.RepeatSuspected(M, "help"),
    f.CallerTyped(
        (
            Character("E", 0x01, "E", "3", 0.75, 1_540),
            Character("", 0x1B, "", "", 1.0, 1_694),
            Character("\b", echo=True),
        )
    ),
    f.TurnPassed("hearing", "GA"),
    f.CharactersLeft(3, 17, False),
    f.LineSaid("911 WHAT IS YOUR EMERGENCY QQ GA"),
    f.TtyDetected(),
    f.CallerSpoke(True),
    f.LineEnded("the caller hung up"),
    f.LineLost("the gateway was restarted"),
    f.VoiceOpened(1),
    f.VoiceFailed(2, "it is busy (486)"),
    f.VoiceEnded(1, "the telephone was hung up"),
    f.LocationFound(Location(41.3, -73.1, 500.0, 90, "Cell", "the cell", 3.5)),
    f.LocationFailed("the source is down"),
    f.CallerMoved(
        b"<presence/>", Location(41.3, -73.1, 25.0, 95, "GPS", "the call's location object", 9.5)
    ),
    f.RouteChosen((P, PsapName("csecc")), "the town of Ansonia", "Ansonia"),
    f.PsapShown(P, 1, 40),
    f.PsapReached(P, 1, 31.5, "its telephone rings"),
    f.PsapAnswered(P, 1, "Kim", True),
    f.PsapRefused(P, 1, "nobody is logged in"),
    f.PsapWrote(P, 1, "k-1", "on our way", "Kim", CUT),
    f.PsapEnded(P, 1, "k-2", "Kim", "bye", CUT),
    f.PsapInterrupted(P, 1, "Kim"),
    f.PsapAskedVoice(P, 1, "Kim", "vco"),
    f.PsapBlocked(P, 1, "k-3", "Ann", 3601.5, "the same words 400 times", "bye", CUT),
    f.CarrierTook(3, 1, "id-1"),
    f.CarrierRefused(3, 1, 0x58, False),
    f.CarrierSilent(3, 1),
    f.CarrierLost(3, 1, "bind lost"),
    f.SentAgain(3, 1),
    f.HandsetReported(True, 4711, "id-1", "DELIVRD"),
    f.ReceiptTaken(M, False),
    f.TimeRanOut("ring", 7),
    f.PolicyInForce(
        "hash",
        Policy(Limits(location=4.0, shown=3.0), WORDS, WORDS, WORDS, WORDS, WORDS, ((P, WORDS),)),
    ),
    f.PsapUnblocked(P, DialogueId("d-1"), "Ann"),
    f.GatewayStarted("1.0"),
)


def recorded() -> dict[str, str]:
    return msgspec.json.decode(SAMPLES.read_bytes(), type=dict[str, str])


def test_there_is_a_recorded_sample_of_every_fact() -> None:
    kinds = {kind.__name__ for kind in (*get_args(f.Fact), *get_args(f.OwnFact))}
    assert {type(fact).__name__ for fact in FACTS} == kinds
    assert set(recorded()) == kinds


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_what_was_recorded_once_still_means_the_same(fact: f.AnyFact) -> None:
    octets = bytes.fromhex(recorded()[type(fact).__name__])
    assert decode_fact(octets) == (fact, b"cause")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_what_is_written_now_reads_back(fact: f.AnyFact) -> None:
    assert decode_fact(encode_fact(fact, b"\x00\xff")) == (fact, b"\x00\xff")


def test_an_unknown_fact_is_refused_by_name() -> None:
    octets = msgspec.msgpack.encode(({"type": "CallerSang", "text": "help"}, b""))
    with pytest.raises(msgspec.ValidationError, match="CallerSang"):
        decode_fact(octets)


@pytest.mark.parametrize("octets", [b"", b"\xc1", b"\x93\x01", encode_fact(FACTS[0], b"")[:-3]])
def test_damaged_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_fact(octets)


def test_a_field_that_is_missing_is_named() -> None:
    octets = msgspec.msgpack.encode(({"type": "CallerRepeated", "rule": "a"}, b""))
    with pytest.raises(msgspec.ValidationError, match="message"):
        decode_fact(octets)


def test_fields_added_later_have_defaults_so_the_shortest_record_can_be_read() -> None:
    octets = msgspec.msgpack.encode(({"type": "HandsetReported", "delivered": True}, b""))
    assert decode_fact(octets) == (f.HandsetReported(True), b"")


def test_a_snapshot_reads_back_as_what_was_saved() -> None:
    play = Play()
    play.take()
    saved = Saved(play.at, 2, {"hash": POLICY}, held=[Held(D, play.number, play.dialogue)])
    assert decode_saved(msgspec.msgpack.encode(saved)) == saved


def test_a_record_names_its_place_its_version_and_what_came_of_it() -> None:
    play = Play()
    play.take()
    entry, step = play.entries[1], play.steps[1]
    record = record_of(entry, b"pdu", *step)
    assert (record.dialogue, record.number, record.at) == (D, 1, play.at)
    assert (record.version, record.digest) == (VERSION, digest(*step))
    assert decode_fact(record.payload) == (entry.fact, b"pdu")


def test_the_digest_differs_when_state_or_commands_or_questions_do() -> None:
    play = Play()
    play.take()
    (state, commands, questions), (other, *_) = play.steps[1], play.steps[2]
    one = digest(state, commands, questions)
    assert len(one) == 16
    assert len({one, digest(other, commands, questions), digest(state, (), questions)}) == 3
    assert digest(state, commands, play.steps[2].questions) != one


def test_digest_and_policy_hash_are_the_same_in_every_process() -> None:
    """Sets, hashes and addresses must not leak into them: each process seeds its hashes anew."""
    program = (
        "from tests.gateway.core.stage import POLICY, Play\n"
        "from text911.gateway.core.encoding import digest, policy_hash\n"
        "play = Play()\n"
        "play.take()\n"
        "print(policy_hash(POLICY), digest(*play.steps[-1]).hex())\n"
    )
    root = Path(__file__).parents[3]
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    play = Play()
    play.take()
    assert printed == {f"{policy_hash(POLICY)} {digest(*play.steps[-1]).hex()}\n"}
