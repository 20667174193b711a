"""Bugs in the binds that are ours to bring about: at carriers' message centres."""

from __future__ import annotations

from .mutant import Mutant

ON_OUR_BINDS = (
    Mutant(
        "given_up_with_its_site",
        "A reply that a message centre has taken along when it went down never reaches the caller.",
        "gateway/edges/outreach.py",
        "        self._edge.gone(link, events)\n",
        "        link.wants_window = False\n",
    ),
    Mutant(
        "one_try_is_enough",
        "A message centre that refused one connection is never bound to again: its callers are"
        " heard by nobody.",
        "smpp/client.py",
        "            self._rest(str(why.getErrorMessage()))\n",
        '            self._is("resting", str(why.getErrorMessage()))\n',
    ),
    Mutant(
        "never_back_off",
        "A message centre that comes up again is trampled by the binds of every gateway.",
        "smpp/backoff.py",
        "        self._next = min(self._pauses.longest, whole * 2)\n",
        "        self._next = self._pauses.first\n",
    ),
    Mutant(
        "unbound_at_once",
        "A reload ends a bind while replies are unanswered on it: they are sent twice.",
        "smpp/conversation.py",
        "        if parts_at is not None and (self._window.is_idle or now >= parts_at):\n",
        "        if parts_at is not None:\n",
    ),
    Mutant(
        "receipt_to_a_centre",
        "A message centre is sent a receipt as a text: the caller reads it as an answer.",
        "gateway/edges/sending.py",
        "            if not (only_receipts and bind.link.is_ours)\n",
        "",
    ),
    Mutant(
        "window_stays_shut",
        "Replies go on waiting although a message centre has answered and has room again.",
        "gateway/edges/outreach.py",
        "        self._edge.window_opened(link)\n",
        "        link.wants_window = True\n",
    ),
)
