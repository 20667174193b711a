"""What a person writes down about a line on which callers type: the tables of `lines/*.toml`, but
for those of a SIP trunk (`trunk_settings`). Models only; nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ....tty.code import printable
from ....tty.pace import BAUD_45, Pace, pace_of, speed, stops
from ....tty.turns import Policy
from ...location.settings import CarrierLocationSettings
from ...routing.settings import Problem, suggestion, unknown_psap
from ...routing.towns import TOWNS

PROBE_MAX = 120  # characters; some 25 s on the wire, in which the caller cannot type
TOWN_RADIUS_M = 5_000.0  # a town of Connecticut is some 8 km wide
PLACE_RADIUS_M = 100.0  # a building and what is around it
_TURNS = Policy()
_TOWNS = {town.name: town for town in TOWNS}

Text = Annotated[str, Field(max_length=PROBE_MAX)]


class Table(BaseModel):
    """A misspelt key must never be ignored. An input may be a secret: no error repeats it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SerialSettings(Table):
    """`[serial]`: a TTY, or a modem that makes characters of its tones, on a serial port."""

    device: str = Field(min_length=1, description="The port: /dev/ttyS0, /dev/ttyUSB0.")
    codes: Literal["ascii", "baudot"] = Field(
        default="ascii",
        description='"ascii": a V.18 modem, one octet a character. "baudot": 5-bit codes with their'
        " shifts, the low five bits of each octet.",
    )
    baud: float = Field(default=9600.0, gt=0, le=921_600, description="Bits per second.")
    data_bits: Literal[5, 7, 8] = Field(default=8, description="5 for a TTY that is wired itself.")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="Of the port.")
    stop_bits: float = Field(default=1.0, description="1, 1.5 or 2; of the port, not of the tones.")
    flow_control: Literal["none", "rtscts", "xonxoff"] = Field(
        default="none", description="How the port says that it cannot take more."
    )
    carrier_detect: bool = Field(
        default=False,
        description="True: a call begins and ends with the port's carrier detect (DCD). False: it "
        "begins with the first character and ends when quiet_within has passed.",
    )
    quiet_within: float = Field(
        default=600.0,
        ge=10,
        le=86_400,
        description="Seconds without a character, either way, after which the call is over; only "
        "without carrier_detect.",
    )
    number: str = Field(
        default="",
        pattern=r"^$|^\+[1-9][0-9]{6,14}$",
        description="The number of who is at this line, as +1...; empty: not known.",
    )

    @field_validator("stop_bits")
    @classmethod
    def _fit_a_port(cls, value: float) -> float:
        if value not in (1.0, 1.5, 2.0):
            raise ValueError("must be 1, 1.5 or 2")
        return value

    @model_validator(mode="after")
    def _codes_fit(self) -> Self:
        if self.codes == "ascii" and self.data_bits == 5:
            raise ValueError('five data bits carry no ASCII; write codes = "baudot"')
        return self


class WavSettings(Table):
    """`[wav]`: a recording that is played as a caller, for replay and tests."""

    file: str = Field(min_length=1, description="The recording: 8 kHz, 16-bit, mu-law or A-law.")
    answer: str = Field(
        default="", description="Where what we send is written, as a WAV file; empty: nowhere."
    )
    number: str = Field(
        default="", pattern=r"^$|^\+[1-9][0-9]{6,14}$", description="The caller's number."
    )
    starts_after: float = Field(
        default=1.0, ge=0, le=3600, description="Seconds from the gateway's start to the call."
    )
    stays_for: float = Field(
        default=30.0,
        ge=0,
        le=86_400,
        description="Seconds that the caller stays on the line when the recording is over.",
    )


class TtySettings(Table):
    """`[tty]`: how we type."""

    baud: float = Field(
        default=BAUD_45, description="45.45, or 50 outside North America. What comes is told apart."
    )
    stop_bits: float = Field(default=2.0, description="1, 1.42, 1.5 or 2; all are received.")
    level: float = Field(
        default=-10.0, ge=-30, le=0, description="Of our tones, in dBm0; TTYs send -13 to -9."
    )
    careful: bool = Field(
        default=False, description="Repeat the shift at every word, for a line known to be bad."
    )
    falls_back: bool = Field(
        default=False,
        description="The far end is radio teletype, which goes back to letters at every space.",
    )

    @field_validator("baud")
    @classmethod
    def _is_a_speed(cls, value: float) -> float:
        return speed(value)

    @field_validator("stop_bits")
    @classmethod
    def _are_stop_bits(cls, value: float) -> float:
        return stops(value)

    def pace(self) -> Pace:
        return pace_of(self.baud, self.stop_bits)


class TurnSettings(Table):
    """`[turns]`: what is typed to callers by itself, and whose voice goes where."""

    probe: Text = Field(
        default=_TURNS.probe,
        description="Typed to a call that brings no text: somebody may be waiting who cannot speak."
        " Capitals, figures and the marks of a TTY. Empty: nothing is typed.",
    )
    probe_after: float = Field(
        default=_TURNS.probe_after_s, ge=0, le=60, description="Seconds until the first time."
    )
    probe_again: float = Field(
        default=_TURNS.probe_again_s, ge=5, le=300, description="Seconds from one to the next."
    )
    probes: int = Field(
        default=_TURNS.probes_max, ge=1, le=100, description="How many times at most."
    )
    voice: Literal["notice", "bridge"] = Field(
        default="notice",
        description='A caller who speaks: "notice" types no_voice and tells the console; "bridge" '
        "(a SIP trunk only) lets the PSAP's telephone be joined to the call (VCO, HCO), where the "
        "PSAP has a voice_uri.",
    )
    no_voice: Text = Field(
        default=_TURNS.no_voice,
        min_length=1,
        description="Typed once to a caller who speaks where nobody can hear it.",
    )

    @field_validator("probe", "no_voice")
    @classmethod
    def _can_be_typed(cls, value: str) -> str:
        return printable(value)

    def policy(self) -> Policy:
        return Policy(
            probe=self.probe,
            probe_after_s=self.probe_after,
            probe_again_s=self.probe_again,
            probes_max=self.probes,
            voice_leg=self.voice == "bridge",
            no_voice=self.no_voice,
        )


class LinePlaceSettings(Table):
    """`[location]`: where callers of the line are when the call itself does not say it."""

    psap: str = Field(
        default="",
        max_length=64,
        description="PSAP for callers who cannot be placed; empty: the statewide default.",
    )
    town: str = Field(
        default="", description="The town where the line is, if no degrees are given."
    )
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="Degrees north."
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        default=None, description="Degrees east (Connecticut is negative)."
    )
    radius: float | None = Field(
        default=None,
        gt=0,
        le=500_000,
        description="Metres around it. Left out: 100, or 5000 for a town.",
    )

    @field_validator("town")
    @classmethod
    def _is_a_town(cls, value: str) -> str:
        if value and value not in _TOWNS:
            raise ValueError(f"no town of Connecticut is called so.{suggestion(value, _TOWNS)}")
        return value

    @model_validator(mode="after")
    def _says_one_place(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give both latitude and longitude, or neither")
        if self.town and self.latitude is not None:
            raise ValueError("give the town or the degrees, not both: they may disagree")
        return self

    def profile(self) -> CarrierLocationSettings:
        """The same as a default place, which is how sources of location take it."""
        town = _TOWNS.get(self.town)
        latitude, longitude = (
            (town.latitude, town.longitude) if town else (self.latitude, self.longitude)
        )
        return CarrierLocationSettings(
            default_psap=self.psap,
            default_latitude=latitude,
            default_longitude=longitude,
            default_radius=self.radius or (TOWN_RADIUS_M if town else PLACE_RADIUS_M),
        )

    def problems(self, psap_names: Collection[str]) -> list[Problem]:
        """What only shows beside the PSAPs' files. Keys are relative to the line's file."""
        if self.psap and self.psap not in psap_names:
            return [unknown_psap("location.psap", self.psap, psap_names)]
        return []
