"""Septets packed into octets, eight into seven, and out again (3GPP TS 23.038, 6.1.2.1). Pure.

Behind a user data header the first septet begins at the next multiple of seven bits, counted from
the header's beginning: up to six fill bits stand before it (TS 23.040, 9.2.3.24).
"""

from __future__ import annotations

_GROUP = 7  # octets that hold eight septets
_CR = 0x0D
_NOTHING = (0x00, _CR)  # what senders put into a last place that is not used


def fill_bits(header: int) -> int:
    """The bits between a header of so many octets, its length octet included, and the septets."""
    return -8 * header % 7


def unpack(octets: bytes, fill: int = 0, *, ends: bool = True) -> bytes:
    """The septets, one per octet.

    SMPP counts octets, so seven bits left over look like one septet more: when the last septet
    ends with its octet and is 0 or a carriage return, it is taken for that. Where the text goes on
    in another part (`ends` is False) only the carriage return is: an at sign too many does less
    harm there than one too few.
    """
    bits = int.from_bytes(octets, "little") >> fill
    count = max(0, 8 * len(octets) - fill) // 7
    whole = bits.to_bytes(len(octets) + _GROUP, "little")
    found = bytearray()
    for at in range(0, len(octets), _GROUP):
        group = int.from_bytes(whole[at : at + _GROUP], "little")
        found += bytes(group >> shift & 0x7F for shift in range(0, 56, 7))
    del found[count:]
    nothing = _NOTHING if ends else (_CR,)
    if found and 7 * count + fill == 8 * len(octets) and found[-1] in nothing:
        del found[-1]
    return bytes(found)


def pack(septets: bytes, fill: int = 0) -> bytes:
    """The octets. Seven bits left over become a carriage return, for as 0 they would be read as an
    at sign (6.1.2.3.1). Raises ValueError for what is no septet."""
    if not septets.isascii():
        raise ValueError("an octet above 7F is no septet")
    if (7 * len(septets) + fill) % 8 == 1:
        septets += bytes((_CR,))
    size = (7 * len(septets) + fill + 7) // 8
    packed = bytearray()
    for at in range(0, len(septets), 8):
        group = sum(one << 7 * place for place, one in enumerate(septets[at : at + 8]))
        packed += group.to_bytes(_GROUP, "little")
    return (int.from_bytes(packed, "little") << fill).to_bytes(size + _GROUP, "little")[:size]
