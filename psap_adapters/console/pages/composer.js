// Writing: drafts per dialogue, canned replies at the cursor, and what the text will be on the wire.
// Which letters an SMS can carry is the gateway's to say; this asks it while one types.

import { $, counted, el, keyed, plain, put, show } from "./dom.js";
import { differs } from "./live.js";
import { offered, PlainLetters, reason, used } from "./plain.js";

const MEASURE_AFTER = 120; // ms of rest in typing
const ALPHABETS = { "GSM-7": "plain SMS letters" };
const ON_LINE = { Baudot: "TTY", "T.140": "real-time text" };
const LONG = 30; // seconds on the line, in which a caller on a TTY cannot type

export class Composer {
  /** `on`: {send(text), measure(leg, text, id)} */
  constructor(store, on) {
    this.store = store;
    this.on = on;
    this.box = $("text");
    this.leg = "";
    this.asked = 0;
    this.askedText = "";
    this.measuredText = "";
    this.answer = null;
    this.timer = 0;
    this.plain = new PlainLetters();
    this.box.addEventListener("input", () => this.#typed());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    $("send").addEventListener("click", () => { this.send(); });
  }

  /** Follow the selection: keep what was being written, bring back what was. */
  draw() {
    const leg = this.store.current();
    const mine = leg && this.store.isMine(leg) ? leg : undefined;
    const id = mine?.leg ?? "";
    if (id !== this.leg) {
      this.leg = id;
      this.box.value = mine ? this.store.drafts.get(mine.dialogue) ?? "" : "";
      this.answer = null;
      this.#ask();
      this.focus(); // it was just opened, answered or taken over: the next thing to do is to write
    }
    if (!mine) return;
    this.box.maxLength = this.store.me.text_max;
    keyed($("canned"), this.store.words.canned.map((one, at) => ({ ...one, at })),
      (one) => `${one.at}${one.word}`,
      (one) => this.#cannedButton(one),
      (node, one) => { node.title = one.text; });
    this.#drawMeter();
  }

  focus() {
    if (!$("composer").hidden && !document.querySelector("dialog[open]")) this.box.focus();
  }

  /** Whether there was anything to send. `interrupt`: whoever's turn it is. */
  send(interrupt = false) {
    const leg = this.store.legs.get(this.leg);
    const text = wellFormed(this.box.value);
    if (leg === undefined || !text.trim()) {
      this.focus();
      return false;
    }
    this.box.value = "";
    this.store.drafts.delete(leg.dialogue);
    this.plain.forget(leg.dialogue);
    this.answer = null;
    this.on.send(leg, text, interrupt);
    this.#ask();
    this.focus();
    return true;
  }

  /** The gateway's answer to `measure`; one to an older text is of no use. */
  measured(frame) {
    if (frame.id !== this.asked || frame.leg !== this.leg) return;
    this.answer = frame;
    this.measuredText = this.askedText;
    if (this.plain.wanted === frame.id) this.plainLetters();
    this.#drawMeter();
  }

  /** Plain letters for what is written; a second time what was written before. */
  plainLetters() {
    const leg = this.store.legs.get(this.leg);
    if (leg === undefined || !this.store.isMine(leg)) return;
    const before = this.plain.before(leg.dialogue, this.box.value);
    const found = this.#current();
    if (before !== undefined) {
      this.plain.forget(leg.dialogue);
      this.#replace(before);
    } else if (found === null) {
      if (this.askedText !== wellFormed(this.box.value)) this.#ask();
      this.plain.wanted = this.asked;
    } else if (offered(found, this.store.me.text_max)) {
      this.plain.keep(leg.dialogue, this.box.value, found.plain);
      this.#replace(found.plain);
    } else if (found.because.length === 0) this.plain.note = "These are plain letters.";
    this.#drawMeter();
  }

  insert(text) {
    this.box.focus();
    const before = this.box.value.slice(0, this.box.selectionStart);
    const gap = before && !/\s$/u.test(before) ? " " : "";
    this.#put(gap + text);
  }

  #cannedButton(one) {
    const key = one.at < 9 ? `/${one.at + 1}` : `/${one.word}`;
    const label = el("span", { class: "canned-text" }, plain(one.text));
    return el("button", { type: "button", tabIndex: -1, onclick: () => this.insert(one.text) },
      label, el("kbd", {}, key));
  }

  /** Through the browser's own editing, so that undo works. */
  #put(text) {
    if (!document.execCommand("insertText", false, text)) {
      this.box.setRangeText(text, this.box.selectionStart, this.box.selectionEnd, "end");
      this.#typed();
    }
  }

  /** All of it, through the browser's own editing. */
  #replace(text) {
    this.box.focus();
    this.box.select();
    this.#put(text);
    this.#ask();
  }

  /** The measure of what is in the field now, or null. */
  #current() {
    const fresh = this.answer?.id === this.asked && this.measuredText === wellFormed(this.box.value);
    return fresh ? this.answer : null;
  }

  #typed() {
    const leg = this.store.legs.get(this.leg);
    if (leg === undefined) return;
    this.plain.note = "";
    this.#expand(/(?:^|\s)\/([1-9])$/u, (digit) => this.store.words.canned[Number(digit) - 1]);
    this.store.drafts.set(leg.dialogue, this.box.value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), MEASURE_AFTER);
  }

  /** Replace a slash word that ends at the cursor. Returns whether there was one. */
  #expand(pattern, find) {
    const { selectionStart: end, selectionEnd } = this.box;
    if (end !== selectionEnd) return false;
    const found = pattern.exec(this.box.value.slice(0, end));
    const canned = found && find(found[1]);
    if (!canned) return false;
    this.box.setSelectionRange(end - found[1].length - 1, end);
    this.#put(canned.text);
    return true;
  }

  #key(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const word = () => this.#expand(/(?:^|\s)\/([a-z][a-z0-9]*)$/u,
      (name) => this.store.words.canned.find((one) => one.word === name));
    if ((event.key === "Tab" && !event.shiftKey) || event.key === " ") {
      if (word()) event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!event.repeat && !word()) this.send();
    } else if (event.key === "Escape") {
      event.preventDefault();
      (document.querySelector("#mine .sel") ?? $("log")).focus();
    }
  }

  #ask() {
    clearTimeout(this.timer);
    if (!this.leg) return;
    this.asked += 1;
    this.askedText = wellFormed(this.box.value);
    this.on.measure(this.leg, this.askedText, this.asked);
  }

  #drawMeter() {
    const found = this.answer;
    this.#drawPlain(found);
    if (found === null) {
      put($("measure"), this.store.connected ? "" : "No link: length not known");
      return show($("as-sent"), false);
    }
    if (found.alphabet in ON_LINE) return this.#drawOnLine(found);
    const parts = counted(found.parts, "part");
    const amount = found.parts > 1 ? `${found.left} left in part ${found.parts}`
      : `${found.room - found.left} / ${found.room}`;
    const seconds = found.seconds ? ` \u00b7 ${found.seconds.toFixed(1)} s on the line` : "";
    put($("measure"), `${amount} \u00b7 ${parts} \u00b7 ${this.#letters(found)}${seconds}`);
    $("measure").className = found.parts > 1 ? "warn" : "";
    const differs = found.as_sent !== this.measuredText && this.measuredText !== "";
    show($("as-sent"), differs);
    if (differs) put($("as-sent"), `Will be sent as: ${plain(found.as_sent)}`);
  }

  /** On a line nothing is cut: what counts is how long it takes. */
  #drawOnLine(found) {
    const seconds = found.seconds ? ` \u00b7 ${found.seconds.toFixed(1)} s on the line` : "";
    const count = counted(found.room, "letter");
    put($("measure"), `${count} \u00b7 ${ON_LINE[found.alphabet]}${seconds}`);
    $("measure").className = found.seconds > LONG ? "warn" : "";
    const other = differs(this.measuredText, found.as_sent);
    show($("as-sent"), other);
    if (other) put($("as-sent"), `Will be typed as: ${plain(found.as_sent)}`);
  }

  /** The words stay in their place, so that they are read out when they change, and only then. */
  #drawPlain(found) {
    const { store } = this;
    const leg = store.legs.get(this.leg);
    const now = this.#current();
    const isPlain = leg !== undefined && this.plain.before(leg.dialogue, this.box.value) !== undefined;
    const why = found === null || store.me === null ? "" : reason(found, store.me.text_max);
    const offer = why !== "" && offered(found, store.me.text_max);
    put($("plain-said"), this.plain.note || (isPlain ? used(now) : plain(why)));
    show($("plain-key"), isPlain || offer);
    put($("plain-key").firstChild, isPlain ? "As I wrote it" : "Plain letters");
    show($("plain-text"), offer && !isPlain);
    put($("plain-text"), offer && !isPlain ? `In plain letters: ${plain(found.plain)}` : "");
    $("plain-said").className = !isPlain && found?.parts > 1 && why ? "warn" : "";
  }

  #letters(found) {
    if (found.alphabet === "UCS-2") {
      return /\p{Extended_Pictographic}/u.test(this.box.value) ? "UCS-2: emoji" : "UCS-2: special letters";
    }
    const [, language] = found.alphabet.split("GSM-7 ");
    return language ? `SMS letters with ${language} ones` : ALPHABETS[found.alphabet] ?? found.alphabet;
  }
}

/** Half a surrogate pair is no character and would be refused as a frame. */
function wellFormed(text) {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}
