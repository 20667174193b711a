"""The codec against smpplib in the same run: decode one submit_sm, encode its response.

    python load_tests/codec.py [--rounds N] [--json]

Prints the ratio of smpplib's time to ours as the median of interleaved rounds. The budget is a
ratio of at least 6; the exit code is 1 below it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from text911.smpp.codec import decode, encode, response
from text911.smpp.pdu import SubmitSm
from text911.smpp.tlv import Tag

SMPPLIB: Any = importlib.import_module("smpplib.smpp")  # it carries no types

BUDGET = 6.0
PER_ROUND = 2_000  # messages; a round of smpplib is then some 50 ms
ROUNDS = 21

MESSAGE = SubmitSm(
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr="18605551234",
    dest_addr_ton=3,
    destination_addr="911",
    registered_delivery=1,
    short_message=b"There is smoke in the hallway and we cannot get out, third floor",
    tlvs=((Tag.user_message_reference, b"\x12\x34"),),
)
OCTETS = encode(MESSAGE, 4711)
MESSAGE_ID = "00000001a2b3c4d5"


class Numbers:
    """What smpplib asks of its client: sequence numbers."""

    sequence = 1

    def next_sequence(self) -> int:
        return self.sequence


def ours() -> bytes:
    """As the session does it."""
    pdu, _ = decode(OCTETS)
    return response(pdu.COMMAND_ID, 4711, 0, MESSAGE_ID)


def smpplibs(numbers: Any = Numbers()) -> bytes:  # noqa: B008 - one for all calls
    """As its own server example would."""
    pdu: Any = SMPPLIB.parse_pdu(OCTETS, client=numbers, allow_unknown_opt_params=True)
    answer: Any = SMPPLIB.make_pdu(
        "submit_sm_resp", client=numbers, message_id=MESSAGE_ID, status=0
    )
    answer.sequence = pdu.sequence
    octets: bytes = answer.generate()
    return octets


def seconds(step: Callable[[], bytes], times: int) -> float:
    """CPU seconds for one message."""
    began = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - began) / times


def measure(rounds: int, per_round: int = PER_ROUND) -> dict[str, float]:
    """Interleaved rounds, so that a slow moment of the machine hits both."""
    if ours() != smpplibs():
        raise AssertionError(f"{ours().hex()} is not {smpplibs().hex()}")
    pairs = [(seconds(ours, per_round), seconds(smpplibs, per_round)) for _ in range(rounds)]
    return {
        "ours_us": statistics.median(mine for mine, _ in pairs) * 1e6,
        "smpplib_us": statistics.median(theirs for _, theirs in pairs) * 1e6,
        "ratio": statistics.median(theirs / mine for mine, theirs in pairs),
        "budget": BUDGET,
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(
            f"decode submit_sm + encode its response: {found['ours_us']:.2f} us, "
            f"smpplib {found['smpplib_us']:.2f} us, ratio {found['ratio']:.1f} "
            f"(at least {BUDGET:.0f})\n"
        )
    return 0 if found["ratio"] >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
