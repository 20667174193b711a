"""Why a call of ours was not taken by who asked for proof of who we are, in words for people, with
what is to be written where. Pure."""

from __future__ import annotations

from typing import assert_never

from .effects import Unproven


def words(unproven: Unproven, table: str) -> str:
    """`table`: where username and password of this exchange stand, "[sip] of lines/trunk.toml"."""
    match unproven:
        case Unproven.NO_LOGIN:
            return f"it asks for a name and a password; give username and password in {table}"
        case Unproven.NOT_TAKEN:
            return f"it does not take the username and password in {table}; put them right"
        case Unproven.NOT_SPOKEN:
            return (
                "it asks in no way that is spoken here: digest with MD5 or SHA-256,"
                " and qop auth or none"
            )
        case _:
            assert_never(unproven)
