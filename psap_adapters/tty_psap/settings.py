"""What a person writes down about a PSAP that has only a TTY: `[tty]` of `psaps/*.toml`.

A model only; the password is a reference, and nothing is opened here.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from string import Formatter
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ...sip.flows import Transport, flow_to
from ...sip.settings import both, enough_ports, session_timer, telephone
from ...sip.source import is_literal
from ...sip.uri import SipUri
from ...tty.code import printable
from ...tty.pace import Pace, pace_of, speed, stops
from .terms import Terms

WORDS_MAX = 120  # characters; some 25 s on the wire
FIELDS = frozenset({"number", "place"})  # of the announcement
_REFERENCE = re.compile(r"(env|file|credential|plain):.+", re.DOTALL)
_TERMS = Terms("")

Network = IPv4Network | IPv6Network
Words = Annotated[str, Field(max_length=WORDS_MAX)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


class TtyPsapSettings(BaseModel):
    """`[tty]`: a PSAP that is rung over SIP and typed to with the tones of a TTY. A misspelt key
    must never be ignored; an input may be a secret, so no error repeats it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    uri: str = Field(
        max_length=255,
        description='Where its TTY is rung: "sip:8605550199@192.0.2.10". Behind the address may '
        'stand ";transport=tcp" or tls.',
    )
    lines: int = Field(
        default=1,
        ge=1,
        le=50,
        description="How many of its TTYs can be in use at once. A dialogue more is refused at "
        "once, and the next PSAP of the chain is rung.",
    )
    suspended: str = Field(
        default="",
        max_length=200,
        description="When not empty, new dialogues are refused at once, and this is the reason.",
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="The address that we call from."
    )
    port: int = Field(
        default=5070, ge=1, le=65_535, description="The port there for SIP, of this PSAP alone."
    )
    contact_host: str = Field(
        default="",
        max_length=255,
        description="The name or address by which we are reached. Empty: `host`.",
    )
    media_host: str = Field(
        default="", description="The address where sound is received. Empty: `host`."
    )
    rtp_ports: tuple[
        Annotated[int, Field(ge=1024, le=65_534)], Annotated[int, Field(ge=1025, le=65_535)]
    ] = Field(
        default=(17_400, 17_499), description="First and last UDP port for sound, two for a line."
    )
    networks: list[Network] = Field(
        default=[],
        max_length=16,
        description="From where requests within our calls may come. Empty: the address of `uri`, "
        "or of `proxy`.",
    )
    proxy: str = Field(
        default="",
        max_length=255,
        description="A SIP address that all calls are sent through. Empty: straight to `uri`.",
    )
    username: str = Field(
        default="", max_length=64, description="The name we log in with when we are asked to."
    )
    password: str = Field(
        default="",
        repr=False,
        description="A reference to its password: env:NAME, file:PATH, credential:NAME, or "
        "plain:PASSWORD for a demonstration only.",
    )
    tls_authorities: str = Field(
        default="",
        description="For ;transport=tls: PEM file with the certificate authorities of which one "
        "must have signed what its exchange shows, for the host that we call. Empty: those that "
        "this machine believes.",
    )
    tls_certificate: str = Field(
        default="",
        description="PEM file with the certificate that we show, if its exchange wants one.",
    )
    tls_key: str = Field(
        default="",
        repr=False,
        description="A reference to its private key: env:NAME, file:PATH or credential:NAME.",
    )
    srtp: bool = Field(
        default=False, description="Encrypt the sound (SDES). Then plain sound is not taken."
    )
    location: bool = Field(
        default=False,
        description="Send where the caller is with the call, as a location object (RFC 6442). An "
        "exchange that does not take it is rung again without. Over UDP such a call takes two "
        "packets: prefer tcp or tls.",
    )
    session_timer: int = Field(
        default=1800, ge=0, le=86_400, description="Seconds (RFC 4028), at least 90; 0: none."
    )
    options_interval: float = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="Seconds between two questions whether the line is there (OPTIONS); 0: it is "
        "not asked.",
    )
    no_packet_within: float = Field(
        default=30.0,
        ge=5,
        le=3600,
        description="Seconds without any packet after which a call counts as lost.",
    )
    rings_within: Seconds = Field(
        default=_TERMS.rings_within,
        description="Seconds of ringing after which it counts as not answered, where the limits of "
        "the gateway do not say so earlier.",
    )
    tones_within: Seconds = Field(
        default=_TERMS.tones_within,
        description="Seconds after the announcement within which somebody must have typed; else a "
        "voice has answered, or nobody, and the next PSAP is rung.",
    )
    announcement: str = Field(
        default=_TERMS.announcement,
        min_length=1,
        max_length=WORDS_MAX,
        description="Typed first. {number} is the caller's, {place} the town or the degrees.",
    )
    no_voice: Words = Field(
        default=_TERMS.no_voice, min_length=1, description="Typed once to somebody who speaks."
    )
    closing: Words = Field(
        default=_TERMS.closing, min_length=1, description="Typed last, when a dialogue is over."
    )
    after_sk: Seconds = Field(
        default=_TERMS.after_sk,
        description="Seconds after their SK without a word from either side until the dialogue "
        "ends.",
    )
    after_sksk: Seconds = Field(
        default=_TERMS.after_sksk, description="The same after their SKSK: the line stays open."
    )
    told_from: Seconds = Field(
        default=_TERMS.told_from,
        description="Seconds on the wire that may wait unsaid; when more waits, the PSAP is typed "
        "how much.",
    )
    baud: float = Field(default=45.45, description="45.45, or 50 outside North America.")
    stop_bits: float = Field(default=2.0, description="1, 1.42, 1.5 or 2; all are received.")
    level: float = Field(default=-10.0, ge=-30, le=0, description="Of our tones, in dBm0.")
    careful: bool = Field(
        default=False, description="Repeat the shift at every word, for a line known to be bad."
    )
    falls_back: bool = Field(
        default=False,
        description="Theirs is radio teletype, which goes back to letters at every space.",
    )

    @field_validator("uri", "proxy")
    @classmethod
    def _is_a_sip_address(cls, value: str) -> str:
        if value:
            telephone(value)
        return value

    @field_validator("host", "media_host")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and ip_address(value).is_unspecified:
            raise ValueError("name one address; calls cannot be made from all of them")
        return value

    @field_validator("password")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        if value and _REFERENCE.fullmatch(value) is None:
            raise ValueError(
                "write a reference: env:NAME, file:PATH, credential:NAME or plain:PASSWORD"
            )
        return value

    @field_validator("tls_key")
    @classmethod
    def _is_a_reference_to_a_file(cls, value: str) -> str:
        if value.startswith("plain:"):
            raise ValueError("write a reference: file:PATH, credential:NAME or env:NAME")
        return cls._is_a_reference(value)

    @field_validator("announcement")
    @classmethod
    def _has_known_fields(cls, value: str) -> str:
        plain = ""
        for text, field, _, _ in Formatter().parse(value):  # ValueError for a lone brace
            plain += text
            if field is not None and field not in FIELDS:
                raise ValueError("only {number} and {place} can stand in braces")
        return printable(plain) and value

    @field_validator("no_voice", "closing")
    @classmethod
    def _can_be_typed(cls, value: str) -> str:
        return printable(value)

    @field_validator("baud")
    @classmethod
    def _is_a_speed(cls, value: float) -> float:
        return speed(value)

    @field_validator("stop_bits")
    @classmethod
    def _are_stop_bits(cls, value: float) -> float:
        return stops(value)

    @field_validator("session_timer")
    @classmethod
    def _is_allowed(cls, value: int) -> int:
        return session_timer(value)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        enough_ports(*self.rtp_ports, self.lines, f"lines = {self.lines}")
        both(self.username, self.password)
        if (self.tls_authorities or self.tls_certificate) and self.transport != "TLS":
            raise ValueError(
                "tls_authorities and tls_certificate are for a uri (or proxy) with ;transport=tls"
            )
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key belong together: give both or none")
        if not self.networks and not is_literal(self._hop.host.strip("[]")):
            raise ValueError("uri (or proxy) is a name: give networks, from where its answers come")
        return self

    @property
    def target(self) -> SipUri:
        """Whom we call."""
        return telephone(self.uri)

    @property
    def _hop(self) -> SipUri:
        return telephone(self.proxy or self.uri)

    @property
    def through(self) -> SipUri | None:
        """Where all of it is sent, if not straight to the target."""
        return telephone(self.proxy) if self.proxy else None

    @property
    def transport(self) -> Transport:
        return flow_to(self._hop, ("", 0)).transport

    @property
    def heard_from(self) -> tuple[Network, ...]:
        """Whose requests are heard."""
        return tuple(self.networks) or (ip_network(self._hop.host.strip("[]")),)

    def pace(self) -> Pace:
        return pace_of(self.baud, self.stop_bits)

    def terms(self) -> Terms:
        """What one call goes by."""
        target = self.target
        return Terms(
            by=f"TTY at {target.user or target.host}",
            announcement=self.announcement,
            no_voice=self.no_voice,
            closing=self.closing,
            rings_within=self.rings_within,
            tones_within=self.tones_within,
            after_sk=self.after_sk,
            after_sksk=self.after_sksk,
            told_from=self.told_from,
            pace=self.pace(),
        )
