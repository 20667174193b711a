"""What a person may set about floods: when a source is noisy, and what it may hold."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from .fairness import FloodLimits


class FloodSettings(BaseModel):
    """`[flood]` in gateway.toml. A source is one caller: a number or name of one carrier group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    noisy_texts: int = Field(
        default=20,
        ge=5,
        le=1_000,
        description="A source is noisy when more of its texts than this came within `noisy_within`."
        " Its further texts wait behind everybody else's.",
    )
    noisy_within: float = Field(
        default=10.0, ge=1, le=300, description="Seconds over which texts are counted."
    )
    one_share: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Part of a bind's unanswered requests (in_flight_max) that one noisy source may"
        " hold; what exceeds it is refused for the moment (ESME_RTHROTTLED) before it is accepted.",
    )
    all_share: float = Field(
        default=0.5,
        gt=0,
        le=0.9,
        description="The same for all noisy sources together, so that a newcomer finds room.",
    )

    def limits(self) -> FloodLimits:
        return FloodLimits(self.noisy_texts, self.noisy_within, self.one_share, self.all_share)
