"""The limits that hold when nobody says otherwise, and that no change of a policy goes unseen."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import fields, replace

from text911.gateway.core.encoding import policy_hash
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.values import Segment

from .stage import POLICY, A, automatic

# Seconds, as the facts of text-to-911 and DESIGN 9.5 and 9.6 have them.
STATED = {
    "location": 3.0,
    "shown": 6.0,
    "reach": 10.0,
    "ring": 20.0,
    "abandon": 120.0,
    "quiet_warning": 900.0,
    "quiet_close": 1800.0,
    "grace": 60.0,
    "forget": 600.0,
    "parts": 8.0,
    "retry": 5.0,
    "retries": 24,
    "automatic_spacing": 10.0,
}


def test_every_limit_is_the_stated_one_when_nobody_says_otherwise() -> None:
    assert msgspec.structs.asdict(Limits()) == STATED


def test_the_limits_fit_together() -> None:
    limits = Limits()
    assert limits.location + limits.shown < limits.reach, "one PSAP at least can be tried"
    assert limits.reach < limits.ring < limits.abandon
    assert limits.quiet_warning < limits.quiet_close
    assert limits.grace < limits.forget, "what is forgotten cannot be taken up again"
    assert limits.retry * limits.retries >= 120.0, "a busy carrier has two minutes"


def test_only_what_callers_must_be_told_has_to_be_given() -> None:
    required = {field.name for field in fields(Policy) if field.required}
    assert required == {"limits", "bounce", "lost", "undelivered"}
    plain = Policy(Limits(), automatic("M1"), automatic("M2"), automatic("M7"))
    assert (plain.quiet, plain.media, plain.ended, plain.titles) == (None, None, (), ())


@pytest.mark.parametrize("name", sorted(STATED))
def test_a_change_of_any_limit_is_another_policy(name: str) -> None:
    changed = replace(POLICY, limits=replace(POLICY.limits, **{name: STATED[name] + 1}))
    assert policy_hash(changed) != policy_hash(POLICY)


@pytest.mark.parametrize(
    "changed",
    [
        replace(POLICY, bounce=automatic("x")),
        replace(POLICY, lost=automatic("x")),
        replace(POLICY, undelivered=automatic("x")),
        replace(POLICY, quiet=None),
        replace(POLICY, media=None),
        replace(POLICY, ended=()),
        replace(POLICY, titles=((A, "Ansonia Police"),)),
        replace(POLICY, bounce=Automatic(POLICY.bounce.text, (Segment(8, b"x"),))),
    ],
)
def test_a_change_of_any_words_or_of_their_octets_is_another_policy(changed: Policy) -> None:
    assert policy_hash(changed) != policy_hash(POLICY)


def test_equal_policies_have_one_hash_however_they_came_to_be() -> None:
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(POLICY), type=Policy)
    assert again == POLICY
    assert policy_hash(again) == policy_hash(POLICY)
    assert len(policy_hash(POLICY)) == 64
