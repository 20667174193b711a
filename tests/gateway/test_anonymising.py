"""No person is left in an anonymised recording, and the rules still make the same of it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.anonymising import Mask, anonymised
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import (
    CallerSentPart,
    CallerWrote,
    LocationFound,
    Opened,
    PartsJoined,
    PsapBlocked,
    PsapEnded,
    PsapRefused,
    PsapWrote,
    RepeatSuspected,
)
from text911.gateway.core.values import Block, DialogueId, Location, Mark, MessageId
from text911.gateway.recording import ANONYMISED, BadRecording, Recording, parse, run
from text911.gateway.wording import Group, cut
from text911.smpp.alphabets import decode
from text911.smpp.parts import compose, join

from .core.stage import A, C, Play, sent_part, wrote
from .recorded import Recorded, recorded

KEY = sha256(b"a key of the tests").digest()
OTHER = sha256(b"another").digest()
FILES = sorted((Path(__file__).parents[1] / "recordings").glob("*.json"))


def facts(recording: Recording) -> list[object]:
    return [decode_fact(one.payload)[0] for one in recording.records]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_anonymised_recording_runs_and_says_that_it_is_no_evidence(file: Path) -> None:
    original = parse(file.read_bytes())
    masked = anonymised(original, KEY)
    read = parse(json.dumps(msgspec.to_builtins(masked)).encode())
    assert run(read).good
    assert (read.anonymised, read.note) == (True, ANONYMISED)
    assert all(not one.hash for one in (*read.records, *read.policies))
    assert [type(one) for one in facts(read)] == [type(one) for one in facts(original)]
    assert [len(item.text) for item in read.transcript if item.kind in ("caller", "psap")] == [
        len(item.text) for item in original.transcript if item.kind in ("caller", "psap")
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_of_the_people_is_left(file: Path) -> None:
    original = parse(file.read_bytes())
    opened = facts(original)[0]
    assert isinstance(opened, Opened)
    text = json.dumps(msgspec.to_builtins(anonymised(original, KEY)))
    masked = anonymised(original, KEY)
    octets = b"".join(one.payload for one in masked.records)
    number = opened.key.number.removeprefix("+")
    assert number not in text
    assert number.encode() not in octets
    assert b"position-1" not in octets
    for item in original.transcript:
        if item.kind in ("caller", "psap") and len(item.text) > 3:
            assert item.text not in text
            assert item.text.encode() not in octets
    for fact in facts(masked):
        if isinstance(fact, LocationFound):
            assert fact.location.latitude == round(fact.location.latitude, 1)


def test_the_same_words_stay_the_same_and_another_key_gives_others() -> None:
    play = Recorded()
    play.take(wrote("HELP me", "m1"), wrote("HELP me", "m2"), wrote("other", "m3"))
    play.hear(RepeatSuspected(MessageId("m1"), "HELP me"))
    one, two = (anonymised(recorded(play), key) for key in (KEY, OTHER))
    texts = [f.text for f in facts(one) if isinstance(f, CallerWrote | RepeatSuspected)]
    assert texts[0] == texts[1] == texts[3] != texts[2]
    assert texts[0] != next(f.text for f in facts(two) if isinstance(f, CallerWrote))
    marks = [f.mark.octets for f in facts(one) if isinstance(f, CallerWrote)]
    assert len(set(marks)) == 3
    assert not set(marks) & {
        f.mark.octets for f in facts(recorded(play)) if isinstance(f, CallerWrote)
    }


def test_a_record_that_differs_is_not_anonymised() -> None:
    play = Recorded()
    play.take()
    recording = recorded(play)
    kept = list(recording.records)
    kept[2] = msgspec.structs.replace(kept[2], digest="00" * 16)
    with pytest.raises(BadRecording, match=r"cannot be anonymised: .* entry 2 \(LocationFailed\)"):
        anonymised(msgspec.structs.replace(recording, records=tuple(kept)), KEY)


@given(st.text(max_size=60))
def test_a_text_keeps_its_length_its_alphabet_and_all_that_is_no_letter(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    masked = Mask(KEY).text(text)
    assert len(masked) == len(text)
    assert len(masked.encode("utf-16-be")) == len(text.encode("utf-16-be"))
    if compose(text).alphabet == "UCS-2":
        assert compose(masked).alphabet == "UCS-2"
    for letter, other in zip(text, masked, strict=True):
        if not letter.isalnum():
            assert letter == other or not letter.isascii()
        if letter.isascii():
            assert (letter.isupper(), letter.isdecimal()) == (other.isupper(), other.isdecimal())


@given(
    st.text(st.characters(codec="utf-8"), max_size=300) | st.text("aá ç€", max_size=300),
    st.sampled_from([Group(""), Group("", "latin1"), Group("", "gsm7", (2,))]),
)
def test_a_reply_and_its_segments_say_the_same(text: str, group: Group) -> None:
    sent = cut(text, group)
    fact = Mask(KEY).fact(PsapWrote(A, 0, "k", sent.text, "Kim", sent.segments))
    assert isinstance(fact, PsapWrote)
    assert len(fact.segments) == len(sent.segments)
    for masked, one in zip(fact.segments, sent.segments, strict=True):
        assert one.single or len(masked.octets) == len(one.octets)
        assert not masked.single
    alphabet = "ucs2" if fact.segments[0].data_coding else "gsm7"
    said = "".join(decode(one.octets, alphabet).text for one in fact.segments)
    assert said == fact.text
    assert fact.by == "Person 1"


@given(st.binary(max_size=60), st.sampled_from(["gsm7", "ascii", "latin1", "ucs2", "octets"]))
def test_any_octets_of_a_part_keep_their_length(octets: bytes, alphabet: str) -> None:
    part = msgspec.structs.replace(sent_part(1, 2), octets=octets, alphabet=alphabet)
    fact = Mask(KEY).fact(part)
    assert isinstance(fact, CallerSentPart)
    assert len(fact.octets) == len(octets)


def test_other_alphabets_are_masked_in_ucs2_and_octets_are_no_more() -> None:
    mask = Mask(KEY)
    parts = [
        msgspec.structs.replace(
            sent_part(1, 3), octets=b"\x1bS\x1bS", alphabet="gsm7/0.1", text="ŞŞ"
        ),
        msgspec.structs.replace(sent_part(2, 3), octets=b"\x01", alphabet="octets"),
        msgspec.structs.replace(
            sent_part(3, 3), octets=b"help", alphabet="gsm7", remarks=("octets: 68 65 6C", "A1 B2")
        ),
    ]
    masked = [mask.fact(one) for one in parts]
    assert all(isinstance(one, CallerSentPart) for one in masked)
    first, second, third = (one for one in masked if isinstance(one, CallerSentPart))
    assert (first.alphabet, len(first.text)) == ("ucs2", 2)
    assert "Ş" not in first.text
    assert second.octets == b"\x00"
    assert third.remarks == ("octets: ..", "A1 B2")
    was = "ŞŞ[1 octet of data: 01]help"
    now = mask.fact(PartsJoined("8:7:3", was, (), ("the last one, 41, is no character",)))
    assert isinstance(now, PartsJoined)
    assert now.text == first.text + second.text + third.text
    assert now.remarks == ("the last one, .., is no character",)


def test_little_endian_octets_stay_little_endian() -> None:
    octets = b"\xff\xfe" + "help \u0416 1".encode("utf-16-le")
    part = msgspec.structs.replace(sent_part(1, 2), octets=octets, alphabet="ucs2")
    fact = Mask(KEY).fact(part)
    assert isinstance(fact, CallerSentPart)
    assert fact.octets[:2] == b"\xff\xfe"
    words = decode(fact.octets, "ucs2").text
    assert words[4] == words[6] == " "
    assert words[:4].isascii()


def test_joined_parts_read_as_their_parts_do() -> None:
    parts = [sent_part(1, 3, "my sister is"), sent_part(3, 3, "with us")]
    octets = {1: b"my sister is", 3: b"with us"}
    was = join(octets, 3, "latin1")
    parts = [msgspec.structs.replace(one, alphabet="latin1") for one in parts]
    mask = Mask(KEY)
    masked = [mask.fact(one) for one in parts]
    now = mask.fact(PartsJoined("8:7:3", was.text, was.missing))
    assert isinstance(now, PartsJoined)
    assert all(isinstance(one, CallerSentPart) and one.text in now.text for one in masked)
    assert "[part 2 of 3 missing]" in now.text


def test_a_joined_text_of_another_codec_is_masked_as_it_is() -> None:
    now = Mask(KEY).fact(PartsJoined("8:7:3", "something else"))
    assert isinstance(now, PartsJoined)
    assert len(now.text) == len("something else")
    assert now.text != "something else"


@pytest.mark.parametrize("number", ["+18605550142", "+4915112345678", "45123", "ALARM 7"])
def test_a_number_keeps_its_length_and_its_kind(number: str) -> None:
    masked = Mask(KEY).number(number)
    assert len(masked) == len(number)
    assert masked != number
    assert [letter.isdecimal() for letter in masked] == [letter.isdecimal() for letter in number]
    assert masked.startswith("+") == number.startswith("+")


def test_a_north_american_number_becomes_one_of_those_kept_for_stories() -> None:
    assert Mask(KEY).number("+18605550142").startswith("+186055501")


def test_the_number_is_not_left_in_other_words_either() -> None:
    mask = Mask(KEY)
    opened = mask.fact(Play().opening)
    assert isinstance(opened, Opened)
    words = "(860) 555-0142 / +18605550142 / 8605550142"
    fact = mask.fact(PsapRefused(A, 0, words))
    assert isinstance(fact, PsapRefused)
    assert "0142" not in fact.reason
    assert opened.key.number in fact.reason
    assert opened.tlvs == ((0x1403, b"\0"),)


def test_a_short_code_is_not_sought_in_other_words() -> None:
    mask = Mask(KEY)
    opening = Play().opening
    mask.fact(
        msgspec.structs.replace(opening, key=msgspec.structs.replace(opening.key, number="11"))
    )
    fact = PsapRefused(A, 0, "11 others wait")
    assert mask.fact(fact) == fact


def test_closing_words_places_and_marks() -> None:
    mask = Mask(KEY)
    ended = mask.fact(PsapEnded(C, 0, "k", "Kim", "", ()))
    assert isinstance(ended, PsapEnded)
    assert ended.by == "Person 1"
    found = mask.fact(LocationFound(Location(41.3083, -72.9279, 300.0, 90, "Cell", "x", 1.0)))
    assert isinstance(found, LocationFound)
    assert (found.location.latitude, found.location.longitude) == (41.3, -72.9)
    bare = CallerWrote(MessageId("m"), "", Mark(b"", "L", 1))
    assert mask.fact(bare) == bare
    assert mask.person("") == ""


def test_a_block_keeps_its_time_and_none_of_its_words() -> None:
    mask = Mask(KEY)
    block = Block(DialogueId("d-1"), A, "Ann", 1.0, 61.0, "she jokes")
    opened = mask.fact(msgspec.structs.replace(Play().opening, blocked=(block,)))
    assert isinstance(opened, Opened)
    (kept,) = opened.blocked
    assert (kept.psap, kept.since, kept.until, kept.by) == (A, 1.0, 61.0, "Person 1")
    assert len(kept.reason) == len("she jokes")
    assert kept.reason != "she jokes"
    fact = mask.fact(PsapBlocked(A, 0, "k", "Ann", 61.0, "she jokes"))
    assert isinstance(fact, PsapBlocked)
    assert (fact.by, fact.until, fact.reason) == ("Person 1", 61.0, kept.reason)
