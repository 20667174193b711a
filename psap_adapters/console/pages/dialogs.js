// The three dialogs. Each is answered by keyboard alone and gives the focus back.

import { $, el, put } from "./dom.js";

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
