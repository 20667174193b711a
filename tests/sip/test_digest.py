"""Digest authentication, of both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.digest import (
    Challenge,
    proves,
    read_challenge,
    read_credentials,
    respond,
)
from text911.sip.grammar import Malformed

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_specification(algorithm: str, response: str) -> None:
    challenge = Challenge("http-auth@example.org", NONCE, algorithm)
    found = respond(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", CNONCE, 1)
    assert found.response == response
    assert proves(found, "Circle of Life", "GET")


def test_the_example_of_the_specification_before_there_was_a_count() -> None:
    """RFC 2069, 2.4, as its erratum has it."""
    asked = read_challenge(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    found = respond(asked, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", CNONCE, 7)
    assert found.response == "1949323746fe6a43ef61f9606e7febea"
    said = str(found)
    assert not any(word in said for word in ("qop", "nc=", "cnonce"))
    with pytest.raises(Malformed):  # and what we ask is never answered so
        read_credentials(said)


TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(TEXT, TEXT, TEXT, st.sampled_from(["MD5", "SHA-256"]), st.none() | TEXT, st.booleans())
def test_what_is_written_is_read_back_and_proves_the_password_alone(
    user: str, realm: str, nonce: str, algorithm: str, opaque: str | None, stale: bool
) -> None:
    challenge = Challenge(realm, nonce, algorithm, opaque, stale)
    assert read_challenge(str(challenge)) == challenge
    given_ = respond(challenge, user, "secret", "INVITE", "sip:h", "c", 10)
    found = read_credentials(str(given_))
    assert found == given_
    assert found.count == "0000000a"
    assert proves(found, "secret", "INVITE")
    assert not proves(found, "other", "INVITE")
    assert not proves(found, "secret", "BYE")
    assert not proves(replace(found, response="\u00e9\udcff"), "secret", "INVITE")


def test_a_challenge_without_an_algorithm_means_md5() -> None:
    found = read_challenge('digest realm="r", nonce="n", qop="auth-int, AUTH", stale=TRUE')
    assert found == Challenge("r", "n", "MD5", None, stale=True)


def test_a_challenge_of_old_is_read_as_it_is_written() -> None:
    asked = Challenge("r", "n", "MD5", "o", counts=False)
    assert read_challenge(str(asked)) == asked


@pytest.mark.parametrize(
    "text",
    [
        'Basic realm="r"',
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest nonce="n", qop="auth"',
        'Digest realm="r", realm="s", nonce="n", qop="auth"',
        'Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess',
        'Digest realm="r',
    ],
)
def test_a_challenge_that_we_cannot_answer_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_challenge(text)


@pytest.mark.parametrize("wrong", ["qop=auth-int, nc=00000001", "qop=auth, nc=1"])
def test_credentials_have_a_count(wrong: str) -> None:
    with pytest.raises(Malformed, match="count"):
        read_credentials(f'Digest username="u", realm="r", nonce="n", uri="sip:h", {wrong}')
