"""What a person writes down about SMPP: where we listen, and the account of each carrier.

Models only. Secrets are references here (`env:`, `file:`, `credential:`); resolving them, and
opening anything, is done elsewhere.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from .pins import PINS_MAX, fingerprint_of
from .timers import SessionLimits

SECRET = re.compile(r"(env|file|credential|plain):(.+)", re.DOTALL)
SYSTEM_ID_MAX = 15  # octets without the NUL (SMPP v3.4, 5.2.1)
PASSWORD_MAX = 8  # octets without the NUL (SMPP v3.4, 5.2.2)
ADDRESS_MAX = 20  # octets without the NUL (SMPP v3.4, 5.2.9)

# The languages with a single shift table (3GPP TS 23.038, A.2); `national.NUMBERS` has the numbers.
Language = Literal[
    "turkish",
    "spanish",
    "portuguese",
    "bengali",
    "gujarati",
    "hindi",
    "kannada",
    "malayalam",
    "oriya",
    "punjabi",
    "tamil",
    "telugu",
    "urdu",
]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
PositiveSeconds = Annotated[float, Field(gt=0, le=86_400)]


def reference(value: str) -> str:
    """`value` where it leads to a secret, or is one; ValueError else, with what to write."""
    if SECRET.fullmatch(value) is None:
        raise ValueError(
            "write a reference: env:NAME, file:PATH, credential:NAME or plain:PASSWORD"
        )
    return value


def key_reference(value: str) -> str:
    """The same for a private key, which never stands in a configuration itself."""
    parts = SECRET.fullmatch(value)
    if parts is None or parts[1] == "plain":
        raise ValueError("write a reference: file:PATH, credential:NAME or env:NAME")
    return value


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
    tls_required: bool = Field(
        default=False,
        description="The carrier may bind over TLS only; without it a bind is answered as one with "
        "a wrong password.",
    )
    tls_pins: list[str] = Field(
        default=[],
        max_length=PINS_MAX,
        description=(
            "SHA-256 fingerprints of the certificates, or of their public keys, that the carrier "
            "may show over TLS, two during a change: 64 hexadecimal digits, colons as you like. "
            "With one it may bind over TLS only, and with that certificate only."
        ),
    )
    max_binds: int = Field(
        default=4,
        ge=1,
        le=100,
        description="How many binds of this account may be up at the same time. A lower figure "
        "ends no bind that is up.",
    )
    rate: float = Field(
        default=0.0,
        ge=0,
        le=100_000,
        description=(
            "Texts per second over all binds of this account, as the contract has it; 0 is no "
            "limit. Beyond it we read more slowly, then answer ESME_RTHROTTLED; the first text of "
            "a new caller is taken all the same."
        ),
    )
    burst: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="How many texts may come at once before `rate` is looked at.",
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
    receipt_ids: Literal["any", "same", "decimal", "hexadecimal"] = Field(
        default="any",
        description=(
            "How the carrier's receipts spell the ids of its responses. same: as they are, but for "
            "case and leading zeros; decimal: in decimal where responses are hexadecimal; "
            "hexadecimal: the other way round. any tries all, and may take one reply for another "
            "when the carrier converts and a caller has replies such as 10 and 16 on their way."
        ),
    )
    outgoing_shifts: list[Language] = Field(
        default=[],
        description=(
            "Languages whose single shift table of GSM-7 the handsets behind this carrier read; a "
            "reply that needs one of its letters may then be shorter than in UCS-2. One that does "
            "not know the table shows the letter without its accent."
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
    session_init: Annotated[float, Field(gt=0, le=60)] = Field(
        default=5.0,
        description=(
            "Seconds from the TCP connection to the bind, TLS included, however the octets drip "
            "in. Who connects is not known before the bind: the longest of the accounts that may "
            "come from its address holds."
        ),
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

    @field_validator("outgoing_shifts")
    @classmethod
    def _are_in_septets(cls, value: list[str], info: ValidationInfo) -> list[str]:
        alphabet = info.data.get("default_alphabet", "gsm7")
        if value and alphabet not in ("gsm7", "packed"):
            raise ValueError(
                f"default_alphabet is {alphabet}, and only gsm7 and packed have shift tables"
            )
        return value

    @field_validator("short_codes")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        return [_c_string(code, ADDRESS_MAX) for code in value]

    @field_validator("passwords")
    @classmethod
    def _are_references(cls, value: list[str]) -> list[str]:
        for one in value:
            kind, _, password = reference(one).partition(":")
            if kind == "plain":
                _c_string(password, PASSWORD_MAX)
        return value

    @field_validator("tls_pins")
    @classmethod
    def _are_fingerprints(cls, value: list[str]) -> list[str]:
        return [fingerprint_of(pin) for pin in value]

    @property
    def needs_tls(self) -> bool:
        """Whether a bind without TLS is refused."""
        return self.tls_required or bool(self.tls_pins)

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


class TlsListenSettings(BaseModel):
    """One address where carriers connect over TLS 1.2 or 1.3: `[[smpp.tls]]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(
        default=3550, ge=0, le=65_535, description="The TCP port; 0 picks a free one."
    )
    certificate: str = Field(
        min_length=1,
        description="PEM file with our certificate and its chain, ours first, relative to this "
        "directory.",
    )
    key: str = Field(
        repr=False,
        description="A reference to its private key in PEM: file:PATH (mode 0600), credential:NAME "
        "(systemd) or env:NAME.",
    )

    @field_validator("key")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        return key_reference(value)


class ListenSettings(BaseModel):
    """Where carriers connect to us, and what they may cost before they are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(
        default=2775, ge=0, le=65_535, description="The TCP port; 0 picks a free one."
    )
    plain: bool = Field(
        default=True, description="False: nobody connects here without TLS, only to [[smpp.tls]]."
    )
    tls: list[TlsListenSettings] = Field(
        default=[], max_length=8, description="Where carriers connect over TLS."
    )
    failures_in_a_row: int = Field(
        default=10,
        ge=1,
        le=1_000_000,
        description="Wrong binds from one address until its next ones are answered late, or, when "
        "no account may come from there, until it is turned away.",
    )
    failure_forgiven_after: PositiveSeconds = Field(
        default=15.0, description="Seconds until one wrong bind is forgiven."
    )

    @model_validator(mode="after")
    def _listens_somewhere(self) -> ListenSettings:
        if not self.plain and not self.tls:
            raise ValueError("plain is false and there is no [[smpp.tls]], so nobody could connect")
        return self


def _c_string(value: str, size_max: int) -> str:
    if not 1 <= len(value) <= size_max or not value.isascii() or not value.isprintable():
        raise ValueError(f"must be 1 to {size_max} printable ASCII characters")
    return value
