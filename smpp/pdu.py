"""PDUs as values: a field's annotation is its wire format, and the codec is read off it.

Every operation of SMPP 3.3, 3.4 and 5.0 is here, served or not. Field names are the specification's
own (SMPP v3.4, section 4; broadcast_* from v5.0, 4.4). The layouts are compiled to straight-line
functions in `wire.py`; this page knows no stream, no state and no text.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Struct

from .destinations import DESTINATIONS, UNSUCCESSFUL, DestAddress, UnsuccessSme
from .status import Status
from .tlv import Tlvs
from .wire import Counted, CString, Octet

Byte = Annotated[int, Octet()]
ServiceType = Annotated[str, CString(6, Status.RINVSERTYP)]
Source = Annotated[str, CString(21, Status.RINVSRCADR)]
Destination = Annotated[str, CString(21, Status.RINVDSTADR)]
LongSource = Annotated[str, CString(65, Status.RINVSRCADR)]
LongDestination = Annotated[str, CString(65, Status.RINVDSTADR)]
MessageId = Annotated[str, CString(65, Status.RINVMSGID)]
SystemId = Annotated[str, CString(16, Status.RINVSYSID)]
Password = Annotated[str, CString(9, Status.RINVPASWD)]
Schedule = Annotated[str, CString(17, Status.RINVSCHED)]
Validity = Annotated[str, CString(17, Status.RINVEXPIRY)]

RESPONSE = 0x80000000  # the bit that makes a command_id that of its response


class _Bind(Struct, frozen=True, gc=False):
    system_id: SystemId
    password: Password = ""
    system_type: Annotated[str, CString(13, Status.RINVSYSTYP)] = ""
    interface_version: Byte = 0x34
    addr_ton: Byte = 0
    addr_npi: Byte = 0
    address_range: Annotated[str, CString(41, Status.RBINDFAIL)] = ""
    tlvs: Tlvs = ()

    def __repr__(self) -> str:
        """Never shows the password."""
        return (
            f"{type(self).__name__}(system_id={self.system_id!r}, "
            f"system_type={self.system_type!r}, interface_version={self.interface_version:#x})"
        )


class BindReceiver(_Bind, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000001


class BindTransmitter(_Bind, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000002


class BindTransceiver(_Bind, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000009


class _BindResp(Struct, frozen=True, gc=False):
    system_id: SystemId = ""
    tlvs: Tlvs = ()


class BindReceiverResp(_BindResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000001


class BindTransmitterResp(_BindResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000002


class BindTransceiverResp(_BindResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000009


class Outbind(Struct, frozen=True, gc=False):
    """The message centre asks an ESME to bind. It has no response: the bind is the answer."""

    COMMAND_ID: ClassVar[int] = 0x0000000B

    system_id: SystemId = ""
    password: Password = ""

    def __repr__(self) -> str:
        """Never shows the password."""
        return f"Outbind(system_id={self.system_id!r})"


class Unbind(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000006


class UnbindResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000006


class EnquireLink(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000015


class EnquireLinkResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000015


class GenericNack(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000000


class _ShortMessage(Struct, frozen=True, gc=False):
    service_type: ServiceType = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    dest_addr_ton: Byte = 0
    dest_addr_npi: Byte = 0
    destination_addr: Destination = ""
    esm_class: Byte = 0
    protocol_id: Byte = 0
    priority_flag: Byte = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: Byte = 0
    replace_if_present_flag: Byte = 0
    data_coding: Byte = 0
    sm_default_msg_id: Byte = 0
    short_message: Annotated[bytes, Counted()] = b""
    tlvs: Tlvs = ()


class SubmitSm(_ShortMessage, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000004


class DeliverSm(_ShortMessage, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000005


class DataSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000103

    service_type: ServiceType = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: LongSource = ""
    dest_addr_ton: Byte = 0
    dest_addr_npi: Byte = 0
    destination_addr: LongDestination = ""
    esm_class: Byte = 0
    registered_delivery: Byte = 0
    data_coding: Byte = 0
    tlvs: Tlvs = ()


class _MessageResp(Struct, frozen=True, gc=False):
    message_id: MessageId = ""
    tlvs: Tlvs = ()


class SubmitSmResp(_MessageResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000004


class DeliverSmResp(_MessageResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000005


class DataSmResp(_MessageResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000103


class SubmitMulti(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000021

    service_type: ServiceType = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    dest_address: Annotated[tuple[DestAddress, ...], DESTINATIONS] = ()
    esm_class: Byte = 0
    protocol_id: Byte = 0
    priority_flag: Byte = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: Byte = 0
    replace_if_present_flag: Byte = 0
    data_coding: Byte = 0
    sm_default_msg_id: Byte = 0
    short_message: Annotated[bytes, Counted()] = b""
    tlvs: Tlvs = ()


class SubmitMultiResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000021

    message_id: MessageId = ""
    unsuccess_sme: Annotated[tuple[UnsuccessSme, ...], UNSUCCESSFUL] = ()
    tlvs: Tlvs = ()


class QuerySm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000003

    message_id: MessageId = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""


class QuerySmResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000003

    message_id: MessageId = ""
    final_date: Annotated[str, CString(17, Status.RQUERYFAIL)] = ""
    message_state: Byte = 0
    error_code: Byte = 0


class ReplaceSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000007

    message_id: MessageId = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: Byte = 0
    sm_default_msg_id: Byte = 0
    short_message: Annotated[bytes, Counted()] = b""


class ReplaceSmResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000007


class CancelSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000008

    service_type: ServiceType = ""
    message_id: MessageId = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    dest_addr_ton: Byte = 0
    dest_addr_npi: Byte = 0
    destination_addr: Destination = ""


class CancelSmResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000008


class AlertNotification(Struct, frozen=True, gc=False):
    """A handset can be reached again. It has no response."""

    COMMAND_ID: ClassVar[int] = 0x00000102

    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: LongSource = ""
    esme_addr_ton: Byte = 0
    esme_addr_npi: Byte = 0
    esme_addr: LongDestination = ""
    tlvs: Tlvs = ()


class BroadcastSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000111

    service_type: ServiceType = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    message_id: MessageId = ""
    priority_flag: Byte = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    replace_if_present_flag: Byte = 0
    data_coding: Byte = 0
    sm_default_msg_id: Byte = 0
    tlvs: Tlvs = ()


class BroadcastSmResp(_MessageResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000111


class QueryBroadcastSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000112

    message_id: MessageId = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    tlvs: Tlvs = ()


class QueryBroadcastSmResp(_MessageResp, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000112


class CancelBroadcastSm(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x00000113

    service_type: ServiceType = ""
    message_id: MessageId = ""
    source_addr_ton: Byte = 0
    source_addr_npi: Byte = 0
    source_addr: Source = ""
    tlvs: Tlvs = ()


class CancelBroadcastSmResp(Struct, frozen=True, gc=False):
    COMMAND_ID: ClassVar[int] = 0x80000113


Bind = BindReceiver | BindTransmitter | BindTransceiver
BindResp = BindReceiverResp | BindTransmitterResp | BindTransceiverResp
Message = SubmitSm | DeliverSm | DataSm
MessageResp = SubmitSmResp | DeliverSmResp | DataSmResp
Multi = SubmitMulti | SubmitMultiResp
About = QuerySm | QuerySmResp | ReplaceSm | ReplaceSmResp | CancelSm | CancelSmResp
Notice = Outbind | AlertNotification  # without a response
Broadcast = (
    BroadcastSm
    | BroadcastSmResp
    | QueryBroadcastSm
    | QueryBroadcastSmResp
    | CancelBroadcastSm
    | CancelBroadcastSmResp
)
Empty = Unbind | UnbindResp | EnquireLink | EnquireLinkResp | GenericNack
Pdu = Bind | BindResp | Message | MessageResp | Multi | About | Notice | Broadcast | Empty

PDUS: tuple[type[Pdu], ...] = (
    BindReceiver,
    BindTransmitter,
    BindTransceiver,
    BindReceiverResp,
    BindTransmitterResp,
    BindTransceiverResp,
    Outbind,
    Unbind,
    UnbindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    DeliverSm,
    DataSm,
    SubmitSmResp,
    DeliverSmResp,
    DataSmResp,
    SubmitMulti,
    SubmitMultiResp,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    CancelSm,
    CancelSmResp,
    AlertNotification,
    BroadcastSm,
    BroadcastSmResp,
    QueryBroadcastSm,
    QueryBroadcastSmResp,
    CancelBroadcastSm,
    CancelBroadcastSmResp,
)
