"""What an operator decides about location, per carrier: `[location]` of `carriers/*.toml`."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..routing.settings import Problem, unknown_psap

# SMPP v3.4 section 5.3.2: the tags that are left to vendors.
VENDOR_TAG_MIN = 0x1400
VENDOR_TAG_MAX = 0x3FFF


class Source(Enum):
    """Who is asked first. The carrier's default is asked last whatever stands here."""

    PROFILE = "profile"
    TLV = "tlv"
    SIMULATED = "simulated"


class TlvFormat(Enum):
    """What the octets of the TLV mean. DECIMAL: ASCII `latitude,longitude,radius[,confidence]` in
    degrees, degrees, metres and percent."""

    DECIMAL = "decimal"


class CarrierLocationSettings(BaseModel):
    """`[location]` of a carrier's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source = Field(
        default=Source.PROFILE,
        description='Who says where a caller is: "profile" (the default place below), "tlv" (an '
        'optional parameter of the first message) or "simulated" (invented; demonstration only).',
    )
    default_psap: str = Field(
        default="",
        max_length=64,
        description="PSAP for callers of this carrier who cannot be placed; empty: the statewide "
        "default.",
    )
    default_latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="Degrees north: where callers are taken to be by default."
    )
    default_longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        default=None, description="Degrees east (Connecticut is negative)."
    )
    default_radius: float = Field(
        default=30_000.0, gt=0, le=500_000, description="Metres around the default place."
    )
    tlv_tag: int | None = Field(
        default=None,
        ge=VENDOR_TAG_MIN,
        le=VENDOR_TAG_MAX,
        description="Tag of the optional parameter that bears the location, 0x1400 to 0x3FFF.",
    )
    tlv_format: TlvFormat = Field(
        default=TlvFormat.DECIMAL,
        description='"decimal": ASCII latitude,longitude,radius[,confidence].',
    )
    simulated_delay_s: float = Field(
        default=0.4, ge=0, le=60, description="Seconds the simulated source takes to answer."
    )
    simulated_seed: int = Field(
        default=911, description="Same seed and number, same place (simulated source)."
    )

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.default_latitude is None) != (self.default_longitude is None):
            raise ValueError("give both default_latitude and default_longitude, or neither")
        if self.source is Source.TLV and self.tlv_tag is None:
            raise ValueError('source = "tlv" needs tlv_tag, the tag that bears the location')
        return self


def problems(settings: CarrierLocationSettings, psap_names: Collection[str]) -> list[Problem]:
    """What only shows beside the PSAPs' files. Keys are relative to the carrier's file."""
    if settings.default_psap and settings.default_psap not in psap_names:
        return [unknown_psap("location.default_psap", settings.default_psap, psap_names)]
    return []
