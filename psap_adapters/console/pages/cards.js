// The left column: who waits, what is mine, what colleagues have. A waiting card is red, has a bar, a
// triangle, words and a running time: never colour alone.

import { $, CHANNELS, el, keyed, plain, put, show, span } from "./dom.js";

const RINGING_SHOWN = 40; // cards; under a flood the rest is counted, and not acknowledged as shown
const SAID_SHOWN = 3; // lines of a waiting caller on the card
export const SWITCH_KEYS = ["F2", "F3", "F4", "F6", "F7", "F8", "F9"]; // F5 stays "load again"

/** Draws all cards. Returns the legs that are on the screen. */
export function drawCards(store, on) {
  const ringing = store.ringing();
  const shown = ringing.slice(0, RINGING_SHOWN);
  const mine = store.mine();
  const others = store.others();
  const over = store.over();
  const advice = store.me?.dialogues_at_once ?? 3;
  const more = ringing.length - shown.length;

  put($("ringing-title"), ringing.length
    ? `Waiting \u00b7 answer oldest first${more ? ` \u00b7 ${more} more` : ""}`
    : store.connected ? "Nobody waits" : "Waiting \u00b7 not known");
  put($("mine-title"), `Mine \u00b7 ${mine.length} of ${advice}`);
  show($("others-title"), others.length > 0);
  show($("over-title"), over.length > 0);

  const first = shown[0];
  keyed($("ringing"), shown.flatMap((leg) => (store.mayBlock(leg) ? [leg, { block: leg }] : [leg])),
    (one) => (one.block ? `block ${one.block.leg}` : one.leg),
    (one) => (one.block ? blockButton(one.block, on) : card(one, on)),
    (node, one) => one.block || updateRinging(node, one, store, one === first));
  keyed($("mine"), mine, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateMine(node, leg, store, SWITCH_KEYS[mine.indexOf(leg)] ?? ""));
  keyed($("others"), others, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateOther(node, leg, store));
  keyed($("over"), over, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateOver(node, leg, store));
  return [...shown, ...mine, ...others, ...over];
}

const keyOf = (leg) => leg.leg;

function card(leg, on) {
  const part = (name, tag = "span") => el(tag, { class: name });
  const node = el(
    "button",
    { class: "card", type: "button", onclick: () => on.card(leg.leg) },
    part("who", "b"), part("time"), part("where"), part("state"),
    part("said"), part("foot"), part("act"),
  );
  return node;
}

/** For supervisors, under a waiting card: to answer a caller only to block them would be wrong. */
function blockButton(leg, on) {
  return el("button", {
    type: "button", class: "flat beside", onclick: () => on.block(leg.leg),
    "aria-label": `Block ${plain(leg.card.caller)}\u2026`,
  }, "Block this caller\u2026");
}

function fill(node, leg, texts) {
  for (const [name, text] of Object.entries(texts)) put(node.querySelector(`.${name}`), text);
  put(node.querySelector(".who"), plain(leg.card.caller));
}

function mark(node, ...names) {
  const wanted = ["card", ...names.filter(Boolean)].join(" ");
  if (node.className !== wanted) node.className = wanted;
}

function where(leg) {
  const town = plain(leg.card.town || "Town not known");
  return `${town} \u00b7 ${CHANNELS[leg.card.channel] ?? leg.card.channel}`;
}

function act(node, words, key, kind = "") {
  const place = node.querySelector(".act");
  const wanted = words + key;
  if (place.dataset.is === wanted) return;
  place.dataset.is = wanted;
  place.className = `act ${kind}`;
  place.replaceChildren(words, ...(key ? [el("kbd", {}, key)] : []));
}

function updateRinging(node, leg, store, oldest) {
  const now = store.now();
  mark(node, "wait", leg.leg === store.selected && "sel");
  const said = leg.lines.filter((line) => line.kind === "caller");
  const left = said.length - SAID_SHOWN;
  const text = said.slice(-SAID_SHOWN).map((line) => plain(line.text)).join("\n");
  const clicked = store.clicked.has(leg.leg);
  fill(node, leg, {
    time: span(now - leg.card.opened_at),
    where: where(leg),
    state: leg.ring_until > now ? `${Math.ceil(leg.ring_until - now)} s left here` : "",
    said: (left > 0 ? `(${left} before) ` : "") + text,
    foot: `\u25b2 WAITING${said.length > 1 ? ` \u00b7 ${said.length} texts` : ""}`,
  });
  act(node, clicked ? "Answering \u2026" : "Answer", !clicked && oldest ? "F1" : "", "strong");
}

function updateMine(node, leg, store, key) {
  const now = store.now();
  const since = store.waitingSince(leg);
  const failed = store.unsent(leg).filter((one) => one.failed).length;
  const last = leg.lines.findLast((line) => line.kind === "caller" || line.kind === "psap");
  mark(node, "own", leg.leg === store.selected && "sel", since && "due");
  fill(node, leg, {
    time: span(now - leg.card.opened_at),
    where: where(leg),
    state: failed ? `\u2715 ${failed} not sent` : leg.unread ? `${leg.unread} new` : "",
    said: last ? (last.kind === "psap" ? "We: " : "") + plain(last.text) : "",
    foot: since ? `\u25b2 Caller waiting ${span(now - since)}` : "\u25cb Waiting for the caller",
  });
  node.querySelector(".state").className = `state${failed || leg.unread ? " badge" : ""}`;
  node.querySelector(".foot").className = `foot${since ? " warn" : ""}`;
  act(node, "", key);
}

function updateOther(node, leg, store) {
  const now = store.now();
  mark(node, leg.stalled && "stalled", leg.leg === store.selected && "sel");
  const person = store.people.find((one) => one.name === leg.owner);
  const last = leg.readable ? store.last(leg, "caller") : undefined;
  fill(node, leg, {
    time: span(now - leg.card.opened_at),
    where: where(leg),
    state: person?.position || "",
    said: last ? plain(last.text) : "",
    foot: leg.stalled ? `\u25b2 LINK LOST \u00b7 ${leg.owner} is gone` : `\u25cf ${leg.owner}`,
  });
  act(node, store.mayTake(leg) ? (leg.stalled ? "Take over" : "Read") : "", "", leg.stalled && "strong");
}

function updateOver(node, leg, store) {
  mark(node, "gone", !leg.owner && "missed", leg.leg === store.selected && "sel");
  fill(node, leg, {
    time: "",
    where: where(leg),
    state: leg.owner ? "\u25a0 over" : "\u25b2 nobody answered here",
    said: plain(leg.closed),
    foot: "",
  });
  act(node, leg.leg === store.selected ? "Put away" : "Look", "");
}
