"""The operator pages stay on loopback unless somebody says in so many words that they may not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from text911.gateway.operations.settings import OperationsSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_accepted(host: str) -> None:
    assert OperationsSettings(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_any_other_address_needs_a_word(host: str) -> None:
    with pytest.raises(ValidationError, match="set exposed = true"):
        OperationsSettings(host=host)
    assert OperationsSettings(host=host, exposed=True).host == host


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValidationError, match=r"write 127\.0\.0\.1 or ::1"):
        OperationsSettings(host="localhost")


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="prot"):
        OperationsSettings.model_validate({"prot": 1})
