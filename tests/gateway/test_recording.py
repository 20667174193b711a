"""The file of one dialogue: what it holds, what of it is checked, how alterations are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.facts import CarrierTook, PsapEnded
from text911.gateway.journal.chain import GENESIS, hash_of
from text911.gateway.journal.contract import Stored
from text911.gateway.recording import (
    BadRecording,
    Recording,
    parse,
    recording_of,
    run,
    sealed,
)

from .core.stage import A, reply, sent_part, wrote
from .recorded import OWN, Recorded, chained, recorded

Plain = dict[str, Any]


def story() -> Recording:
    play = Recorded()
    play.take(wrote("help"), sent_part(1, 2), sent_part(2, 2))
    play.hear(reply("k1", parts=2), CarrierTook(0, 0, "c1"), PsapEnded(A, 0, "end", "Kim"))
    return recorded(play)


def octets(recording: Recording) -> bytes:
    return json.dumps(msgspec.to_builtins(recording), indent=1).encode()


def altered(change: Callable[[Plain], None], *, seal: bool = False) -> bytes:
    plain = json.loads(octets(story()))
    change(plain)
    if seal:
        whole = msgspec.json.decode(json.dumps(plain), type=Recording)
        plain = msgspec.to_builtins(sealed(whole))
    return json.dumps(plain).encode()


def test_what_is_written_reads_back_and_runs() -> None:
    recording = story()
    assert parse(octets(recording)) == recording
    verdict = run(recording)
    assert (verdict.good, verdict.first, verdict.transcript, verdict.remark) == (True, None, "", "")


def test_a_recording_is_ascii_and_its_facts_can_be_read() -> None:
    play = Recorded()
    play.take(wrote("\x1b[2J \u202e help"))
    text = octets(recorded(play))
    assert text.isascii()
    assert b"\x1b" not in text
    plain = json.loads(text)
    assert plain["records"][1]["fact"]["text"] == "\x1b[2J \u202e help"
    assert [kept["fact"]["type"] for kept in plain["policies"]] == ["PolicyInForce"]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.integers(0, 3))
def test_whatever_was_said_comes_back_out_of_the_file(texts: list[str], parts: int) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    play = Recorded()
    play.take(*(wrote(text, f"m{n}") for n, text in enumerate(texts)))
    play.hear(reply("k1", parts=parts))
    read = parse(octets(recorded(play)))
    assert run(read).good
    assert [item.text for item in read.transcript if item.kind == "caller"] == texts


def test_only_the_policy_it_lived_under_is_in_it() -> None:
    play = Recorded()
    play.take()
    other = msgspec.structs.replace(
        OWN, payload=OWN.payload.replace(b"automatic M1", b"elsewhere M1")
    )
    other = msgspec.structs.replace(
        other, payload=other.payload.replace(play.opening.policy.encode(), b"0" * 64)
    )
    entries = chained([OWN, other, *play.records()])
    recording = recording_of(play.id, entries[2:], entries[:2], "text911 test")
    assert len(recording.policies) == 1
    assert run(recording).good


def test_a_record_that_cannot_be_run_is_not_exported() -> None:
    play = Recorded()
    play.take()
    entries = chained(play.records())
    with pytest.raises(BadRecording, match=r"entry 0 \(Opened\): the policy"):
        recording_of(play.id, entries, [], "text911 test")


# --- damaged and altered -----------------------------------------------------------------------


def set_fact(plain: Plain) -> None:
    plain["records"][1]["fact"]["text"] = "no help needed"


def set_payload(plain: Plain) -> None:
    plain["records"][1]["payload"] = plain["records"][2]["payload"]


def set_time(plain: Plain) -> None:
    plain["records"][2]["at"] += 1.0


def set_digest(plain: Plain) -> None:
    plain["records"][2]["digest"] = "00" * 16


def set_hex(plain: Plain) -> None:
    plain["records"][2]["hash"] = "not hex"


def set_unknown_fact(plain: Plain) -> None:
    plain["records"][2]["fact"] = {"type": "CallerSang"}


def set_no_fact(plain: Plain) -> None:
    plain["records"][2]["payload"] = "wQ=="


def drop_record(plain: Plain) -> None:
    kept = plain["records"][3]
    plain["records"][3] = plain["records"][2]
    plain["records"][2] = kept


def set_policy(plain: Plain) -> None:
    plain["policies"][0]["fact"]["policy"]["limits"]["ring"] = 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_fact, "entry 1 .*: the readable fact is not what the payload holds"),
        (set_payload, "entry 1 .*: it is not what its hash says"),
        (set_time, "entry 2 .*: it is not what its hash says"),
        (set_digest, "entry 2 .*: it is not what its hash says"),
        (set_hex, "entry 2 .*: it is no record of ours"),
        (set_unknown_fact, "entry 2 .*: the readable fact is none"),
        (set_no_fact, "entry 2 .*: it is no record of ours"),
        (drop_record, "it does not come after the record before it"),
        (set_policy, "policy record 0 .*: the readable fact is not what the payload holds"),
    ],
)
def test_an_altered_record_is_named_with_its_place(
    change: Callable[[Plain], None], said: str
) -> None:
    for seal in (False, True):
        with pytest.raises(BadRecording, match=said):
            parse(altered(change, seal=seal))


def test_neighbours_must_follow_one_another() -> None:
    """A record with hashes of its own, put in the place of another."""
    play = Recorded()
    play.take()
    entries = chained([OWN, *play.records()])
    previous, one = entries[3]
    own = hash_of(GENESIS, 1, one.sequence, one.record)
    assert previous != GENESIS
    entries[3] = (GENESIS, Stored(1, one.sequence, one.record, own))
    recording = recording_of(play.id, entries[1:], entries[:1], "text911 test")
    with pytest.raises(BadRecording, match=r"entry 2 .*: it does not follow the record before it"):
        parse(octets(recording))


def test_a_word_changed_outside_the_records_is_seen() -> None:
    def note(plain: Plain) -> None:
        plain["transcript"][0]["text"] = "other words"

    with pytest.raises(BadRecording, match="outside the records"):
        parse(altered(note))


def test_a_transcript_changed_and_sealed_is_found_by_running_it() -> None:
    def line(plain: Plain) -> None:
        plain["transcript"][0]["text"] = "other words"

    verdict = run(parse(altered(line, seal=True)))
    assert not verdict.good
    assert verdict.transcript.startswith("entry 1, line 8 of the transcript: recorded {")
    assert "other words" in verdict.transcript


def test_a_line_too_many_is_found_too() -> None:
    def more(plain: Plain) -> None:
        plain["transcript"].append({**plain["transcript"][-1], "sequence": 9999})

    verdict = run(parse(altered(more, seal=True)))
    assert "line 9999 of the transcript" in verdict.transcript
    assert verdict.transcript.endswith("replayed nothing")


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b"{}", b"\xff", b'{"format":"\xff"}', b'{"format": "text911 recording"}']
)
def test_what_is_no_recording_is_refused(octets: bytes) -> None:
    with pytest.raises(BadRecording, match="not a recording, or damaged"):
        parse(octets)


def test_a_field_of_the_wrong_kind_is_named() -> None:
    def wrong(plain: Plain) -> None:
        plain["records"][2]["number"] = "two"

    with pytest.raises(BadRecording, match=r"\$\.records\[2\]\.number"):
        parse(altered(wrong))


def test_another_format_is_refused_with_what_can_be_read() -> None:
    def newer(plain: Plain) -> None:
        plain["format_version"] = 2

    with pytest.raises(BadRecording, match=r"version 2: this program reads .* version 1"):
        parse(altered(newer))


@given(st.data())
def test_no_octet_of_a_file_can_change_unseen(data: st.DataObject) -> None:
    whole = octets(STORY)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0x20, 0x7E).filter(lambda octet: octet != whole[at]))
    changed = whole[:at] + bytes((other,)) + whole[at + 1 :]
    try:
        read = parse(changed)
    except BadRecording:
        return
    assert read == STORY  # the meaning is the same: white space, a letter's case in hex


STORY = story()
