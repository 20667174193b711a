"""The codec figure: it compares like with like, and its verdict is its exit code."""

from __future__ import annotations

import json

import pytest

from load_tests import codec
from text911.smpp.codec import decode


def test_both_write_the_same_response_and_read_the_same_message() -> None:
    assert codec.ours() == codec.smpplibs()
    assert decode(codec.OCTETS) == (codec.MESSAGE, ())


def test_the_figure_is_a_ratio_of_the_same_run() -> None:
    found = codec.measure(rounds=1, per_round=20)
    assert found["ratio"] == pytest.approx(found["smpplib_us"] / found["ours_us"])


@pytest.mark.parametrize(("ratio", "verdict"), [(6.0, 0), (5.9, 1)])
def test_below_its_budget_it_fails(
    ratio: float, verdict: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"ours_us": 1.0, "smpplib_us": ratio, "ratio": ratio, "budget": codec.BUDGET}

    def measured(rounds: int) -> dict[str, float]:
        return figures if rounds == 3 else {}

    monkeypatch.setattr(codec, "measure", measured)
    monkeypatch.setattr("sys.argv", ["codec.py", "--rounds", "3", "--json"])
    assert codec.main() == verdict
    assert json.loads(capsys.readouterr().out) == figures
    monkeypatch.setattr("sys.argv", ["codec.py", "--rounds", "3"])
    assert codec.main() == verdict
    assert f"ratio {ratio:.1f}" in capsys.readouterr().out
