// The middle: whose dialogue this is, its timers, and the transcript with the true state of each reply.

import { FETCH, pace, rows } from "./folds.js";
import { $, CHANNELS, clock, counted, el, keyed, plain, put, show, span, write } from "./dom.js";
import { drawLine, drawLive, paint, progress } from "./live.js";

// How far a reply is known to have got: a shape, words, and how it looks.
const DELIVERY = {
  waiting: ["\u25cb", "recorded, the carrier has not taken it yet", ""],
  carrier: ["\u2713", "with carrier", "ok"],
  handset: ["\u2713\u2713", "on the handset", "ok"],
  unknown: ["?", "no answer from the carrier: it may or may not have arrived", "warn"],
  sent_again: ["\u21bb", "sent again, may appear twice", "warn"],
  failed: ["\u2715", "not delivered", "bad"],
  held: ["\u25cc", "held", "warn"],
  typing: ["\u25b6", "typing", ""],
  typed: ["\u2713", "typed", "ok"],
  lost: ["\u2715", "not all of it was typed", "bad"],
};

let drawn = ""; // the leg whose lines are in the log
let atEnd = true; // the newest line is in sight, and shall stay so

const log = $("log");
const follow = () => { if (atEnd) log.scrollTop = log.scrollHeight; };
log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
});
new ResizeObserver(follow).observe(log);

export function drawTalk(store, on) {
  const leg = store.current();
  for (const id of ["head", "bar", "log"]) show($(id), Boolean(leg));
  show($("nothing"), !leg);
  show($("composer"), Boolean(leg) && store.isMine(leg));
  if (!leg) show($("line"), false);
  if (!leg) {
    drawn = "";
    return drawNothing(store);
  }
  put($("number"), plain(leg.card.caller));
  put($("channel"), CHANNELS[leg.card.channel] ?? leg.card.channel);
  put($("carrier"), headWords(store, leg));
  show($("end"), store.isMine(leg));
  show($("take"), store.mayTake(leg));
  show($("block"), store.mayBlock(leg));
  drawLine(store, leg);
  drawBar(store, leg);
  drawLog(store, leg, on);
}

function drawNothing(store) {
  const waiting = store.waiting();
  const people = counted(waiting, "person is waiting", "people are waiting");
  if (!store.connected) {
    put($("nothing-words"), "\u25b2 Whether somebody is waiting is not known: there is no link.");
    put($("nothing-more"), "Use another console, or tell your supervisor.");
    $("nothing").className = "bad";
    return;
  }
  put($("nothing-words"), waiting ? `\u25b2 ${people}. Press F1 to answer.` : "Nobody is waiting.");
  put($("nothing-more"), waiting ? "The oldest is answered first."
    : "The alarm sounds when somebody texts 911. Check it with F12.");
  $("nothing").className = waiting ? "bad" : "";
}

function headWords(store, leg) {
  const words = [plain(leg.card.town), plain(leg.card.carrier)];
  if (leg.closed) words.push(leg.closed);
  else if (!leg.owner) words.push("not answered yet");
  else if (leg.answered_at) {
    const took = Math.max(0, leg.answered_at - leg.card.opened_at);
    const by = store.isMine(leg) ? "" : ` by ${leg.owner}`;
    words.push(`answered${by} ${clock(leg.answered_at)} after ${span(took)}`);
  } else words.push(store.isMine(leg) ? "answered by you" : `answered by ${leg.owner}`);
  return words.filter(Boolean).join(" \u00b7 ");
}

function drawBar(store, leg) {
  const now = store.now();
  const since = store.waitingSince(leg);
  const caller = store.last(leg, "caller");
  const ours = store.last(leg, "psap");
  const seen = leg.lines.findLast((line) => line.kind === "psap" && line.delivery === "handset");
  const facts = [
    ["Session", span(now - leg.card.opened_at), ""],
    ["Since caller", caller ? span(now - caller.at) + (since ? " \u25b2" : "") : "\u2013", since ? "warn" : ""],
    ["Since our reply", ours ? span(now - ours.at) : "\u2013", ""],
    leg.line ? ["Line", leg.line.gone ? "\u2715 gone" : "open", leg.line.gone ? "warn" : "ok"] : ["On the handset", seen ? `\u2713\u2713 ${clock(seen.at)}` : "nothing yet", seen ? "ok" : ""],
  ];
  const fast = pace(leg, now);
  if (fast) facts.push(["\u25b2 Flood", fast, "warn"]);
  if (leg.closes_at && !leg.closed) {
    facts.push(["\u25b2 Closes by itself in", span(leg.closes_at - now), "warn"]);
  }
  if (leg.closed) facts.push(["\u25a0", "This dialogue is over", "warn"]);
  keyed($("bar"), facts, (fact) => fact[0],
    (fact) => el("span", {}, `${fact[0]} `, el("b")),
    (node, [, value, kind]) => {
      put(node.lastChild, value);
      if (node.lastChild.className !== kind) node.lastChild.className = kind;
    });
}

function drawLog(store, leg, on) {
  if (drawn !== leg.leg) {
    log.replaceChildren();
    atEnd = true;
    drawn = leg.leg;
  }
  const items = rows(leg).map((row) => (row.count ? { key: `f${row.after}`, fold: row }
    : { key: `l${row.sequence}`, line: row }));
  if (leg.earlier?.length) items.unshift(...callBefore(leg));
  else if (leg.card.previous) {
    items.unshift({ key: "previous", note: "This caller texted 911 just before: a dialogue that had ended a moment ago." });
  }
  if (leg.card.arriving) items.push({ key: `a${leg.card.arriving}`, arriving: leg.card.arriving });
  for (const one of store.unsent(leg)) items.push({ key: `o${one.key}`, one });
  const before = log.childElementCount;
  keyed(log, items, (item) => item.key, (item) => make(item, on, leg), (node, item) => {
    if (item.fold) updateFold(node, item.fold);
    else if (item.line) {
      if (leg.line) drawLive(node, item.line);
      updateLine(node, item.line);
    }
    else if (item.one) updateUnsent(node, item.one, store.connected);
  });
  if (log.childElementCount !== before) follow();
}

/** The call before, from the same number. */
function callBefore(leg) {
  const rows = leg.earlier.filter((line) => line.kind !== "event");
  return [
    { key: "earlier", note: "The call before, from the same number:" },
    ...rows.map((line) => ({ key: `e${line.sequence}`, line, earlier: true })),
    { key: "this", note: "This call:" },
  ];
}

function make({ line, fold, note, arriving, one, earlier }, on, leg) {
  if (fold) return makeFold(leg, on);
  if (note) return el("p", { class: "event" }, note);
  if (arriving) {
    const text = write(el("p", { class: "words", dir: "auto" }), arriving);
    const more = el("small", {}, "\u2026 first part of a long text; the rest is still coming");
    return el("div", { class: "said caller arriving" }, text, more);
  }
  if (one) return makeUnsent(one, on);
  if (line.kind === "event") {
    return el("p", { class: "event" }, write(el("bdi", {}, `${clock(line.at)} `), line.text));
  }
  const kind = line.kind === "caller" ? "caller" : line.kind === "psap" ? "ours" : "ours automatic";
  const node = el("div", { class: `said ${kind}${earlier ? " earlier" : ""}` });
  const words = el("p", { class: "words", dir: "auto" });
  if (leg.line && line.kind === "caller") paint(words, line);
  else write(words, line.text);
  if (line.suspected_repeat) {
    const why = "\u21bb Perhaps a repeat: the carrier may have sent this text twice. Open";
    node.append(el("details", {}, el("summary", {}, why), words));
  } else node.append(words);
  const who = line.kind === "automatic" ? "automatic" : line.kind === "psap" ? plain(line.by) : "";
  node.append(el("small", {}, [clock(line.at), who].filter(Boolean).join(" \u00b7 "),
    el("span", { class: "delivery" })));
  for (const text of line.notes) {
    node.append(el("small", { class: "note" }, `\u26a0 ${plain(text)}`));
  }
  return node;
}

/** Texts that are not here: how many, and the newest of them on demand. */
function makeFold(leg, on) {
  const node = el("button", { type: "button", class: "fold" });
  node.addEventListener("click", () => on.lines(leg.leg, Number(node.dataset.last) + 1));
  return node;
}

function updateFold(node, fold) {
  node.dataset.last = fold.last;
  const what = counted(fold.count, "more text");
  const which = fold.count > FETCH ? `show the newest ${FETCH}` : "show";
  put(node, `\u2026 ${what} from this caller (${which})`);
}

function updateLine(node, line) {
  const place = node.querySelector(".delivery");
  if (place === null || !line.delivery) return;
  const [shape, words, kind] = DELIVERY[line.delivery] ?? ["?", line.delivery, "warn"];
  const note = line.delivery_note && line.delivery_note !== words ? ` (${plain(line.delivery_note)})` : "";
  put(place, ` \u00b7 ${shape} ${progress(line) || words}${note}`);
  if (place.dataset.is !== line.delivery) {
    place.dataset.is = line.delivery;
    place.className = `delivery ${kind}`;
    node.classList.toggle("failed", line.delivery === "failed");
  }
}

function makeUnsent(one, on) {
  const words = one.type === "end" ? `End of the dialogue: ${one.text || "no closing text"}` : one.text;
  const again = el("button", { type: "button", onclick: () => on.again(one.key) }, "Try again");
  const away = el("button", { type: "button", onclick: () => on.discard(one.key) }, "Discard");
  return el("div", { class: "said ours unsent" },
    write(el("p", { class: "words", dir: "auto" }), words),
    el("small", {}, el("span", { class: "why" })),
    el("p", { class: "keys" }, again, away));
}

function updateUnsent(node, one, connected) {
  const why = one.failed ? `\u2715 not sent: ${one.failed}`
    : connected ? "\u25cb not recorded yet" : "\u25cb waiting for the link; it is kept and sent then";
  put(node.querySelector(".why"), why);
  node.querySelector(".why").className = `why ${one.failed ? "bad" : connected ? "" : "warn"}`;
  node.classList.toggle("failed", Boolean(one.failed));
  show(node.querySelector(".keys"), Boolean(one.failed));
}
