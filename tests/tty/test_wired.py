"""A wire instead of audio: the same turns, the same promise that nobody loses a word."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text911.tty.code import REPERTOIRE, written
from text911.tty.line import LineEvent
from text911.tty.pace import BIT_MS_50, Pace
from text911.tty.shifts import send
from text911.tty.tokens import Token
from text911.tty.turn_table import Changed, Heard, Left, State, Typed
from text911.tty.turns import Policy
from text911.tty.wired import QUIET_S, Codes, WiredLine

QUIET = Policy(probe="")


class Terminal:
    """A line, its clock, and what it has said and sent."""

    def __init__(self, codes: Codes = Codes.ASCII, policy: Policy = QUIET) -> None:
        self.now = 100.0
        self.line = WiredLine(codes, Pace(), policy, self.now)
        self.events: list[LineEvent] = []
        self.sent = b""

    def do(self, events: Iterable[LineEvent]) -> None:
        self.events += events
        self.sent += self.line.octets_to_send()

    def hear(self, octets: bytes) -> None:
        self.do(self.line.hear(octets, self.now))

    def write(self, text: str, key: str = "a") -> None:
        self.do(self.line.write(key, text, self.now))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (at := self.line.wakes_at()) is not None and at <= until:
            assert at >= self.now
            self.now = at
            self.do(self.line.tick(at))
        self.now = until

    @property
    def shown(self) -> str:
        return "".join(
            one.character.reading for one in self.events if isinstance(one, Typed) and not one.echo
        )

    @property
    def left(self) -> list[Left]:
        return [one for one in self.events if isinstance(one, Left)]


def test_ascii_is_read_as_a_tty_shows_it() -> None:
    terminal = Terminal()
    terminal.hear(b"fire at 12 main st\r\n\x07\x00@home\x7f GA")
    assert terminal.shown == "FIRE AT 12 MAIN ST\r\n@HOME\b GA"


def test_both_readings_of_what_comes_are_kept() -> None:
    terminal = Terminal()
    terminal.now += 2
    terminal.hear(b"a5 @")
    read = [one.character for one in terminal.events if isinstance(one, Typed)]
    assert [(one.reading, one.other) for one in read] == [
        ("A", "-"),
        ("5", "T"),
        (" ", " "),
        ("@", "@"),
    ]
    assert {one.at for one in read} == {16_000}


def test_a_parity_bit_is_no_part_of_a_character() -> None:
    terminal = Terminal()
    terminal.hear(bytes(octet | 0x80 for octet in b"HELP"))
    assert terminal.shown == "HELP"


@pytest.mark.parametrize("text", ["FIRE AT 12 MAIN ST", "".join(sorted(REPERTOIRE))])
def test_five_bit_codes_are_read_with_their_shifts(text: str) -> None:
    terminal = Terminal(Codes.BAUDOT)
    terminal.hear(bytes(code for codes in send(text) for code in codes))
    assert terminal.shown == text


def test_after_a_pause_codes_begin_in_letters() -> None:
    terminal = Terminal(Codes.BAUDOT)
    terminal.hear(bytes([0x1B, written("1").code]))
    terminal.wait(QUIET_S)
    terminal.hear(bytes([written("1").code]))
    assert terminal.shown == "1Q"


@pytest.mark.parametrize("codes", Codes)
def test_what_is_written_goes_out_one_character_at_a_time(codes: Codes) -> None:
    terminal = Terminal(codes)
    terminal.write("AB 5 GA")
    assert len(terminal.sent) <= 2
    terminal.wait(0.352)  # a shift and a character
    assert terminal.left == [Left("a", 1, whole=False)]
    terminal.wait(5)
    octets = bytes(code for one in send("AB 5 GA") for code in one)
    assert terminal.sent == (octets if codes is Codes.BAUDOT else b"AB 5 GA")
    assert terminal.left[-1] == Left("a", 7, whole=True)


def test_it_takes_as_long_as_on_a_telephone() -> None:
    terminal = Terminal()
    terminal.line = WiredLine(Codes.ASCII, Pace(BIT_MS_50), QUIET, terminal.now)
    terminal.write("ABCD")
    assert terminal.line.seconds_left(terminal.now) == pytest.approx(0.15 + 5 * 0.16 + 0.3)
    while terminal.line.held:
        terminal.wait(0.01)
    assert terminal.now - 100 == pytest.approx(5 * 0.16, abs=0.011)


def test_after_a_stall_nothing_is_told_as_left_that_was_not_yet_written() -> None:
    desk = Terminal()
    desk.write("ABCDEFGH")
    desk.wait(0.4)
    before = len(desk.left)
    desk.now += 1.0  # nobody asked
    desk.do(desk.line.tick(desk.now))
    assert len(desk.left) == before + 1
    assert len(desk.sent) == before + 2
    desk.wait(3.0)
    assert desk.sent == b"ABCDEFGH"
    assert desk.left[-1].whole


def test_the_caller_has_the_line_until_he_gives_it() -> None:
    terminal = Terminal()
    terminal.hear(b"FIRE GA")
    terminal.write("WHERE GA")
    assert terminal.line.state is State.HEARING
    terminal.wait(QUIET_S + 0.39)
    assert terminal.sent == b""
    terminal.wait(0.02)
    assert terminal.sent == b"\r"
    assert Heard(Token.GA) in terminal.events


def test_when_both_type_we_stop_after_the_character_and_go_on_later() -> None:
    terminal = Terminal()
    terminal.write("STAY CALM")
    terminal.wait(0.6)
    terminal.hear(b"XX")
    terminal.wait(0.5)
    assert terminal.sent == b"STA"
    assert terminal.line.state is not State.SENDING
    terminal.wait(10)
    assert terminal.sent == b"STA\r\nY CALM"
    assert terminal.shown == "XX"


def test_the_key_interrupts() -> None:
    terminal = Terminal()
    terminal.hear(b"AND THEN")
    terminal.write("STOP")
    terminal.do(terminal.line.interrupt(terminal.now))
    assert terminal.line.state is State.INTERRUPTING
    terminal.wait(2)
    assert terminal.sent == b"\r\nSTOP"


def test_a_silent_line_is_probed_and_says_whose_turn_it_is() -> None:
    terminal = Terminal(policy=Policy(probe="QQ GA"))
    terminal.wait(4)
    assert terminal.sent.startswith(b"QQ")
    terminal.do(terminal.line.speak(Token.HCO, terminal.now))
    terminal.do(terminal.line.over(terminal.now))
    assert Changed(State.SENDING) in terminal.events


def test_with_nothing_to_do_nobody_needs_to_wake_it() -> None:
    assert Terminal().line.wakes_at() is None


OURS, THEIRS = "BCDFGH 12", "AEIOUY 67"
MOVES = st.lists(
    st.tuples(st.floats(0, 3), st.booleans(), st.one_of(st.none(), st.integers(1, 14))),
    max_size=10,
)


@settings(deadline=None)
@given(MOVES, st.sampled_from(Codes))
def test_whatever_both_do_neither_loses_a_character(
    moves: list[tuple[float, bool, int | None]], codes: Codes
) -> None:
    ends = Terminal(codes), Terminal(codes)
    written_at = ["", ""]

    def run(seconds: float) -> None:
        until = ends[0].now + seconds
        while True:
            times = [at for end in ends if (at := end.line.wakes_at()) is not None]
            if not times or min(times) > until:
                break
            for end in ends:
                end.now = max(end.now, min(times))
                end.do(end.line.tick(end.now))
            carry()
        for end in ends:
            end.now = until

    def carry() -> None:
        for end, other in (ends, ends[::-1]):
            octets, end.sent = end.sent, b""
            if octets:
                other.hear(octets)

    for number, (pause, first, length) in enumerate(moves):
        run(pause)
        end = ends[0] if first else ends[1]
        if length is None:
            end.do(end.line.interrupt(end.now))
        else:
            alphabet = OURS if first else THEIRS
            text = "".join(alphabet[(number + 3 * place) % 9] for place in range(length))
            text = text.strip() or alphabet[0]
            written_at[0 if first else 1] += text
            end.write(text, f"k{number}")
        carry()
    for _ in range(60):
        run(5)
    assert not any(end.line.held for end in ends)
    # Turns begin with a new line, which may be cut in two.
    said = [end.shown.replace("\r", "").replace("\n", "") for end in ends]
    assert said == written_at[::-1]
