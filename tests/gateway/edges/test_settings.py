"""What may be set about floods."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from text911.gateway.edges.fairness import FloodLimits
from text911.gateway.edges.settings import FloodSettings


def test_what_is_not_set_is_as_the_queue_has_it_by_itself() -> None:
    assert FloodSettings().limits() == FloodLimits()


def test_what_is_set_is_what_the_queue_gets() -> None:
    settings = FloodSettings(noisy_texts=50, noisy_within=5, one_share=0.2, all_share=0.4)
    assert settings.limits() == FloodLimits(50, 5.0, 0.2, 0.4)


@pytest.mark.parametrize(
    "wrong",
    [{"noisy_texts": 1}, {"noisy_within": 0}, {"one_share": 0}, {"all_share": 1.0}, {"shares": 1}],
)
def test_what_would_lock_everybody_out_or_let_everything_in_is_refused(
    wrong: dict[str, float],
) -> None:
    with pytest.raises(ValidationError):
        FloodSettings.model_validate(wrong)
