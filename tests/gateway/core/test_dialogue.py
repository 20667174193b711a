"""The dialogue as a whole: whatever comes in whatever phase, the laws hold and nothing is lost."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.core.commands import Arm, GiveReceipt, Locate, OfferTo
from text911.gateway.core.dialogue import advance, owed
from text911.gateway.core.encoding import record_of
from text911.gateway.core.facts import (
    CallerMoved,
    CallerRepeated,
    CallerSentPart,
    CallerSpoke,
    CallerWrote,
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    CharactersLeft,
    Entry,
    Fact,
    GatewayStarted,
    HandsetReported,
    LineEnded,
    LineLost,
    LineSaid,
    LocationFailed,
    LocationFound,
    PartsJoined,
    PolicyInForce,
    PsapAnswered,
    PsapAskedVoice,
    PsapEnded,
    PsapInterrupted,
    PsapRefused,
    PsapShown,
    PsapWrote,
    ReceiptTaken,
    RepeatSuspected,
    RouteChosen,
    SentAgain,
    TimeRanOut,
    TtyDetected,
    TurnPassed,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from text911.gateway.core.replaying import replay
from text911.gateway.core.state import Active, Offered, Over, Timer
from text911.gateway.core.values import DialogueId, Location, MessageId, Previous
from text911.psap_adapters.port import Delivery

from .stage import (
    POLICY,
    T0,
    A,
    B,
    C,
    CallPlay,
    D,
    Play,
    letters,
    only,
    segments,
    sent_part,
    typed_reply,
    wrote,
)

HERE = Location(41.3, -73.1, 500.0, 90, "Cell", "the cell", T0)
LEGS = st.tuples(st.sampled_from([A, B, C]), st.integers(0, 3))
REPLIES = st.integers(0, 3)
PARTS = st.integers(0, 2)
NAMES = st.sampled_from(["k1", "k2", "k3", ""])

ODD: st.SearchStrategy[Fact] = st.one_of(
    st.just(CallerRepeated(MessageId("m-0"), "a")),
    st.sampled_from([LocationFound(HERE), LocationFailed("down")]),
    st.sampled_from([RouteChosen((B, A), "x"), RouteChosen((), "y")]),
    st.sampled_from([PartsJoined("8:7:3", "odd"), PartsJoined("none", "odd")]),
    LEGS.flatmap(lambda leg: st.integers(-1, 999).map(lambda n: PsapShown(*leg, n))),
    LEGS.flatmap(lambda leg: st.booleans().map(lambda t: PsapAnswered(*leg, "Lou", t))),
    LEGS.map(lambda leg: PsapRefused(*leg, "nobody")),
    st.tuples(LEGS, NAMES, PARTS).map(
        lambda one: PsapWrote(*one[0], one[1], "hello", "Lou", segments("hello", one[2]))
    ),
    LEGS.map(lambda leg: PsapEnded(*leg, "end", "Lou")),
    st.tuples(REPLIES, PARTS).map(lambda one: CarrierTook(*one, f"id-{one[0]}-{one[1]}")),
    st.tuples(REPLIES, PARTS, st.booleans()).map(lambda o: CarrierRefused(o[0], o[1], 88, o[2])),
    st.tuples(REPLIES, PARTS).map(lambda one: CarrierSilent(*one)),
    st.tuples(REPLIES, PARTS).map(lambda one: CarrierLost(*one, "gone")),
    st.tuples(REPLIES, PARTS).map(lambda one: SentAgain(*one)),
    st.tuples(st.booleans(), st.integers(98, 106)).map(lambda o: HandsetReported(o[0], o[1])),
    REPLIES.map(lambda n: HandsetReported(True, carrier_id=f"id-{n}-0")),
    st.integers(0, 5).map(lambda n: ReceiptTaken(MessageId(f"m-{n}"))),
    st.tuples(st.sampled_from(["ring", "quiet", "reach", "odd"]), st.integers(0, 30)).map(
        lambda one: TimeRanOut(*one)
    ),
)
# What is likely where the dialogue stands: else random facts would hardly ever reach an answer.
LIKELY = st.sampled_from(
    [
        "text",
        "part",
        "suspected",
        "shown",
        "answer",
        "refuse",
        "write",
        "end",
        "took",
        "lost",
        "busy",
        "wait 1",
        "wait 9",
        "wait 30",
        "wait 1000",
    ]
)


def likely(play: Play, what: str, number: int) -> None:
    phase = play.dialogue.phase
    over = isinstance(phase, Over)
    leg = (phase.psap, phase.offer) if isinstance(phase, Offered | Active) else (A, 99)
    flying = [
        (one.number, part)
        for one in play.line.outbox
        for part, letter in enumerate(one.progress)
        if letter in "srau"
    ]
    reply, part = flying[0] if flying else (0, 0)
    match what:
        case "text" if not over:
            play.hear(wrote(f"text {number}", f"m-{number}"))
        case "part" if not over:
            join = f"8:{number % 3}:3"
            play.hear(sent_part(1 + number % 3, 3, f"part {number}.", join=join))
        case "suspected" if not over:
            play.hear(RepeatSuspected(MessageId("m-0"), f"suspected {number}"))
        case "shown":
            play.hear(PsapShown(*leg, play.laws.sequence))
        case "answer":
            play.hear(PsapAnswered(*leg, "Kim"))
        case "refuse":
            play.hear(PsapRefused(*leg, "nobody"))
        case "write":
            parts = 1 + number % 2
            play.hear(PsapWrote(*leg, f"w{number}", "hi", "Kim", segments("hi", parts)))
        case "end":
            play.hear(PsapEnded(*leg, f"e{number}", "Kim"))
        case "took":
            play.hear(CarrierTook(reply, part, f"id-{reply}-{part}"))
        case "lost":
            play.hear(CarrierLost(reply, part, "gone"))
        case "busy":
            play.hear(CarrierRefused(reply, part, 88, False))
        case _ if what.startswith("wait"):
            play.wait(float(what.removeprefix("wait ")))
        case _:
            pass


PREVIOUS = st.sampled_from(
    [None, Previous(DialogueId("d-0"), B, T0 - 10.0, automatic=(("M1", T0 - 5.0),))]
)
LINE: st.SearchStrategy[Fact] = st.one_of(
    st.text(st.sampled_from("AB \b\r"), min_size=1, max_size=9).map(letters),
    st.sampled_from([letters("X", echo=True), letters("Q", confidence=0.2)]),
    st.tuples(
        st.sampled_from(["ours", "sending", "hearing", "theirs", "muted", "stopping"]),
        st.sampled_from(["", "", "GA", "SKSK", "VCO"]),
    ).map(lambda one: TurnPassed(*one)),
    st.tuples(REPLIES, st.integers(0, 9), st.booleans()).map(lambda o: CharactersLeft(*o)),
    st.sampled_from([LineSaid("PROBE"), TtyDetected(), CallerSpoke(True), CallerSpoke(False)]),
    st.sampled_from([CallerMoved(b"<one/>", HERE), CallerMoved(b"<two", None, "it is no XML")]),
    LEGS.map(lambda leg: PsapInterrupted(*leg, "Lou")),
    st.tuples(LEGS, st.sampled_from(["vco", "hco", ""])).map(
        lambda one: PsapAskedVoice(*one[0], "Lou", one[1])
    ),
    st.sampled_from(
        [VoiceOpened(1), VoiceFailed(1, "busy"), VoiceEnded(1, "gone"), VoiceOpened(2)]
    ),
    st.tuples(LEGS, NAMES, st.booleans()).map(
        lambda one: typed_reply(one[1], "OK", one[0], interrupt=one[2])
    ),
)
GONE: st.SearchStrategy[Fact] = st.sampled_from([LineEnded("hung up"), LineLost("restart")])
OF_A_CALL = st.lists(
    st.one_of(LIKELY, LINE, LINE, LINE, st.one_of(ODD, GONE)), min_size=5, max_size=50
)


@pytest.mark.no_cover  # every line of it has its own test
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OF_A_CALL, PREVIOUS, st.booleans())
def test_whatever_comes_of_a_call_the_laws_hold_and_it_replays_to_the_letter(
    story: list[str | Fact], previous: Previous | None, voice: bool
) -> None:
    policy = msgspec.structs.replace(POLICY, voices=(A, B))
    play = CallPlay(previous=previous, policy=policy)
    play.opening = msgspec.structs.replace(play.opening, voice=voice)
    play.unit(play.opening)
    for number, fact in enumerate(story):
        if not isinstance(fact, str):
            play.hear(fact)
        elif fact == "write":
            phase = play.dialogue.phase
            leg = (phase.psap, phase.offer) if isinstance(phase, Active) else (A, 99)
            play.hear(typed_reply(f"w{number}", f"REPLY {number}", leg))
        elif fact not in ("text", "part", "suspected"):
            likely(play, fact, number)
    play.wait(10_000.0)
    assert isinstance(play.dialogue.phase, Over)
    assert play.line.timers == ()
    assert play.call.gone, "a line that nobody hung up"
    assert play.call.outbox == ()
    assert (play.dialogue.voice is not None) == voice
    assert play.dialogue.voice is None or not play.dialogue.voice.state, "a telephone that waits"

    records = [record_of(e, b"", *s) for e, s in zip(play.entries, play.steps, strict=True)]
    replayed = list(replay(records, {"hash": policy}))
    assert [one.difference for one in replayed] == [""] * len(records)
    assert replayed[-1].state == play.dialogue

    # Words for the caller were typed whole, or it is said that they were not.
    said = [item for item in play.items if item.kind in ("psap", "automatic") and item.delivery]
    assert {one.delivery for one in said} <= {Delivery.TYPED, Delivery.LOST}
    for one in said:
        assert one.delivery is not Delivery.TYPED or one.left == len(one.typed)


@pytest.mark.no_cover  # every line of it has its own test
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(LIKELY, LIKELY, ODD), min_size=5, max_size=50), PREVIOUS)
def test_whatever_comes_the_laws_hold_and_it_replays_to_the_letter(
    story: list[str | Fact], previous: Previous | None
) -> None:
    """`Play` checks every step; here the whole: replay, P2 at the end, receipts exactly once."""
    play = Play(previous=previous)
    play.open(wrote("text first", "m-first"))
    for number, fact in enumerate(story):
        if isinstance(fact, str):
            likely(play, fact, number)
        else:
            play.hear(fact)
    play.wait(10_000.0)  # every dialogue comes to an end by itself
    assert isinstance(play.dialogue.phase, Over)
    assert play.line.timers == ()
    assert play.line.unshown == ()
    assert play.line.outbox == ()

    records = [record_of(e, b"", *s) for e, s in zip(play.entries, play.steps, strict=True)]
    replayed = list(replay(records, {"hash": POLICY}))
    assert [one.difference for one in replayed] == [""] * len(records)
    assert replayed[-1].state == play.dialogue

    said = " ".join(play.texts())
    for entry in play.entries:
        text = getattr(entry.fact, "text", "")
        if type(entry.fact).__name__.startswith(("CallerWrote", "CallerSent", "Repeat")):
            assert text in said, "it was accepted and stands nowhere"
    asked = {
        entry.fact.message
        for entry in play.entries
        if isinstance(entry.fact, CallerWrote | CallerSentPart) and entry.fact.receipt
    }
    assert set(play.laws.receipts) == asked, "each receipt that was asked for, once"
    if not all(play.laws.receipts.values()):
        told = set(play.automatics)
        held_back = any("not sent again" in text for text in play.texts("event"))
        assert told & {"M1", "M2", "M7"} or held_back, "undelivered, and the caller was not told"


# --- after a restart ---


def test_what_is_owed_while_locating_is_the_question_and_the_clocks() -> None:
    play = Play()
    play.open()
    first, *rest = owed(play.dialogue)
    assert first == Locate(((0x1403, b"x"),))
    assert [one.timer for one in rest if isinstance(one, Arm)] == ["reach", "abandon", "location"]


def test_a_ringing_leg_is_offered_with_its_end_and_an_answered_one_without() -> None:
    play = Play()
    play.ring()
    assert only(OfferTo, owed(play.dialogue)) == [OfferTo(A, 0, T0 + 20.0)]
    play.show_all()
    play.hear(PsapAnswered(A, 0, "Kim"))
    assert only(OfferTo, owed(play.dialogue)) == [OfferTo(A, 0, 0.0)]


def test_a_closed_dialogue_owes_its_receipts_and_its_forgetting() -> None:
    play = Play(A)
    play.ring(wrote("help", "m1"))
    play.hear(PsapRefused(A, 0, "nobody"))
    assert [type(one) for one in owed(play.dialogue)] == [GiveReceipt, Arm]


def test_while_a_route_is_being_chosen_only_the_clocks_are_owed() -> None:
    play = Play()
    entry = Entry(D, 0, T0, play.opening)
    state = advance(None, entry, POLICY).dialogue
    located = advance(state, Entry(D, 1, T0, LocationFailed("x")), POLICY).dialogue
    assert {type(one) for one in owed(located)} == {Arm}
    play.state, play.number = located, 2
    assert located.name_of_phase == "routing"
    assert play.hear(LocationFound(HERE), LocationFailed("y")) == []
    play.wait(10.0)
    assert play.dialogue.name_of_phase == "bounced"


# --- what cannot be ---


@pytest.mark.parametrize("fact", [GatewayStarted("1.0"), PolicyInForce("hash", POLICY)])
def test_facts_of_the_gateways_own_stream_do_not_belong_here(
    fact: GatewayStarted | PolicyInForce,
) -> None:
    play = Play()
    play.open()
    with pytest.raises(AssertionError, match="own stream"):
        advance(play.dialogue, Entry(D, 2, T0, fact), POLICY)


def test_a_dialogue_is_born_by_being_opened() -> None:
    with pytest.raises(AssertionError, match="d-1 begins with LocationFailed"):
        advance(None, Entry(D, 0, T0, LocationFailed("x")), POLICY)


def test_a_timer_that_no_rule_armed_is_our_mistake() -> None:
    play = Play()
    play.open()
    line = msgspec.structs.replace(play.line, timers=(Timer("odd", 1, T0),))
    state = msgspec.structs.replace(play.dialogue, line=line)
    with pytest.raises(AssertionError, match="'odd' is armed"):
        advance(state, Entry(D, 2, T0, TimeRanOut("odd", 1)), POLICY)
