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
    Mutant(
        "tones_reach_the_telephone",
        "Who sits at the PSAP's telephone has a caller's tones in the ear instead of his voice.",
        "gateway/edges/lines/bridge.py",
        "        self._from_caller.put(SILENCE if now < self._muted_until else frame)\n",
        "        self._from_caller.put(frame)\n",
    ),
    Mutant(
        "bridge_not_recorded",
        "Nobody can say afterwards whether a caller's voice was heard.",
        "gateway/edges/lines/calls.py",
        '            case "open":\n                self._hear(dialogue, VoiceOpened(number))\n',
        '            case "open":\n                pass\n',
    ),
    Mutant(
        "telephone_ends_the_call",
        "When somebody at the PSAP hangs the telephone up, the caller's TTY is hung up as well.",
        "gateway/edges/lines/trunk_call.py",
        "        self._call.voiced(number, state, reason)\n",
        "        self._call.voiced(number, state, reason)\n"
        '        if state == "ended":\n'
        "            self.give_up(reason)\n",
    ),
    Mutant(
        "telephone_left_behind",
        "The caller has rung off, and the PSAP's telephone stays joined to nobody.",
        "gateway/edges/lines/trunk_call.py",
        '        self._beside.let_go("the caller\'s call is over")\n',
        "",
    ),
)
