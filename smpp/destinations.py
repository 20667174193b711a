"""The lists of submit_multi: whom it is for, and whom of them it did not reach (SMPP v3.4, 4.5).

What is wrong in an entry is wrong with the whole PDU: where one ends the next begins, so nothing
behind it can be told. Pure.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from .status import Status
from .wire import NOT_ASCII, Faults, Listed, ProtocolError

ADDRESS_SIZE = 21  # octets with the NUL (5.2.9)
LIST_NAME_SIZE = 21  # octets with the NUL (5.2.25)
SME, DISTRIBUTION_LIST = 1, 2  # dest_flag (5.2.25)
COUNT_MAX = 255  # number_of_dests; 254 in 3.4


class SmeAddress(Struct, frozen=True, gc=False):
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class DistributionList(Struct, frozen=True, gc=False):
    dl_name: str = ""


DestAddress = SmeAddress | DistributionList


class UnsuccessSme(Struct, frozen=True, gc=False):
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    error_status_code: int = 0


def take_destinations(data: bytes, at: int) -> tuple[tuple[DestAddress, ...], int, Faults]:
    """Raises ProtocolError, or IndexError where the PDU ends within an integer."""
    count = data[at]
    if not count:
        raise ProtocolError("number_of_dests is 0", Status.RINVNUMDESTS)
    at += 1
    found: list[DestAddress] = []
    for _ in range(count):
        match data[at]:
            case 1:  # SME; a name would be a pattern that takes anything
                ton, npi = data[at + 1], data[at + 2]
                address, at = _c_string(data, at + 3, ADDRESS_SIZE, Status.RINVDSTADR)
                found.append(SmeAddress(ton, npi, address))
            case 2:  # DISTRIBUTION_LIST
                name, at = _c_string(data, at + 1, LIST_NAME_SIZE, Status.RINVDLNAME)
                found.append(DistributionList(name))
            case flag:
                raise ProtocolError(f"dest_flag is {flag}, not 1 or 2", Status.RINVDESTFLAG)
    return tuple(found), at, _faults(found)


def give_destinations(destinations: tuple[DestAddress, ...]) -> bytes:
    """ValueError for what does not fit."""
    return _counted(
        [
            b"".join(
                (
                    bytes((SME, one.dest_addr_ton, one.dest_addr_npi)),
                    _octets(one.destination_addr, ADDRESS_SIZE),
                )
            )
            if isinstance(one, SmeAddress)
            else bytes((DISTRIBUTION_LIST,)) + _octets(one.dl_name, LIST_NAME_SIZE)
            for one in destinations
        ]
    )


def take_unsuccessful(data: bytes, at: int) -> tuple[tuple[UnsuccessSme, ...], int, Faults]:
    """Raises ProtocolError, or IndexError where the PDU ends within an integer."""
    count = data[at]
    at += 1
    found: list[UnsuccessSme] = []
    for _ in range(count):
        ton, npi = data[at], data[at + 1]
        address, at = _c_string(data, at + 2, ADDRESS_SIZE, Status.RINVDSTADR)
        status = int.from_bytes((data[at], data[at + 1], data[at + 2], data[at + 3]))
        at += 4
        found.append(UnsuccessSme(ton, npi, address, status))
    return tuple(found), at, _faults(found)


def give_unsuccessful(unsuccessful: tuple[UnsuccessSme, ...]) -> bytes:
    """ValueError for what does not fit."""
    return _counted(
        [
            b"".join(
                (
                    bytes((one.dest_addr_ton, one.dest_addr_npi)),
                    _octets(one.destination_addr, ADDRESS_SIZE),
                    one.error_status_code.to_bytes(4),
                )
            )
            for one in unsuccessful
        ]
    )


DESTINATIONS = Listed(take_destinations, give_destinations)
UNSUCCESSFUL = Listed(take_unsuccessful, give_unsuccessful)


def _c_string(data: bytes, at: int, size_max: int, overrun: Status) -> tuple[str, int]:
    stop = data.find(b"\0", at, at + size_max)
    if stop < 0:
        if len(data) - at >= size_max:
            raise ProtocolError("an address of a list is longer than allowed", overrun)
        raise ProtocolError("the PDU ends within an address of a list", Status.RINVCMDLEN)
    return str(data[at:stop], "latin-1"), stop + 1


def _octets(text: str, size_max: int) -> bytes:
    octets = text.encode("latin-1")
    if len(octets) >= size_max or 0 in octets:
        raise ValueError(f"{len(octets)} octets with a NUL or more than {size_max} allow")
    return octets + b"\0"


def _counted(entries: list[bytes]) -> bytes:
    if len(entries) > COUNT_MAX:
        raise ValueError(f"{len(entries)} entries, one octet counts to {COUNT_MAX}")
    return bytes((len(entries),)) + b"".join(entries)


def _faults(found: list[Any]) -> Faults:
    names = (getattr(one, "destination_addr", "") or getattr(one, "dl_name", "") for one in found)
    return () if all(name.isascii() for name in names) else (NOT_ASCII,)
