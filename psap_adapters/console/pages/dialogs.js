// The dialogs. Each is answered by keyboard alone and gives the focus back.

import { $, el, put, show } from "./dom.js";

function open(dialog) {
  if (dialog.open) return Promise.resolve("");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
  });
}

/** The closing text as edited (may be empty), or null when the dialogue goes on. */
export async function askEnd(caller, text, longest) {
  put($("end-number"), caller);
  const box = $("end-text");
  box.maxLength = longest;
  box.value = text;
  const answer = open($("end-dialog"));
  box.focus();
  return (await answer) === "yes" ? box.value.trim() : null;
}

$("end-text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  $("end-dialog").close("yes");
});

/** {minutes, reason, text} of a block, or null. Never one click: it wants a reason in words. */
export async function askBlock(leg, caller, closing, most, longest, endsAt) {
  put($("block-title"), `Block ${caller}`);
  put($("block-now"), leg.owner
    ? `${leg.owner} has answered this caller: the dialogue ends now with the closing words below.`
    : "Nobody has answered yet: the dialogue ends now, and the caller is told by automatic message that"
      + " text-to-911 is not available and to make a voice call to 911.");
  const [minutes, reason, text] = [$("block-minutes"), $("block-reason"), $("block-text")];
  const then = () => put($("block-then"), "Until "
    + `${endsAt(Number(minutes.value) || 0)} nobody here is rung for this caller. What they text is`
    + " still recorded, and answered by that automatic message. Other PSAPs are not bound by it."
    + " A supervisor can lift it at any time.");
  minutes.max = most;
  minutes.value = Math.min(30, most);
  minutes.oninput = then;
  then();
  reason.value = "";
  text.maxLength = longest;
  text.value = leg.owner ? closing : "";
  show($("block-words"), Boolean(leg.owner));
  const answer = open($("block-dialog"));
  reason.focus();
  const sure = (await answer) === "yes" && reason.value.trim();
  if (!sure) return null;
  return { minutes: Number(minutes.value), reason: reason.value.trim(), text: text.value.trim() };
}

/** One of `choices` ([value, label]), or "" for none. */
export async function ask(title, words, choices) {
  put($("ask-title"), title);
  put($("ask-words"), words);
  $("ask-choices").replaceChildren(...choices.map(([value, label]) =>
    el("button", { type: "submit", value, class: "pri" }, label)));
  const answer = await open($("ask-dialog"));
  return answer === "no" ? "" : answer;
}

export function help() {
  open($("help-dialog"));
}
