"""The journal's disk runs full: no positive answer, an alarm, unready; and back by itself."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from load_tests.console import Console
from load_tests.gateway import PLACES, Carrier, Gateway

from .daemon import Telecommunicator, said
from .handset import Handset
from .small_disk import fill, small_disk

PSAP = "hartford-region"
DISK_MB = 96
FREE_MIN_MB = 50  # the least the settings allow: an alarm before, then
ROK, QUEUE_FULL = 0x00, 0x14  # ESME_RMSGQFUL
REFUSED_AT_MOST = 2000  # texts until the journal feels a full disk: it has some space of its own
ALARM_WITHIN = 15.0  # s; the daemon looks once a second
ACCEPTED_AGAIN_WITHIN = 30.0  # s after space was made


def alarms(status: dict[str, Any]) -> set[str]:
    return {alarm["key"] for alarm in status["alarms"]}


def shown(console: Console) -> Counter[str]:
    return Counter(text for leg in console.legs.values() for text in said(leg))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_stops_every_positive_answer_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    changes = {"journal": {"disk_free_min_mb": FREE_MIN_MB}}
    gateway = Gateway(tmp_path, [Carrier("load", "load-911")], changes)
    with small_disk(gateway.directory / "journal", DISK_MB) as disk, gateway:
        gateway.start()
        with (
            Telecommunicator(gateway, PSAP) as desk,
            Handset(gateway.ports.smpp, "load", "load-911", PLACES[PSAP]) as handset,
        ):
            accepted = [f"before {i}" for i in range(5)]
            assert [handset.send(words) for words in accepted] == [ROK] * 5
            desk.see_text(accepted[-1])

            fill(disk / "filler")
            refused: list[str] = []
            for i in range(REFUSED_AT_MOST):
                words = f"while full {i}"
                status = handset.send(words)
                if status == ROK:
                    accepted.append(words)
                    continue
                assert status == QUEUE_FULL
                refused.append(words)
                if len(refused) == 20:
                    break
            assert len(refused) == 20, "the disk is full and every text was still accepted"
            gateway.program.until("unready", lambda: not gateway.ready, ALARM_WITHIN)
            gateway.program.until(
                "the alarm", lambda: "journal" in alarms(gateway.status()), ALARM_WITHIN
            )

            (disk / "filler").unlink()
            gateway.wait_ready(ACCEPTED_AGAIN_WITHIN)
            # A carrier sends again what was refused as "queue full".
            assert [handset.send(words) for words in refused] == [ROK] * len(refused)
            accepted += refused
            # Some of them come as a count, which the console opens.
            desk.see("all that was accepted", lambda c: shown(c).total() >= len(accepted))
            assert desk.now(shown) == Counter(accepted)
            gateway.program.until(
                "all clear", lambda: "journal" not in alarms(gateway.status()), ALARM_WITHIN
            )
        assert gateway.stop() == 0
        verified = gateway.command("audit", "verify", str(gateway.directory))
        assert verified.returncode == 0, verified.stdout + verified.stderr
