"""The cases as a whole: enough of them, each to be told from the others, and none of them rude."""

from __future__ import annotations

from collections import Counter

import pytest

from text911.smpp.codec import DECODE, ProtocolError
from text911.smpp.conformance.octets import text, with_
from text911.smpp.conformance.rules import Origin
from text911.smpp.conformance.suite import chosen, suite
from text911.smpp.conformance.values import BOUND, Access, Case, Send, Setup
from text911.smpp.pdu import DataSm, SubmitSm

NOBODY = "+099999999999999"
PLAIN = Access("conform", "secret1", nobody=NOBODY, may_bind=BOUND)
WITH_TO = Access("conform", "secret1", nobody=NOBODY, to="911", may_bind=BOUND)


def pdus(case: Case) -> list[bytes]:
    """The whole PDUs in what a case sends."""
    octets, found = case.octets, list[bytes]()
    while len(octets) >= 16:
        length = int.from_bytes(octets[:4])
        if not 16 <= length <= len(octets):
            break
        found.append(octets[:length])
        octets = octets[length:]
    return found


def test_there_are_many_cases_and_each_has_a_name_of_its_own() -> None:
    names = Counter(case.id for case in suite(WITH_TO, slow=True))
    assert len(names) >= 350
    assert names.most_common(1)[0][1] == 1
    assert all(case.id.startswith(case.group + ".") for case in suite(WITH_TO))


def test_every_demand_of_the_suite_has_its_cases() -> None:
    names = {case.id for case in suite(WITH_TO, slow=True)}
    assert {
        "cut.submit_sm.sm_length",
        "cut.data_sm.data_coding",
        "cut.bind_transceiver.addr_npi",
        "cut.query_sm.source_addr",
        "long.submit_sm.validity_period",
        "unending.bind_transceiver.password",
        "receiver.submit_sm",
        "transceiver.bind_receiver",
        "unbinding.text-afterwards",
        "tlv.submit_sm.over-the-end",
        "tlv.data_sm.stray-nul",
        "tlv.submit_sm.two-nuls",
        "length.0x0",
        "length.0xf",
        "length.header-only",
        "length.0xffffffff",
        "lie.sm_length.255",
        "lie.number_of_dests.255-and-one-addresses",
        "cut-by-tcp.submit_sm",
        "glue.bind+submit_sm",
        "number.submit_sm.0x80000001",
        "number.twice-in-flight",
        "stray.deliver_sm_resp",
        "foreign.http",
        "foreign.tls",
        "unbound.1025-octets",
        "slow.dripper",
        "unknown.0x77",
        "text.udh.over-the-end",
        "accepted.payload-and-text",
        "password.wrong",
    } <= names


@pytest.mark.parametrize("access", [PLAIN, WITH_TO], ids=["without --to", "with --to"])
def test_nobody_is_reached_but_the_destination_that_was_named(access: Access) -> None:
    messages = 0
    for case in suite(access, slow=True):
        for octets in pdus(case):
            decode = DECODE.get(int.from_bytes(octets[4:8]))
            try:
                pdu = None if decode is None else decode(octets)[0]
            except ProtocolError:
                continue  # nobody can deliver that
            if isinstance(pdu, SubmitSm | DataSm):
                messages += 1
                allowed = (NOBODY.removeprefix("+"), access.to)
                assert pdu.destination_addr in allowed, case.id
                assert not case.needs_to or pdu.destination_addr == access.to
    assert messages > 100
    assert any(case.needs_to for case in suite(access)) is (access.to is not None)


def test_what_may_lock_us_out_comes_last_and_what_takes_long_before_it() -> None:
    order = [(case.may_lock_out, case.is_slow) for case in suite(WITH_TO, slow=True)]
    assert order == sorted(order)
    assert not any(case.is_slow for case in suite(WITH_TO))
    assert any(case.is_slow for case in suite(WITH_TO, slow=True))


@pytest.mark.parametrize("kinds", [(kind,) for kind in BOUND])
def test_an_account_is_only_asked_for_the_binds_that_it_allows(kinds: tuple[Setup, ...]) -> None:
    access = Access("conform", "secret1", may_bind=kinds, to="911")
    setups = {case.setup for case in suite(access, slow=True)}
    assert setups == {Setup.OPEN, *kinds}
    sends = any(case.group == "accepted" for case in suite(access))
    assert sends is (Setup.RX not in kinds)


def test_an_account_without_any_bind_cannot_be_tried() -> None:
    with pytest.raises(ValueError, match="may not bind at all"):
        suite(Access("conform", "secret1"))


def test_what_we_promise_ourselves_is_kept_apart_from_the_specification() -> None:
    for case in suite(WITH_TO, slow=True):
        rules = [case.rule, case.end_rule]
        if case.twin is not None:
            rules.append(case.twin.rule)
        for rule in rules:
            is_ours = rule.source.startswith(("DESIGN", "docs/"))
            assert is_ours is (rule.origin is Origin.HOUSE), rule
            if rule.origin is Origin.SPECIFICATION:
                assert rule.source.startswith("SMPP v"), rule


def test_cases_are_chosen_by_name_by_group_and_by_pattern() -> None:
    cases = suite(PLAIN)
    assert chosen(cases, ()) == cases
    assert [case.id for case in chosen(cases, ("length.0x0",))] == ["length.0x0"]
    assert {case.group for case in chosen(cases, ("glue", "stray"))} == {"glue", "stray"}
    assert {case.group for case in chosen(cases, ("*.submit_sm",))} >= {"glue", "receiver"}
    assert chosen(cases, ("lengt",)) == ()
    assert chosen(cases, ("length.0x",)) == ()


def test_a_segment_a_piece() -> None:
    assert Send(b"abcde", each=2).pieces() == (b"ab", b"cd", b"e")
    assert Send(b"abcde").pieces() == (b"abcde",)
    assert Send(b"").pieces() == ()


def test_a_case_cannot_change_a_field_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="no field sm_lenght; there are service_type, "):
        with_(text("1", "2"), sm_lenght=b"\0")


def test_no_password_is_shown_by_what_holds_it() -> None:
    assert "secret1" not in repr(PLAIN)
