"""The automatic messages to callers, and the limits of time: from settings to one `Policy`.

Every message is linted before any caller sees it: the bounce-back holds what the FCC wants (47 CFR
9.10(q)(5)) in one GSM-7 segment, and no message advertises another number (in the spirit of
Sec. 28-28(c)). Reads no file, sends nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from ..smpp.parts import compose
from .core.policy import Automatic, Limits, Policy
from .core.values import PsapName
from .routing.settings import Problem
from .wording import for_everybody

TEXT_MAX = 480  # characters; three parts, more is not read by a person in danger
PARTS_MAX = 3
GSM7 = "GSM-7"
NUMBERS_ALLOWED = frozenset({"911", "711", "988"})  # emergency, relay service, crisis line


class LimitsSettings(BaseModel):
    """`[limits]` in gateway.toml. Seconds, unless a key says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: float = Field(
        default=3.0, ge=0.1, le=5, description="Wait for the first location, then route by default."
    )
    shown: float = Field(
        default=6.0,
        ge=0.5,
        le=9,
        description="A PSAP that has not shown an offer by then counts as unreachable.",
    )
    reach: float = Field(
        default=10.0,
        ge=1,
        le=10,
        description="By then it is clear whether any PSAP can be reached; if none, the caller gets "
        "the bounce-back.",
    )
    ring: float = Field(
        default=20.0,
        ge=5,
        le=60,
        description="One PSAP's time to answer while others remain in its overflow list.",
    )
    abandon: float = Field(
        default=120.0,
        ge=30,
        le=600,
        description="Unanswered over all: the caller is told to call 911; the card stays flagged.",
    )
    quiet_warning: float = Field(
        default=900.0,
        ge=60,
        le=7200,
        description="Nobody has written for so long: the telecommunicator is warned.",
    )
    quiet_close: float = Field(
        default=1800.0,
        ge=120,
        le=14_400,
        description="Nobody has written for so long: the dialogue is closed.",
    )
    grace: float = Field(
        default=60.0,
        ge=0,
        le=600,
        description="A text so soon after the close goes to the same PSAP again.",
    )
    forget: float = Field(
        default=600.0,
        ge=60,
        le=86_400,
        description="A closed dialogue stays in memory so long, for late receipts and repeats.",
    )
    parts: float = Field(
        default=8.0,
        ge=1,
        le=30,
        description="Wait for the missing part of a long text, then show it with a gap.",
    )
    retry: float = Field(
        default=5.0, ge=1, le=60, description="Pause after a temporary refusal by a carrier."
    )
    retries: int = Field(
        default=24,
        ge=1,
        le=1000,
        description="So many temporary refusals of one part make its reply a failed one.",
    )
    automatic_spacing: float = Field(
        default=10.0,
        ge=10,
        le=3600,
        description="At least so long between two automatic messages of one kind to one caller; "
        "it breaks loops with machines that answer.",
    )

    def limits(self) -> Limits:
        return Limits(**self.model_dump())


class MessagesSettings(BaseModel):
    """`[messages]` in gateway.toml: what a caller is told automatically."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bounce: str = Field(
        default="Text-to-911 is not available here now. Make a voice call to 911, or use a relay "
        "service (dial 711) if you cannot hear or speak.",
        max_length=TEXT_MAX,
        description="M1, no PSAP can take the text. Must say that text-to-911 is not available and "
        "name both other means (voice call to 911; relay, TRS or 711), in one SMS.",
    )
    lost: str = Field(
        default="Your text conversation with 911 was interrupted. Call 911 if you can, or text "
        "911 again.",
        max_length=TEXT_MAX,
        description="M2, the conversation was lost after a PSAP had it.",
    )
    undelivered: str = Field(
        default="Your last text did not reach 911. Send it again, or call 911 if you can.",
        max_length=TEXT_MAX,
        description="M7, the last text came too late or reached nobody.",
    )
    quiet: str = Field(
        default="This 911 text conversation was closed because nobody wrote for a while. In an "
        "emergency call or text 911 again.",
        max_length=TEXT_MAX,
        description="M4, closed because nobody wrote. Empty: not sent.",
    )
    media: str = Field(
        default="911 received your words but no pictures, videos or group messages. Describe in "
        "words what we need to know.",
        max_length=TEXT_MAX,
        description="M5, a picture, video or group was removed. Empty: not sent.",
    )


REQUIRED = frozenset({"bounce", "lost", "undelivered"})


def build(
    limits: Limits,
    messages: MessagesSettings,
    ended: Mapping[str, str],
    titles: Mapping[str, str] | None = None,
    voices: Iterable[str] = (),
) -> Policy:
    """The policy. `ended`: PSAP -> its M3 (Dialogue ended by the PSAP), for those that send one.
    `titles`: PSAP -> what people call it. `voices`: PSAPs with a telephone for voices.

    Call `problems` first: this does not judge.
    """
    return Policy(
        limits=limits,
        bounce=automatic(messages.bounce),
        lost=automatic(messages.lost),
        undelivered=automatic(messages.undelivered),
        quiet=automatic(messages.quiet) if messages.quiet else None,
        media=automatic(messages.media) if messages.media else None,
        ended=tuple(
            (PsapName(psap), automatic(text)) for psap, text in sorted(ended.items()) if text
        ),
        titles=tuple((PsapName(psap), title) for psap, title in sorted((titles or {}).items())),
        voices=tuple(PsapName(psap) for psap in sorted(voices)),
    )


def automatic(text: str) -> Automatic:
    """The message cut for the wire, as it will be sent (typographic quotes already replaced)."""
    return for_everybody(text)


# --- lint --------------------------------------------------------------------------------------

_NOT_AVAILABLE = re.compile(
    r"\b(?:not (?:\w+ )?(?:available|supported|possible|working)|isn't (?:\w+ )?available"
    r"|unavailable|cannot (?:\w+ )?(?:receive|accept|take|deliver|be delivered))\b"
)
_TEXTING = re.compile(r"\btext|\bsms\b")
_VOICE_CALL = re.compile(r"\b(?:call|dial|phone)(?:ing)?\b(?:\W+\w+){0,3}?\W+911\b")
_RELAY = re.compile(r"\b(?:relay|trs|711)\b")
_FORBIDS = re.compile(r"\b(?:do not|don't|never|not)\s+(?:\w+\s+){0,3}?(?:call|dial|phone)\b")
_NUMBER = re.compile(r"\+?\(?\d(?:[ .()/-]{0,2}\d)*")
_CALL_WORD = re.compile(r"\b(?:call|dial|text|phone|ring|number|contact|sms|tel)\w*\b[^.;!?]*$")
_ROAD = re.compile(r"\b(?:route|rte|i|us|ct|exit|highway|hwy)[ -]?$")
_UNIT = re.compile(r"[ -]?(?:s|sec|min|hour|day|meter|metre|m|km|feet|foot|ft|mile|character)")
TELEPHONE_DIGITS = 7  # a subscriber number; from here on any run of digits can be rung
SHORT_CODE_DIGITS = 3


def _folded(text: str) -> str:
    """For comparing: full-width digits, case and typographic apostrophes are made plain."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return re.sub(r"\b([79])-([189])-([18])\b", r"\1\2\3", plain)


def advertised_numbers(text: str) -> tuple[str, ...]:
    """Numbers in `text` that somebody could ring or text, except 911, 711 and 988.

    Seven digits or more are always one; three to six when a word such as "call" stands before them
    in the same sentence, unless they count something or name a road.
    """
    plain = _folded(text)
    found: list[str] = []
    for run in _NUMBER.finditer(plain):
        digits = "".join(letter for letter in run.group() if letter.isdigit())
        if digits in NUMBERS_ALLOWED or len(digits) < SHORT_CODE_DIGITS:
            continue
        before, after = plain[: run.start()], plain[run.end() :]
        figure = _ROAD.search(before) or _UNIT.match(after)
        if len(digits) >= TELEPHONE_DIGITS or (_CALL_WORD.search(before) and not figure):
            found.append(run.group().strip())
    return tuple(found)


def bounce_problems(text: str) -> list[str]:
    """What the FCC's rule (47 CFR 9.10(q)(5)) misses in a bounce-back, one sentence each."""
    plain = _folded(text)
    found: list[str] = []
    if not (_NOT_AVAILABLE.search(plain) and _TEXTING.search(plain)):
        found.append(
            'It must say that text-to-911 is not available; write for example "Text-to-911 is not '
            'available here" (47 CFR 9.10(q)(5)(i)).'
        )
    if not _VOICE_CALL.search(plain):
        found.append(
            'It must tell to make a voice call; write for example "Make a voice call to 911" '
            "(47 CFR 9.10(q)(5)(ii))."
        )
    if not _RELAY.search(plain):
        found.append(
            "It must name the relay service for those who cannot hear or speak; write for example "
            '"use a relay service (dial 711)" (47 CFR 9.10(q)(5)(ii)).'
        )
    made = compose(text)
    if made.alphabet != GSM7 or len(made.segments) != 1:
        found.append(
            f"It must fit one SMS of 160 GSM-7 characters, and would take {len(made.segments)} in "
            f"{made.alphabet}; shorten it and use plain letters."
        )
    return found


def text_problems(text: str) -> list[str]:
    """What is wrong with any automatic or prepared message, one sentence each."""
    found = [
        f'It names the number "{number}"; only 911, 711 and 988 may be advertised, take it out.'
        for number in advertised_numbers(text)
    ]
    if _FORBIDS.search(_folded(text)):
        found.append("It tells the caller not to call; a caller must always be free to, reword it.")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text):
        found.append("It holds a control character or a line break; write one plain line.")
    return found


def automatic_problems(key: str, text: str, *, required: bool) -> list[Problem]:
    """Everything wrong with the automatic message at `key`."""
    if not text.strip():
        if required or text:
            return [Problem(key, "It is empty; this message cannot be switched off, write one.")]
        return []
    sentences = text_problems(text)
    parts = len(compose(text).segments)
    if parts > PARTS_MAX:
        sentences.append(f"It takes {parts} SMS; shorten it to at most {PARTS_MAX}.")
    return [Problem(key, sentence) for sentence in sentences]


def problems(messages: MessagesSettings) -> list[Problem]:
    """Everything wrong with `[messages]`, in the order of the file."""
    found: list[Problem] = []
    for key in MessagesSettings.model_fields:
        text: str = getattr(messages, key)
        path = f"messages.{key}"
        found += automatic_problems(path, text, required=key in REQUIRED)
        if key == "bounce" and text.strip():
            found += [Problem(path, sentence) for sentence in bounce_problems(text)]
    return found


def limits_problems(limits: LimitsSettings) -> list[Problem]:
    """Limits that contradict each other."""
    checks = (
        (
            limits.location + limits.shown > limits.reach,
            "reach",
            "location and shown together are longer than reach, so the question whether any PSAP "
            "can be reached would be answered before the first one could; shorten one of them.",
        ),
        (limits.ring >= limits.abandon, "abandon", "It must be longer than ring; raise it."),
        (
            limits.quiet_warning >= limits.quiet_close,
            "quiet_close",
            "It must be longer than quiet_warning, else nobody is warned; raise it.",
        ),
        (limits.forget < limits.grace, "forget", "It must not be shorter than grace; raise it."),
    )
    return [Problem(f"limits.{key}", sentence) for wrong, key, sentence in checks if wrong]
