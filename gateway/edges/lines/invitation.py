"""What a request of a trunk says of its caller: the number, what he wrote. Pure. Where he is:
`sip.conveyance`.

Nothing here is refused: what cannot be read is not there.
"""

from __future__ import annotations

from ....sip.bodies import parts
from ....sip.fields import addresses
from ....sip.grammar import Malformed
from ....sip.message import Method, Request
from ....sip.t140 import NEW_LINE, shown
from ....sip.uri import telephone_number
from ..numbers import SHORT_CODE_MAX, TON_UNKNOWN, normalised

TEXT = "text/plain"


def number_of(request: Request) -> str:
    """The caller's number as E.164 with its "+"; "" where the trunk does not say one. What the
    trunk asserts goes before what From claims (RFC 3325, 9.1)."""
    for name in ("P-Asserted-Identity", "From"):
        try:
            found = addresses(request, name)
        except Malformed:
            continue
        for one in found:
            dialled = telephone_number(one.uri) or ""
            if len(dialled.removeprefix("+")) > SHORT_CODE_MAX:
                return normalised(dialled, TON_UNKNOWN)
    return ""


def text_of(request: Request) -> str:
    """What a MESSAGE within a call says (RFC 3428), with a new line behind it: it was answered 200,
    so it counts as typed. "" for anything else, such as the signals that INFO carries."""
    if request.method != Method.MESSAGE:
        return ""
    text = [one.octets.decode("utf-8", "replace") for one in parts(request) if one.kind == TEXT]
    return "".join(f"{shown(one)}{NEW_LINE}" for one in text)
