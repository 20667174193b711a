"""What somebody at a TTY has said, as it can be quoted to them."""

from __future__ import annotations

from text911.psap_adapters.tty_psap.quotes import KEPT, Quotes


def test_what_was_not_taken_is_quoted_once() -> None:
    quotes = Quotes("leg")
    first, second = quotes.report("SEND HIM IN"), quotes.report("WAIT OUTSIDE")
    assert first != second
    assert quotes.refused(first) == "SEND HIM IN"
    assert quotes.refused(first) == ""
    assert quotes.refused("of somebody else") == ""
    assert quotes.refused(second) == "WAIT OUTSIDE"


def test_what_stands_in_the_transcript_is_quoted_by_its_place() -> None:
    quotes = Quotes("leg")
    quotes.record(40, "WAIT OUTSIDE")
    assert quotes.at(40) == quotes.at(40) == "WAIT OUTSIDE"
    assert quotes.at(48) == ""


def test_no_key_is_given_twice_and_each_bears_the_name() -> None:
    quotes = Quotes("leg-7")
    keys = [quotes.key(), quotes.report("GA"), quotes.key()]
    assert len(set(keys)) == 3
    assert all(one.startswith("leg-7-") for one in keys)


def test_only_the_last_are_remembered() -> None:
    quotes = Quotes("leg")
    keys = [quotes.report(f"WORDS {number}") for number in range(KEPT + 5)]
    for number in range(KEPT + 5):
        quotes.record(number, f"WORDS {number}")
    assert [quotes.at(number) for number in (4, 5)] == ["", "WORDS 5"]
    assert [quotes.refused(keys[number]) for number in (4, 5)] == ["", "WORDS 5"]
