"""Transcripts: the fold of what the core wants shown."""

from __future__ import annotations

from collections.abc import Iterable

from text911.gateway.core.commands import (
    Command,
    Disarm,
    Show,
    ShowDelivery,
    ShowSending,
    ShowTyped,
)
from text911.gateway.core.values import DialogueId, PsapName
from text911.gateway.edges.transcripts import Transcripts, fold
from text911.psap_adapters.port import Delivery

D = DialogueId("d")
PSAP = PsapName("hartford")


def said(sequence: int, text: str, *, reply: int = -1) -> Show:
    kind = "psap" if reply >= 0 else "caller"
    return Show(PSAP, 0, sequence, 1000.0 + sequence, kind, text, reply=reply)  # type: ignore[arg-type]


class Record:
    """The record of one dialogue, and how often it was read."""

    def __init__(self, *commands: Command) -> None:
        self.commands = commands
        self.reads = 0

    def load(self, _dialogue: DialogueId) -> Iterable[Command]:
        self.reads += 1
        return self.commands


def test_lines_come_in_the_order_of_their_sequence() -> None:
    transcripts = Transcripts(Record().load)
    transcripts.show(D, said(16, "second"))
    transcripts.show(D, said(8, "first"))
    assert [item.text for item in transcripts.items(D)] == ["first", "second"]


def test_a_line_that_is_there_already_is_not_added_again() -> None:
    """After a restart the record that is loaded may hold the line that is just being shown."""
    record = Record(said(8, "help"))
    transcripts = Transcripts(record.load)
    transcripts.show(D, said(8, "help"))
    assert len(transcripts.items(D)) == 1
    assert record.reads == 1


def test_a_reply_waits_until_the_carrier_has_said_something() -> None:
    transcripts = Transcripts(Record().load)
    transcripts.show(D, said(8, "where?", reply=0))
    assert transcripts.items(D)[0].delivery is Delivery.WAITING
    transcripts.deliver(D, ShowDelivery(PSAP, 0, 8, "carrier", ""))
    assert transcripts.items(D)[0].delivery is Delivery.CARRIER
    transcripts.deliver(D, ShowDelivery(PSAP, 0, 8, "failed", "refused by the carrier"))
    assert transcripts.items(D)[0].notes == ("refused by the carrier",)


def test_what_is_loaded_is_what_was_shown() -> None:
    commands = (
        said(8, "help"),
        said(16, "where?", reply=0),
        Disarm("ring"),
        ShowDelivery(PSAP, 0, 16, "handset"),
        ShowDelivery(PSAP, 0, 99, "handset"),  # of a line that is not ours
    )
    live = Transcripts(Record().load)
    for command in commands:
        match command:
            case Show():
                live.show(D, command)
            case ShowDelivery():
                live.deliver(D, command)
            case _:
                pass
    assert tuple(fold(commands).values()) == live.items(D)
    assert Transcripts(Record(*commands).load).items(D) == live.items(D)


def test_a_forgotten_dialogue_is_read_from_the_record_when_somebody_asks() -> None:
    record = Record(said(8, "help"))
    transcripts = Transcripts(record.load)
    transcripts.items(D)
    transcripts.forget(D)
    assert len(transcripts) == 0
    assert [item.text for item in transcripts.items(D)] == ["help"]
    assert record.reads == 2


def test_a_line_that_grows_and_a_reply_that_leaves_are_folded_where_they_stand() -> None:
    commands: list[Command] = [
        Show(PSAP, 0, 8, 1.0, "caller", "F"),
        ShowTyped(PSAP, 0, 8, "FIRE", (1,), True),
        Show(PSAP, 0, 16, 2.0, "psap", "ok", reply=0),
        ShowSending(PSAP, 0, 16, 0, 1.0, "OK GA"),
        ShowSending(PSAP, 0, 16, 2, 0.6),
        ShowTyped(PSAP, 0, 99, "X", (), True),
        ShowSending(PSAP, 0, 99, 1, 0.6),
    ]
    first, second = fold(commands).values()
    assert (first.text, first.unsure, first.open) == ("FIRE", (1,), True)
    assert (second.text, second.typed, second.left) == ("ok", "OK GA", 2)
    live = Transcripts(lambda _dialogue: commands[:4])
    live.type(D, ShowTyped(PSAP, 0, 8, "FIRE GA", (), False))
    live.send(D, ShowSending(PSAP, 0, 16, 5, 0.0))
    first, second = live.items(D)
    assert (first.text, first.unsure, first.open) == ("FIRE GA", (), False)
    assert (second.typed, second.left) == ("OK GA", 5)


def test_a_glance_at_another_dialogue_keeps_nothing_of_it() -> None:
    record = Record(said(8, "first"))
    transcripts = Transcripts(record.load)
    assert [item.text for item in transcripts.glance(D)] == ["first"]
    assert len(transcripts) == 0
    transcripts.items(D)
    assert [item.text for item in transcripts.glance(D)] == ["first"]
    assert record.reads == 2
