"""submit_multi, seen by one of those it is for: the text as a submit_sm to us, and who was not
reached through us. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

from .destinations import DestAddress, SmeAddress, UnsuccessSme
from .pdu import SubmitMulti, SubmitSm
from .status import Status


def for_us(
    multi: SubmitMulti, is_ours: Callable[[str], bool]
) -> tuple[SubmitSm | None, tuple[UnsuccessSme, ...]]:
    """The text as it is for the first of ours among its destinations, None when there is none; and
    all others with ESME_RINVDSTADR. `is_ours` is asked of a destination_addr.

    Ours named more than once is one text: it has one message_id, and the same words are not shown
    twice."""
    mine = [one for one in multi.dest_address if _is_in(is_ours, one)]
    others = tuple(_unsuccessful(one) for one in multi.dest_address if not _is_in(is_ours, one))
    if not mine:
        return None, others
    first = mine[0]
    assert isinstance(first, SmeAddress)
    one = SubmitSm(
        service_type=multi.service_type,
        source_addr_ton=multi.source_addr_ton,
        source_addr_npi=multi.source_addr_npi,
        source_addr=multi.source_addr,
        dest_addr_ton=first.dest_addr_ton,
        dest_addr_npi=first.dest_addr_npi,
        destination_addr=first.destination_addr,
        esm_class=multi.esm_class,
        protocol_id=multi.protocol_id,
        priority_flag=multi.priority_flag,
        schedule_delivery_time=multi.schedule_delivery_time,
        validity_period=multi.validity_period,
        registered_delivery=multi.registered_delivery,
        replace_if_present_flag=multi.replace_if_present_flag,
        data_coding=multi.data_coding,
        sm_default_msg_id=multi.sm_default_msg_id,
        short_message=multi.short_message,
        tlvs=multi.tlvs,
    )
    return one, others


def _is_in(is_ours: Callable[[str], bool], one: DestAddress) -> bool:
    """A distribution list is nobody's here: we keep none."""
    return isinstance(one, SmeAddress) and is_ours(one.destination_addr)


def _unsuccessful(one: DestAddress) -> UnsuccessSme:
    """A list has no address (SMPP v3.4, 4.5.2.1): its name stands where the address would."""
    if isinstance(one, SmeAddress):
        return UnsuccessSme(
            one.dest_addr_ton, one.dest_addr_npi, one.destination_addr, Status.RINVDSTADR
        )
    return UnsuccessSme(0, 0, one.dl_name, Status.RINVDLNAME)
