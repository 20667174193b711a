"""What a person writes down about binds that are ours to make: `[[connect]]`, `[[outbind]]` and
`[[await_outbind]]` of `carriers/*.toml`, and `[outbind]` of `gateway.toml`.

Models only. Secrets are references here; resolving them, and opening anything, is done elsewhere.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .backoff import Pauses
from .pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter
from .pins import PINS_MAX, fingerprint_of
from .settings import SYSTEM_ID_MAX, key_reference, reference

VERSIONS = {"3.3": 0x33, "3.4": 0x34, "5.0": 0x50}
BIND_AS: dict[str, type[Bind]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}

Port = Annotated[int, Field(ge=1, le=65_535)]
Host = Annotated[str, Field(min_length=1, max_length=253)]
PauseSeconds = Annotated[float, Field(gt=0, le=3_600)]


class _Ours(BaseModel):
    # An input may be a password: it is never repeated in an error.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    system_id: str = Field(
        default="",
        max_length=SYSTEM_ID_MAX,
        description="The name we give, up to 15 characters. Empty: account.system_id.",
    )
    password: str = Field(
        default="",
        repr=False,
        description="A reference to the password we give, as in account.passwords. Empty: the "
        "first of account.passwords.",
    )

    @field_validator("system_id")
    @classmethod
    def _fits_the_wire(cls, value: str) -> str:
        if not (value.isascii() and (value.isprintable() or not value)):
            raise ValueError("must be printable ASCII characters")
        return value

    @field_validator("password")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        return value and reference(value)


class _Bind(_Ours):
    """How we bind to a message centre."""

    bind_as: Literal["transceiver", "transmitter", "receiver"] = Field(
        default="transceiver",
        description="A receiver brings callers' texts, a transmitter carries our replies, a "
        "transceiver does both.",
    )
    system_type: str = Field(
        default="", max_length=12, description="What the carrier wants here, often nothing."
    )
    interface_version: Literal["3.3", "3.4", "5.0"] = Field(
        default="3.4",
        description="The version of SMPP that we bind with, and speak unless the carrier's answer "
        "names a lower one. To 3.3 no TLV is sent.",
    )
    address_range: str = Field(
        default="",
        max_length=40,
        description="The addresses whose texts come over this bind, as the carrier wants it "
        "written, often nothing.",
    )
    replies_as: Literal["submit_sm", "data_sm"] = Field(
        default="submit_sm", description="The operation that carries our replies."
    )

    def bind(self, system_id: str, password: str) -> Bind:
        """The PDU; `system_id` is the account's, for when there is none of its own."""
        return BIND_AS[self.bind_as](
            system_id=self.system_id or system_id,
            password=password,
            system_type=self.system_type,
            interface_version=VERSIONS[self.interface_version],
            address_range=self.address_range,
        )

    @model_validator(mode="after")
    def _has_tlvs_for_data(self) -> _Bind:
        if self.replies_as == "data_sm" and self.interface_version == "3.3":
            raise ValueError('data_sm came with SMPP 3.4; write replies_as = "submit_sm"')
        return self


class _Retried(_Ours):
    """Where we connect, over what, and how often we try."""

    host: Host = Field(description="The carrier's host, a name or an address.")
    port: Port = Field(description="Its TCP port.")
    connect_timer: Annotated[float, Field(gt=0, le=120)] = Field(
        default=10.0,
        description="Seconds for the TCP connection. TLS and the bind then have the "
        "response_timer of the account.",
    )
    retry_first: PauseSeconds = Field(
        default=1.0, description="Seconds until the second try; each pause is twice the one before."
    )
    retry_longest: PauseSeconds = Field(
        default=60.0, description="The longest of these pauses, in seconds."
    )
    tls: bool = Field(default=False, description="Over TLS 1.2 or 1.3.")
    tls_pins: list[str] = Field(
        default=[],
        max_length=PINS_MAX,
        description=(
            "SHA-256 fingerprints of the carrier's certificates, or of their public keys, two "
            "during a change. Needed with tls: to nobody else we give our password."
        ),
    )
    tls_certificate: str = Field(
        default="",
        description="PEM file with the certificate that we show, if the carrier wants one.",
    )
    tls_key: str = Field(
        default="", repr=False, description="A reference to its private key, as in [[smpp.tls]]."
    )

    def pauses(self) -> Pauses:
        return Pauses(self.retry_first, self.retry_longest)

    @field_validator("tls_pins")
    @classmethod
    def _are_fingerprints(cls, value: list[str]) -> list[str]:
        return [fingerprint_of(pin) for pin in value]

    @field_validator("tls_key")
    @classmethod
    def _is_a_reference_to_a_file(cls, value: str) -> str:
        return value and key_reference(value)

    @model_validator(mode="after")
    def _pauses_grow(self) -> _Retried:
        if self.retry_first > self.retry_longest:
            raise ValueError("retry_first is longer than retry_longest")
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> _Retried:
        if self.tls and not self.tls_pins:
            raise ValueError("tls needs tls_pins: the fingerprint of the carrier's certificate")
        if not self.tls and (self.tls_pins or self.tls_certificate):
            raise ValueError("tls_pins and tls_certificate are for tls = true")
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key belong together: give both or none")
        return self


class ConnectSettings(_Retried, _Bind):
    """`[[connect]]`: a message centre of the carrier that we bind to. One table a site."""

    binds: int = Field(default=1, ge=1, le=20, description="How many binds to keep up there.")


class OutbindSettings(_Retried):
    """`[[outbind]]`: the carrier wants to be asked. We connect to its ESME and send outbind; it
    binds to us on that connection, as its account says."""


class AwaitOutbindSettings(_Bind):
    """`[[await_outbind]]`: the carrier's message centre connects to our `[outbind]` and asks us
    to bind. Only from account.allowed_networks."""

    asks_as: str = Field(
        min_length=1,
        max_length=SYSTEM_ID_MAX,
        description="The system_id that its outbind bears.",
    )
    asks_with: str = Field(
        default="",
        repr=False,
        description="A reference to the password that its outbind bears. Empty: any.",
    )

    @field_validator("asks_with")
    @classmethod
    def _is_a_reference_too(cls, value: str) -> str:
        return cls._is_a_reference(value)


class OutbindListenSettings(BaseModel):
    """`[outbind]` of gateway.toml: where message centres connect that ask us to bind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="The TCP port; 0 picks a free one. Left out: nobody is listened for.",
    )
