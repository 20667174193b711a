"""What a person writes down about a SIP trunk: `[sip]` of `lines/*.toml`.

Models only; secrets are references, and nothing is opened here.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ....sip.settings import both, enough_ports, session_timer
from ....smpp.settings import reference
from .settings import Table

MEDIA_A_CALL = 2  # audio and text

Network = IPv4Network | IPv6Network
Port = Annotated[int, Field(ge=0, le=65_535)]


class SipDoorSettings(Table):
    """One address where a trunk's calls come in: `[[sip.listen]]`."""

    transport: Literal["udp", "tcp", "tls"] = Field(
        default="udp", description='"udp", "tcp" or "tls".'
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: Port = Field(default=5060, description="The port; 0 picks a free one.")
    certificate: str = Field(
        default="",
        description="For tls: PEM file with our certificate and its chain, ours first.",
    )
    key: str = Field(
        default="",
        repr=False,
        description="For tls: a reference to its key: env:NAME, file:PATH or credential:NAME.",
    )

    @model_validator(mode="after")
    def _tls_needs_its_files(self) -> Self:
        given = (bool(self.certificate), bool(self.key))
        if self.transport == "tls" and given != (True, True):
            raise ValueError('transport = "tls" needs certificate and key')
        if self.transport != "tls" and given != (False, False):
            raise ValueError(f"certificate and key are for tls, and transport is {self.transport}")
        return self


class DigestAccountSettings(Table):
    """A name and a password with which a trunk shows who it is: `[[sip.accounts]]`."""

    username: str = Field(min_length=1, max_length=64, description="As the trunk gives it.")
    password: str = Field(
        repr=False,
        description="A reference to its password: env:NAME, file:PATH, credential:NAME, or "
        "plain:PASSWORD for a demonstration only.",
    )

    @field_validator("password")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        return reference(value)


class TrunkSettings(Table):
    """`[sip]`: a SIP trunk that brings calls with tones (TTY) or real-time text."""

    listen: list[SipDoorSettings] = Field(
        min_length=1, max_length=8, description="Where its calls come in, one table an address."
    )
    allowed_networks: list[Network] = Field(
        min_length=1,
        description="From where calls may come, as networks such as 203.0.113.0/28; all others get "
        "403 and one line in the log.",
    )
    accounts: list[DigestAccountSettings] = Field(
        default=[],
        max_length=16,
        description="With one or more, every call must show one of them (digest); without, the "
        "address alone is trusted.",
    )
    realm: str = Field(
        default="text911", pattern=r'^[^"\\\x00-\x1f\x7f]{1,64}$', description="Of the digest."
    )
    username: str = Field(
        default="",
        max_length=64,
        description="The name we log in with when we are asked to: where the telephone of a PSAP "
        "is rung (voice_uri), and by options_to.",
    )
    password: str = Field(
        default="",
        repr=False,
        description="A reference to its password: env:NAME, file:PATH, credential:NAME, or "
        "plain:PASSWORD for a demonstration only.",
    )
    tls_authorities: str = Field(
        default="",
        description="PEM file with the certificate authorities of which one must have signed what "
        "a server shows that we call over TLS (voice_uri, options_to), for the host that we call. "
        "Empty: those that this machine believes.",
    )
    contact_host: str = Field(
        default="",
        max_length=255,
        description="The name or address by which the trunk reaches us, in our answers. Empty: the "
        "address where the call came in.",
    )
    media_host: str = Field(
        default="",
        description="The address where sound and text are received. Empty: where the call came in.",
    )
    rtp_ports: tuple[
        Annotated[int, Field(ge=1024, le=65_534)], Annotated[int, Field(ge=1025, le=65_535)]
    ] = Field(
        default=(16_384, 17_383),
        description="First and last UDP port for sound and text; a call takes four of them.",
    )
    calls_max: int = Field(
        default=200, ge=1, le=10_000, description="Calls at the same time; a further one gets 503."
    )
    text: bool = Field(
        default=True, description="Whether real-time text (RFC 4103) is taken when it is offered."
    )
    srtp_required: bool = Field(
        default=False, description="Refuse calls that do not offer encrypted media (SDES)."
    )
    session_timer: int = Field(
        default=1800,
        ge=0,
        le=86_400,
        description="Seconds after which a call is refreshed (RFC 4028), at least 90; 0: never.",
    )
    options_to: list[Annotated[str, Field(pattern=r"^sips?:\S+$", max_length=255)]] = Field(
        default=[],
        max_length=8,
        description="SIP addresses that are asked regularly whether they are there (OPTIONS).",
    )
    options_interval: float = Field(
        default=30.0, ge=5, le=3600, description="Seconds between two such questions."
    )
    no_packet_within: float = Field(
        default=30.0,
        ge=5,
        le=3600,
        description="Seconds without any packet after which a call counts as lost.",
    )

    @field_validator("password")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        return reference(value) if value else value

    @field_validator("session_timer")
    @classmethod
    def _is_allowed(cls, value: int) -> int:
        return session_timer(value)

    @field_validator("media_host")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and ip_address(value).is_unspecified:
            raise ValueError("name one address; packets cannot be sent to all of them")
        return value

    @model_validator(mode="after")
    def _logs_in_whole(self) -> Self:
        both(self.username, self.password)
        return self

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        enough_ports(
            *self.rtp_ports, self.calls_max * MEDIA_A_CALL, f"calls_max = {self.calls_max}"
        )
        everywhere = any(door.host in ("0.0.0.0", "::") for door in self.listen)
        if everywhere and not (self.contact_host and self.media_host):
            raise ValueError(
                "listening on all addresses needs contact_host and media_host: the trunk must be "
                "told one"
            )
        return self

    def allows(self, address: str) -> bool:
        """Whether a call may come from this IP address (in text form)."""
        ip = ip_address(address)
        if ip.version == 6 and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        return any(ip in network for network in self.allowed_networks)
