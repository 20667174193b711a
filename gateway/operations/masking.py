"""What may leave the gateway for its operators, and in which shape. Pure.

Two locks on one door. A field must be on the list and have the listed shape, else its value is
withheld; and every telephone number in whatever passes is masked. So a caller's words cannot reach
a log by being put into a convenient field.
"""

from __future__ import annotations

import re
from functools import lru_cache

WITHHELD = "(withheld)"

# Seven digits are the shortest number that rings a telephone; separators are what people write.
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\+?\(?\d(?:[ .()/-]{0,2}\d){6,}(?![A-Za-z0-9])")
_IP_OR_MOMENT = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d{4}-\d\d-\d\d")


def mask_number(number: str) -> str:
    """'+18605550142' becomes '+1860***0142'; a short one keeps only its last two digits."""
    digits = "".join(letter for letter in number if letter.isdigit())
    plus = "+" if number.startswith("+") else ""
    if len(digits) < 10:
        return f"{plus}***{digits[-2:]}"
    return f"{plus}{digits[:-7]}***{digits[-4:]}"


def mask_numbers(sentence: str) -> str:
    """`sentence` with every telephone number masked; IP addresses and dates stay readable."""

    def _masked(found: re.Match[str]) -> str:
        run = found.group()
        return run if _IP_OR_MOMENT.fullmatch(run) else mask_number(run)

    return _NUMBER.sub(_masked, sentence)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_DIALOGUE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MODE = re.compile(r"[a-z][a-z_-]{0,31}")
_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\[?[0-9a-fA-F]{0,4}(?::[0-9a-fA-F.]{0,15}){2,8}\]?(?::\d{1,5})?"
)
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_CALLER = re.compile(r"\+?\d{3,15}")
_VERSION = re.compile(r"[A-Za-z0-9_.+-]{1,40}")

# field -> the shape it must have. None of them admits a blank, so none admits a sentence.
SHAPES: dict[str, re.Pattern[str]] = {
    "event": _NAME,
    "level": _MODE,
    "dialogue": _DIALOGUE,
    "carrier": _NAME,
    "line": _NAME,
    "psap": _NAME,
    "system_id": _NAME,
    "alarm": re.compile(r"[A-Za-z0-9_./:-]{1,200}"),
    "mode": _MODE,
    "state": _MODE,
    "previous": _MODE,
    "kind": _MODE,
    "peer": _ADDRESS,
    "user": _PERSON,
    "caller": _CALLER,
    "version": _VERSION,
    "policy": re.compile(r"[0-9a-f]{16,64}"),
    "at": re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z"),
}
# field -> numbers only
COUNTS = frozenset(
    {"status", "count", "seconds", "people", "stalled", "free_mb", "port", "parts", "records"}
)
# Sentences this program composed itself from configured names; masked and cut, and never a peer's.
SENTENCES = frozenset({"sentence"})
SENTENCE_MAX = 400  # characters
COUNT_MAX = 10**9  # fewer digits than a whole telephone number has

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


# Fields whose values are few and come again in every line.
FEW = frozenset({"event", "level", "mode", "state", "previous", "kind"})


@lru_cache(maxsize=1_000)
def _shaped(key: str, value: str) -> str:
    return mask_numbers(value) if SHAPES[key].fullmatch(value) else WITHHELD


def admit(key: str, value: object) -> str | int | float | bool:
    """What of `value` may be written under `key`; `WITHHELD` when nothing may."""
    match value:
        case str() if key in FEW:
            return _shaped(key, value)
        case bool() | int() | float() if key in COUNTS and abs(value) < COUNT_MAX:
            return value
        case str() if key in SENTENCES:
            return mask_numbers(_CONTROL.sub(" ", value))[:SENTENCE_MAX]
        case str() if key == "caller" and _CALLER.fullmatch(value):
            return mask_number(value)
        case str() if key in SHAPES and SHAPES[key].fullmatch(value):
            return value if key in ("at", "policy", "peer") else mask_numbers(value)
        case _:
            return WITHHELD
