"""A call for QA: told in words, replayed to the letter, kept as a file, and without its people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest

from text911.gateway import telling_calls
from text911.gateway.anonymising import Mask, anonymised
from text911.gateway.comparing import compare
from text911.gateway.core import facts as f
from text911.gateway.core.encoding import decode_fact, policy_hash, record_of
from text911.gateway.core.values import Character, Location, PsapName
from text911.gateway.recording import Recording, parse, recording_of, run
from text911.gateway.telling import Teller, summary
from text911.tty.code import Case
from text911.tty.shifts import receive, send

from .core.stage import ANI, CALL, POLICY, A, CallPlay, letters, typed_reply
from .recorded import OWN, chained

KEY = sha256(b"a key of the tests").digest()
MOVED = Location(
    41.30021, -73.10077, 25.0, 95, "GPS",
    "the call's location object; an address in it, perhaps of another place, is 12 Oak St, Derby",
    1e9,
)  # fmt: skip
NOT_MOVED = "the call's location object: it has only an address: 7 Ash Rd; it has no place on earth"


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def heard(text: str) -> f.CallerTyped:
    """As a receiver gives it, shifts included."""
    codes = [code for codes in send(text) for code in codes]
    return f.CallerTyped(
        tuple(
            Character(
                one.reading,
                one.code,
                one.reading if one.case is Case.LETTERS else one.other,
                one.other if one.case is Case.LETTERS else one.reading,
                0.99,
                150 * at,
            )
            for at, one in enumerate(receive(codes))
        )
    )


def played(ani: str = ANI) -> CallPlay:
    """A call from its first letter to its last word."""
    play = CallPlay(ani=ani)
    play.opening = msgspec.structs.replace(
        play.opening, policy=policy_hash(POLICY), pidf=b"<presence/>"
    )
    play.take_call()
    play.hear(f.TtyDetected(), f.TurnPassed("hearing"), heard("FIRE AT 12 ELM ST GA"))
    play.hear(f.CallerMoved(b"<moved/>", MOVED), f.CallerMoved(b"<moved/>", None, NOT_MOVED))
    play.hear(f.TurnPassed("theirs", "GA"), typed_reply("k1", "STAY OUTSIDE GA"))
    play.hear(f.TurnPassed("sending"), f.CharactersLeft(0, 4, False))
    play.hear(f.CharactersLeft(0, 15, True), f.PsapInterrupted(A, 0, "Kim"))
    play.show_all()
    play.hear(f.PsapEnded(A, 0, "e", "Kim", "bye sk", (), "BYE SK", 1.5))
    play.hear(f.CharactersLeft(1, 6, True))
    play.wait(10.0)
    return play


def recorded(play: CallPlay) -> Recording:
    steps = zip(play.entries, play.steps, strict=True)
    entries = chained([OWN, *(record_of(entry, b"", *step) for entry, step in steps)])
    return recording_of(play.id, entries[1:], entries[:1], "text911 test")


def story(play: CallPlay) -> str:
    compared = compare(recorded(play).of_dialogue(), {policy_hash(POLICY): POLICY})
    assert compared.first is None
    teller = Teller(local)
    told = [line for one in compared.entries for line in teller.tell(one).lines()]
    return "\n".join([*summary(list(compared.entries), local), *told])


def test_a_call_is_told_in_words_from_its_first_letter_to_its_last() -> None:
    told = story(played())
    for words in (
        f"{ANI}, line north",
        f"{ANI} called 911 on a TTY line, north (leg leg-1), with a location object",
        'The caller typed "<LTRS>FIRE AT <FIGS>12 <LTRS>ELM ST GA"',
        "The line: it is the caller's turn; heard: GA",
        'wrote: "stay outside ga", typed as "STAY OUTSIDE GA"',
        'To the line: reply 1, "STAY OUTSIDE GA"',
        "So far 4 characters of reply 1 have left the line",
        "All characters of reply 2 have left the line",
        "Kim at ansonia (offer 1) pressed the interrupt key",
        "The line is hung up: the dialogue is over",
    ):
        assert words in told, words


def test_a_number_that_is_withheld_and_a_reply_that_interrupts_are_told() -> None:
    play = CallPlay(ani="", key=msgspec.structs.replace(CALL, channel="rtt"))
    play.opening = msgspec.structs.replace(play.opening, policy=policy_hash(POLICY))
    play.take_call()
    play.hear(typed_reply("k1", "stop", interrupt=True))
    told = story(play)
    assert "number withheld, line north" in told
    assert "A number that is withheld called 911 on real-time text" in told
    assert 'wrote, interrupting: "stop"' in told


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (letters("HI\b\r\n\u2028"), 'The caller typed "HI<erase><CR><LF><new line>"'),
        (letters("X", confidence=0.4), 'The caller typed "X" (X is sure to 40%)'),
        (f.CallerTyped((Character("3", 1, "E", "3", 0.5),)), "3 is sure to 50%, E in the other"),
        (f.TurnPassed("odd"), "The line: odd"),
        (f.CallerSpoke(False), "The voice is heard no more"),
    ],
)
def test_what_came_badly_is_told_as_what_it_may_be(fact: f.LineFact, words: str) -> None:
    assert words in telling_calls.words_of(fact)


def test_a_recording_of_a_call_is_whole_runs_again_and_reads_as_it_did() -> None:
    original = recorded(played())
    read = parse(json.dumps(msgspec.to_builtins(original)).encode())
    assert run(read).good
    caller = [item for item in read.transcript if item.kind == "caller"]
    assert [item.text for item in caller] == ["FIRE AT 12 ELM ST GA"]
    typed = [(item.typed, item.left) for item in read.transcript if item.kind == "psap"]
    assert typed == [("STAY OUTSIDE GA", 15), ("BYE SK", 6)]


def test_no_person_is_left_in_a_call_without_its_people_and_it_still_runs() -> None:
    masked = anonymised(recorded(played()), KEY)
    octets = json.dumps(msgspec.to_builtins(masked)).encode()
    assert run(parse(octets)).good
    text = octets.decode()
    hidden = ("FIRE", "ELM", "OUTSIDE", "outside", ANI, "Kim", "presence", "moved", "Oak", "Ash")
    for secret in hidden:
        assert secret not in text, secret
    (opened, *facts) = [decode_fact(one.payload)[0] for one in masked.records]
    assert isinstance(opened, f.Opened)
    assert opened.ani.startswith("+186055501")
    assert opened.pidf == bytes(len(b"<presence/>"))
    (typed,) = [one for one in facts if isinstance(one, f.CallerTyped)]
    for one in typed.characters:
        if one.text:  # the codes are those of the letters that stand there now
            assert one.text in (one.letters, one.figures)


def test_letters_that_come_one_by_one_are_no_cipher() -> None:
    """The same letter in two facts becomes two others, else one could count them."""
    mask = Mask(KEY)
    drawn = [mask.fact(letters("E")) for _ in range(30)]
    assert len({str(one) for one in drawn}) > 10
    assert mask.fact(f.PsapInterrupted(PsapName("a"), 0, "Kim")) == f.PsapInterrupted(
        PsapName("a"), 0, "Person 1"
    )
