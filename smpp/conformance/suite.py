"""All cases, in the order in which they are played."""

from __future__ import annotations

import re

from .cases import binds, fields, framing, headers, parameters, states, texts
from .values import Access, Case

_MODULES = (binds, states, headers, fields, parameters, framing, texts)


def suite(access: Access, *, slow: bool = False) -> tuple[Case, ...]:
    """Every case that `access` allows. What may lock us out comes last, what takes long before it.

    `access.may_bind` names at least one kind of bind.
    """
    if not access.may_bind:
        raise ValueError("an account that may not bind at all cannot be tried")
    cases = [case for module in _MODULES for case in module.cases(access)]
    chosen = [case for case in cases if slow or not case.is_slow]
    return tuple(sorted(chosen, key=lambda case: (case.may_lock_out, case.is_slow)))


def chosen(cases: tuple[Case, ...], only: tuple[str, ...]) -> tuple[Case, ...]:
    """Those whose id is named, begins with what is named and a dot, or fits a pattern with *."""
    if not only:
        return cases
    return tuple(case for case in cases if any(_fits(case.id, one) for one in only))


def _fits(name: str, wanted: str) -> bool:
    pattern = ".*".join(map(re.escape, wanted.split("*")))
    return name.startswith(wanted + ".") or re.fullmatch(pattern, name) is not None
