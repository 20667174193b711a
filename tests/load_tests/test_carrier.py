"""The load carrier against a stand-in that keeps count, and against an independent decoder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from smpplib import client, smpp  # pyright: ignore[reportMissingTypeStubs]

from load_tests.carrier import Account, Job, Load, Outcome, bind_pdu, spread, submit_pdu
from load_tests.precise import loop
from load_tests.workload import Step, Text, dues, number, workload

from .stand_in import StandIn, Submit

ROUND = 7


def play(
    texts: Sequence[Text], window: int = 0, window_seconds: float = 10.0
) -> tuple[Outcome, list[Submit]]:
    """One round of `texts` against a stand-in. Returns what each side saw."""
    took: list[Submit] = []

    async def main() -> Outcome:
        here = asyncio.get_running_loop()
        server = await here.create_server(lambda: StandIn(took.append, False), "127.0.0.1", 0)
        account = Account("127.0.0.1", server.sockets[0].getsockname()[1], "load", "secret")
        load = Load(Job(spread([account], 4), tuple(texts), ROUND, (), window, window_seconds))
        await load.bind()
        outcome = await load.run(int(here.time() * 1e9))
        await load.close()
        server.close()
        await server.wait_closed()
        return outcome

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main()), took


def test_every_text_is_sent_once_and_every_answer_is_counted() -> None:
    texts = workload(ROUND, dues([Step(2000, 0.2)]), 4)
    outcome, took = play(texts)
    assert sorted(outcome.taken) == list(range(400))
    assert (outcome.unanswered, outcome.lost_links, outcome.refused) == (0, 0, {})
    assert outcome.response.count == outcome.lateness.count == len(took) == 400


def test_with_a_window_every_text_is_sent_once_too() -> None:
    outcome, took = play(workload(ROUND, dues([Step(2000, 0.5)]), 4), window=10)
    assert sorted(outcome.taken) == list(range(1000))
    assert len(took) == 1000


def test_what_a_window_has_not_let_through_in_its_time_is_not_sent_at_all() -> None:
    texts = workload(ROUND, [0] * 20_000, 4)
    outcome, took = play(texts, window=1, window_seconds=0.05)
    assert 0 < len(outcome.taken) == len(took) < len(texts)
    assert outcome.unanswered == 0


def independently(octets: bytes) -> Any:
    """What smpplib reads."""
    return smpp.parse_pdu(  # pyright: ignore[reportUnknownMemberType]
        octets, client=client.SimpleSequenceGenerator(), allow_unknown_opt_params=False
    )


def test_a_submit_reads_as_meant_to_an_independent_decoder() -> None:
    for text in workload(ROUND, dues([Step(100, 1)]), 4):
        pdu = independently(submit_pdu(text, ROUND, text.index + 5))
        assert (pdu.command, pdu.sequence) == ("submit_sm", text.index + 5)
        assert pdu.source_addr == number(ROUND, text.caller).encode()
        assert pdu.destination_addr == b"911"
        coding = "utf-16-be" if text.ucs2 else "ascii"
        assert pdu.short_message.decode(coding) == text.words


def test_a_bind_reads_as_meant_to_an_independent_decoder() -> None:
    pdu = independently(bind_pdu(Account("127.0.0.1", 1, "load", "secret")))
    assert pdu.command == "bind_transceiver"
    assert (pdu.system_id, pdu.password, pdu.interface_version) == (b"load", b"secret", 0x34)
