"""Bugs in the rules, the engine and the memory."""

from __future__ import annotations

from .mutant import Mutant

IN_THE_CORE = (
    Mutant(
        "ack_early",
        "A carrier hears ESME_ROK before the text is on the disk: a power cut loses it for good.",
        "gateway/core/engine.py",
        """\
        try:
            self._journal.append(records, told)
""",
        """\
        if done is not None:
            early, done = done, None
            early(None)
        try:
            self._journal.append(records, told)
""",
    ),
    Mutant(
        "no_dedupe",
        "A text that the carrier brings twice stands twice on the telecommunicator's page.",
        "gateway/core/hearing.py",
        """\
        if age > SAME_PART_FOR:
            suspect = suspect or (one if same_umr and elsewhere else None)
""",
        "        if age >= 0:\n",
    ),
    Mutant(
        "dedupe_too_wide",
        "A caller who writes the same words again is not heard the second time.",
        "gateway/core/hearing.py",
        "        same_pdu = (one.mark.link, one.mark.sequence_number) =="
        " (mark.link, mark.sequence_number)",
        "        same_pdu = True",
    ),
    Mutant(
        "timer_lost_at_restart",
        "After a restart nobody counts the seconds of a caller who waits for an answer.",
        "gateway/core/dialogue.py",
        "    said += [Arm(t.name, t.generation, t.due) for t in dialogue.line.timers]\n",
        "",
    ),
    Mutant(
        "reply_lost_at_restart",
        "A reply that was on its way when the gateway died never reaches the caller.",
        "gateway/core/dialogue.py",
        '        if letter in "srau"\n',
        '        if letter in "ra"\n',
    ),
    Mutant(
        "reorder_on_retry",
        "A reply that the carrier refused for now is overtaken by the next one:"
        " the caller reads the answer to another question.",
        "gateway/core/replying.py",
        "        _put(turn, replace(one, refusals=one.refusals + 1))\n",
        """\
        others = tuple(other for other in turn.line.outbox if other.number != one.number)
        again = replace(one, refusals=one.refusals + 1)
        turn.line = replace(turn.line, outbox=(*others, again))
""",
    ),
    Mutant(
        "no_rest_before_retry",
        "The reply behind one that was refused for now leaves before it.",
        "gateway/core/replying.py",
        '        part = next((n for n, letter in enumerate(one.progress) if letter in "wv"), -1)\n'
        "        if part >= 0 and not _resting(turn):\n",
        '        part = next((n for n, letter in enumerate(one.progress) if letter in "wv"), -1)\n'
        "        if one.refusals and _resting(turn):\n"
        "            continue\n"
        "        if part >= 0:\n",
    ),
    Mutant(
        "resend_without_mark",
        "A telecommunicator is not told that a reply may appear twice at the caller.",
        "gateway/core/replying.py",
        '    _show(turn, one, "sent_again", f"{fact.reason}; {TWICE}")\n',
        "",
    ),
    Mutant(
        "umr_reused",
        "Two replies bear the same reference: what is acknowledged of one counts for the other.",
        "gateway/core/replying.py",
        "        umr=(line.umr + len(segments)) & 0xFFFF,\n",
        "        umr=line.umr,\n",
    ),
    Mutant(
        "receipt_matched_wrongly",
        "A page says that the caller's telephone has a reply that never reached it.",
        "gateway/core/replying.py",
        "            by_umr = fact.umr >= 0 and (one.umr + part) & 0xFFFF == fact.umr\n",
        "            by_umr = fact.umr >= one.umr\n",
    ),
    Mutant(
        "handset_taken_back",
        "What the telephone has acknowledged is only with the carrier again on the page.",
        "gateway/core/replying.py",
        """\
    if was not in "sraux":
        return  # a second response, or one that its receipt has overtaken
""",
        "",
    ),
    Mutant(
        "bounce_after_reply",
        "A caller whom a person has answered is told that text-to-911 is not available.",
        "gateway/core/over.py",
        '        replying.automatic(turn, "M7", turn.policy.undelivered)',
        '        replying.automatic(turn, "M1", turn.policy.bounce)',
    ),
    Mutant(
        "bounce_forgotten",
        "A caller whom nobody can hear is not told to make a voice call.",
        "gateway/core/over.py",
        """\
    _end(turn, "bounced")
    replying.automatic(turn, "M1", turn.policy.bounce)
""",
        """\
    _end(turn, "bounced")
""",
    ),
    Mutant(
        "bounce_to_a_machine",
        "A short code gets the bounce-back and answers it, and so on without end.",
        "gateway/core/replying.py",
        "    if not key.is_person:\n",
        "    if not key.number:\n",
    ),
    Mutant(
        "bounce_echoes",
        "Two automatic systems answer each other's messages as fast as they can.",
        "gateway/core/replying.py",
        "turn.at - _last_sent(before, kind) < spacing:",
        "turn.at < _last_sent(before, kind):",
    ),
    Mutant(
        "answer_race_won_twice",
        "Two telecommunicators click the same card and both believe that it is theirs.",
        "gateway/core/conversing.py",
        "    elif fact.takeover and fact.by != now.by:",
        "    elif fact.by != now.by:",
    ),
    Mutant(
        "late_answer_wins",
        "A click on a card that rings elsewhere by now wins: two PSAPs believe it is theirs.",
        "gateway/core/ringing.py",
        "    if (now.psap, now.offer) != (fact.psap, fact.offer):\n        too_late(",
        "    if fact.takeover:\n        too_late(",
    ),
    Mutant(
        "closed_while_writing",
        "A dialogue is closed as silent while its caller writes.",
        "gateway/core/hearing.py",
        "    turn.line = replace(turn.line, unshown=unshown, said_at=turn.at)",
        "    turn.line = replace(turn.line, unshown=unshown)",
    ),
    Mutant(
        "missing_part_waits_for_ever",
        "A long text of which one part never comes is shown to nobody.",
        "gateway/core/hearing.py",
        "        if one.join == join and not one.joined:\n            _ask(turn, one)",
        "        if one.join == join and not one.joined and len(one.parts) == one.total:\n"
        "            _ask(turn, one)",
    ),
    Mutant(
        "close_not_journalled",
        "A page says that a dialogue is over, and after a power cut it is not.",
        "gateway/core/engine.py",
        """\
        try:
            self._journal.append(records, told)
""",
        """\
        try:
            if any(type(fact).__name__ == "PsapEnded" for fact, _ in facts):
                released(None)
            else:
                self._journal.append(records, told)
""",
    ),
    Mutant(
        "recovery_drops_reports",
        "What carriers and clocks said while the disk failed is never heard:"
        " replies wait for ever.",
        "gateway/core/engine.py",
        "        kept, self._kept = self._kept, deque()\n",
        "        kept, self._kept = deque(), deque()\n",
    ),
    Mutant(
        "recovery_sends_nothing",
        "What a failed commit had written down all the same is never carried out.",
        "gateway/core/engine.py",
        "                if stored.record.number >= carried:\n",
        "                if stored.record.number < carried:\n",
    ),
    Mutant(
        "broken_is_forgotten",
        "A reply that waits for a bind while the disk fails is thrown away.",
        "gateway/core/engine.py",
        "        return dialogue not in self._affected and self._memory.get(dialogue) is None\n",
        "        return self._memory.get(dialogue) is None\n",
    ),
    Mutant(
        "snapshot_loses_tail",
        "After a restart the gateway has forgotten everything since the last snapshot.",
        "gateway/core/engine.py",
        "self._memory.follow_all(tail)",
        "self._memory.follow_all(tail if snapshot is None else ())",
    ),
    Mutant(
        "snapshot_without_the_ended",
        "Whoever wrote just before the end is a stranger after a restart,"
        " and last replies never leave.",
        "gateway/core/memory.py",
        "blocks), self._held.view()",
        "blocks), [one for one in self._held.view() if not isinstance(one.state.phase, Over)]",
    ),
    Mutant(
        "woken_without_its_tail",
        "A dialogue that is rebuilt after a restart has forgotten what came behind the snapshot.",
        "gateway/core/memory.py",
        "            for record in behind:\n",
        "            for record in behind if held is None else ():\n",
    ),
    Mutant(
        "number_is_the_key",
        "Two callers of two carriers with the same number share one dialogue"
        " and read each other's answers.",
        "gateway/core/memory.py",
        "        dialogue = self._by_key.get(key)\n        if dialogue is None:\n",
        "        found = (name for one, name in self._by_key.items() if one.number == key.number)\n"
        "        dialogue = next(found, None)\n        if dialogue is None:\n",
    ),
    Mutant(
        "grace_rings_elsewhere",
        "Whoever writes again just after the end has to tell it all to another PSAP.",
        "gateway/core/ringing.py",
        "        turn.questions.append(Route(None, because, before.psap))",
        "        turn.questions.append(Route(None, because))",
    ),
    Mutant(
        "denied_text_doubled",
        "A text that was refused but is recorded is shown twice when the carrier retries.",
        "gateway/core/hearing.py",
        "    for one in line.heard if denied else ():\n",
        "    for one in ():\n",
    ),
    Mutant(
        "repeat_not_collapsed",
        "What is perhaps a repeat looks like a second cry for help.",
        "gateway/core/hearing.py",
        '    say(turn, fact.text, (), notes=("perhaps sent twice by the carrier",),'
        " suspected_repeat=True)",
        '    say(turn, fact.text, (), notes=("perhaps sent twice by the carrier",))',
    ),
)
