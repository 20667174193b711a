"""Bugs in what becomes of callers on lines."""

from __future__ import annotations

from .mutant import Mutant

ON_THE_LINES = (
    Mutant(
        "line_loses_its_beginning",
        "A caller's long line loses its first words on the page, and the address with them.",
        "gateway/core/phrases.py",
        "        text = now.text + letter\n",
        "        text = (now.text + letter)[-24:]\n",
    ),
    Mutant(
        "letters_told_twice",
        "Every letter of a caller is recorded and read twice.",
        "gateway/edges/lines/calls.py",
        "        for at in range(0, len(characters), CHARACTERS_MAX):\n",
        "        for at in (0, 0):\n",
    ),
    Mutant(
        "lost_words_called_typed",
        "A telecommunicator believes that a caller has read what the lost line never carried.",
        "gateway/core/typing_back.py",
        '        _deliver(turn, one, "lost", said)\n',
        '        _deliver(turn, one, "typed", said)\n',
    ),
    Mutant(
        "answered_before_the_record",
        "A call is answered before it is on the disk: after a power cut nobody knows of it.",
        "gateway/core/engine.py",
        '        self._unit(dialogue := self._fresh_id(), None, [(opened, b"")],'
        " partial(begun, dialogue))\n",
        '        self._unit(dialogue := self._fresh_id(), None, [(opened, b"")],'
        " lambda _broken: None)\n"
        "        begun(dialogue, None)\n",
    ),
    Mutant(
        "typed_twice",
        "A caller reads every answer twice, and waits twice as long.",
        "gateway/edges/lines/calls.py",
        '                call.leg.write(f"{REPLY}{reply}", text, interrupt)\n',
        '                call.leg.write(f"{REPLY}{reply}", text, interrupt)\n'
        '                call.leg.write(f"{REPLY}{reply}", text, interrupt)\n',
    ),
)
