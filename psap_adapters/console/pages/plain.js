// Plain letters for a reply, by one key, and back by the same. The words are the gateway's; here is
// only what was written before, and how it is said.

import { counted } from "./dom.js";

export class PlainLetters {
  constructor() {
    this.kept = new Map(); // dialogue -> {was, became}
    this.wanted = 0; // the measure whose answer is waited for
    this.note = ""; // why the key did nothing
  }

  keep(dialogue, was, became) {
    this.kept.set(dialogue, { was, became });
  }

  forget(dialogue) {
    this.kept.delete(dialogue);
  }

  /** What was written before `text`, if that is the plain form of it and was not edited since. */
  before(dialogue, text) {
    const kept = this.kept.get(dialogue);
    return kept?.became === text ? kept.was : undefined;
  }
}

/** Whether there is a plain form that fits the text field: cut, it would have lost letters. */
export function offered(found, longest) {
  return found.plain !== "" && found.plain.length <= longest;
}

/** Why a reply is as long as it is, and what can be done. "" when there is nothing to say. */
export function reason(found, longest) {
  if (found.because.length === 0) return "";
  const because = listed(found.because);
  const offer = offered(found, longest);
  if (found.parts > 1) {
    const why = `This message needs ${found.parts} parts because of ${because}.`;
    if (offer) return `${why} Press Alt G to use plain letters: ${parts(found.plain_parts)}.`;
    return `${why} It cannot be said in plain letters${found.plain ? " within the length allowed" : ""}.`;
  }
  if (!offer) return "";
  return `Because of ${because} a part holds ${found.room} characters. Press Alt G to use plain letters.`;
}

export function used(found) {
  const count = found === null ? "" : `: ${parts(found.parts)}`;
  return `Plain letters are used${count}. Press Alt G again for what you wrote.`;
}

const parts = (count) => counted(count, "part");
const NAMED = 8; // the gateway names no more

function listed(some) {
  if (some.length === 1) return some[0];
  if (some.length >= NAMED) return `${some.slice(0, NAMED - 1).join(" ")} and others`;
  return `${some.slice(0, -1).join(" ")} and ${some.at(-1)}`;
}
