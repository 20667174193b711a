"""URIs and name-addr: who calls, and where to answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import Malformed
from text911.sip.uri import (
    NameAddr,
    OtherUri,
    SipUri,
    TelUri,
    read_name_addr,
    read_uri,
    telephone_number,
    unescaped,
)


def test_a_user_may_hold_semicolons_escapes_and_a_password() -> None:
    text = "sip:user;par=u%40example.net:p%77@Example.COM:5070;transport=tcp;lr?Route=%3Cx%3E"
    uri = read_uri(text)
    assert uri == SipUri(
        "sip",
        "user;par=u%40example.net:p%77",
        "example.com",
        5070,
        (("transport", "tcp"), ("lr", None)),
        "Route=%3Cx%3E",
    )
    assert str(uri) == text.replace("Example.COM", "example.com")


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("SIPS:[2001:DB8::9]:5061", SipUri("sips", "", "[2001:db8::9]", 5061)),
        ("sip:h", SipUri("sip", "", "h")),
        ("tel:+1-860-555-0142;ext=9", TelUri("+1-860-555-0142", (("ext", "9"),))),
        ("urn:service:sos.police", OtherUri("urn", "service:sos.police")),
        ("nobodyKnowsThis:totally()opaque", OtherUri("nobodyknowsthis", "totally()opaque")),
    ],
)
def test_each_scheme_has_its_value(text: str, uri: object) -> None:
    assert read_uri(text) == uri
    assert read_uri(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "", "sip", "sip:", ":x", "sip:a b@h", "sip:a@", "sip:@h", "sip:a@b@h", "sip:a@h:0",
        "sip:a@h:65536", "sip:a@h:x", "<sip:a@h>", "sip:a@h;=x", "sip:a\x00@h", "1sip:a@h",
    ],
)  # fmt: skip
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_uri(text)


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"A. \\"<B>\\" C" < sip:a@h > ; tag=9', 'A. "<B>" C', "sip:a@h", "9"),
        ("sip:a@h;tag=9", "", "sip:a@h", "9"),
        ("<sip:a@h;lr>", "", "sip:a@h;lr", None),
        ("Bell, Alexander <sip:a@h>;TAG=x", "Bell, Alexander", "sip:a@h", "x"),
        ("caller<tel:+18605550142>", "caller", "tel:+18605550142", None),
        ('"" <sip:a@h>', "", "sip:a@h", None),
    ],
)
def test_a_name_addr_is_read_as_sloppily_as_peers_write_it(
    text: str, display: str, uri: str, tag: str | None
) -> None:
    found = read_name_addr(text)
    assert (found.display, str(found.uri), found.tag) == (display, uri, tag)
    assert read_name_addr(str(found)) == found


@pytest.mark.parametrize(
    "text",
    ['"Mr. J. User <sip:a@h>', "<sip:a@h", "<sip:a@h>x", "<>", "a <sip:a@h> <sip:b@h>", '"x"'],
)
def test_what_is_no_name_addr_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_name_addr(text)


def test_a_name_in_another_alphabet_reaches_people_and_one_that_is_no_text_does_no_harm() -> None:
    assert read_name_addr('"I have spaces \u2764" <sip:a@h>').display == "I have spaces \u2764"
    assert read_name_addr("\udcff <sip:a@h>").display == "\ufffd"


@pytest.mark.parametrize(
    ("uri", "dialled"),
    [
        ("tel:+1-(860)-555.0142", "+18605550142"),
        ("sip:+18605550142;phone-context=x@h", "+18605550142"),
        ("sip:860%35550142:secret@h;user=phone", "8605550142"),
        ("sip:anonymous@anonymous.invalid", None),
        ("sip:h", None),
        ("urn:service:sos", None),
    ],
)
def test_the_number_of_a_uri(uri: str, dialled: str | None) -> None:
    assert telephone_number(read_uri(uri)) == dialled


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escapes_stand_for_octets(text: str) -> None:
    assert unescaped("".join(f"%{octet:02x}" for octet in text.encode())) == text
    assert unescaped("100%") == "100%"


@given(st.text(max_size=40))
def test_any_text_is_an_address_that_is_read_back_or_is_malformed(text: str) -> None:
    try:
        found = read_name_addr(text)
    except Malformed:
        return
    assert isinstance(found, NameAddr)
    assert read_name_addr(str(found)) == found
