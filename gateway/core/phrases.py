"""What a caller types, as lines of the transcript that grow: a projection of `CallerTyped`.

The record holds every character with both its readings; a line is how people read them. It ends at
a new line, when the turn is passed, when we type, after a pause and when it is long. Decided by
facts and their times alone, so that it is the same whenever it is worked out again.
"""

from __future__ import annotations

from msgspec.structs import replace

from . import hearing
from .commands import ShowTyped
from .state import Phrase
from .turn import LINES_PER_ENTRY, Turn
from .typing_back import call_of
from .values import Character

PAUSE = 10.0  # seconds without a character: what comes then is another line
LONG = 160  # characters: the line ends at the next space
LONGEST = 200  # and here whatever comes
# Lines that one fact may begin; it leaves room for the other lines of its entry. A paste of more
# of them keeps its line breaks within the last.
LINES_AT_ONCE = LINES_PER_ENTRY - 3
SURE = 0.9  # a character less probable than this is marked
UNREADABLE = "\ufffd"
ERASE = "\b"  # takes back a character: code 00 of a TTY, T.140 8.2
NEW_LINES = frozenset("\r\n\x85\u2028\u2029")


def typed(turn: Turn, characters: tuple[Character, ...]) -> None:
    """Write them into the line that is open, and begin others as needed."""
    pen = _Pen(turn)
    for one in characters:
        if not one.echo:
            for letter in one.text:
                pen.put(letter, sure=one.confidence >= SURE and letter != UNREADABLE)
    pen.show()


def end(turn: Turn) -> None:
    """The turn was passed, or we type: what comes next is another line."""
    call = call_of(turn)
    phrase = call.phrase
    if phrase is not None and not phrase.ended:
        turn.call = replace(call, phrase=replace(phrase, ended="turn"))
        _show(turn, phrase, is_open=False)


class _Pen:
    """The open line while characters are written into it; shown once, when all are."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._begun = 0
        self._on_screen = call_of(turn).phrase
        self._phrase = self._on_screen
        self._wrote = False

    def put(self, letter: str, *, sure: bool) -> None:
        if letter == ERASE:
            self._erase()
        elif letter in NEW_LINES:
            self._new_line(letter)
        else:
            self._write(letter, sure=sure)

    def show(self) -> None:
        """Bring the screens up to what is written."""
        phrase, before = self._phrase, self._on_screen
        if phrase is None or phrase == before:
            return
        turn = self._turn
        if phrase.sequence < 0:
            if turn.is_over():
                sequence = turn.show("caller", phrase.text, notes=("shown to nobody",))
            else:
                sequence = hearing.say(turn, phrase.text, ())
            phrase = replace(phrase, sequence=sequence)
        _show(turn, phrase, is_open=not phrase.ended)
        self._phrase = self._on_screen = phrase
        turn.line = replace(turn.line, said_at=turn.at)
        turn.call = replace(call_of(turn), phrase=phrase)

    def _write(self, letter: str, *, sure: bool) -> None:
        now = self._line_for()
        unsure = now.unsure if sure else (*now.unsure, len(now.text))
        text = now.text + letter
        full = len(text) >= LONGEST or (len(text) > LONG and letter.isspace())
        self._phrase = replace(
            now, text=text, unsure=unsure, at=self._turn.at, ended="turn" if full else ""
        )

    def _line_for(self) -> Phrase:
        """The line that the next character belongs to."""
        now = self._phrase
        over = now is None or now.ended or self._turn.at - now.at > PAUSE
        if now is not None and (not over or self._begun >= LINES_AT_ONCE):
            return now
        if now is not None and not now.ended:
            self._phrase = replace(now, ended="turn")
        self.show()
        self._begun += 1
        return Phrase(-1, "", (), self._turn.at)

    def _new_line(self, letter: str) -> None:
        now = self._phrase
        if now is None or now.ended:
            return  # CR and LF are one; an empty line says nothing
        if self._begun >= LINES_AT_ONCE:
            self._write("\n", sure=True)
        else:
            self._phrase = replace(now, ended="line", at=self._turn.at)

    def _erase(self) -> None:
        """Of a line that a new line has ended, the new line is what is taken back."""
        now = self._phrase
        if now is None:
            return
        if now.ended != "line":
            text = now.text[:-1]
            now = replace(now, text=text, unsure=tuple(o for o in now.unsure if o < len(text)))
        self._phrase = replace(now, ended="", at=self._turn.at)


def _show(turn: Turn, phrase: Phrase, *, is_open: bool) -> None:
    psap, offer = turn.leg()
    turn.do(ShowTyped(psap, offer, phrase.sequence, phrase.text, phrase.unsure, is_open))
