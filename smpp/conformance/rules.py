"""What a message centre is held to, and who says so. A table, nothing else.

A server of others is only blamed for a breach of the specification; what is good manners, and what
only this house promises, is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Origin(Enum):
    """Who demands it."""

    SPECIFICATION = "specification"  # SMPP v3.4 or v5.0 says so, or it follows from what they say
    MANNERS = "manners"  # the specification leaves it open; a peer in the field relies on it
    HOUSE = "house"  # a promise of text911 that nobody else has made


@dataclass(frozen=True, slots=True)
class Rule:
    """`source`: the section. `says`: the rule in one sentence."""

    origin: Origin
    source: str
    says: str


def _spec(source: str, says: str) -> Rule:
    return Rule(Origin.SPECIFICATION, source, says)


def _manners(source: str, says: str) -> Rule:
    return Rule(Origin.MANNERS, source, says)


def _house(source: str, says: str) -> Rule:
    return Rule(Origin.HOUSE, source, says)


# --- the specification ---------------------------------------------------------------------------

BAD_LENGTH = _spec(
    "SMPP v3.4, 4.3", "a command_length too short or too long is answered with generic_nack"
)
UNKNOWN_COMMAND = _spec(
    "SMPP v3.4, 3.3 and 4.3", "a command_id nobody knows is answered with generic_nack"
)
RESPONSE_DUE = _spec(
    "SMPP v3.4, 2.3 and 5.1.4", "every request is answered once, under its own sequence_number"
)
BIND_STATE = _spec(
    "SMPP v3.4, 2.2 and 5.1.3",
    "a command that the state of the session does not allow is answered ESME_RINVBNDSTS",
)
BOUND_ALREADY = _spec("SMPP v3.4, 5.1.3", "a bind on a bound session is answered ESME_RALYBND")
WHOLE_PDU = _spec(
    "SMPP v3.4, 3.2 and 4", "a PDU without all its mandatory parameters is not accepted"
)
FIELD_SIZE = _spec(
    "SMPP v3.4, 3.1 and 5.2", "a string longer than its parameter allows is not accepted"
)
TEXT_LENGTH = _spec("SMPP v3.4, 5.2.21", "sm_length is the number of octets in short_message")
DESTINATIONS = _spec(
    "SMPP v3.4, 4.5.1", "number_of_dests is the number of dest_address in the PDU, 1 to 254"
)
TLV_STREAM = _spec(
    "SMPP v3.4, 5.3.1", "what follows the mandatory parameters is whole optional parameters"
)
TLV_IGNORED = _spec(
    "SMPP v3.4, 3.3", "an optional parameter that is unknown or not expected here is ignored"
)
STREAM = _spec(
    "SMPP v3.4, 3.2", "where a PDU ends is said by command_length, not by where TCP cuts"
)
OLD_PEER = _spec("SMPP v3.4, 3.4", "a peer of version 3.3 is sent no optional parameter")
UNBINDING = _spec("SMPP v3.4, 4.2", "unbind is answered with unbind_resp, and ends the session")
ALIVE = _spec("SMPP v3.4, 4.11", "enquire_link is answered with enquire_link_resp")
BINDING = _spec("SMPP v3.4, 4.1", "a bind that is in order is answered with its own response")
AUTHENTICATION = _spec("SMPP v3.4, 4.1.1", "who does not know the password is not bound")
MESSAGE_ID = _spec(
    "SMPP v3.4, 4.4.2 and 5.2.23",
    "what is accepted gets a message_id of 1 to 64 octets",
)
MESSAGES = _spec("SMPP v3.4, 4.4 and 4.7", "a message that is in order is accepted")
RESPONSE_FORM = _spec("SMPP v3.4, 3.2 and 4", "what the message centre sends is itself in order")
# --- good manners --------------------------------------------------------------------------------

KEPT = _manners(
    "command_length was good",
    "the next PDU can be found, so the session is kept and the other messages on it live",
)
OWN_RESPONSE = _manners(
    "SMPP v3.4, 4.3 leaves it open",
    "the peer looks for its own response; a generic_nack under another number is lost on it",
)
OWN_CODE = _manners(
    "SMPP v3.4, 5.1.3", "the code says what is wrong, so that the peer knows what to do"
)
LOST_FRAMING = _manners(
    "SMPP v3.4, 4.3: the data is corrupt",
    "where the next PDU begins is unknown, so the connection is ended and can be made anew",
)
NO_ANSWER = _manners(
    "a response is not a request",
    "a response nobody waits for is dropped; an answer to it may be answered in turn, for ever",
)
ODD_NUMBER = _manners(
    "SMPP v3.4, 5.1.4 allows 1 to 0x7FFFFFFF",
    "a number beyond is echoed all the same: it is what the peer looks for",
)
FOREIGN = _manners("no SMPP", "another protocol on the port is shown the door")
ALIVE_EARLY = _manners(
    "SMPP v5.0, 2.4", "enquire_link is answered before the bind too: it asks for the link"
)
ODD_VALUE = _manners(
    "SMPP v3.4, 3.3", "a reserved or unusual value costs the message at most, never the session"
)
SAYS_VERSION = _manners("SMPP v3.4, 3.4", "a peer of 3.4 is told sc_interface_version")
ALL_ANSWERED = _manners(
    "SMPP v3.4, 4.2", "what came before unbind is answered before the session ends"
)
BIND_TIMER = _manners(
    "SMPP v3.4, 7.2", "who connects and does not bind is disconnected by session_init_timer"
)
IN_ORDER = _manners("SMPP v3.4, 2.7", "what stood before a broken PDU is answered before the end")

# --- promises of this house ----------------------------------------------------------------------

SAME_ANSWER = _house(
    "DESIGN 9.10", "an unknown system_id and a wrong password get the same octets and the same end"
)
UNBOUND_SIZE = _house(
    "docs/smpp.md", "who has not bound is given room for 1,024 octets a PDU, and no more"
)
UNBOUND_TIME = _house("docs/smpp.md", "5 s are there for the bind, whole, not for each octet")
SIZE_MAX = _house("docs/smpp.md", "a PDU has at most 70,000 octets: 64 KiB of payload, and margin")
LAST_NUL = _house("DESIGN 9.10", "a last NUL missing at the end of the PDU is forgiven")
STRAY_NUL = _house("DESIGN 9.10", "one NUL behind the last parameter is forgiven")
LATIN_1 = _house("DESIGN 9.10", "a string that is not ASCII is read as Latin-1")
BOTH_TEXTS = _house("DESIGN 9.10", "message_payload beside short_message: the payload is taken")
BOTH_JOINS = _house("DESIGN 9.10", "UDH and SAR parameters together: the UDH is taken")
ODD_SIZE = _house("DESIGN 9.10", "a known parameter of another size is ignored, the text is taken")
NEVER_LOST = _house(
    "DESIGN 1, P2", "what a caller wrote is taken however odd its flags are, and shown marked"
)
