"""Bugs between the core and the world: carriers, consoles, wires, clocks."""

from __future__ import annotations

from .mutant import Mutant

AT_THE_EDGES = (
    Mutant(
        "concatenation_key",
        "Two long texts of one caller are mixed into one that nobody wrote.",
        "gateway/edges/reading.py",
        '    shared = f"{one.kind}:{one.reference}:{one.total}"',
        '    shared = f"{one.kind}:{one.total}"',
    ),
    Mutant(
        "drop_when_full",
        "A reply is thrown away when the carrier's window has no room.",
        "gateway/edges/sending.py",
        "                    queue.appendleft(out)\n",
        "",
    ),
    Mutant(
        "any_carrier_will_do",
        "A reply goes out over another carrier, to somebody else with that number.",
        "gateway/edges/sending.py",
        "            if bind.carrier.group == server and bind.link.can_receive\n",
        "            if bind.link.can_receive\n",
    ),
    Mutant(
        "texts_out_of_order",
        "A caller's words are shown in another order when they come fast.",
        "gateway/edges/fairness.py",
        "            place = source.waiting.popleft()\n",
        "            place = source.waiting.pop()\n",
    ),
    Mutant(
        "neighbour_first",
        "A caller rings at the PSAP of another town before the own one.",
        "gateway/routing/router.py",
        "tuple(dict.fromkeys((psap, *table.overflow.get(psap, ()), default)))",
        "tuple(dict.fromkeys((*table.overflow.get(psap, ()), psap, default)))",
    ),
    Mutant(
        "audit_skipped_on_error",
        "While the disk fails an acknowledgement is answered as taken and never written down.",
        "gateway/edges/carriers.py",
        "            status = Status.ROK if broken is None else Status.RMSGQFUL\n",
        "            status = Status.ROK\n",
    ),
    Mutant(
        "acknowledged_into_nothing",
        "While the disk fails an acknowledgement finds no dialogue, and is answered all the same.",
        "gateway/edges/carriers.py",
        "        if fact is not None and self._engine.broken is not None:\n",
        "        if fact is None and self._engine.broken is not None:\n",
    ),
    Mutant(
        "silence_is_loss",
        "A carrier that is only slow gets every reply twice.",
        "gateway/edges/sending.py",
        "            fact = CarrierSilent(out.command.reply, out.command.part)\n",
        "            fact = CarrierLost(out.command.reply, out.command.part, 'no response')\n",
    ),
    Mutant(
        "receipt_lost_with_link",
        "The caller's telephone shows for ever that nobody has read the text.",
        "gateway/edges/sending.py",
        """\
        if isinstance(out.command, GiveReceipt):
            self._wait(out)
        else:
""",
        """\
        if not isinstance(out.command, GiveReceipt):
""",
    ),
    Mutant(
        "refusal_for_good_retried",
        "A number that does not exist is tried again and again, and every reply behind it waits.",
        "gateway/edges/sending.py",
        "            permanent = event.status not in TEMPORARY\n",
        "            permanent = False\n",
    ),
    Mutant(
        "sent_twice_unrecorded",
        "A reply is sent a third time, because nobody wrote down the second.",
        "gateway/edges/sending.py",
        "        if isinstance(command, TellCaller) and command.again:\n",
        "        if isinstance(command, TellCaller) and command.reply < 0:\n",
    ),
    Mutant(
        "proven_by_default",
        "After a restart a repeat over another link stands as a second text on the page.",
        "gateway/edges/answered.py",
        "        if at is None:\n            return False\n",
        "        if at is None:\n            return True\n",
    ),
    Mutant(
        "receipt_says_two_things",
        "A receipt says in its words that the text was delivered and in its parameters that not.",
        "gateway/edges/writing.py",
        '    word = "DELIVRD" if command.delivered else "UNDELIV"\n',
        '    word = "DELIVRD"\n',
    ),
    Mutant(
        "shown_when_given",
        "A caller's telephone says delivered when the page of a dead browser was given the words.",
        "gateway/edges/psaps.py",
        "                adapter.give(Leg(dialogue, command.psap, command.offer), item)\n",
        "                adapter.give(Leg(dialogue, command.psap, command.offer), item)\n"
        "                given = Leg(dialogue, command.psap, command.offer)\n"
        "                self.report(Shown(given, item.sequence), b'')\n",
    ),
    Mutant(
        "stale_owner_acts",
        "Who has lost a dialogue to a supervisor goes on writing in it.",
        "psap_adapters/console/sayings.py",
        "    if held.owner != ",
        "    if held.closed and held.owner != ",
    ),
    Mutant(
        "prefix_lost_on_resume",
        "A page that comes back after a lost link misses a line without a gap to see.",
        "psap_adapters/console/legs.py",
        "        split = bisect_right(self.lines, after, key=lambda one: one.sequence)\n",
        "        split = bisect_right(self.lines, after, key=lambda one: one.sequence)"
        " + (after >= 0)\n",
    ),
    Mutant(
        "whole_leg_again",
        "A page that comes back after a lost link gets every line a second time.",
        "psap_adapters/console/legs.py",
        "        split = bisect_right(self.lines, after, key=lambda one: one.sequence)\n",
        "        split = 0\n",
    ),
    Mutant(
        "not_taken_unsaid",
        "A telecommunicator believes that the caller got what the failing disk has refused.",
        "gateway/edges/psaps.py",
        "            if broken is not None:\n"
        "                adapter.update(leg, NotTaken(key, NOT_RECORDED))\n",
        "            if broken is not None and not key:\n"
        "                adapter.update(leg, NotTaken(key, NOT_RECORDED))\n",
    ),
    Mutant(
        "stale_timer_rings",
        "A deadline that was moved rings at its old time, means nothing then, and is gone.",
        "gateway/wheel.py",
        "                if self._armed.get(entry[0]) is entry:\n",
        "                if entry[0] in self._armed:\n",
    ),
    Mutant(
        "responses_taken_in_order",
        "A carrier that answers out of order has taken another reply than the page says.",
        "smpp/window.py",
        "        sent = self._waiting.pop(sequence_number, None)\n",
        "        sent = self._waiting.pop(next(iter(self._waiting), 0), None)\n",
    ),
    Mutant(
        "overdue_forgotten",
        "A reply whose response was late when the link broke is neither resent nor failed.",
        "smpp/window.py",
        "        tags = [*self._overdue.values(), *",
        "        tags = [*",
    ),
)
