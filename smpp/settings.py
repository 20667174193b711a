"""What a person writes down about SMPP: where we listen, and the account of each carrier.

Models only. Secrets are references here (`env:`, `file:`, `credential:`); resolving them, and
opening anything, is done elsewhere.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .timers import SessionLimits

SECRET = re.compile(r"(env|file|credential|plain):(.+)", re.DOTALL)
SYSTEM_ID_MAX = 15  # octets without the NUL (SMPP v3.4, 5.2.1)
PASSWORD_MAX = 8  # octets without the NUL (SMPP v3.4, 5.2.2)
ADDRESS_MAX = 20  # octets without the NUL (SMPP v3.4, 5.2.9)

Seconds = Annotated[float, Field(ge=0, le=86_400)]
PositiveSeconds = Annotated[float, Field(gt=0, le=86_400)]


class AccountSettings(BaseModel):
    """One carrier's right to bind, and how its binds behave."""

    # An input may be a password: it is never repeated in an error.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    system_id: str = Field(description="The name the carrier binds with, 1 to 15 characters.")
    passwords: list[str] = Field(
        min_length=1,
        max_length=2,
        repr=False,
        description=(
            "One or two references to the password, two during a change: env:NAME, file:PATH "
            "(mode 0600), credential:NAME (systemd), or plain:PASSWORD for a demonstration only. "
            "SMPP allows 8 characters."
        ),
    )
    allowed_networks: list[IPv4Network | IPv6Network] = Field(
        min_length=1,
        description="From where the carrier may connect, as networks such as 203.0.113.0/28.",
    )
    max_binds: int = Field(
        default=4,
        ge=1,
        le=100,
        description="How many binds of this account may be up at the same time.",
    )
    window: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="How many of our requests may be unanswered on one bind.",
    )
    in_flight_max: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description=(
            "How many requests of the carrier may be unanswered on one bind before we stop reading."
        ),
    )
    default_alphabet: Literal["gsm7", "packed", "ascii", "latin1", "ucs2"] = Field(
        default="gsm7",
        description=(
            "What data_coding 0 means on this account's binds. packed is GSM-7 with eight "
            "characters in seven octets, both ways; gsm7 has one character in each octet."
        ),
    )
    short_codes: list[str] = Field(
        default=["911"],
        min_length=1,
        description="The destination addresses that are ours, as the carrier writes them.",
    )
    enquire_link: PositiveSeconds = Field(
        default=30.0,
        description="Seconds without a PDU from the carrier until we send enquire_link.",
    )
    response_timer: PositiveSeconds = Field(
        default=10.0, description="Seconds until a missing response makes the outcome unknown."
    )
    session_init: PositiveSeconds = Field(
        default=5.0, description="Seconds from the TCP connection to the bind."
    )
    inactivity: Seconds = Field(
        default=0.0,
        description=(
            "Seconds without a message until we unbind; 0 is never: an idle 911 bind is normal."
        ),
    )

    @field_validator("system_id")
    @classmethod
    def _fits_the_wire(cls, value: str) -> str:
        return _c_string(value, SYSTEM_ID_MAX)

    @field_validator("short_codes")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        return [_c_string(code, ADDRESS_MAX) for code in value]

    @field_validator("passwords")
    @classmethod
    def _are_references(cls, value: list[str]) -> list[str]:
        for reference in value:
            parts = SECRET.fullmatch(reference)
            if parts is None:
                raise ValueError(
                    "write a reference: env:NAME, file:PATH, credential:NAME or plain:PASSWORD"
                )
            if parts[1] == "plain":
                _c_string(parts[2], PASSWORD_MAX)
        return value

    def allows(self, address: str) -> bool:
        """Whether the carrier may connect from this IP address (in text form)."""
        ip = ip_address(address)
        if ip.version == 6 and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        return any(ip in network for network in self.allowed_networks)

    def limits(self) -> SessionLimits:
        """The same figures as the session machine takes them."""
        return SessionLimits(
            session_init=self.session_init,
            enquire_link=self.enquire_link,
            response=self.response_timer,
            inactivity=self.inactivity,
            window=self.window,
        )


class ListenSettings(BaseModel):
    """Where carriers connect to us."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(
        default=2775, ge=0, le=65_535, description="The TCP port; 0 picks a free one."
    )


def _c_string(value: str, size_max: int) -> str:
    if not 1 <= len(value) <= size_max or not value.isascii() or not value.isprintable():
        raise ValueError(f"must be 1 to {size_max} printable ASCII characters")
    return value
