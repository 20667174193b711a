"""`lines/NAME.toml` as a model. Apart from the other kinds of files, because most of what it is put
together from speaks of TTYs and SIP: the reader loads it for the first line there is.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ..edges.lines.settings import (
    LinePlaceSettings,
    SerialSettings,
    TtySettings,
    TurnSettings,
    WavSettings,
)
from ..edges.lines.trunk_settings import TrunkSettings
from .files import Display, File


class LineFile(File):
    """lines/NAME.toml: one line on which callers type, with a TTY or in real time."""

    display: Display = Field(description="The line's name as people read it.")
    kind: Literal["sip", "serial", "wav"] = Field(
        description='What brings the calls: "sip" (a trunk), "serial" (a TTY or modem on a port) or'
        ' "wav" (a recording that is played). The table of the same name says the rest.'
    )
    sip: TrunkSettings | None = Field(default=None, description='The trunk, for kind = "sip".')
    serial: SerialSettings | None = Field(
        default=None, description='The port, for kind = "serial".'
    )
    wav: WavSettings | None = Field(default=None, description='The recording, for kind = "wav".')
    tty: TtySettings = Field(default_factory=TtySettings, description="How we type.")
    turns: TurnSettings = Field(
        default_factory=TurnSettings, description="What is typed to callers by itself."
    )
    location: LinePlaceSettings = Field(
        default_factory=LinePlaceSettings,
        description="Where its callers are when their call does not say it.",
    )

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        for kind in ("sip", "serial", "wav"):
            given = getattr(self, kind) is not None
            if kind == self.kind and not given:
                raise ValueError(f'kind = "{kind}" needs the table [{kind}]')
            if kind != self.kind and given:
                raise ValueError(f'there is a table [{kind}], and kind is "{self.kind}"')
        return self

    @property
    def settings(self) -> TrunkSettings | SerialSettings | WavSettings:
        """The table of its kind."""
        found = self.sip or self.serial or self.wav
        assert found is not None  # the validator has seen to it
        return found
