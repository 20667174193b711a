"""Which version of SMPP two ends speak, and what follows from it. Pure.

A bind names the version of the ESME, its response (from 3.4 on) that of the message centre. Spoken
is the lower of the two. What comes with a version is used from there on only: a peer of 3.3 is sent
no TLV and no message_id over 8 hex digits, one of 3.4 nothing that 5.0 brought.
"""

from __future__ import annotations

LATEST = 0x50  # the highest we speak
TLV_SINCE = 0x34  # SMPP v3.4, 3.4
LONG_ID_SINCE = 0x34  # a message_id of more than 8 octets (SMPP v3.4, 5.2.23)
PROHIBITED_SINCE = 0x50  # status codes from 0x100 on (SMPP v5.0, 4.7.6)
CONGESTION_SINCE = 0x50  # congestion_state (SMPP v5.0, 2.9)

_SPOKEN = (0x50, 0x34, 0x33)


def spoken(theirs: int, ours: int = LATEST) -> int:
    """The version both ends speak. 0x33 stands for everything before 3.4, where nothing was agreed
    on; what lies between two versions is the lower one.

    A message centre that answers a bind with this says what it will speak here, not the highest it
    could: a peer of 3.4 that reads 0x50 may take it for nonsense."""
    lower = min(theirs, ours)
    return next((one for one in _SPOKEN if one <= lower), 0x33)


def answered(sc_interface_version: int | None, ours: int) -> int:
    """The same for an ESME that has bound with `ours`. A message centre that names no version, or
    none that exists, speaks what its carrier's file says: many leave the TLV out and speak 3.4."""
    if sc_interface_version is None or sc_interface_version < 0x33:
        return spoken(ours)
    return spoken(sc_interface_version, ours)
