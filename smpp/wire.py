"""From a layout to straight-line functions: compiled once at import, as `dataclasses` does.

A layout is the annotations of a PDU (`pdu.py`). The functions made here raise `ProtocolError` for
what a peer got wrong and ValueError for what we got wrong; they never look at a socket or a state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never, get_type_hints

from .status import Status
from .tlv import Tlvs

HEADER = struct.Struct(">IIII")  # command_length, command_id, command_status, sequence_number
HEADER_SIZE = 16
TLV_HEADER = struct.Struct(">HH")

# What a peer got wrong and was forgiven (DESIGN 9.10); the names are those of the fault counters.
MISSING_NUL = "missing_nul"
STRAY_NUL = "stray_nul"
NOT_ASCII = "not_ascii"

Faults = tuple[str, ...]
Decode = Callable[[bytes], tuple[Any, Faults]]
Encode = Callable[[Any, int, int], bytes]


class ProtocolError(Exception):
    """The peer broke SMPP. `status` is the command_status that tells it so."""

    def __init__(self, message: str, status: Status) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class CString:
    """C-Octet String. `size_max` counts octets with the NUL; `overrun` answers a longer one."""

    size_max: int
    overrun: Status


@dataclass(frozen=True, slots=True)
class Octet:
    """Integer of one octet."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One octet of length, then as many octets: sm_length and short_message."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One octet that counts, then as many values. `take(octets of the PDU, where it begins)` gives
    the values, where they end, and what was forgiven; `give` writes them again."""

    take: Callable[[bytes, int], tuple[tuple[Any, ...], int, Faults]]
    give: Callable[[tuple[Any, ...]], bytes]


Wire = CString | Octet | Counted | Listed
Layout = tuple[tuple[str, Wire], ...]


def layout_of(pdu: type) -> tuple[Layout, bool]:
    """The mandatory fields in their order, and whether TLVs may follow."""
    hints = get_type_hints(pdu, include_extras=True)
    names: tuple[str, ...] = getattr(pdu, "__struct_fields__")  # noqa: B009
    fields: Layout = tuple((name, hints[name].__metadata__[0]) for name in names if name != "tlvs")
    return fields, "tlvs" in names


def compile_decode(pdu: type) -> Decode:
    """`decode(octets of one whole PDU) -> (pdu, what was forgiven)`."""
    fields, has_tlvs = layout_of(pdu)
    lines: list[str] = []
    ahead = 0  # octets of integers that were read and not stepped over yet
    for index, (name, wire) in enumerate(fields):
        if ahead and not isinstance(wire, Octet):
            lines += [f"at += {ahead}"]
            ahead = 0
        match wire:
            case CString(size_max, overrun):
                is_last = index == len(fields) - 1
                lines += _take_c_string(name, size_max, overrun, is_last)
            case Octet():
                lines += [f"{name} = data[at + {ahead}]"]
                ahead += 1
            case Counted():
                lines += [
                    "stop = at + 1 + data[at]",
                    f"if stop > end: raise truncated(pdu, {name!r})",
                    f"{name} = data[at + 1 : stop]",
                    "at = stop",
                ]
            case Listed():
                lines += [
                    f"{name}, at, more = take_{name}(data, at)",
                    "for one in more: faults = add(faults, one)",
                ]
            case _:
                assert_never(wire)
    lines += [f"at += {ahead}"]
    names = ", ".join(name for name, _ in fields)
    if has_tlvs:
        lines += [
            f"if at == end: return pdu({names}), faults",
            "tlvs, more = take_tlvs(data, at, pdu)",
            f"return pdu({names}, tlvs), faults + more",
        ]
    else:
        # What has no TLVs carries no text for anybody: octets behind its last field put none at
        # risk.
        lines += ["if at < end: faults += ('trailing_octets',)", f"return pdu({names}), faults"]
    code = "\n".join(
        [
            "def decode(data):",
            "    end = len(data)",
            "    at = 16",
            "    faults = ()",
            *(["    if end == 16: return pdu(), faults"] if _is_response(pdu) else []),
            "    try:",
            *(f"        {line}" for line in lines),
            "    except IndexError:",
            "        raise truncated(pdu, 'an integer') from None",
        ]
    )
    made: Decode = _run(code, pdu, fields)["decode"]
    return made


def compile_encode(pdu: type) -> Encode:
    """`encode(pdu, sequence_number, command_status) -> octets of the whole PDU`."""
    fields, has_tlvs = layout_of(pdu)
    lines: list[str] = []
    pieces: list[str] = []
    for name, wire in fields:
        match wire:
            case CString(size_max, _):
                lines += [
                    f"{name} = pdu.{name}.encode('latin-1')",
                    f"if len({name}) >= {size_max} or 0 in {name}:",
                    f"    raise unfit({name!r}, {name}, {size_max})",
                ]
                pieces += [name, "NUL"]
            case Octet():
                pieces.append(f"OCTETS[pdu.{name}]")
            case Counted():
                lines += [
                    f"{name} = pdu.{name}",
                    f"if len({name}) > 255: raise unfit({name!r}, {name}, 255)",
                ]
                pieces += [f"OCTETS[len({name})]", name]
            case Listed():
                pieces.append(f"give_{name}(pdu.{name})")
            case _:
                assert_never(wire)
    if has_tlvs:
        pieces.append("(give_tlvs(pdu.tlvs) if pdu.tlvs else b'')")
    code = "\n".join(
        [
            "def encode(pdu, sequence_number, status):",
            *(f"    {line}" for line in lines),
            f"    body = b''.join(({', '.join(pieces)}{',' if pieces else ''}))",
            f"    return pack(16 + len(body), {getattr(pdu, 'COMMAND_ID')},"  # noqa: B009
            " status, sequence_number) + body",
        ]
    )
    made: Encode = _run(code, pdu, fields)["encode"]
    return made


def take_tlvs(data: bytes, at: int, pdu: type) -> tuple[Tlvs, Faults]:
    """Everything from `at` on as TLVs. Octets that form none are refused, for they may be text
    behind a wrong length; one NUL alone is a habit of some peers and is forgiven."""
    end = len(data)
    tlvs: list[tuple[int, bytes]] = []
    while end - at >= TLV_HEADER.size:
        tag, length = TLV_HEADER.unpack_from(data, at)
        stop = at + TLV_HEADER.size + length
        if stop > end:
            raise ProtocolError(
                f"{pdu.__name__}: TLV {tag:04X} claims {length} octets, "
                f"{end - at - TLV_HEADER.size} are there",
                Status.RINVOPTPARSTREAM,
            )
        tlvs.append((tag, data[at + TLV_HEADER.size : stop]))
        at = stop
    if at == end:
        return tuple(tlvs), ()
    if end - at == 1 and data[at] == 0:
        return tuple(tlvs), (STRAY_NUL,)
    raise ProtocolError(
        f"{pdu.__name__}: {end - at} octets at the end are no TLV", Status.RINVOPTPARSTREAM
    )


def give_tlvs(tlvs: Tlvs) -> bytes:
    return b"".join(TLV_HEADER.pack(tag, len(value)) + value for tag, value in tlvs)


def _take_c_string(name: str, size_max: int, overrun: Status, is_last: bool) -> list[str]:
    """Empty strings are the common case and cost one comparison."""
    if is_last:
        missing = ["        stop = end", "        faults = add(faults, MISSING_NUL)"]
    else:
        missing = [f"        raise truncated(pdu, {name!r})"]
    return [
        "if at < end and not data[at]:",
        f"    {name} = ''",
        "    at += 1",
        "else:",
        f"    stop = data.find(b'\\0', at, at + {size_max})",
        "    if stop < 0:",
        f"        if end - at >= {size_max}: raise overrun(pdu, {name!r}, {int(overrun)})",
        *missing,
        f"    {name} = str(data[at:stop], 'latin-1')",
        f"    if not {name}.isascii(): faults = add(faults, NOT_ASCII)",
        "    at = stop + 1 if stop < end else end",
    ]


def _add(faults: Faults, name: str) -> Faults:
    return faults if name in faults else (*faults, name)


def _truncated(pdu: type, name: str) -> ProtocolError:
    return ProtocolError(f"{pdu.__name__}: the PDU ends within {name}", Status.RINVCMDLEN)


def _overrun(pdu: type, name: str, status: int) -> ProtocolError:
    return ProtocolError(f"{pdu.__name__}: {name} is longer than allowed", Status(status))


def _unfit(name: str, octets: bytes, size_max: int) -> ValueError:
    return ValueError(f"{name}: {len(octets)} octets with a NUL or more than {size_max} allow")


def _is_response(pdu: type) -> bool:
    """A response may come without its body (SMPP v3.4, 4.4.2); a request may not."""
    return bool(getattr(pdu, "COMMAND_ID") & 0x80000000)  # noqa: B009


def _run(code: str, pdu: type, fields: Layout) -> dict[str, Any]:
    listed = [(name, wire) for name, wire in fields if isinstance(wire, Listed)]
    names: dict[str, Any] = {
        "pdu": pdu,
        "NUL": b"\0",
        "OCTETS": tuple(bytes((value,)) for value in range(256)),
        "MISSING_NUL": MISSING_NUL,
        "NOT_ASCII": NOT_ASCII,
        "add": _add,
        "pack": HEADER.pack,
        "take_tlvs": take_tlvs,
        "give_tlvs": give_tlvs,
        "truncated": _truncated,
        "overrun": _overrun,
        "unfit": _unfit,
        **{f"take_{name}": wire.take for name, wire in listed},
        **{f"give_{name}": wire.give for name, wire in listed},
    }
    exec(compile(code, f"<codec of {pdu.__name__}>", "exec"), names)
    return names
