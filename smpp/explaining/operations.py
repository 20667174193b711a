"""Every operation of SMPP 3.3 to 5.0 with its mandatory parameters in order, for reading.

Wider than the codec, which knows what the gateway serves: what a peer sent must be readable even
where the gateway answers that it does not do that. Tables, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from ..pdu import RESPONSE
from ..status import Status
from ..wire import Counted, CString, Octet


class Sender(Enum):
    """Who may send an operation."""

    ESME = auto()
    CENTRE = auto()  # the message centre
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class Time:
    """C-Octet String of 1 or 17 octets, YYMMDDhhmmsstnnp (SMPP v3.4, 7.1.1)."""

    overrun: Status


@dataclass(frozen=True, slots=True)
class Destinations:
    """number_of_dests, then as many dest_address (SMPP v3.4, 4.5.1.1)."""


@dataclass(frozen=True, slots=True)
class Unsuccessful:
    """no_unsuccess, then as many unsuccess_sme (SMPP v3.4, 4.5.2)."""


Part = CString | Octet | Counted | Time | Destinations | Unsuccessful
Parts = tuple[tuple[str, Part], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """`has_tlvs`: whether optional parameters may follow."""

    name: str
    sender: Sender
    parts: Parts = ()
    has_tlvs: bool = True


def _c(name: str, size_max: int, overrun: Status) -> tuple[str, Part]:
    return name, CString(size_max, overrun)


def _address(prefix: str, name: str, size_max: int, overrun: Status) -> Parts:
    return (
        (f"{prefix}_ton", Octet()),
        (f"{prefix}_npi", Octet()),
        (name, CString(size_max, overrun)),
    )


def _octets(*names: str) -> Parts:
    return tuple((name, Octet()) for name in names)


_SERVICE = _c("service_type", 6, Status.RINVSERTYP)
_MESSAGE_ID = _c("message_id", 65, Status.RINVMSGID)
_SYSTEM_ID = _c("system_id", 16, Status.RINVSYSID)
_PASSWORD = _c("password", 9, Status.RINVPASWD)
_SOURCE = _address("source_addr", "source_addr", 21, Status.RINVSRCADR)
_DESTINATION = _address("dest_addr", "destination_addr", 21, Status.RINVDSTADR)
_SCHEDULE = ("schedule_delivery_time", Time(Status.RINVSCHED))
_VALIDITY = ("validity_period", Time(Status.RINVEXPIRY))
_TIMES: Parts = (_SCHEDULE, _VALIDITY)
_SHORT_MESSAGE: Parts = (("short_message", Counted()),)

_BIND: Parts = (
    _SYSTEM_ID,
    _PASSWORD,
    _c("system_type", 13, Status.RINVSYSTYP),
    *_octets("interface_version", "addr_ton", "addr_npi"),
    _c("address_range", 41, Status.RBINDFAIL),
)
_FLAGS = _octets("esm_class", "protocol_id", "priority_flag")
_CODING = _octets(
    "registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id"
)
_MESSAGE: Parts = (
    _SERVICE, *_SOURCE, *_DESTINATION, *_FLAGS, *_TIMES, *_CODING, *_SHORT_MESSAGE,
)  # fmt: skip
_MULTI: Parts = (
    _SERVICE,
    *_SOURCE,
    ("dest_address", Destinations()),
    *_FLAGS,
    *_TIMES,
    *_CODING,
    *_SHORT_MESSAGE,
)
_DATA: Parts = (
    _SERVICE,
    *_address("source_addr", "source_addr", 65, Status.RINVSRCADR),
    *_address("dest_addr", "destination_addr", 65, Status.RINVDSTADR),
    *_octets("esm_class", "registered_delivery", "data_coding"),
)
_REPLACE: Parts = (
    _MESSAGE_ID,
    *_SOURCE,
    *_TIMES,
    *_octets("registered_delivery", "sm_default_msg_id"),
    *_SHORT_MESSAGE,
)
_BROADCAST: Parts = (
    _SERVICE,
    *_SOURCE,
    _MESSAGE_ID,
    *_octets("priority_flag"),
    *_TIMES,
    *_octets("replace_if_present_flag", "data_coding", "sm_default_msg_id"),
)
_STATE: Parts = (
    _MESSAGE_ID,
    ("final_date", Time(Status.RQUERYFAIL)),
    *_octets("message_state", "error_code"),
)
_ALERT: Parts = (
    *_address("source_addr", "source_addr", 65, Status.RINVSRCADR),
    *_address("esme_addr", "esme_addr", 65, Status.RINVDSTADR),
)

_E, _C, _B = Sender.ESME, Sender.CENTRE, Sender.BOTH

# SMPP v3.4, 4.1 to 4.12; broadcast_* from SMPP v5.0, 4.4.
OPERATIONS: dict[int, Operation] = {
    0x00000001: Operation("bind_receiver", _E, _BIND),
    0x80000001: Operation("bind_receiver_resp", _C, (_SYSTEM_ID,)),
    0x00000002: Operation("bind_transmitter", _E, _BIND),
    0x80000002: Operation("bind_transmitter_resp", _C, (_SYSTEM_ID,)),
    0x00000003: Operation("query_sm", _E, (_MESSAGE_ID, *_SOURCE), has_tlvs=False),
    0x80000003: Operation("query_sm_resp", _C, _STATE, has_tlvs=False),
    0x00000004: Operation("submit_sm", _E, _MESSAGE),
    0x80000004: Operation("submit_sm_resp", _C, (_MESSAGE_ID,)),
    0x00000005: Operation("deliver_sm", _C, _MESSAGE),
    0x80000005: Operation("deliver_sm_resp", _E, (_MESSAGE_ID,)),
    0x00000006: Operation("unbind", _B, has_tlvs=False),
    0x80000006: Operation("unbind_resp", _B, has_tlvs=False),
    0x00000007: Operation("replace_sm", _E, _REPLACE, has_tlvs=False),
    0x80000007: Operation("replace_sm_resp", _C, has_tlvs=False),
    0x00000008: Operation(
        "cancel_sm", _E, (_SERVICE, _MESSAGE_ID, *_SOURCE, *_DESTINATION), has_tlvs=False
    ),
    0x80000008: Operation("cancel_sm_resp", _C, has_tlvs=False),
    0x00000009: Operation("bind_transceiver", _E, _BIND),
    0x80000009: Operation("bind_transceiver_resp", _C, (_SYSTEM_ID,)),
    0x0000000B: Operation("outbind", _C, (_SYSTEM_ID, _PASSWORD), has_tlvs=False),
    0x00000015: Operation("enquire_link", _B, has_tlvs=False),
    0x80000015: Operation("enquire_link_resp", _B, has_tlvs=False),
    0x00000021: Operation("submit_multi", _E, _MULTI),
    0x80000021: Operation(
        "submit_multi_resp", _C, (_MESSAGE_ID, ("unsuccess_sme", Unsuccessful()))
    ),
    0x00000102: Operation("alert_notification", _C, _ALERT),
    0x00000103: Operation("data_sm", _B, _DATA),
    0x80000103: Operation("data_sm_resp", _B, (_MESSAGE_ID,)),
    0x00000111: Operation("broadcast_sm", _E, _BROADCAST),
    0x80000111: Operation("broadcast_sm_resp", _C, (_MESSAGE_ID,)),
    0x00000112: Operation("query_broadcast_sm", _E, (_MESSAGE_ID, *_SOURCE)),
    0x80000112: Operation("query_broadcast_sm_resp", _C, (_MESSAGE_ID,)),
    0x00000113: Operation("cancel_broadcast_sm", _E, (_SERVICE, _MESSAGE_ID, *_SOURCE)),
    0x80000113: Operation("cancel_broadcast_sm_resp", _C, has_tlvs=False),
    0x80000000: Operation("generic_nack", _B, has_tlvs=False),
}

BINDS = frozenset({0x00000001, 0x00000002, 0x00000009})
WITH_PASSWORD = BINDS | {0x0000000B}


def name_of(command_id: int) -> str:
    """The operation, or what can be said of an id that is none."""
    operation = OPERATIONS.get(command_id)
    if operation is not None:
        return operation.name
    return "unknown response" if command_id & RESPONSE else "unknown operation"
