"""A real carrier: Kannel binds, and texts of every kind go both ways exactly, with receipts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from load_tests.console import Console
from load_tests.gateway import Carrier, Gateway
from load_tests.processes import until

from .capture import Capture
from .daemon import Telecommunicator, said
from .kannel import Kannel, Text
from .tools import need

PSAP = "hartford-region"
HARTFORD = {
    "source": "profile",
    "default_latitude": 41.7637,
    "default_longitude": -72.6851,
    "default_radius": 500.0,
}
CALLER = "+18605550142"
WINDOW = 100
FULL_WITHIN = 30.0  # s
SUBMIT_SM = 0x00000004
BIND_TRANSCEIVER_RESP, SUBMIT_SM_RESP, DELIVER_SM = 0x80000009, 0x80000004, 0x00000005
DELIVERED, NOT_DELIVERED, TAKEN = 1, 2, 8  # Kannel's dlr-mask

SINGLE = "Help @ 12 Main St {door} ~ fire \\ [2nd floor] ^ | \u20ac"
LONG = "There is a man with a knife in the kitchen and we are hiding upstairs. " * 4
UCS2 = "Помогите \U0001f691 ребёнок не дышит"
LONG_UCS2 = "\U0001f525 пожар на третьем этаже, " * 8
REPLY = "Help is on the way. Stay in the closet & keep silent @ all times {ok}."
LONG_REPLY = "Do not move him. Check that he breathes, and tell us at once if he stops. " * 5
EMOJI_REPLY = "\U0001f691 " * 60 + "помощь едет"


def words(leg: str, console: Console) -> list[str]:
    return said(console.legs[leg])


class Scene:
    def __init__(self, gateway: Gateway, kannel: Kannel, desk: Telecommunicator) -> None:
        self.gateway, self.kannel, self.desk = gateway, kannel, desk


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    need("kannel")
    folder = tmp_path_factory.mktemp("kannel")
    carrier = Carrier("kannel", "kan-911", location=HARTFORD)
    with Gateway(folder / "gateway", [carrier]) as gateway:
        gateway.start()
        smpp = gateway.ports.smpp
        with (
            Telecommunicator(gateway, PSAP) as desk,
            Kannel(folder / "kannel", smpp, "kannel", "kan-911") as kannel,
        ):
            kannel.wait_bound()
            yield Scene(gateway, kannel, desk)


@pytest.mark.parametrize(
    ("tag", "text", "ucs2"),
    [
        ("single", SINGLE, False),
        ("long", LONG, False),
        ("ucs2", UCS2, True),
        ("long-ucs2", LONG_UCS2, True),
    ],
)
def test_a_text_reaches_the_console_exactly_and_its_receipt_says_so(
    scene: Scene, tag: str, text: str, ucs2: bool
) -> None:
    answer = scene.kannel.send(text, CALLER, tag=tag, ucs2=ucs2)
    assert answer.startswith("0:")
    scene.desk.see_text(text)
    scene.kannel.wait_receipt(tag, TAKEN)
    receipt = scene.kannel.wait_receipt(tag, DELIVERED)
    assert "stat:DELIVRD" in receipt.answer
    assert not [r for r in scene.kannel.caught.receipts if r.kind == NOT_DELIVERED]


@pytest.mark.parametrize(
    ("key", "reply"), [("short", REPLY), ("long", LONG_REPLY), ("emoji", EMOJI_REPLY)]
)
def test_an_answer_reaches_the_handset_exactly(scene: Scene, key: str, reply: str) -> None:
    number = f"+1860555{len(reply):04d}"  # one dialogue for each
    scene.kannel.send(f"question {key}", number)
    leg = scene.desk.see_text(f"question {key}")
    scene.desk.see_mine(leg)
    scene.desk.write(leg, key, reply)
    scene.kannel.wait_text(Text("911", number, reply))
    assert scene.desk.see_delivery(leg, key, "carrier", "handset") in ("carrier", "handset")


def test_two_callers_never_see_each_others_words(scene: Scene) -> None:
    numbers = [f"+1203555020{i}" for i in range(4)]
    for number in numbers:
        for turn in range(3):
            scene.kannel.send(f"{number} writes {turn}", number)
    legs = {n: scene.desk.see_text(f"{n} writes 2") for n in numbers}
    for number, leg in legs.items():
        assert scene.desk.now(partial(words, leg.name)) == [
            f"{number} writes {i}" for i in range(3)
        ]
    for number, leg in legs.items():
        scene.desk.see_mine(leg)
        scene.desk.write(leg, number, f"answer to {number}")
    for number in numbers:
        answer = Text("911", number, f"answer to {number}")
        scene.kannel.wait_text(answer)
    to_wrong = [
        t for t in scene.kannel.caught.texts if "answer to" in t.text and t.to not in t.text
    ]
    assert to_wrong == []


def test_a_full_window_of_a_hundred_is_shown_and_receipted_once_each(tmp_path: Path) -> None:
    """The gateway stands still until the carrier may write no more."""
    need("kannel", "tshark")
    sent = {f"{turn} of {one}": f"+1860555{one:04d}" for one in range(8) for turn in range(15)}
    carrier = Carrier("kannel", "kan-911", location=HARTFORD)
    with Gateway(tmp_path / "gateway", [carrier]) as gateway:
        gateway.start()
        with (
            Capture(gateway.ports.smpp, tmp_path / "wire.pcap") as wire,
            Telecommunicator(gateway, PSAP) as desk,
            Kannel(tmp_path / "kannel", wire.port, "kannel", "kan-911", WINDOW) as kannel,
        ):
            kannel.wait_bound()
            gateway.program.signal(signal.SIGSTOP)
            for words, number in sent.items():
                kannel.send(words, number, tag=words)
            until("the window is full", lambda: submitted(wire) >= WINDOW, FULL_WITHIN)
            assert submitted(wire) == WINDOW
            gateway.program.signal(signal.SIGCONT)
            for words in sent:
                kannel.wait_receipt(words, DELIVERED)
            shown = desk.now(lambda c: [one for leg in c.legs.values() for one in said(leg)])
            delivered = [one.tag for one in kannel.caught.receipts if one.kind == DELIVERED]
    assert sorted(shown) == sorted(delivered) == sorted(sent)


def submitted(wire: Capture) -> int:
    return sum(one.commands.count(SUBMIT_SM) for one in wire.dissect() if not one.from_gateway)


def test_a_bind_with_a_wrong_password_is_refused(scene: Scene, tmp_path: Path) -> None:
    with Kannel(tmp_path, scene.gateway.ports.smpp, "kannel", "wrong") as stranger:
        stranger.wait_log("SMPP[carrier]: SMSC rejected login")
        assert not stranger.bound
    assert scene.kannel.bound


def test_wireshark_finds_no_malformed_pdu_of_ours(tmp_path: Path) -> None:
    """A whole conversation, recorded off the loopback and read by another implementation."""
    need("kannel", "tshark")
    carrier = Carrier("kannel", "kan-911", location=HARTFORD)
    with Gateway(tmp_path / "gateway", [carrier]) as gateway:
        gateway.start()
        with Capture(gateway.ports.smpp, tmp_path / "wire.pcap") as wire:
            with (
                Telecommunicator(gateway, PSAP) as desk,
                Kannel(tmp_path / "kannel", wire.port, "kannel", "kan-911") as kannel,
            ):
                kannel.wait_bound()
                for tag, text, ucs2 in (("a", LONG, False), ("b", LONG_UCS2, True)):
                    kannel.send(text, CALLER, tag=tag, ucs2=ucs2)
                    leg = desk.see_text(text)
                    kannel.wait_receipt(tag, DELIVERED)
                desk.see_mine(leg)
                for key, reply in (("c", LONG_REPLY), ("d", EMOJI_REPLY)):
                    desk.write(leg, key, reply)
                    desk.see_delivery(leg, key, "carrier", "handset")
            seen = wire.dissect()
    ours = {command for one in seen if one.from_gateway for command in one.commands}
    assert ours >= {BIND_TRANSCEIVER_RESP, SUBMIT_SM_RESP, DELIVER_SM}
    assert [one for one in seen if one.malformed] == []
