"""What a call of ours says of its caller."""

from __future__ import annotations

from text911.sip.shown import shown


def test_the_callers_number_is_who_calls_and_it_is_an_emergency() -> None:
    caller, headers = shown("+18605550142", "192.0.2.1", "J. Doe")
    assert str(caller) == '"J. Doe" <sip:+18605550142@192.0.2.1;user=phone>'
    assert headers == (
        ("P-Asserted-Identity", "<sip:+18605550142@192.0.2.1;user=phone>"),
        ("Privacy", "none"),
        ("Priority", "emergency"),
    )


def test_a_number_that_is_withheld_is_not_made_up() -> None:
    caller, headers = shown("", "192.0.2.1")
    assert str(caller) == "<sip:anonymous@anonymous.invalid>"
    assert headers == (("Priority", "emergency"),)
