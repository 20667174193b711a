"""A gateway as a line sees it: writes down what it is told, and says what the test says."""

from __future__ import annotations

from text911.gateway.core.values import Character, DialogueId
from text911.gateway.edges.lines.door import Channel, Leg, Turn, VoiceState
from text911.gateway.location.port import Answer


class Door:
    """`accepts`: at once, later (the test calls `legs[-1].accept`), or not at all."""

    def __init__(self, accepts: str = "at once") -> None:
        self.accepts = accepts
        self.calls: list[tuple[str, str, Channel, bytes | None]] = []
        self.legs: list[Leg] = []
        self.voices: list[bool] = []  # of each call, whether its line has one
        self.told: list[tuple[object, ...]] = []
        self.characters: list[Character] = []

    def begin(
        self,
        line: str,
        ani: str,
        channel: Channel,
        pidf: bytes | None,
        leg: Leg,
        *,
        voice: bool = False,
    ) -> DialogueId | None:
        self.voices.append(voice)
        self.calls.append((line, ani, channel, pidf))
        self.legs.append(leg)
        if self.accepts == "not at all":
            return None
        if self.accepts == "at once":
            leg.accept()
        return DialogueId(f"d{len(self.calls)}")

    def detected(self, dialogue: DialogueId) -> None:
        self.told.append((dialogue, "detected"))

    def moved(self, dialogue: DialogueId, pidf: bytes, found: Answer) -> None:
        self.told.append((dialogue, "moved", pidf, found))

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        assert characters
        self.characters += characters
        self.told.append((dialogue, "typed", "".join(one.text for one in characters)))

    def turn(self, dialogue: DialogueId, state: Turn, token: str = "") -> None:
        self.told.append((dialogue, "turn", state, token))

    def left(self, dialogue: DialogueId, key: str, characters: int, whole: bool) -> None:
        self.told.append((dialogue, "left", key, characters, whole))

    def said(self, dialogue: DialogueId, text: str) -> None:
        self.told.append((dialogue, "said", text))

    def speaks(self, dialogue: DialogueId, on: bool) -> None:
        self.told.append((dialogue, "speaks", on))

    def voiced(self, dialogue: DialogueId, number: int, state: VoiceState, reason: str) -> None:
        self.told.append((dialogue, "voiced", number, state, reason))

    def ended(self, dialogue: DialogueId, reason: str) -> None:
        self.told.append((dialogue, "ended", reason))

    @property
    def shown(self) -> str:
        return "".join(one.text for one in self.characters if not one.echo)

    def of(self, what: str) -> list[tuple[object, ...]]:
        return [one[2:] for one in self.told if one[1] == what]
