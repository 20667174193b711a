"""What is only of callers on lines, between the core and the door to the PSAPs: values into values.

Pure. Decides nothing.
"""

from __future__ import annotations

from typing import assert_never

from ...psap_adapters.port import Change, LineChanged, LineState, Sending, Typed
from ..core.commands import ShowSending, ShowTurn, ShowTyped
from ..core.state import Dialogue
from ..core.typing_back import voice_of


def change_of(command: ShowTyped | ShowSending | ShowTurn) -> Change:
    match command:
        case ShowTyped(sequence=sequence, text=text, unsure=unsure, open=is_open):
            return Typed(sequence, text, unsure, is_open)
        case ShowSending(sequence=sequence, left=left, seconds=seconds, typed=typed):
            return Sending(sequence, left, seconds, typed)
        case ShowTurn(state=state, token=token, speaks=speaks, gone=gone):
            voice, mode, note = command.voice, command.mode, command.note
            return LineChanged(LineState(state, token, speaks, gone, voice, mode, note))
        case _:
            assert_never(command)


def line_of(state: Dialogue) -> LineState | None:
    """The badge of a call as it is now."""
    call = state.call
    if call is None:
        return None
    return LineState(call.turn, call.token, call.speaks, call.gone, *voice_of(state.voice))
