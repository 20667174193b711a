"""Makes the recordings beside this file anew: stories told to the real daemon, then exported.

    python -m tests.recordings.record FOLDER

Real SMPP links, real consoles over WebSockets; all of it invented. Takes about two minutes, because
the last entry of a dialogue is written a minute after its end. Not a test: the recordings are kept.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from load_tests.carrier import LOCATION_TAG
from load_tests.gateway import PLACES, Carrier, Gateway
from tests.journeys.daemon import Telecommunicator
from text911.smpp.pdu import SubmitSm

from .phone import Link, submit

CARRIER = Carrier("elm", "elm-911")
LIMITS = {"ring": 5.0, "parts": 1.5, "forget": 60.0, "grace": 60.0, "abandon": 30.0}
FORGET_WITHIN = 75.0  # s
HARTFORD, HARBOR = "hartford-region", "elm-harbor"
SHORE, THAMES = "southwest-shore", "thames-quinebaug"

LONG = (
    "My sister and I went off the road into the trees near the reservoir. She talks to me but her "
    "leg is stuck and it bleeds. There is no voice signal here, calls drop at once, only texts go."
)
LONG_REPLY = (
    "Press a clean cloth hard on the wound and do not lift it to look. Keep her warm. Rescue is on "
    "its way with a siren; tell us at once when you hear it, and tell us if she gets sleepy."
)


class Stage:
    def __init__(self, gateway: Gateway, hartford: Telecommunicator, shore: Telecommunicator):
        self.gateway, self.hartford, self.shore = gateway, hartford, shore

    def link(self) -> Link:
        return Link(self.gateway.ports.smpp, CARRIER.name, CARRIER.password)

    def answered(self, link: Link, number: str, words: str) -> Any:
        """A text from Hartford that a telecommunicator there has answered."""
        link.text(text(number, words))
        leg = self.hartford.see_text(words)
        self.hartford.see_mine(leg)
        return leg

    def said(self, leg: Any, key: str, words: str, *states: str) -> None:
        self.hartford.write(leg, f"{leg.name} {key}", words)
        self.hartford.see_delivery(leg, f"{leg.name} {key}", *states)

    def ended(self, leg: Any, words: str = "") -> None:
        self.hartford.end(leg, f"{leg.name} end", words)
        self.hartford.see("closed", lambda c: c.legs[leg.name].state == "closed")


def text(number: str, words: str, psap: str = HARTFORD, **more: Any) -> SubmitSm:
    octets = words.encode("utf-16-be") if more.get("coding") == 8 else words.encode("ascii")
    return submit(number, octets, PLACES[psap].encode(), LOCATION_TAG, **more)


def plain(stage: Stage) -> None:
    number = "+18605550101"
    with stage.link() as link:
        leg = stage.answered(link, number, "There is smoke in our stairs. I am deaf")
        link.until(lambda: link.receipts)
        stage.hartford.write(leg, f"{leg.name} 1", "This is 911. What is the address?")
        link.acknowledge(link.replies(1)[0])
        stage.hartford.see_delivery(leg, f"{leg.name} 1", "handset")
        link.text(text(number, "14 Orchard Lane, second floor"))
        stage.hartford.see_text("14 Orchard Lane, second floor")
        stage.ended(leg, "The engine is in front of the house. Bye.")
        link.replies(2)


def second_psap(stage: Stage) -> None:
    with stage.link() as link:
        words = "A boat is sinking off the breakwater"
        link.text(text("+12035550102", words, HARBOR))
        leg = stage.shore.see_text(words)
        stage.shore.see_mine(leg)
        stage.shore.write(leg, f"{leg.name} 1", "How many people are on it?")
        stage.shore.see_delivery(leg, f"{leg.name} 1", "carrier")
        stage.shore.end(leg, f"{leg.name} end")
        stage.shore.see("closed", lambda c: c.legs[leg.name].state == "closed")


def bounce(stage: Stage) -> None:
    with stage.link() as link:
        link.text(text("+18605550103", "is anybody there?", THAMES))
        link.replies(1)
        link.until(lambda: link.receipts)


def missing_part(stage: Stage) -> None:
    number, octets = "+18605550104", LONG.encode("ascii")
    with stage.link() as link:
        for part, piece in ((1, octets[:70]), (3, octets[140:])):
            udh = bytes((5, 0, 3, 0x2A, 3, part))
            link.text(submit(number, piece, PLACES[HARTFORD].encode(), LOCATION_TAG, udh=udh))
        words = f"{LONG[:70]} [part 2 of 3 missing] {LONG[140:]}"
        leg = stage.hartford.see_text(words)
        udh = bytes((5, 0, 3, 0x2A, 3, 2))
        late = submit(number, octets[70:140], PLACES[HARTFORD].encode(), LOCATION_TAG, udh=udh)
        link.text(late)
        stage.hartford.see_text(LONG[70:140])
        stage.said(leg, "1", LONG_REPLY, "carrier")
        link.replies(2)
        stage.ended(leg)


def lost_bind(stage: Stage) -> None:
    number = "+18605550105"
    with stage.link() as link:
        leg = stage.answered(link, number, "he is at the door")
        link.silent = True
        stage.hartford.write(leg, f"{leg.name} 1", "Stay where you are. Officers are near.")
        link.replies(1)
    with stage.link() as link:
        link.replies(1)
        stage.hartford.see_delivery(leg, f"{leg.name} 1", "carrier")
        link.text(text(number, "i got it twice"))
        stage.hartford.see_text("i got it twice")
        stage.ended(leg)


def repeats(stage: Stage) -> None:
    number = "+18605550106"
    first = text(number, "HELP")
    with stage.link() as link:
        sequence = link.text(first)
        leg = stage.hartford.see_text("HELP")
        stage.hartford.see_mine(leg)
        link.text(first, sequence)  # rule a: the same PDU once more
        link.text(first)  # the same words typed once more: a text of its own
        stage.hartford.see("HELP twice", lambda c: _lines(c, leg, "HELP") == 2)
        link.text(text(number, "he took the keys", receipt=False))
        stage.hartford.see_text("he took the keys")
        stage.said(leg, "1", "Where are you?", "carrier")
        stage.ended(leg)


def grace(stage: Stage) -> None:
    number = "+18605550107"
    with stage.link() as link:
        leg = stage.answered(link, number, "my neighbour fell, he is up again now")
        stage.said(leg, "1", "Is he hurt? Shall we send somebody?", "carrier")
        stage.ended(leg, "Text again if you need us.")
        again = "he fell again and does not answer \U0001f6a8"
        link.text(text(number, again, coding=8))
        leg = stage.hartford.see_text(again)
        stage.hartford.see_mine(leg)
        stage.said(leg, "2", "An ambulance is on its way \U0001f691. \u0416", "carrier")
        stage.ended(leg)


def _lines(console: Any, leg: Any, words: str) -> int:
    return sum(line["text"] == words for line in console.legs[leg.name].lines)


# name of the recording -> the story, and which dialogue of its caller it is
STORIES: tuple[tuple[Callable[[Stage], None], str, tuple[str, ...]], ...] = (
    (plain, "+18605550101", ("plain",)),
    (second_psap, "+12035550102", ("second-psap",)),
    (bounce, "+18605550103", ("bounce",)),
    (missing_part, "+18605550104", ("missing-part",)),
    (lost_bind, "+18605550105", ("lost-bind",)),
    (repeats, "+18605550106", ("repeats",)),
    (grace, "+18605550107", ("closed", "grace")),
)


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        gateway = Gateway(Path(made) / "gateway", [CARRIER], {"limits": LIMITS})
        with gateway:
            gateway.start()
            with (
                Telecommunicator(gateway, HARTFORD) as hartford,
                Telecommunicator(gateway, HARBOR, answers=False),
                Telecommunicator(gateway, SHORE) as shore,
            ):
                stage = Stage(gateway, hartford, shore)
                for story, _, _ in STORIES:
                    story(stage)
                time.sleep(FORGET_WITHIN)
            directory = str(gateway.directory)
            listed = json.loads(gateway.command("audit", "list", directory, "--json").stdout)
            for _, number, names in STORIES:
                ids = [row["dialogue"] for row in listed[::-1] if row["caller"] == number]
                for name, dialogue in zip(names, ids, strict=True):
                    file = folder / f"{name}.json"
                    file.unlink(missing_ok=True)
                    done = gateway.command(
                        "replay", "--export", dialogue, directory, "--out", str(file)
                    )
                    sys.stdout.write(done.stdout + done.stderr)
            sys.stdout.write(gateway.command("audit", "list", directory).stdout)
            sys.stdout.write(gateway.command("audit", "verify", directory).stdout)
            sys.stdout.write(gateway.command("replay", "--all", directory).stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
