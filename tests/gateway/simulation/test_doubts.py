"""What the record claims is doubted: each claim in its shortest form, true and untrue."""

from __future__ import annotations

from itertools import count

import pytest

from text911.gateway.core.commands import Command, EndLeg, OfferTo, Show, ShowDelivery, TellCaller
from text911.gateway.core.facts import (
    AnyFact,
    CallerRepeated,
    CarrierRefused,
    CarrierTook,
    HandsetReported,
    LocationFound,
    Opened,
    PartsJoined,
    PsapAnswered,
    RouteChosen,
    TimeRanOut,
)
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    DialogueId,
    Location,
    MessageId,
    Previous,
    PsapName,
    Segment,
)
from text911.gateway.journal.contract import Record
from text911.gateway.simulation.doubts import Doubts, responsible
from text911.gateway.simulation.places import HOMES, LIMITS, NOWHERE, POLICY
from text911.gateway.simulation.stage import Broken, Stage
from text911.smpp.status import Status

HARTFORD, SHORE = PsapName("hartford"), PsapName("shore")
NOTHING = CallerRepeated(MessageId("m"), "a")


class Heard:
    """A record that grows by one entry a second."""

    def __init__(self) -> None:
        self.doubts = Doubts(Stage(1))
        self._numbers = count()
        self.at = 1000.0

    def __call__(
        self, fact: AnyFact, *commands: Command, dialogue: str = "d", after: float = 1.0
    ) -> None:
        self.at += after
        record = Record(dialogue, next(self._numbers), self.at, 1, b"", b"")
        self.doubts.hear(record, fact, commands, POLICY)

    def opens(
        self, number: str = "+18605550142", dialogue: str = "d", previous: Previous | None = None
    ) -> None:
        key = CallerKey("sms", CarrierName("one"), number)
        self(Opened(key, "", 1, (), previous), dialogue=dialogue)

    def reply(self, parts: int = 1) -> None:
        self(NOTHING, line(8, "psap", reply=0))
        for part in range(parts):
            self(NOTHING, TellCaller(0, part, parts, Segment(0, b"x"), 7 + part, 7))


@pytest.fixture
def heard() -> Heard:
    one = Heard()
    one.opens()
    return one


def line(sequence: int, kind: str, text: str = "words", by: str = "", reply: int = -1) -> Show:
    return Show(HARTFORD, 0, sequence, 0.0, kind, text, by, reply=reply)  # type: ignore[arg-type]


def is_now(delivery: str) -> ShowDelivery:
    return ShowDelivery(HARTFORD, 0, 8, delivery)


def test_the_first_who_answered_has_a_leg_until_it_is_taken_over(heard: Heard) -> None:
    for by, takeover in (("ann", False), ("bob", False), ("sue", True), ("sue", True)):
        heard(PsapAnswered(HARTFORD, 0, by, takeover))
    assert heard.doubts.owners("d", 0) == ["ann", "sue"]
    assert heard.doubts.owners("d", 1) == []


def test_a_response_counts_for_what_it_answers(heard: Heard) -> None:
    heard.doubts.asked["c1"] = ("d", 0, 0)
    heard(CarrierTook(0, 0, "c1"))
    with pytest.raises(Broken, match="a response counts for what it answers"):
        heard(CarrierTook(1, 0, "c1"))


def test_a_page_says_that_the_carrier_has_all_parts_when_it_has(heard: Heard) -> None:
    heard.reply(parts=2)
    heard(CarrierTook(0, 0, "c1"))
    with pytest.raises(Broken, match="a page says only what was heard of a reply"):
        heard(NOTHING, is_now("carrier"))
    heard(CarrierTook(0, 1, "c2"), is_now("carrier"))


@pytest.mark.parametrize(
    ("report", "is_it"),
    [
        (HandsetReported(delivered=True, umr=7), True),
        (HandsetReported(delivered=True, carrier_id="c1"), True),
        (HandsetReported(delivered=True, umr=8, carrier_id="c2"), False),
        (HandsetReported(delivered=False, umr=7), False),
    ],
)
def test_a_handset_has_what_it_acknowledged(
    heard: Heard, report: HandsetReported, is_it: bool
) -> None:
    heard.reply()
    heard(CarrierTook(0, 0, "c1"))
    if is_it:
        heard(report, is_now("handset"))
        assert heard.doubts.is_settled("d", 0, 0)
        with pytest.raises(Broken, match="what a handset has acknowledged it has"):
            heard(NOTHING, is_now("carrier"))
    else:
        with pytest.raises(Broken, match="a page says only what was heard of a reply"):
            heard(report, is_now("handset"))


def test_a_part_is_settled_by_a_refusal_for_good_and_not_by_one_for_now(heard: Heard) -> None:
    heard.reply()
    assert not heard.doubts.is_settled("d", 0, 0)
    heard(CarrierRefused(0, 0, Status.RTHROTTLED, permanent=False))
    assert not heard.doubts.is_settled("d", 0, 0)
    heard(CarrierRefused(0, 0, Status.RINVDSTADR, permanent=True))
    assert heard.doubts.is_settled("d", 0, 0)


def test_an_automatic_message_goes_once_in_a_dialogue(heard: Heard) -> None:
    heard(NOTHING, line(8, "automatic", by="M1"))
    heard(NOTHING, line(16, "automatic", by="M3"))
    with pytest.raises(Broken, match="an automatic message once per dialogue"):
        heard(NOTHING, line(24, "automatic", by="M1"))


@pytest.mark.parametrize("number", ["44044", "INFO"])
def test_no_automatic_message_goes_to_what_is_no_telephone(number: str) -> None:
    heard = Heard()
    heard.opens(number)
    with pytest.raises(Broken, match="what is no telephone"):
        heard(NOTHING, line(8, "automatic", by="M1"))


def test_no_automatic_message_answers_the_echo_of_its_like(heard: Heard) -> None:
    heard(NOTHING, line(8, "automatic", by="M1"))
    heard.opens(dialogue="later")
    spacing = LIMITS.automatic_spacing
    heard(NOTHING, line(8, "automatic", by="M1"), dialogue="later", after=spacing)
    heard.opens(dialogue="next")
    with pytest.raises(Broken, match="the echo of an automatic message"):
        heard(NOTHING, line(8, "automatic", by="M1"), dialogue="next")


def test_a_long_text_is_shown_when_its_time_has_run_out(heard: Heard) -> None:
    heard(TimeRanOut("parts sar:1:2", 1))
    heard(PartsJoined("sar:1:2", "words"))
    heard(TimeRanOut("parts sar:1:2", 2))
    heard(NOTHING)
    heard(TimeRanOut("parts sar:2:2", 3))
    with pytest.raises(Broken, match="a long text is shown when its time has run out"):
        heard(NOTHING)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("caller1 text 2 part 1 caller1 text 2 part 2 ", True),
        ("caller1 text 2 part 1 [part 2 of 3 missing] caller1 text 2 part 3 ", True),
        ("caller1 text 2 part 2 caller1 text 2 part 1 ", False),
        ("caller1 text 2 part 1 caller1 text 3 part 2 ", False),
    ],
)
def test_a_long_text_is_made_of_its_own_parts_in_order(
    heard: Heard, text: str, is_one: bool
) -> None:
    if is_one:
        heard(NOTHING, line(8, "caller", text))
    else:
        with pytest.raises(Broken, match="made of its own parts, in order"):
            heard(NOTHING, line(8, "caller", text))


def test_a_dialogue_is_not_closed_as_silent_while_somebody_writes(heard: Heard) -> None:
    heard(NOTHING, line(8, "caller"))
    silent, ends = TimeRanOut("quiet", 1), EndLeg(HARTFORD, 0, "closed")
    with pytest.raises(Broken, match="not closed as silent while somebody writes"):
        heard(silent, ends)
    heard(NOTHING, line(16, "psap"))
    heard(silent, ends, after=LIMITS.quiet_close)


def at(latitude: float, longitude: float) -> Location:
    return Location(latitude, longitude, 300.0, 90, "Cell", "test", 0.0)


def test_a_caller_rings_where_the_town_belongs_to() -> None:
    assert responsible(at(*HOMES["Hartford"])) == "hartford"
    assert responsible(at(*NOWHERE)) == ""
    assert responsible(at(0.0, 0.0)) is None
    heard = Heard()
    for dialogue, place, psaps in (
        ("home", HOMES["Groton"], (SHORE, HARTFORD)),
        ("nowhere", NOWHERE, ()),
        ("unclear", (0.0, 0.0), (HARTFORD,)),
    ):
        heard(LocationFound(at(*place)), dialogue=dialogue)
        heard(RouteChosen(psaps, "", ""), dialogue=dialogue)
        heard(LocationFound(at(*HOMES["Kent"])), dialogue=dialogue)  # it has its route
        heard(RouteChosen((SHORE,), "", ""), dialogue=dialogue)
    heard(LocationFound(at(*HOMES["Groton"])))
    with pytest.raises(Broken, match="rings where the caller is"):
        heard(RouteChosen((HARTFORD, SHORE), "", ""))


def test_who_writes_again_at_once_comes_to_the_same_psap() -> None:
    heard = Heard()
    for after, psap in ((1.0, SHORE), (LIMITS.grace + 1.0, HARTFORD)):
        previous = Previous(DialogueId("before"), SHORE, heard.at + 1.0 - after)
        heard.opens(previous=previous)
        heard(NOTHING, OfferTo(psap, 0, 0.0))
    heard.opens(previous=Previous(DialogueId("before"), SHORE, heard.at))
    with pytest.raises(Broken, match="comes to the same PSAP"):
        heard(NOTHING, OfferTo(HARTFORD, 0, 0.0))
