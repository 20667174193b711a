"""The tests a carrier goes through before it brings callers: what its engineer does, step by step.

Data alone; whether a step was done well, `judging` says. The words are told apart by how they
begin, so that steps may be done in any order and as often as wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

TENS = "0123456789" * 20  # two parts, whichever way a text is cut


@dataclass(frozen=True, slots=True)
class Step:
    """`text` is what is to be sent, exactly. An optional step is for those who do such a thing."""

    key: str
    title: str
    do: str
    text: str = ""
    is_optional: bool = False

    @property
    def shown(self) -> str:
        """The text as a person reads it."""
        if self.text.endswith(TENS):
            return f"{self.text.removesuffix(TENS)}and then {TENS[:10]} twenty times"
        return f"{self.text}1, {self.text}2, ..." if self.text.endswith(" ") else self.text


PLAN: tuple[Step, ...] = (
    Step("bind", "bind", "bind, in each mode that you will use"),
    Step("text", "a text", "send this text, answered ESME_ROK", "T1 hello"),
    Step(
        "default",
        "the default alphabet",
        "send this text with data_coding 0",
        "T2 me@example.org $5",
    ),
    Step(
        "extension",
        "the GSM extension table",
        "send this text from a handset, or in the alphabet you use for it",
        "T3 {a} [b] ~ ^ | \\ \N{EURO SIGN}",
    ),
    Step(
        "unicode",
        "an emoji",
        "send this text with data_coding 8",
        "T4 caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{GRINNING FACE}",
    ),
    Step(
        "udh", "a long text, UDH", "send this text in parts with a user data header", f"T5 {TENS}"
    ),
    Step(
        "sar",
        "a long text, sar_*",
        "send this text in parts with sar_* parameters",
        f"T6 {TENS}",
        is_optional=True,
    ),
    Step(
        "payload",
        "a long text, message_payload",
        "send this text whole in a message_payload",
        f"T7 {TENS}",
        is_optional=True,
    ),
    Step(
        "repeat",
        "a retransmission",
        "send this text, then the very same PDU again on the same connection",
        "T8 again",
    ),
    Step(
        "receipt",
        "a receipt",
        "send this text with registered_delivery 1, and answer the receipt",
        "T9 receipt",
    ),
    Step("answer", "a reply", "answer the deliver_sm that the tests bring you"),
    Step(
        "acknowledgement",
        "an acknowledgement",
        "say that the handset has a reply of ours: by an SME acknowledgement or a receipt",
        is_optional=True,
    ),
    Step("window", "a window", "send 20 of these texts without waiting for responses", "T10 "),
    Step("enquire", "enquire_link", "send an enquire_link"),
    Step("enquired", "our enquire_link", "send nothing until we ask, then answer"),
    Step("unbind", "unbind", "send unbind, and wait for its response"),
    Step("rebind", "bind again", "bind again after the unbind"),
)
BY_KEY = {step.key: step for step in PLAN}
