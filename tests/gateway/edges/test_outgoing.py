from __future__ import annotations

from collections.abc import Callable

import pytest

from text911.gateway.core.commands import GiveReceipt, TellCaller
from text911.gateway.core.values import CallerKey, CarrierName, DialogueId, MessageId, Segment
from text911.gateway.edges.outgoing import Outgoing, Waiting

KEY = CallerKey("sms", CarrierName("one"), "+18605550142")

D, E = DialogueId("d"), DialogueId("e")


def words(dialogue: DialogueId, number: int) -> Outgoing:
    return Outgoing(dialogue, TellCaller(number, 0, 1, Segment(0, b"x"), 1, 1), 0.0, KEY)


def receipt(dialogue: DialogueId, number: int) -> Outgoing:
    return Outgoing(dialogue, GiveReceipt(MessageId(str(number)), True, 0.0, 0.0), 0.0, KEY)


def test_words_leave_before_receipts_and_each_in_the_order_of_arrival() -> None:
    waiting = Waiting()
    came = [receipt(D, 1), words(D, 1), receipt(D, 2), words(E, 2)]
    for one in came:
        waiting.append(one)
    assert (len(waiting), waiting.words) == (4, 2)
    assert [waiting.popleft() for _ in came] == [came[1], came[3], came[0], came[2]]
    assert not waiting
    with pytest.raises(IndexError):
        waiting.popleft()


@pytest.mark.parametrize("kind", [words, receipt])
def test_what_could_not_leave_is_next_again(kind: Callable[[DialogueId, int], Outgoing]) -> None:
    waiting = Waiting()
    first, second = kind(D, 1), kind(D, 2)
    waiting.append(first)
    waiting.append(second)
    waiting.appendleft(waiting.popleft())
    assert [waiting.popleft(), waiting.popleft()] == [first, second]


def test_what_nobody_waits_for_any_more_goes_from_the_front_of_both() -> None:
    waiting = Waiting()
    for one in (words(D, 1), words(E, 2), words(D, 3), receipt(D, 1), receipt(E, 2)):
        waiting.append(one)
    waiting.drop_while(lambda dialogue: dialogue == D)
    assert len(waiting) == 3
    assert waiting.popleft() == words(E, 2)
