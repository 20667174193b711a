"""data_coding, all 256 values of it."""

from __future__ import annotations

import pytest

from text911.smpp.codings import ALPHABETS, Alphabet, coding_of

TABLE: list[tuple[int, Alphabet | None, str]] = [
    (0x00, None, ""),
    (0x01, "ascii", ""),
    (0x02, "octets", ""),
    (0x03, "latin1", ""),
    (0x04, "octets", ""),
    (0x05, "jis", ""),
    (0x06, "cyrillic", ""),
    (0x07, "hebrew", ""),
    (0x08, "ucs2", ""),
    (0x09, "pictograms", ""),
    (0x0A, "iso2022jp", ""),
    (0x0B, None, "0B is reserved"),
    (0x0C, None, "0C is reserved"),
    (0x0D, "eucjp", ""),
    (0x0E, "ksc5601", ""),
    (0x0F, None, "0F is reserved"),
    (0x10, "gsm7", "flash"),
    (0x11, "gsm7", ""),
    (0x14, "octets", "flash"),
    (0x18, "ucs2", "flash"),
    (0x1C, None, "1C is reserved"),
    (0x20, "compressed", "compressed"),
    (0x30, "compressed", "flash"),
    (0x40, "gsm7", "automatic deletion"),
    (0x48, "ucs2", "automatic deletion"),
    (0x50, "gsm7", "flash"),
    (0x60, "compressed", "automatic deletion"),
    (0x80, None, "80 is reserved"),
    (0xBF, None, "BF is reserved"),
    (0xC0, "gsm7", "voicemail, over"),
    (0xC8, "gsm7", "voicemail, active"),
    (0xD9, "gsm7", "fax, active"),
    (0xE2, "ucs2", "e-mail, over"),
    (0xEB, "ucs2", "another message, active"),
    (0xF0, "gsm7", "flash"),
    (0xF1, "gsm7", ""),
    (0xF4, "octets", "flash"),
    (0xF5, "octets", ""),
]


@pytest.mark.parametrize(("data_coding", "alphabet", "remark"), TABLE)
def test_a_data_coding_names_an_alphabet_and_what_there_is_to_say(
    data_coding: int, alphabet: Alphabet | None, remark: str
) -> None:
    coding = coding_of(data_coding)
    assert coding.alphabet == alphabet
    assert remark in "; ".join(coding.remarks)
    assert bool(coding.remarks) is bool(remark)


def test_all_256_mean_something_and_only_the_reserved_ones_are_the_accounts_like_0() -> None:
    for data_coding in range(256):
        coding = coding_of(data_coding)
        assert coding.alphabet is None or coding.alphabet in ALPHABETS
        assert (coding.alphabet is None) is (coding.reserved or data_coding == 0)
