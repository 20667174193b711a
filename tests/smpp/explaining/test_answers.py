from __future__ import annotations

import pytest

from text911.smpp.explaining.answers import answer_to
from text911.smpp.explaining.operations import OPERATIONS

from .samples import pdu, sample


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (sample(0x4), "submit_sm_resp ESME_ROK, once the text is durably recorded"),
        (sample(0x103), "data_sm_resp ESME_ROK, once the text is durably recorded"),
        (
            sample(0x9),
            "bind_transceiver_resp ESME_ROK, if account, password and address are known",
        ),
        (sample(0x15), "enquire_link_resp ESME_ROK"),
        (sample(0x6), "unbind_resp ESME_ROK, then the connection is closed"),
        (sample(0x5), "deliver_sm_resp ESME_RINVBNDSTS"),
        (
            sample(0x21),
            "submit_multi_resp ESME_ROK, once the text is durably recorded, if one of its"
            " destinations is ours",
        ),
        (
            sample(0x3),
            "query_sm_resp ESME_ROK with what became of the text, or ESME_RINVMSGID if that is"
            " not known",
        ),
        (sample(0x7), "replace_sm_resp ESME_RREPLACEFAIL"),
        (sample(0x8), "cancel_sm_resp ESME_RCANCELFAIL"),
        (sample(0x111), "broadcast_sm_resp ESME_RINVCMDID"),
        (sample(0x0B), "generic_nack ESME_RINVCMDID"),
        (pdu(0x4, b"toolong\0"), "submit_sm_resp ESME_RINVSERTYP"),
        (pdu(0x9, b"x" * 20), "bind_transceiver_resp ESME_RINVSYSID"),
        (pdu(0x777), "generic_nack ESME_RINVCMDID"),
        (bytes(16), "generic_nack ESME_RINVCMDLEN, then the connection is closed"),
        (sample(0x80000005), ""),
    ],
)
def test_the_answer_is_that_of_the_session(octets: bytes, said: str) -> None:
    assert answer_to(octets) == said


def test_every_request_that_has_a_response_is_answered() -> None:
    for command_id, operation in OPERATIONS.items():
        if command_id | 0x80000000 in OPERATIONS and not command_id & 0x80000000:
            assert answer_to(sample(command_id)).startswith(f"{operation.name}_resp ")
