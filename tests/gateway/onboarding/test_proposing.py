"""From figures to settings, with the evidence, and never without enough of it."""

from __future__ import annotations

from typing import Any

import pytest

from text911.gateway.onboarding.dialect import Figures
from text911.gateway.onboarding.proposing import Proposal, lines, proposals
from text911.smpp.settings import AccountSettings


def account(**more: Any) -> AccountSettings:
    return AccountSettings.model_validate(
        {"system_id": "one", "passwords": ["plain:x"], "allowed_networks": ["127.0.0.0/8"], **more}
    )


def found(
    more: dict[str, Any] | None = None, deepest: int = 0, **counts: Any
) -> tuple[Proposal, ...]:
    return proposals(Figures(0.0, 10, 0, deepest, counts), account(**(more or {})))


def test_nothing_seen_is_nothing_to_propose() -> None:
    assert found() == ()
    assert lines(Figures(0.0), ())[-1] == "Nothing speaks for other settings."


def test_the_proposal_says_its_evidence_in_words() -> None:
    (one,) = found(coding_0={"any": 403, "ascii": 9})
    assert one.setting == 'default_alphabet = "latin1"'
    assert one.because.startswith("data_coding 0: 412 texts, 9 with octets 40")
    assert "'¡'" in one.because


@pytest.mark.parametrize(
    ("counts", "now", "setting"),
    [
        ({"gsm7": 5}, "latin1", "gsm7"),
        ({"gsm7": 5}, "gsm7", ""),
        ({"latin1": 5}, "gsm7", "latin1"),
        ({"latin1": 5}, "ascii", "latin1"),
        ({"ascii": 5}, "ascii", ""),
        ({"packed": 5}, "gsm7", "packed"),
        ({"ucs2": 5}, "gsm7", "ucs2"),
        ({"ascii": 2}, "gsm7", ""),
        ({"ascii": 99, "gsm7": 1}, "gsm7", "latin1"),
    ],
)
def test_the_default_alphabet_is_what_the_texts_speak_for(
    counts: dict[str, int], now: str, setting: str
) -> None:
    settings = [one.setting for one in found({"default_alphabet": now}, coding_0=counts)]
    assert settings == ([f'default_alphabet = "{setting}"'] if setting else [])


def test_two_alphabets_are_a_question_to_the_carrier() -> None:
    (one,) = found(coding_0={"ascii": 5, "gsm7": 5})
    assert one.setting == ""
    assert "ask the carrier" in one.because


def test_utf8_is_nothing_that_smpp_has() -> None:
    (one,) = found(coding_0={"utf8": 5})
    assert one.setting == ""
    assert "data_coding 8" in one.because


def test_odd_and_turned_ucs2_is_told() -> None:
    odd, little = found(ucs2={"odd": 2, "little-endian": 1, "good": 7})
    assert odd.because.startswith("UCS-2: 2 of 10 texts")
    assert "little-endian" in little.because


def test_two_forms_of_numbers_are_told() -> None:
    (one,) = found(source={"1/1 11 digits": 5, "0/1 10 digits": 2, "5/0 letters": 1})
    assert "0/1 10 digits: 2, 1/1 11 digits: 5" in one.because
    assert found(source={"1/1 11 digits": 5}) == ()


def test_faults_are_told_with_what_they_are() -> None:
    padded, nul, refused = found(
        faults={"padded_address": 2, "missing_nul": 3, "strange": 1}, refused={"RINVCMDLEN": 4}
    )
    assert "2 addresses are padded" in padded.because
    assert "3 PDUs without a NUL" in nul.because
    assert "ESME_RINVCMDLEN" in refused.because


@pytest.mark.parametrize(
    ("counts", "setting"),
    [
        ({"60": 5, "61": 1}, "enquire_link = 70.0"),
        ({"20": 5}, ""),
        ({"60": 2}, ""),
        ({"60": 2, "other": 9}, ""),
    ],
)
def test_a_slower_rhythm_is_proposed(counts: dict[str, int], setting: str) -> None:
    assert [one.setting for one in found(enquire_link=counts)] == ([setting] if setting else [])


@pytest.mark.parametrize(
    ("counts", "now", "setting"),
    [
        ({"decimal": 3}, "any", 'receipt_ids = "decimal"'),
        ({"hexadecimal": 20, "same": 2}, "same", 'receipt_ids = "hexadecimal"'),
        ({"hexadecimal": 20, "same": 3}, "any", ""),
        ({"hexadecimal": 2}, "any", ""),
        ({"decimal": 3}, "decimal", ""),
        ({"otherwise": 9, "unknown": 9}, "any", ""),
    ],
)
def test_how_receipts_spell_our_replies_is_proposed(
    counts: dict[str, int], now: str, setting: str
) -> None:
    proposed = found({"receipt_ids": now}, receipt_id=counts)
    assert [one.setting for one in proposed] == [setting] * bool(setting)


def test_a_window_that_is_nearly_full_is_made_larger() -> None:
    (one,) = found({"in_flight_max": 20}, deepest=15)
    assert one.setting == "in_flight_max = 40"
    assert found({"in_flight_max": 20}, deepest=10) == ()


def test_every_setting_that_is_proposed_is_one_the_account_takes() -> None:
    for one in (
        *found(coding_0={"ascii": 9}),
        *found(enquire_link={"60": 9}),
        *found({"in_flight_max": 20}, deepest=15),
    ):
        key, _, value = one.setting.partition(" = ")
        account(**{key: value.strip('"')})


def test_the_figures_are_told_the_most_frequent_first() -> None:
    tlvs = {f"{0x1400 + n:04X}": n for n in range(1, 12)} | {"0204": 50, "other": 1}
    figures = Figures(1_795_307_460.0, 99, 5, 7, {"tlv": tlvs, "version": {"0x34": 99}})
    told = lines(figures, (Proposal("x = 1", "because of it"), Proposal("", "just so")))
    assert told[0] == (
        "99 PDUs of the carrier were looked at, 5 more were passed over since 2026-11-22 00:31 UTC."
    )
    (row,) = [line for line in told if "optional parameters" in line]
    assert "0204 user_message_reference: 50, 140B vendor-specific: 11" in row
    assert row.endswith("and 5 others")
    assert any("unanswered at once" in line and line.endswith(" 7") for line in told)
    assert told[-2:] == ["because of it: propose x = 1", "just so."]
    short = Figures(0.0, 1, 0, 0, {"tlv": {"other": 1}})
    assert "other: 1" in lines(short, ())[1]
