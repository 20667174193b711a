"""The one table between core and world: every command has one place, and a fault has ears."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from text911.gateway.core import commands as c
from text911.gateway.core.values import Block, DialogueId, MessageId, PsapName, Segment
from text911.gateway.edges.dispatch import Dispatch

D = DialogueId("d-1")
P = PsapName("hartford")

PLACES: tuple[tuple[c.Command, str], ...] = (
    (c.Show(P, 0, 8, 0.0, "caller", "help"), "psaps"),
    (c.OfferTo(P, 0, 20.0), "psaps"),
    (c.Withdraw(P, 0, "too late"), "psaps"),
    (c.EndLeg(P, 0, "over"), "psaps"),
    (c.ShowCard(P, 0), "psaps"),
    (c.ShowOwner(P, 0, "ann"), "psaps"),
    (c.ShowDelivery(P, 0, 8, "carrier"), "psaps"),
    (c.Decline(P, 0, "k", "not now"), "psaps"),
    (c.WarnQuiet(P, 0, 900.0), "psaps"),
    (c.BlockCaller(Block(DialogueId("d"), P, "Ann", 0.0, 60.0, "jest")), "psaps"),
    (c.TellCaller(0, 0, 1, Segment(0, b"words"), 100, 100), "carriers"),
    (c.GiveReceipt(MessageId("m-1"), True, 0.0, 1.0), "carriers"),
    (c.ShowTyped(P, 0, 8, "HELP", (), True), "psaps"),
    (c.ShowSending(P, 0, 9, 4, 2.5, "OK GA"), "psaps"),
    (c.ShowTurn(P, 0, "hearing", "GA", False, ""), "psaps"),
    (c.TypeToCaller(0, "OK GA", False), "lines"),
    (c.InterruptCaller(), "lines"),
    (c.AnswerLine(P), "lines"),
    (c.PassVoice(1, P, "vco"), "lines"),
    (c.HangUpLine("over"), "lines"),
    (c.Arm("ring", 1, 20.0), "clock"),
    (c.Disarm("ring"), "clock"),
    (c.Locate(()), "locations"),
    (c.Forget(), "psaps"),
)


class Edge:
    """Keeps what it is handed; one that is broken raises instead."""

    def __init__(self, name: str, carried: list[tuple[str, DialogueId, c.Command]]) -> None:
        self.name = name
        self.carried = carried
        self.broken = False

    def carry(self, dialogue: DialogueId, command: c.Command) -> None:
        if self.broken:
            raise RuntimeError(f"{self.name} is broken")
        self.carried.append((self.name, dialogue, command))

    def forget(self, dialogue: DialogueId) -> None:
        self.carry(dialogue, c.Forget())


class Switchboard:
    def __init__(self) -> None:
        self.carried: list[tuple[str, DialogueId, c.Command]] = []
        self.failed: list[tuple[DialogueId, c.Command, Exception]] = []
        self.dispatch = Dispatch(self.note)
        self.edges = {
            name: Edge(name, self.carried)
            for name in ("carriers", "psaps", "clock", "locations", "lines")
        }
        for name, edge in self.edges.items():
            setattr(self.dispatch, name, edge)

    def note(self, dialogue: DialogueId, command: c.Command, fault: Exception) -> None:
        self.failed.append((dialogue, command, fault))


@pytest.mark.parametrize(("command", "place"), PLACES)
def test_every_command_goes_to_one_place_as_it_is(command: c.Command, place: str) -> None:
    board = Switchboard()
    board.dispatch.carry(D, command)
    assert board.carried == [(place, D, command)]
    assert board.failed == []


def test_there_is_a_place_for_every_command() -> None:
    assert {type(command) for command, _ in PLACES} == set(get_args(c.Command))


@pytest.mark.parametrize(("command", "place"), PLACES)
def test_a_fault_is_told_with_whose_and_which_command_it_was(
    command: c.Command, place: str
) -> None:
    board = Switchboard()
    board.edges[place].broken = True
    board.dispatch.carry(D, command)
    ((dialogue, failed, fault),) = board.failed
    assert (dialogue, failed, str(fault)) == (D, command, f"{place} is broken")


def test_after_a_fault_the_commands_of_others_still_leave() -> None:
    board = Switchboard()
    board.edges["psaps"].broken = True
    board.dispatch.carry(D, c.ShowCard(P, 0))
    board.dispatch.carry(DialogueId("d-2"), c.Locate(()))
    assert board.carried == [("locations", "d-2", c.Locate(()))]


def test_what_is_no_command_is_a_fault_and_not_silence() -> None:
    board = Switchboard()
    stranger: Any = c.Route(None, "a question is answered by the engine")
    board.dispatch.carry(D, stranger)
    ((_, failed, fault),) = board.failed
    assert failed is stranger
    assert isinstance(fault, AssertionError)


def test_a_dispatch_that_was_not_set_up_says_so_instead_of_losing_the_command() -> None:
    failed: list[Exception] = []
    Dispatch(lambda _dialogue, _command, fault: failed.append(fault)).carry(D, c.Locate(()))
    assert "locations" in str(failed[0])
