"""The lists of submit_multi and of its response."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from text911.smpp.codec import decode, encode
from text911.smpp.destinations import COUNT_MAX, DistributionList, SmeAddress, UnsuccessSme
from text911.smpp.pdu import SubmitMulti, SubmitMultiResp
from text911.smpp.status import Status
from text911.smpp.wire import ProtocolError

OURS = SmeAddress(3, 1, "911")
FAMILY = DistributionList("family")
OCTET = st.integers(0, 255)


def destinations(letters: Any) -> st.SearchStrategy[tuple[SmeAddress | DistributionList, ...]]:
    name = st.text(letters, max_size=20)
    one = st.builds(SmeAddress, OCTET, OCTET, name) | st.builds(DistributionList, name)
    return st.lists(one, min_size=1, max_size=4).map(tuple)


def unsuccessful(letters: Any) -> st.SearchStrategy[tuple[UnsuccessSme, ...]]:
    name = st.text(letters, max_size=20)
    one = st.builds(UnsuccessSme, OCTET, OCTET, name, st.integers(0, 0xFFFFFFFF))
    return st.lists(one, max_size=4).map(tuple)


def body(pdu: SubmitMulti) -> bytes:
    return encode(pdu, 1)[16:]


def refused(body: bytes) -> Status:
    octets = (16 + len(body)).to_bytes(4) + (0x21).to_bytes(4) + bytes(8) + body
    with pytest.raises(ProtocolError) as wrong:
        decode(octets)
    return wrong.value.status


def test_both_kinds_of_destination_stand_as_the_specification_has_them() -> None:
    octets = body(SubmitMulti(dest_address=(OURS, FAMILY)))
    assert octets[4:22] == b"\x02" + b"\x01\x03\x01911\0" + b"\x02family\0" + b"\0\0"


def test_as_many_as_one_octet_counts_and_not_one_more() -> None:
    many = SubmitMulti(dest_address=(OURS,) * COUNT_MAX)
    assert decode(encode(many, 1))[0] == many
    with pytest.raises(ValueError, match="256 entries"):
        encode(SubmitMulti(dest_address=(OURS,) * (COUNT_MAX + 1)), 1)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (b"\0", Status.RINVNUMDESTS),
        (b"\x01\x03", Status.RINVDESTFLAG),
        (b"\x02\x01\0\x00911\0\0", Status.RINVDESTFLAG),
        (b"\x01\x01\0\0" + b"9" * 21, Status.RINVDSTADR),
        (b"\x01\x02" + b"x" * 21, Status.RINVDLNAME),
        (b"\x01\x02" + b"x" * 20, Status.RINVCMDLEN),
        (b"\x01", Status.RINVCMDLEN),
        (b"\x01\x01\0", Status.RINVCMDLEN),
        (b"\x05\x02a\0", Status.RINVCMDLEN),
    ],
)
def test_what_is_wrong_in_a_list_has_its_own_code(wrong: bytes, status: Status) -> None:
    assert refused(bytes(4) + wrong) is status


def test_a_request_cut_anywhere_is_too_short() -> None:
    whole = body(SubmitMulti(dest_address=(OURS, FAMILY), short_message=b"help"))
    for end in range(len(whole)):
        assert refused(whole[:end]) is Status.RINVCMDLEN


def test_a_response_cut_anywhere_is_too_short_but_for_one_without_a_body() -> None:
    whole = encode(SubmitMultiResp("1", (UnsuccessSme(1, 1, "112", 0x0B),)), 1)
    assert whole[16:] == b"1\0" + b"\x01" + b"\x01\x01112\0" + b"\0\0\0\x0b"
    for end in range(17, len(whole)):
        with pytest.raises(ProtocolError) as wrong:
            decode(whole[:end])
        assert wrong.value.status is Status.RINVCMDLEN


@pytest.mark.parametrize("address", ["1" * 21, "1\0"])
def test_an_address_of_ours_that_does_not_fit_is_our_mistake(address: str) -> None:
    for pdu in (
        SubmitMulti(dest_address=(SmeAddress(0, 0, address),)),
        SubmitMulti(dest_address=(DistributionList(address),)),
        SubmitMultiResp("1", (UnsuccessSme(0, 0, address),)),
    ):
        with pytest.raises(ValueError, match="octets"):
            encode(pdu, 1)
