// What must not be overlooked, in words, above everything: no link, no sound, suspended, a hand-over.

import { $, counted, el, keyed, put } from "./dom.js";

export function drawBanners(store, alarm, act) {
  const list = [];
  if (!store.connected) {
    const unsent = store.outbox.size;
    const kept = unsent ? ` ${counted(unsent, "unsent reply is", "unsent replies are")} kept.` : "";
    const why = store.trouble ? ` (${store.trouble})` : "";
    list.push({
      key: "link", kind: "bad",
      words: `\u25b2 NO LINK TO THE GATEWAY${why}. Trying again by itself. You can go on writing: `
        + `it is sent when the link is back, and once only.${kept}`,
    });
  }
  if (alarm.state === "blocked") {
    list.push({
      key: "sound", kind: "bad", act: act.testSound, label: "Sound test", hint: "F12",
      words: "\u2715 THE BROWSER BLOCKS SOUND: you will NOT hear the alarm. Press F12 once.",
    });
  }
  if (alarm.state === "broken") {
    list.push({
      key: "broken", kind: "bad", act: act.testSound, label: "Try again", hint: "F12",
      words: "\u2715 THIS COMPUTER PLAYS NO SOUND: you will NOT hear the alarm. Watch the screen.",
    });
  }
  if (store.words.suspended) {
    list.push({
      key: "suspended", kind: "warn",
      words: `\u25a0 SUSPENDED: new texts go to another PSAP. ${store.words.suspended}`,
    });
  }
  for (const leg of store.others().filter((one) => one.stalled)) {
    list.push({
      key: `lost${leg.leg}`, kind: "bad", act: () => act.card(leg.leg), label: "Take over",
      hint: store.waiting() ? "" : "F1",
      words: `\u25b2 ${leg.owner} has lost the link with ${leg.card.caller} open. Take it over.`,
    });
  }
  if (store.handOver) {
    const { from_user: who, legs } = store.handOver;
    const count = counted(legs.length, "dialogue");
    list.push({
      key: `hand${who}`, kind: "info", act: () => act.handOver(true), label: "Accept", hint: "Alt Y",
      act2: () => act.handOver(false), label2: "Decline", hint2: "Alt N",
      words: `${who} wants to log out and hands you ${count}.`,
    });
  }
  if (store.notice && store.notice.until > store.now()) {
    list.push({ key: "notice", kind: "info", words: store.notice.words });
  }
  keyed($("banners"), list, (one) => one.key, make, (node, one) => put(node.firstChild, one.words));
}

function make(one) {
  const node = el("div", { class: `banner ${one.kind}`, role: "alert" }, el("span"));
  const button = (run, label, hint) =>
    el("button", { type: "button", onclick: () => run() }, label, ...(hint ? [el("kbd", {}, hint)] : []));
  if (one.act) node.append(button(one.act, one.label, one.hint));
  if (one.act2) node.append(button(one.act2, one.label2, one.hint2));
  return node;
}
