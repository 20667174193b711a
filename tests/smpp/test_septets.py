"""Septets in octets, with the fill bits behind a header and what is left over at the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7
from text911.smpp.septets import fill_bits, pack, unpack


@pytest.mark.parametrize(
    ("header", "fill"), [(0, 0), (1, 6), (4, 3), (6, 1), (7, 0), (8, 6), (9, 5), (140, 0)]
)
def test_the_first_septet_begins_at_a_multiple_of_seven_bits(header: int, fill: int) -> None:
    assert fill_bits(header) == fill
    assert (8 * header + fill) % 7 == 0


@pytest.mark.parametrize(
    ("text", "fill", "octets"),
    [
        ("", 0, ""),
        ("hello", 0, "E8329BFD06"),
        ("hellohello", 0, "E8329BFD4697D9EC37"),
        ("1234567", 0, "31D98C56B3DD1A"),  # seven bits left over: a carriage return
        ("12345678", 0, "31D98C56B3DD70"),
        ("a", 1, "C2"),
    ],
)
def test_septets_are_packed_as_the_standard_has_it(text: str, fill: int, octets: str) -> None:
    assert pack(gsm7.encode(text), fill).hex().upper() == octets
    assert gsm7.decode(unpack(bytes.fromhex(octets), fill)) == text


def test_a_last_place_of_nothing_is_nothing_but_stays_where_the_text_goes_on() -> None:
    seven = bytes.fromhex("31D98C56B3DD00")
    assert gsm7.decode(unpack(seven)) == "1234567"
    assert gsm7.decode(unpack(seven, ends=False)) == "1234567@"
    assert unpack(pack(b"\x00" * 6)) == b"\x00" * 6


def test_an_octet_above_7f_is_no_septet() -> None:
    with pytest.raises(ValueError, match="7F"):
        pack(b"\x80")


@given(st.binary(max_size=200).map(lambda b: bytes(o & 0x7F for o in b)), st.integers(0, 20))
def test_what_is_packed_comes_back(septets: bytes, header: int) -> None:
    fill = fill_bits(header)
    back = unpack(pack(septets, fill), fill)
    assert back == septets or (back == septets[:-1] and septets[-1] in (0x00, 0x0D))
    middle = unpack(pack(septets, fill), fill, ends=False)
    assert middle == septets or middle + b"\r" == septets


@given(st.binary(max_size=200), st.integers(0, 6))
def test_any_octets_can_be_unpacked(octets: bytes, fill: int) -> None:
    found = unpack(octets, fill, ends=False)
    assert max(0, 8 * len(octets) - fill) // 7 - len(found) in (0, 1)
    assert found.isascii()
