"""Frames and sentences that follow from nothing but their arguments."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames, sayings
from text911.psap_adapters.console.legs import Client, Held
from text911.psap_adapters.console.presence import Presence
from text911.psap_adapters.console.terms import Role, User

from .play import PSAP, item, leg, measure, offer, settings

TERMS = settings(suspended="The room is being painted.").terms()
WRITE = frames.Write("d1/0", "k1", "where?")
BLANK = frames.Write("d1/0", "k1", " \n\t ")
END = frames.End("d1/0", "k1")
END_WITH_WORDS = frames.End("d1/0", "k1", "Goodbye.")


def test_a_welcome_says_who_you_are_where_and_what_holds_here() -> None:
    account = User("op1", "telecommunicator", "Position 3", "proof")
    said = sayings.welcome(PSAP, TERMS, account, 1000.0)
    assert (said.version, said.psap, said.name) == (frames.VERSION, PSAP, TERMS.display_name)
    assert (said.user, said.role, said.position) == ("op1", "telecommunicator", "Position 3")
    assert (said.now, said.text_max, said.frame_max) == (1000.0, TERMS.text_max, TERMS.frame_max)
    assert said.stalled_after == TERMS.stalled_after
    assert b"proof" not in frames.encode(said), "what proves a password stays here"


def test_the_words_are_those_of_the_configuration() -> None:
    assert sayings.words(TERMS) == frames.Words(
        (frames.Canned("where", "Where exactly?"),),
        TERMS.closing_text,
        "The room is being painted.",
    )


def test_people_sit_where_the_configuration_says() -> None:
    here = Presence()
    here.add(Client("op1-1", "op1", "telecommunicator"))
    here.add(Client("gone-1", "gone", "supervisor"))
    users = {"op1": User("op1", "telecommunicator", "Position 3", "proof")}
    assert sayings.people(here, users) == frames.People(
        (
            frames.Person("gone", "supervisor", ""),
            frames.Person("op1", "telecommunicator", "Position 3"),
        )
    )


@pytest.mark.parametrize(
    ("owner", "closed", "frame", "objection"),
    [
        ("op1", "", WRITE, ""),
        ("op1", "", END, ""),
        ("op1", "", END_WITH_WORDS, ""),
        ("op1", "", BLANK, "There is nothing to send."),
        ("", "", WRITE, "Answer this dialogue first."),
        ("", "", END, "Answer this dialogue first."),
        ("op2", "", WRITE, "op2 has this dialogue."),
        ("op2", "", BLANK, "op2 has this dialogue."),
        ("op2", "", END, "op2 has this dialogue."),
        ("op1", "Ended by op1.", WRITE, "This dialogue is over. Ended by op1."),
        ("", "Withdrawn.", END, "This dialogue is over. Withdrawn."),
    ],
)
def test_who_cannot_write_or_end_is_told_the_first_reason_that_holds(
    owner: str, closed: str, frame: frames.Write | frames.End, objection: str
) -> None:
    held = Held.from_offer(offer(item(0)))
    held.owner, held.closed = owner, closed
    client = Client("c1", "op1", "telecommunicator")
    assert sayings.objection(held, client, frame, settings().terms()) == objection


@pytest.mark.parametrize(
    ("role", "minutes", "reason", "closed", "objection"),
    [
        ("supervisor", 60, "jest", "", ""),
        ("supervisor", 1, "jest", "", ""),
        ("telecommunicator", 30, "jest", "", "Only a supervisor may block a caller."),
        ("supervisor", 0, "jest", "", "A caller can be blocked here for 1 to 60 minutes."),
        ("supervisor", 61, "jest", "", "A caller can be blocked here for 1 to 60 minutes."),
        ("supervisor", 5, " ", "", "Say why: the reason is kept in the record."),
        ("supervisor", 5, "jest", "Ended.", "This dialogue is over. Ended."),
    ],
)
def test_who_cannot_block_is_told_why(
    role: Role, minutes: int, reason: str, closed: str, objection: str
) -> None:
    held = Held.from_offer(offer(item(0)))
    held.closed = closed
    frame = frames.Block("d1/0", "k", minutes, reason)
    client = Client("c1", "boss", role)
    assert sayings.objection(held, client, frame, settings().terms()) == objection


def test_what_a_person_asks_for_becomes_a_report() -> None:
    made = [sayings.report_of(leg(), "op1", one) for one in (WRITE, END_WITH_WORDS)]
    assert [type(one) for one in made] == [port.Wrote, port.Ended]
    assert sayings.report_of(leg(), "boss", frames.Block("d1/0", "k", 5, " jest ", "Bye.")) == (
        port.Blocked(leg(), "k", "boss", 300.0, "jest", "Bye.")
    )


@pytest.mark.parametrize(
    ("text", "alphabet", "parts", "left", "room"),
    [
        ("", "GSM-7", 1, 160, 160),
        ("hello", "GSM-7", 1, 155, 160),
        ("x" * 159, "GSM-7", 1, 1, 160),
        ("x" * 200, "GSM-7", 2, 120, 0),
        ("\u00e9", "UCS-2", 1, 69, 70),
        ("\N{FIRE}\N{FIRE}", "UCS-2", 1, 66, 70),
        ("\N{FIRE}" * 40, "UCS-2", 2, 60, 0),
    ],
)
def test_a_measure_says_what_one_part_holds_counted_as_the_wire_counts(
    text: str, alphabet: str, parts: int, left: int, room: int
) -> None:
    said = sayings.measured(measure, frames.MeasureThis(7, "d1/0", text))
    assert said == frames.Measured(7, "d1/0", alphabet, parts, left, room, text, 0.0)


def test_the_gateway_is_asked_about_the_dialogue_and_not_about_the_leg() -> None:
    asked: list[str] = []

    def measuring(text: str, dialogue: str) -> port.Measure:
        asked.append(dialogue)
        return port.Measure("Baudot", 1, 0, text.upper(), 1.5)

    said = sayings.measured(measuring, frames.MeasureThis(1, "with/slash/12", "ga"))
    assert set(asked) == {"with/slash"}
    assert (said.as_sent, said.seconds) == ("GA", 1.5)
