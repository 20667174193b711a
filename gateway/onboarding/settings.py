"""What a person writes down about tests with a carrier: `[certification]` of `carriers/*.toml`.
Pure.

Texts to these addresses are taken, recorded and answered like all others, in dialogues of a group
of their own: a certification never meets a real caller's dialogue, and is never routed by place.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

TESTS = "/tests"  # behind a group's name, which cannot hold a slash
ADDRESS_MAX = 20  # octets without the NUL (SMPP v3.4, 5.2.9)


class CertificationSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    short_codes: list[str] = Field(
        default=[],
        max_length=10,
        description="Destination addresses for tests with this carrier, never those of callers. "
        "Empty: no tests. Take them away when the carrier is certified.",
    )
    psap: str = Field(
        default="",
        max_length=64,
        description="The PSAP that is shown the tests: one that serves no town and helps nobody. "
        "Empty: none is, and each test is answered with the bounce-back (M1).",
    )

    @field_validator("short_codes")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        for code in value:
            if not 1 <= len(code) <= ADDRESS_MAX or not (code.isascii() and code.isprintable()):
                raise ValueError(f"must be 1 to {ADDRESS_MAX} printable ASCII characters")
        return value


def for_tests(group: str) -> str:
    """The group whose dialogues are tests with this carrier group."""
    return group + TESTS


def is_for_tests(group: str) -> bool:
    return group.endswith(TESTS)


def served_by(group: str) -> str:
    """The carrier group whose binds carry what is said to this one."""
    return group.removesuffix(TESTS)
