// Puts the parts together: frames go into the store, the page is drawn from it, actions go out by the link.

import { Alarm } from "./alarm.js";
import { drawBanners } from "./banners.js";
import { drawCards } from "./cards.js";
import { Composer } from "./composer.js";
import { ask, askBlock, askEnd, help } from "./dialogs.js";
import { $, clock, el, joined, plain, put, span } from "./dom.js";
import { FETCH } from "./folds.js";
import { bindKeys } from "./keys.js";
import { Link } from "./link.js";
import { nextMode } from "./live.js";
import { coordinates, drawPlace } from "./place.js";
import { Store } from "./store.js";
import { drawTalk } from "./talk.js";

const DRAW_EVERY = 50; // ms at most between drawings under load; the first is immediate
const MEMBERS = 50; // callers of a group that are fetched at once
const SHOWN_AT_ONCE = 100; // dialogues acknowledged in one frame
const WAIT_FOR_OWNER = 8; // seconds until a click without an answer may be repeated

const store = new Store();
let drawnAt = 0;
let pending = 0;
let leaving = false;

const link = new Link({
  resume: () => store.resume(),
  up: () => { store.connected = true; store.trouble = ""; },
  frames: (list) => list.forEach(hear),
  down(reason, code) {
    if (store.connected) alarm.ping(); // heard also when nobody looks
    store.connected = false;
    store.delay = null;
    store.trouble = reason;
    if (code === 4400) for (const one of store.outbox.values()) one.failed ||= reason;
    draw();
  },
  loggedOut: () => { store.outbox.clear(); location.replace("./"); },
});

const alarm = new Alarm(draw);
const composer = new Composer(store, {
  send: (leg, text, interrupt) => post(leg, "write", text, interrupt),
  measure: (leg, text, id) => link.send({ type: "measure", id, leg, text }),
});

function hear(frame) {
  if (frame.type === "pong") {
    const trip = performance.now() - frame.sent;
    store.delay = Math.round(trip);
    store.offset = frame.now + trip / 2000 - Date.now() / 1000;
  } else if (frame.type === "measured") composer.measured(frame);
  else if (frame.type === "hand_over_answered") handedOver(frame);
  else store.apply(frame);
  if (frame.type === "welcome") store.offset = frame.now - Date.now() / 1000;
  soon();
}

// --- drawing ---------------------------------------------------------------------------------

function soon() {
  if (pending !== 0) return;
  const wait = DRAW_EVERY - (performance.now() - drawnAt);
  pending = setTimeout(draw, Math.max(0, wait));
}

function draw() {
  clearTimeout(pending);
  pending = 0;
  drawnAt = performance.now();
  drawHeader();
  drawBanners(store, alarm, act);
  if (store.me === null) return;
  const onScreen = drawCards(store, act);
  drawTalk(store, act);
  composer.draw();
  drawPlace(store, act);
  const leg = store.current();
  if (leg) leg.unread = 0;
  sound();
  flush();
  acknowledge(onScreen);
  if (leaving && store.mine().length === 0) {
    leaving = false;
    link.send({ type: "log_out" });
  }
}

function drawHeader() {
  put($("clock"), clock(store.now()));
  const state = $("link");
  const up = store.connected;
  put(state, up ? `\u25cf Gateway ${store.delay ?? "\u2013"} ms` : "\u25b2 NO LINK to the gateway");
  state.className = up ? "ok" : "bad";
  const words = { on: "Sound on", blocked: "\u2715 SOUND BLOCKED", broken: "\u2715 NO SOUND", unknown: "Sound" };
  put($("sound").firstChild, words[alarm.state]);
  $("sound").classList.toggle("bad", alarm.state === "blocked" || alarm.state === "broken");
  if (store.me === null) return;
  const { name, user, position, role } = store.me;
  put($("psap"), name);
  put($("me"), joined(position, user, role === "supervisor" ? role : ""));
  const waiting = store.waiting();
  put($("waiting"), waiting ? `\u25b2 ${waiting} waiting` : up ? "Nobody waiting" : "Waiting: not known");
  $("waiting").className = waiting || !up ? "count bad" : "count dim";
  put($("version"), `${store.me.psap} \u00b7 protocol ${store.me.version}`);
}

function sound() {
  const waiting = store.waiting();
  const lost = store.others().filter((leg) => leg.stalled).length;
  const first = store.first();
  alarm.ring(waiting > 0 || lost > 0);
  const since = first ? span(store.now() - first.since) : "";
  const words = store.connected ? `${store.me.name} \u00b7 911` : "\u25b2 NO LINK \u00b7 911";
  alarm.tell(waiting, since, lost ? `\u25b2 ${lost} LOST` : words);
  if (store.news.some((id) => store.legs.has(id) && store.isMine(store.legs.get(id)))) alarm.ping();
  store.news.length = 0;
}

/** Tell the gateway what is on the screen now, and nothing that is not. */
function acknowledge({ legs, groups }) {
  const cards = groups.filter((one) => one.version > (store.acknowledged.get(`group ${one.group}`) ?? -1));
  const drawn = Object.fromEntries(cards.map((one) => [one.group, one.version]));
  if (cards.length > 0 && link.send({ type: "shown", up_to: {}, groups: drawn })) {
    for (const one of cards) store.acknowledged.set(`group ${one.group}`, one.version);
  }
  const news = [];
  for (const leg of legs) {
    const last = leg.lines.at(-1)?.sequence;
    if (last === undefined || !(last > (store.acknowledged.get(leg.leg) ?? -1))) continue;
    news.push([leg.leg, last]);
  }
  for (let at = 0; at < news.length; at += SHOWN_AT_ONCE) {
    const some = news.slice(at, at + SHOWN_AT_ONCE);
    if (!link.send({ type: "shown", up_to: Object.fromEntries(some) })) return;
    for (const [id, sequence] of some) store.acknowledged.set(id, sequence);
  }
}

// --- sending ---------------------------------------------------------------------------------

const fresh = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** A reply or an end: kept under its key until the gateway has said what became of it. */
function post(leg, type, text, interrupt = false) {
  const key = fresh();
  store.outbox.set(key, { leg: leg.leg, key, type, text, interrupt, failed: "" });
  carry(store.outbox.get(key));
  draw();
}

function carry({ leg, key, type, text, interrupt }) {
  link.send(interrupt ? { type, leg, key, text, interrupt } : { type, leg, key, text });
}

/** After the link came back, or a dialogue became mine: send what has no answer, with its old key. */
function flush() {
  for (const id of store.ready) {
    for (const one of store.outbox.values()) if (one.leg === id && !one.failed) carry(one);
  }
  store.ready.clear();
}

function answer(id, takeover) {
  const since = store.clicked.get(id);
  if (since !== undefined && store.now() - since < WAIT_FOR_OWNER) return;
  if (!link.send({ type: "answer", leg: id, takeover })) {
    store.say("No link to the gateway: it cannot be answered from here now.");
  } else store.clicked.set(id, store.now());
  draw();
}

function select(id) {
  store.selected = id;
  draw();
  composer.focus();
}

function handedOver(frame) {
  leaving = frame.accepted;
  store.say(frame.accepted ? `${frame.by} takes your dialogues over. Logging out.`
    : `${frame.by} did not take your dialogues over.`);
}

// --- what keys and buttons do ------------------------------------------------------------------

const act = {
  answerOldest() {
    const first = store.first();
    const lost = store.others().find((leg) => leg.stalled);
    if (first) answer(first.leg, false);
    else if (lost) answer(lost.leg, true);
  },
  switchTo(at) {
    const leg = store.mine()[at];
    if (leg) select(leg.leg);
  },
  async card(id) {
    const leg = store.legs.get(id);
    if (leg === undefined) return;
    if (leg.closed && store.selected === id) {
      leg.dismissed = true;
      select("");
    } else if (leg.closed || leg.owner === store.me.user) select(id);
    else if (!leg.owner) answer(id, false);
    else if (leg.stalled) answer(id, true);
    else if (leg.readable) select(id);
    else store.say(`${leg.owner} has this dialogue. Only its owner and supervisors read it.`);
    soon();
  },
  async takeOver() {
    const leg = store.current();
    if (!leg || !store.mayTake(leg)) return;
    const sure = await ask(`Take over from ${leg.owner}`,
      `${leg.owner} will no longer be able to write to ${leg.card.caller}.`, [["yes", "Take over"]]);
    if (sure === "yes") answer(leg.leg, true);
  },
  async end() {
    const leg = store.current();
    if (!leg || !store.isMine(leg)) return;
    const text = await askEnd(leg.card.caller, store.words.closing_text, store.me.text_max);
    if (text !== null) post(leg, "end", text);
    composer.focus();
  },
  /** What is written goes out now, and with it what waits for the caller's turn to end. */
  interrupt() {
    const leg = store.current();
    if (!leg?.line || leg.line.gone || !store.isMine(leg)) return;
    if (composer.send(true)) return;
    if (!link.send({ type: "interrupt", leg: leg.leg })) {
      store.say("No link to the gateway: nothing can be typed now.");
    }
    composer.focus();
  },
  /** Our telephone is joined to the caller's line, or let go. */
  voice(mode) {
    const leg = store.current();
    if (!leg?.line?.voice || leg.line.gone || !store.isMine(leg)) return;
    if (!link.send({ type: "voice", leg: leg.leg, mode })) {
      store.say("No link to the gateway: the voice stays as it is.");
    }
    composer.focus();
  },
  nextVoice() {
    const leg = store.current();
    if (leg?.line) act.voice(nextMode(leg.line, leg.card.channel));
  },
  /** Open or close a group; open, it brings its first members. */
  group(id) {
    const group = store.groups.get(id);
    if (!group) return;
    group.open = !group.open;
    group.legs = [];
    if (group.open) act.members(id);
    soon();
  },
  members(id) {
    const group = store.groups.get(id);
    if (!group) return;
    link.send({ type: "members", group: id, skip: store.membersOf(group).length, count: MEMBERS });
  },
  oldestOf(id) {
    const group = store.groups.get(id);
    if (group) answer(group.oldest, false);
  },
  lines(leg, before) {
    link.send({ type: "lines", leg, before, count: FETCH });
  },
  chart(leg) {
    link.send({ type: "chart", leg });
  },
  async block(id) {
    const card = document.activeElement?.closest?.("#ringing .card")?.dataset.key;
    const leg = store.legs.get(id ?? card ?? store.selected);
    if (!leg || !store.mayBlock(leg)) return;
    const caller = plain(leg.card.caller);
    const wish = await askBlock(leg, caller, store.words.closing_text, store.me.block_minutes_max,
      store.me.text_max, (minutes) => clock(store.now() + 60 * minutes));
    if (wish === null) return;
    const key = fresh();
    store.blocking.set(key, caller);
    if (!link.send({ type: "block", leg: leg.leg, key, ...wish })) {
      store.blocking.delete(key);
      store.say(`No link to the gateway: ${caller} is not blocked.`);
    }
    soon();
  },
  async unblock(id) {
    const one = store.blocked().find((block) => block.id === id);
    if (!one) return;
    const sure = await ask(`Lift the block of ${plain(one.caller)}`,
      `${one.by} blocked this caller: ${plain(one.reason)}. From now on their texts ring here again.`,
      [["yes", "Lift the block"]]);
    if (sure === "yes" && !link.send({ type: "unblock", block: id })) {
      store.say("No link to the gateway: the block stands.");
    }
    soon();
  },
  again(key) {
    const one = store.outbox.get(key);
    if (one === undefined) return;
    one.failed = "";
    carry(one);
    draw();
  },
  discard(key) {
    store.outbox.delete(key);
    draw();
    composer.focus();
  },
  plainLetters() {
    composer.plainLetters();
  },
  testSound() {
    alarm.test();
  },
  theme() {
    const { dataset } = document.documentElement;
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", dataset.theme);
  },
  async copy() {
    const leg = store.current() ?? store.legs.get(store.first()?.leg);
    const place = leg?.card.place;
    if (!place || !leg.readable) return;
    store.say(await copied(coordinates(place)) ? `Copied: ${coordinates(place)}` : "The browser did not copy.");
    draw();
  },
  handOver(accepted) {
    if (store.handOver === null) return;
    link.send({ type: "accept_hand_over", from_user: store.handOver.from_user, accepted });
  },
  async leave() {
    if (store.mine().length === 0) {
      if (!link.send({ type: "log_out" })) store.say("No link to the gateway: logging out needs one.");
      return soon();
    }
    const others = store.people.filter((one) => one.name !== store.me.user);
    const words = others.length
      ? `You have open dialogues (${store.mine().length}). Who takes them over?`
      : "You have open dialogues and nobody else is logged in here. End them, or have a colleague log in.";
    const to = await ask("Log out", words, others.map((one) => [one.name, `${one.name} ${one.position}`]));
    if (to) {
      link.send({ type: "hand_over", to });
      store.say(`Asking ${to} to take your dialogues over.`);
      soon();
    }
  },
  help,
};

/** The clipboard needs a secure page; the old way also works on a plain one. */
async function copied(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not permitted: the old way may be.
    }
  }
  const box = el("textarea", { value: text });
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  composer.focus();
  return done;
}

bindKeys(act);
for (const [id, run] of [["sound", act.testSound], ["theme", act.theme], ["help", act.help],
  ["leave", act.leave], ["plain-key", act.plainLetters], ["take", act.takeOver], ["end", act.end], ["block", act.block],
  ["interrupt", act.interrupt], ["copy", act.copy]]) {
  $(id).addEventListener("click", () => run());
}
for (const button of $("voice").querySelectorAll("button")) {
  button.addEventListener("click", () => act.voice(button.dataset.mode));
}
window.addEventListener("beforeunload", (event) => {
  if (store.outbox.size) event.preventDefault();
});
setInterval(draw, 500);
link.open();
alarm.ping(); // heard: sound works. Not allowed: the page says so at once, not with the first caller.
