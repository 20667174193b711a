"""A status with something of everything, for the tests of what shows it."""

from __future__ import annotations

from text911.gateway.operations.status import (
    AlarmStatus,
    BindStatus,
    CarrierStatus,
    DialogueStatus,
    EventStatus,
    Hop,
    LineStatus,
    PsapStatus,
    ReachStatus,
    Status,
)

NOW = 1_795_000_000.0

STATUS = Status(
    name="demo",
    version="0.1.0",
    started_at=NOW - 7_265,
    now=NOW,
    ready=True,
    reasons=(),
    sentence="One thing needs you. Carrier B has no bind.",
    alarms=(AlarmStatus("bind:carrier-b", "critical", "Carrier B has no bind.", NOW - 41),),
    hops=(
        Hop("Carrier text to console", 118, 1.2, 4.8, 150.0),
        Hop("Route decision", 9, 1.0, 6.0, 5.0),
        Hop("Location", 0, 0.0, 0.0, 3000.0),
    ),
    carriers=(
        CarrierStatus(
            "carrier-a",
            "Carrier A",
            (BindStatus("transceiver", "bound", NOW - 7_000, 41, 38, 2, 10, NOW - 4),),
            (
                ReachStatus("smsc1:2775", "connected"),
                ReachStatus("smsc2:2775", "resting", "refused", NOW - 90, NOW + 8),
                ReachStatus("smsc3:2775", "connecting", "", NOW - 2),
            ),
        ),
        CarrierStatus("carrier-b", "Carrier B"),
    ),
    lines=(LineStatus("trunk", "TTY trunk", "sip", 2, 31, 4, "refused: 488"),),
    psaps=(
        PsapStatus("elm-harbor", "Elm Harbor", "console", True, 2, 1, 3, 0, "", ("Valley Shore",)),
        PsapStatus("valley-shore", "Valley Shore", "console", False, 0, reason="suspended"),
        PsapStatus("capitol-east", "Capitol East", "console", True, 0),
        PsapStatus("csecc", "CSECC", "console", True, 1, 0, 1, 1),
    ),
    dialogues=(
        DialogueStatus("S-7Q5A-1X", "Portland", "offered", "Capitol East", NOW - 8, waiting=True),
        DialogueStatus("S-7Q4K-2F", "", "active", "", NOW - 208),
    ),
    dialogues_total=5,
    events=(EventStatus(NOW - 41, "warning", "Carrier B lost its bind."),),
)
