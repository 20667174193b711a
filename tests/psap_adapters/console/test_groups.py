"""Many callers at once: one card for those with one voice, none hidden, everybody shown or told."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.groups import (
    EVERY,
    GROUPS_MAX,
    REST,
    SINGLES_MAX,
    VERSIONS_MAX,
)

from .play import Browser, Room, card, heard, item, leg, offer


def letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def alone(number: int) -> str:
    """A text that is like no other."""
    return f"{letters(number)}x {letters(number)}y {letters(number)}z"


def ring(room: Room, dialogue: str, text: str = "fire at the mall", **more: object) -> None:
    drawn = port.Card("(203) 555-0142", "B", "sms", room.now, "Town", "because", **more)  # type: ignore[arg-type]
    items = (item(0, text),) if text else ()
    room.offer(port.Offer(leg(dialogue), drawn, items, ring_until=room.now + 20.0))


def groups(browser: Browser) -> list[frames.Group]:
    return heard(browser, frames.Group)


def pages(browser: Browser) -> list[frames.Page]:
    return heard(browser, frames.Page)


def flood(count: int = 40) -> tuple[Room, Browser]:
    room = Room()
    one = room.enter("op1")
    for number in range(count):
        ring(room, f"d{number}")
        room.wait(0.05)
    room.wait(EVERY)
    return room, one


def shown(room: Room) -> set[str]:
    return {one.leg.dialogue for one in room.told(port.Shown)}  # type: ignore[union-attr]


def test_four_with_one_voice_are_four_cards_and_the_fifth_makes_them_one() -> None:
    room, one = flood(4)
    assert groups(one) == []
    assert len(one.state) == 4
    ring(room, "d4")
    (group,) = groups(one)
    assert (group.kind, group.callers, group.texts) == ("similar", 5, 5)
    assert group.words == "fire at the mall"
    assert group.joined == ("d0/0", "d1/0", "d2/0", "d3/0")
    assert (group.oldest, group.oldest_at) == ("d0/0", 1000.0)
    assert "d4/0" not in one.state


def test_who_says_something_else_has_a_card_of_their_own_at_once() -> None:
    room, one = flood()
    ring(room, "alone", "my dad collapsed")
    assert one.state["alone/0"].group == ""
    assert groups(one)[-1].callers == 40
    assert len(one.state) == 5


def test_a_group_is_told_at_most_twice_a_second() -> None:
    _, one = flood(200)
    sent = groups(one)
    assert sent[-1].callers == 200
    assert len(sent) <= 200 * 0.05 / EVERY + 2
    assert [frame.version for frame in sent] == sorted({frame.version for frame in sent})


def test_members_are_sent_page_by_page_to_who_asks_and_only_once() -> None:
    room, one = flood(60)
    group = groups(one)[-1].group
    before = len(one.heard)
    room.say(one, frames.Members(group, 0, 1000))
    (page,) = pages(one)
    assert (len(page.legs), page.left) == (50, 10)
    room.say(one, frames.Members(group, 50, 50))
    assert (len(pages(one)[-1].legs), pages(one)[-1].left) == (10, 0)
    sent = [frame.leg for frame in one.heard[before:] if isinstance(frame, frames.LegState)]
    assert len(sent) == len(set(sent)) == 56  # four were sent as cards of their own
    assert {state.group for state in one.state.values() if state.leg in sent} == {group}
    room.say(one, frames.Members("nothing", -3, 5))
    assert pages(one)[-1] == frames.Page("nothing", 0, (), 0)


def test_the_card_of_a_group_on_a_screen_shows_its_members_and_nobody_who_came_later() -> None:
    room, one = flood(40)
    frame = groups(one)[-1]
    ring(room, "late")
    room.close("given up", of=leg("d39"))
    room.say(one, frames.Seen({}, {frame.group: frame.version, "nothing": 7}))
    assert shown(room) == {f"d{n}" for n in range(39)}
    room.wait(EVERY)
    room.say(one, frames.Seen({}, {frame.group: groups(one)[-1].version}))
    assert "late" in shown(room)
    assert len(room.told(port.Shown)) == 40


def test_a_further_text_of_a_member_is_shown_by_the_next_card() -> None:
    room, one = flood(6)
    frame = groups(one)[-1]
    room.say(one, frames.Seen({}, {frame.group: frame.version}))
    room.give(item(1, "on the third floor"), of=leg("d5"))
    room.wait(EVERY)
    later = groups(one)[-1]
    assert later.texts == 7
    room.say(one, frames.Seen({}, {later.group: later.version}))
    assert room.told(port.Shown)[-1] == port.Shown(leg("d5"), 1)
    room.give(port.Item(2, 100.0, "event", "Location found"), of=leg("d5"))
    room.wait(EVERY)
    assert groups(one)[-1].texts == 7


def test_whoever_has_opened_a_member_gets_its_lines_and_nobody_else_does() -> None:
    room, one = flood(6)
    other = room.enter("op2")
    room.say(one, frames.Members(groups(one)[-1].group, 0, 50))
    room.give(item(1, "third floor"), of=leg("d5"))
    room.update(port.CardChanged(card("Elsewhere")), of=leg("d5"))
    assert one.texts("d5/0") == ["fire at the mall", "third floor"]
    assert "d5/0" not in other.held
    assert isinstance(one.heard[-1], frames.NewCard)
    assert not heard(other, frames.NewCard)
    room.say(other, frames.Members(groups(one)[-1].group, 5, 1))
    assert other.texts("d5/0") == ["fire at the mall", "third floor"]


def test_an_answered_member_leaves_the_group_and_comes_to_all_as_far_as_they_may_read() -> None:
    room, one = flood(8)
    other, boss = room.enter("op2"), room.enter("boss")
    room.say(one, frames.Answer("d6/0"))
    assert room.told(port.Answered) == [port.Answered(leg("d6"), "op1", False)]
    room.answered("op1", of=leg("d6"))
    room.wait(EVERY)
    for browser, readable in ((one, True), (other, False), (boss, True)):
        assert browser.state["d6/0"].readable is readable
        assert browser.state["d6/0"].group == ""
        assert browser.owner["d6/0"] == "op1"
        assert groups(browser)[-1].callers == 7
    assert other.held["d6/0"] == {}
    room.give(item(1, "third floor"), of=leg("d6"))
    assert one.texts("d6/0") == ["fire at the mall", "third floor"]
    room.say(one, frames.Seen({"d6/0": 1}))
    assert port.Shown(leg("d6"), 1) in room.told(port.Shown)


def test_a_member_that_is_given_up_is_over_for_who_has_seen_it_and_fewer_for_the_others() -> None:
    room, one = flood(6)
    room.close("too late", of=leg("d5"))
    room.close("too late", of=leg("d0"))
    room.wait(EVERY)
    assert set(one.closed) == {"d0/0"}
    last = groups(one)[-1]
    assert (last.callers, last.oldest) == (4, "d1/0")
    late = room.enter("op2")
    assert set(late.state) == set()
    assert groups(late)[-1].callers == 4
    for number in range(1, 5):
        room.close("too late", of=leg(f"d{number}"))
    room.wait(EVERY)
    assert (groups(one)[-1].callers, groups(one)[-1].oldest) == (0, "")
    assert groups(room.enter("boss")) == []
    ring(room, "again")
    assert "again/0" in one.state, "alone, they have a card of their own"


def test_callers_who_are_answered_as_they_come_are_never_a_group() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(12):
        ring(room, f"d{number}")
        room.answered("op1", of=leg(f"d{number}"))
    assert groups(one) == []
    assert len(one.state) == 12


def test_more_than_a_list_can_show_ring_as_the_rest_and_come_up_when_there_is_room() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(SINGLES_MAX + 3):
        ring(room, f"d{number}", alone(number))
    room.wait(EVERY)
    rest = groups(one)[-1]
    assert (rest.group, rest.kind, rest.callers, rest.words) == (REST, "rest", 3, "")
    assert len(one.state) == SINGLES_MAX
    room.answered("op1", of=leg("d7"))
    assert one.state[f"d{SINGLES_MAX}/0"].group == ""
    room.close("given up", of=leg("d8"))
    room.close("given up", of=leg("d9"))
    room.wait(EVERY)
    assert groups(one)[-1].callers == 0
    assert {state.group for state in one.state.values()} == {""}
    assert len(one.state) == SINGLES_MAX + 3


def test_those_among_the_rest_who_turn_out_to_have_one_voice_become_a_group() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(SINGLES_MAX):
        ring(room, f"d{number}", alone(number))
    for number in range(5):
        ring(room, f"m{number}")
    room.wait(EVERY)
    last = {frame.group: frame.callers for frame in groups(one)}
    assert last.pop(REST) == 0
    assert list(last.values()) == [5]


def test_the_number_of_groups_is_bounded_too() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(GROUPS_MAX + 2):
        for caller in range(5):
            ring(room, f"d{number}-{caller}", alone(number))
    room.wait(EVERY)
    standing = {frame.group: frame.callers for frame in groups(one)}
    assert len(standing) == GROUPS_MAX
    singles = [state for state in one.state.values() if state.leg.startswith(f"d{GROUPS_MAX}-")]
    assert [state.group for state in singles] == [""] * 5


def test_a_browser_that_comes_back_has_its_members_and_the_counts() -> None:
    room, one = flood(8)
    room.say(one, frames.Members(groups(one)[-1].group, 0, 6))
    room.leave(one)
    room.give(item(1, "third floor"), of=leg("d5"))
    room.enter("op1", one)
    assert one.texts("d5/0") == ["fire at the mall", "third floor"]
    assert "d7/0" not in one.state
    assert groups(one)[-1].callers == 8


def test_a_leg_that_is_offered_again_after_a_restart_is_grouped_again() -> None:
    room, _ = flood(8)
    later = Room(logged_in=["op1"])
    for number in range(8):
        ring(later, f"d{number}")
        ring(later, f"d{number}")  # said twice: nothing changes
    one = later.enter("op1")
    assert groups(one)[-1].callers == 8
    later.offer(offer(item(0), of=leg("d3"), answered_by="op1"))
    later.wait(EVERY)
    assert one.state["d3/0"].owner == "op1"
    assert groups(one)[-1].callers == 7
    assert room.hub is not later.hub


def test_a_closed_member_that_rings_again_is_a_caller_like_any_other() -> None:
    room, one = flood(6)
    room.close("elsewhere", of=leg("d5"))
    ring(room, "d5")
    room.wait(EVERY)
    assert groups(one)[-1].callers == 6


def test_a_first_part_that_has_no_text_yet_is_compared_by_what_is_there() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(5):
        ring(room, f"d{number}", "", arriving="fire at the mall, many people ...")
    assert groups(one)[-1].callers == 5
    assert groups(one)[-1].texts == 0


def test_cards_that_nobody_acknowledges_do_not_pile_up_and_the_last_one_counts_for_all() -> None:
    room, one = flood(6)
    for number in range(VERSIONS_MAX * 2):
        ring(room, f"e{number}")
        room.wait(EVERY)
    frame = groups(one)[-1]
    room.say(one, frames.Seen({}, {frame.group: frame.version}))
    assert len(shown(room)) == 6 + VERSIONS_MAX * 2


def test_a_clock_that_is_set_back_holds_no_count_back() -> None:
    room, one = flood(6)
    room.now -= 3600.0
    ring(room, "late")
    assert groups(one)[-1].callers == 7


def test_bursts_and_groups_wake_the_hub_at_the_earlier_of_both() -> None:
    room, one = flood(6)
    for number in range(1, 30):
        room.give(item(number), of=leg("d0"))
    wakes = room.hub.wakes_at()
    assert wakes is not None
    room.leave(one)  # somebody to be awaited as well
    assert room.hub.wakes_at() == wakes
    room.wait(1.0)
    assert room.hub.wakes_at() is not None
