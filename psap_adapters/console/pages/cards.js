// The left column: who waits, what is mine, what colleagues have. A waiting card is red, has a bar, a
// triangle, words and a running time: never colour alone.

import { $, CHANNELS, clock, counted, el, keyed, plain, put, show, span } from "./dom.js";
import { pace, texts } from "./folds.js";

const RINGING_SHOWN = 100; // cards; the gateway groups who comes after
const SAID_EVERY = 10; // seconds between what a screen reader is told of groups
const SAID_SHOWN = 3; // lines of a waiting caller on the card
const SILENT = "A call; nothing is typed yet. Answer it: the caller may be waiting for you.";
export const SWITCH_KEYS = ["F2", "F3", "F4", "F6", "F7", "F8", "F9"]; // F5 stays "load again"

let saidAt = 0;

/** Draws all cards. Returns {legs, groups}: what is on the screen. */
export function drawCards(store, on) {
  const ringing = store.ringing();
  const groups = store.ringingGroups();
  const shown = ringing.slice(0, RINGING_SHOWN);
  const mine = store.mine();
  const others = store.others();
  const over = store.over();
  const advice = store.me?.dialogues_at_once ?? 3;
  const more = ringing.length - shown.length;

  put($("ringing-title"), ringing.length || groups.length
    ? `Waiting \u00b7 answer oldest first${more ? ` \u00b7 ${more} more` : ""}`
    : store.connected ? "Nobody waits" : "Waiting \u00b7 not known");
  put($("mine-title"), `Mine \u00b7 ${mine.length} of ${advice}`);
  show($("others-title"), others.length > 0);
  show($("over-title"), over.length > 0);

  const first = store.first()?.leg;
  const members = groups.flatMap((group) => store.membersOf(group));
  keyed($("ringing"), [
    ...shown.flatMap((leg) => ringingItems(leg, store, on, first)),
    ...groups.flatMap((group) => groupItems(group, store, on, first)),
  ], (item) => item.key, (item) => item.make(), (node, item) => item.update(node));
  tellGroups(store, groups);
  keyed($("mine"), mine, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateMine(node, leg, store, SWITCH_KEYS[mine.indexOf(leg)] ?? ""));
  keyed($("others"), others, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateOther(node, leg, store));
  keyed($("over"), over, keyOf, (leg) => card(leg, on), (node, leg) =>
    updateOver(node, leg, store));
  return { legs: [...shown, ...members, ...mine, ...others, ...over], groups };
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

function ringingItems(leg, store, on, first) {
  const items = [{
    key: leg.leg, make: () => card(leg, on),
    update: (node) => updateRinging(node, leg, store, leg.leg === first),
  }];
  if (store.mayBlock(leg)) {
    items.push({ key: `block ${leg.leg}`, make: () => blockButton(leg, on), update: () => {} });
  }
  return items;
}

/** A group: its card, a way to answer without opening it, and when it is open its members. */
function groupItems(group, store, on, first) {
  const id = group.group;
  const members = store.membersOf(group);
  const items = [{
    key: `group ${id}`,
    make: () => card({ leg: "" }, { card: () => on.group(id) }),
    update: (node) => updateGroup(node, group, store),
  }, {
    key: `oldest ${id}`,
    make: () => el("button", { type: "button", class: "flat beside", onclick: () => on.oldestOf(id) }),
    update: (node) => answerOldest(node, group.oldest === first),
  }];
  for (const leg of members) items.push(...ringingItems(leg, store, on, ""));
  const left = group.callers - members.length;
  if (group.open && left > 0) {
    items.push({
      key: `more ${id}`,
      make: () => el("button", { type: "button", class: "flat beside", onclick: () => on.members(id) }),
      update: (node) => put(node, `${left} more of them (show)`),
    });
  }
  return items;
}

function updateGroup(node, group, store) {
  mark(node, "wait", "group");
  const callers = counted(group.callers, "caller");
  const similar = group.kind === "similar";
  for (const [name, text] of Object.entries({
    who: callers,
    time: span(store.now() - group.oldest_at),
    where: similar ? "with similar words" : "more, each in other words",
    state: `newest ${clock(group.newest_at)}`,
    said: similar ? `\u201c${plain(group.words)}\u201d \u2026` : "There are more than this list can show.",
    foot: `\u25b2 WAITING \u00b7 ${counted(group.texts, "text")}`,
  })) put(node.querySelector(`.${name}`), text);
  act(node, group.open ? "Close" : "Open", "", "strong");
  if (node.ariaExpanded !== String(group.open)) node.ariaExpanded = String(group.open);
}

function answerOldest(node, isFirst) {
  const key = isFirst ? "F1" : "";
  if (node.dataset.is === `is${key}`) return;
  node.dataset.is = `is${key}`;
  node.replaceChildren("Answer who waits longest of them", ...(key ? [el("kbd", {}, key)] : []));
}

/** For screen readers: how many there are, now and then, not at every text. */
function tellGroups(store, groups) {
  const now = store.now();
  if (groups.length > 0 && Math.abs(now - saidAt) < SAID_EVERY) return;
  const words = groups.map((one) => (one.kind === "similar"
    ? `${counted(one.callers, "caller")} with similar words: ${plain(one.words)}` : counted(one.callers, "more caller")));
  if (words.length > 0) saidAt = now;
  put($("groups-said"), words.join(". "));
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
  const count = texts(leg);
  const left = count - SAID_SHOWN;
  const text = said.slice(-SAID_SHOWN).map((line) => plain(line.text)).join("\n");
  const clicked = store.clicked.has(leg.leg);
  const fast = pace(leg, now);
  fill(node, leg, {
    time: span(now - leg.card.opened_at),
    where: where(leg),
    state: fast || (leg.ring_until > now ? `${Math.ceil(leg.ring_until - now)} s left here` : ""),
    said: (left > 0 ? `(${left} before) ` : "") + (text || (leg.line ? SILENT : "")),
    foot: `\u25b2 WAITING${count > 1 ? ` \u00b7 ${count} texts` : ""}`,
  });
  node.querySelector(".state").className = `state${fast ? " badge" : ""}`;
  act(node, clicked ? "Answering \u2026" : "Answer", !clicked && oldest ? "F1" : "", "strong");
}

function updateMine(node, leg, store, key) {
  const now = store.now();
  const since = store.waitingSince(leg);
  const fast = pace(leg, now);
  const failed = store.unsent(leg).filter((one) => one.failed).length;
  const last = leg.lines.findLast((line) => line.kind === "caller" || line.kind === "psap");
  mark(node, "own", leg.leg === store.selected && "sel", since && "due");
  fill(node, leg, {
    time: span(now - leg.card.opened_at),
    where: where(leg),
    state: failed ? `\u2715 ${failed} not sent` : fast || (leg.unread ? `${leg.unread} new` : ""),
    said: last ? (last.kind === "psap" ? "We: " : "") + plain(last.text) : "",
    foot: leg.line?.gone ? "\u2715 The line is gone: end it, or wait for the next call"
      : since ? `\u25b2 Caller waiting ${span(now - since)}` : "\u25cb Waiting for the caller",
  });
  node.querySelector(".state").className = `state${failed || fast || leg.unread ? " badge" : ""}`;
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
