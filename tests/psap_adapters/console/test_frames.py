"""Frames: strict with clients, complete in the document, and safe to send back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters.console import frames
from text911.psap_adapters.console.frames import BAD_FRAME, ClientFrame, FrameError, decode
from text911.psap_adapters.port import Delivery

DOCUMENT = Path(__file__).parents[3] / "docs" / "console-protocol.md"

short = st.text(min_size=1, max_size=20)
client_frames: st.SearchStrategy[ClientFrame] = st.one_of(
    st.builds(frames.Hello, st.integers(0, 9), st.dictionaries(short, st.integers(0, 99))),
    st.builds(frames.Seen, st.dictionaries(short, st.integers(0, 99))),
    st.builds(frames.Answer, short, st.booleans()),
    st.builds(frames.Write, short, short, short),
    st.builds(frames.End, short, short, short),
    st.builds(frames.Block, short, short, st.integers(0, 99), short, short),
    st.builds(frames.Unblock, short),
    st.builds(frames.MeasureThis, st.integers(0, 99), short, short),
    st.builds(frames.Ping, st.floats(0, 1e6)),
    st.builds(frames.HandOver, short),
    st.builds(frames.AcceptHandOver, short, st.booleans()),
    st.builds(frames.LogOut),
)


@given(client_frames)
def test_what_a_client_may_say_is_understood(frame: ClientFrame) -> None:
    assert decode(msgspec.json.encode(frame), 100) == frame


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_else_is_refused_with_a_code(noise: bytes | str) -> None:
    with pytest.raises(FrameError) as refused:
        decode(noise, 100)
    assert refused.value.code == BAD_FRAME


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ('{"type":"ping","sent":1,"more":2}', "unknown field `more`"),
        ('{"type":"ping","sent":"1"}', r"\$.sent"),
        ('{"type":"pong","sent":1}', "Invalid value 'pong'"),
        ("[]", "got `array`"),
        ("[" * 100_000, "not a frame"),
        ('{"type":"write","leg":"a","key":"","text":"x"}', "key is empty"),
        ('{"type":"write","leg":"a","key":"k","text":"' + "x" * 101 + '"}', "longer than 100"),
        ('{"type":"end","leg":"a","key":"k","text":"' + "x" * 101 + '"}', "longer than 100"),
        ('{"type":"block","leg":"a","key":"","minutes":5,"reason":"x"}', "key is empty"),
        ('{"type":"block","leg":"a","key":"k","minutes":5,"reason":"' + "x" * 201 + '"}', "200"),
        ('{"type":"block","leg":"a","key":"k","minutes":5.5,"reason":"x"}', r"\$.minutes"),
        ('{"type":"unblock","block":"' + "x" * 201 + '"}', "over 200 letters"),
        ('{"type":"answer","leg":"' + "x" * 201 + '"}', "over 200 letters"),
        ('{"type":"hand_over","to":"' + "x" * 201 + '"}', "over 200 letters"),
        ('{"type":"write","leg":"a","key":"k","text":"\\ud800"}', "not a frame"),
    ],
)
def test_a_wrong_frame_is_refused_for_a_stated_reason(message: str, why: str) -> None:
    with pytest.raises(FrameError, match=why):
        decode(message, 100)


def test_a_frame_that_names_too_many_legs_is_refused() -> None:
    many = msgspec.json.encode(frames.Seen({str(n): n for n in range(frames.RESUME_MAX + 1)}))
    with pytest.raises(FrameError, match="more than 2000 names"):
        decode(many, 100)


@pytest.mark.parametrize("union", [frames.ClientFrame, frames.ServerFrame])
def test_the_document_explains_every_frame_and_every_field(union: object) -> None:
    document = DOCUMENT.read_text()
    for frame in get_args(union):
        tag = frame.__struct_config__.tag
        assert f"| `{tag}` |" in document, tag
        for name in frame.__struct_fields__:
            assert re.search(rf"`{name}`", document), (tag, name)


def test_the_document_names_every_close_code() -> None:
    document = DOCUMENT.read_text()
    codes = (
        frames.BAD_FRAME, frames.NO_SESSION, frames.TOO_SLOW,
        frames.TOO_MANY, frames.TOO_LONG, frames.GOING_AWAY,
    )  # fmt: skip
    assert all(f"| {code} |" in document for code in codes)


def test_server_frames_can_be_read_back_by_a_client_written_with_the_same_table() -> None:
    line = frames.Line(1, 2.0, "psap", "hé", delivery=Delivery.CARRIER)
    octets = frames.encode(frames.NewLine("d1/0", line))
    assert msgspec.json.decode(octets, type=frames.ServerFrame) == frames.NewLine("d1/0", line)
