// Every key in one table: what it does and how it is explained. The help dialog is drawn from it.

import { $, el } from "./dom.js";
import { SWITCH_KEYS } from "./cards.js";

/** `act` holds one function per action. A key works everywhere but in an open dialog. */
export function bindKeys(act) {
  const table = [
    ["F1", "Answer whoever waits longest (or take over from a lost colleague)", act.answerOldest],
    ...SWITCH_KEYS.map((key, at) => [key, `Switch to my dialogue ${at + 1}`, () => act.switchTo(at)]),
    ["F10", "End the dialogue, with or without a closing text", act.end],
    ["F12", "Test the sound", act.testSound],
    ["Alt+T", "Dark or light", act.theme],
    ["Alt+O", "Take this dialogue over (supervisor, or when its owner is gone)", act.takeOver],
    ["Alt+B", "Block the caller of this dialogue, or of the card in focus (supervisor; asks why)", act.block],
    ["Alt+G", "Say this reply in plain letters, so that it is shorter; again: as you wrote it", act.plainLetters],
    ["Alt+I", "Type now although the caller has the turn (a call): what is written here, and what waits", act.interrupt],
    ["Alt+V", "Voice of this call: the caller speaks (VCO), hears (HCO), off; your telephone rings", act.nextVoice],
    ["Alt+C", "Copy latitude and longitude", act.copy],
    ["Alt+Y", "Accept what a colleague hands over", () => act.handOver(true)],
    ["Alt+N", "Decline it", () => act.handOver(false)],
    ["Alt+L", "Log out (asks for a hand-over when dialogues are open)", act.leave],
    ["Alt+H", "This help; outside the text field also ?", act.help],
  ];
  const does = new Map(table.map(([key, , run]) => [key.toLowerCase(), run]));
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey) return;
    const typing = event.target.matches?.("textarea, input");
    if (event.key === "?" && !typing) return stop(event, act.help);
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches?.(".card")) {
      return stop(event, () => step(event.target, event.key === "ArrowDown" ? 1 : -1));
    }
    // With Alt some layouts give another character: the key's place decides then.
    const name = event.altKey ? `Alt+${event.code.replace(/^Key/, "")}` : event.key;
    const run = does.get(name.toLowerCase());
    if (run !== undefined && !event.repeat) stop(event, run);
    else if (run !== undefined) event.preventDefault();
  });
  const more = [
    ["Enter", "Send"], ["Shift+Enter", "New line"],
    ["/1 to /9", "Canned reply at the cursor"], ["/word", "Canned reply by its word, then Space, Tab or Enter"],
    ["Esc", "Leave the text field; \u2191 and \u2193 then walk the cards, Enter opens one"],
  ];
  const rows = [...table, ...more].map(([key, words]) =>
    el("div", {}, el("dt", {}, el("kbd", {}, key.replace("+", " "))), el("dd", {}, words)));
  $("keys").replaceChildren(...rows);
}

function stop(event, run) {
  event.preventDefault();
  run();
}

function step(card, by) {
  const cards = [...document.querySelectorAll(".card")];
  cards[cards.indexOf(card) + by]?.focus();
}
