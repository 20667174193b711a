"""What a call of ours says of itself: whose it is, and that it is an emergency.

The number is the caller's, not the gateway's (RFC 3325): who answers calls back the right person.
One that is withheld is not made up.
"""

from __future__ import annotations

from .message import Headers
from .uri import NameAddr, SipUri

ANONYMOUS = SipUri("sip", "anonymous", "anonymous.invalid")  # RFC 3323, 4.1.1.3
EMERGENCY: Headers = (("Priority", "emergency"),)  # RFC 3261, 20.26


def shown(number: str, host: str, name: str = "") -> tuple[NameAddr, Headers]:
    """From, and the headers beside it. `number`: E.164, or "" where nobody knows it or may say it;
    `host`: ours; `name`: what a display shows beside the number."""
    if not number:
        return NameAddr(ANONYMOUS, name), EMERGENCY
    uri = SipUri("sip", number, host, None, (("user", "phone"),))
    said = (("P-Asserted-Identity", f"{NameAddr(uri)}"), ("Privacy", "none"))
    return NameAddr(uri, name), (*said, *EMERGENCY)
