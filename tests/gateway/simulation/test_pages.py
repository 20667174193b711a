"""The witness of the pages, frame by frame."""

from __future__ import annotations

import pytest

from text911.gateway.core.commands import Show
from text911.gateway.core.facts import PsapAnswered
from text911.gateway.core.values import PsapName
from text911.gateway.journal.contract import Record
from text911.gateway.journal.memory import MemoryStore
from text911.gateway.simulation.pages import Pages
from text911.gateway.simulation.places import POLICY
from text911.gateway.simulation.shadow import Shadow, Told
from text911.gateway.simulation.stage import Broken, Stage
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.frames import Line
from text911.psap_adapters.port import Card

LEG, LINK = "d/0", "ann-1"
HARTFORD = PsapName("hartford")
CARD = Card("(860) 555-0142", "Carrier One", "sms", 0.0, "Hartford", "by cell")


def line(sequence: int, key: str = "") -> Line:
    return Line(sequence, 0.0, "psap" if key else "caller", "words", key=key)


class Seen:
    """Dialogue d with five recorded lines, 8 to 40."""

    def __init__(self) -> None:
        stage = Stage(1)
        self.shadow = Shadow(stage, MemoryStore())
        self.told = self.shadow.dialogues["d"] = Told()
        for sequence in range(8, 48, 8):
            self.record(sequence)
        self.pages = Pages(stage, self.shadow)

    def record(self, sequence: int, key: str = "") -> None:
        show = Show(HARTFORD, 0, sequence, 0.0, "caller", "words", key=key)
        self.told.lines[sequence] = show

    def answered(self, by: str, *, takeover: bool = False) -> None:
        fact = PsapAnswered(HARTFORD, 0, by, takeover)
        self.shadow.doubts.hear(Record("d", 0, 0.0, 1, b"", b""), fact, (), POLICY)
        self.pages.sent(LINK, frames.NewOwner(LEG, by, 0.0))

    def state(self, after: int, *sequences: int, folds: int = 0, readable: bool = True) -> None:
        fold = (frames.Fold(after, after, folds),) if folds else ()
        lines = tuple(line(one) for one in sequences)
        leg = frames.LegState(
            LEG, "d", "ringing", "", 0.0, 0.0, 0.0, False, readable, CARD, after, lines, (), fold
        )
        self.pages.sent(LINK, leg)

    def line(self, sequence: int, key: str = "") -> None:
        self.pages.sent(LINK, frames.NewLine(LEG, line(sequence, key)))


@pytest.fixture
def seen() -> Seen:
    return Seen()


def test_what_is_given_and_what_is_folded_is_all_there_is(seen: Seen) -> None:
    seen.state(-1, 8, 16)
    seen.line(24)
    seen.pages.sent(LINK, frames.Burst(LEG, 24, 1, (line(40),)))
    seen.state(8, 24, 40, folds=2)
    seen.state(40)
    seen.state(40, readable=False)


@pytest.mark.parametrize(
    "frame",
    [
        frames.NewLine(LEG, line(24)),
        frames.Burst(LEG, 8, 1, (line(40),)),
        frames.Burst(LEG, 8, 3, (line(32),)),
    ],
)
def test_a_line_that_is_left_out_is_seen(seen: Seen, frame: frames.ServerFrame) -> None:
    seen.state(-1, 8)
    with pytest.raises(Broken, match="nothing is left out on a page"):
        seen.pages.sent(LINK, frame)


def test_a_line_that_is_left_out_where_a_page_goes_on_is_seen(seen: Seen) -> None:
    with pytest.raises(Broken, match="nothing is left out on a page"):
        seen.state(8, 24)


def test_after_a_leg_could_not_be_read_it_begins_where_it_says(seen: Seen) -> None:
    seen.state(-1, 8)
    seen.state(8, readable=False)
    seen.line(32)  # nothing is known of what this link has
    seen.state(32, 40)


def test_the_first_who_answered_is_the_owner_and_who_takes_over_the_next(seen: Seen) -> None:
    seen.answered("ann")
    seen.answered("ann")
    seen.answered("sue", takeover=True)
    assert seen.pages.owned == {"d"}
    with pytest.raises(Broken, match="one owner, the first who answered or took over"):
        seen.pages.sent(LINK, frames.NewOwner(LEG, "ann", 0.0))


def test_who_does_not_have_a_dialogue_does_not_write_in_it(seen: Seen) -> None:
    seen.answered("ann")
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "hers", "words"))
    seen.line(48, "hers")
    seen.record(48, "hers")
    seen.answered("sue", takeover=True)
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "hers", "words"))
    seen.line(48, "hers")  # told again what is recorded
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "late", "words"))
    with pytest.raises(Broken, match="only who has a dialogue writes in it"):
        seen.line(56, "late")


def test_what_a_person_asked_for_is_answered_in_the_end(seen: Seen) -> None:
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "one", "words"))
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "two", "words"))
    seen.pages.heard(LINK, "ann", frames.End(LEG, "three"))
    seen.pages.heard("sue-1", "sue", frames.Write(LEG, "four", "words"))
    seen.pages.heard(LINK, "ann", frames.Ping(0.0))
    seen.line(48, "one")
    seen.pages.sent(LINK, frames.NotTakenHere(LEG, "two", "the disk is full"))
    seen.pages.sent(LINK, frames.Closed(LEG, "over"))
    seen.pages.left("sue-1")
    seen.pages.at_the_end()
    seen.pages.heard(LINK, "ann", frames.Write(LEG, "five", "words"))
    seen.pages.sent(LINK, frames.Closed(LEG, "over"))
    with pytest.raises(Broken, match="what a person wrote is taken, or handed back"):
        seen.pages.at_the_end()
    seen.pages.everybody_left()
    seen.pages.at_the_end()


def test_a_page_has_shown_what_stands_on_it_and_what_it_has_folded(seen: Seen) -> None:
    assert not seen.pages.has_shown(None)
    assert not seen.pages.has_shown(("d", 8))
    seen.pages.shows(LEG, (line(24), line(32)))
    assert seen.pages.has_shown(("d", 8))
    assert not seen.pages.has_shown(("d", 40))
