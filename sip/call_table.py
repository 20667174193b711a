"""The life of a call as one table, for both ends (RFC 3261, 13 to 15). Holds no message.

A row is what happens, a column the phase it happens in, a cell the phase that follows; `=` stays.
`.` is a hole: it came too late, or means nothing there, and changes nothing. (To hang up before a
call of theirs was accepted is to refuse it.)
"""

from __future__ import annotations

from enum import StrEnum, auto


class Phase(StrEnum):
    INVITED = auto()  # theirs: 100 has gone out
    RINGING = auto()  # theirs: 180 has gone out
    ACCEPTED = auto()  # theirs: 200 has gone out, and no ACK came
    LEAVING = auto()  # theirs: accepted, then hung up: BYE must wait for the ACK (15)
    CALLING = auto()  # ours: nothing came
    PROCEEDING = auto()  # ours: something came that is not final
    CANCELLING = auto()  # ours: given up; a 200 may still be on its way
    TALKING = auto()
    ENDING = auto()  # our BYE has gone out
    OVER = auto()


# What the user has been told the end of: nothing more is said of these.
ENDED = frozenset((Phase.LEAVING, Phase.CANCELLING, Phase.ENDING, Phase.OVER))


class Input(StrEnum):
    RING = auto()
    ACCEPT = auto()
    REFUSE = auto()
    HANG_UP = auto()
    GOT_CANCEL = auto()
    GOT_BYE = auto()
    GOT_ACK = auto()
    NO_ACK = auto()  # for 64 * T1
    NO_PRACK = auto()  # for 64 * T1, where the peer wanted one
    GOT_1XX = auto()
    GOT_2XX = auto()
    GOT_FINAL = auto()  # 300 to 699, nobody at all among them
    EXPIRED = auto()  # nobody refreshed the session, or the peer has fallen silent
    GONE = auto()  # 481: the peer knows nothing of the call
    BYE_DONE = auto()  # answered, or nobody answers


TABLE = """
           invited ringing  accepted leaving calling    proceeding cancelling talking ending
RING       ringing =        .        .       .          .          .          .       .
ACCEPT     accepted accepted .       .       .          .          .          .       .
REFUSE     over    over     .        .       .          .          .          .       .
HANG_UP    .       .        leaving  .       cancelling cancelling .          ending  .
GOT_CANCEL over    over     .        .       .          .          .          .       .
GOT_BYE    over    over     over     over    .          .          .          over    over
GOT_ACK    .       .        talking  ending  .          .          .          .       .
NO_ACK     .       .        ending   ending  .          .          .          .       .
NO_PRACK   .       over     .        .       .          .          .          .       .
GOT_1XX    .       .        .        .       proceeding =          =          .       .
GOT_2XX    .       .        .        .       talking    talking    ending     .       .
GOT_FINAL  .       .        .        .       over       over       over       .       .
EXPIRED    .       .        .        .       .          .          .          ending  .
GONE       .       .        .        .       .          .          .          over    .
BYE_DONE   .       .        .        .       .          .          .          .       over
"""


def read(table: str) -> dict[tuple[Phase, Input], Phase]:
    """A table as what follows from (phase, what happens). Raises ValueError for a word that is no
    phase or a row of another length, KeyError for what is no input."""
    columns, *rows = (line.split() for line in table.strip().splitlines())
    return {
        (Phase(column), Input[happened]): Phase(column if cell == "=" else cell)
        for happened, *cells in rows
        for column, cell in zip(columns, cells, strict=True)
        if cell != "."
    }


NEXT = read(TABLE)
