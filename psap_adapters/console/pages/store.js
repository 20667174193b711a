// What this browser knows: every dialogue with its lines, and replies that are not recorded yet.
// Applies frames in the order they come; draws nothing and sends nothing.

import { came, fill, tidy } from "./folds.js";
import { lived } from "./live.js";

const TIDY_EVERY = 100; // lines of a leg: also of somebody who writes long and not fast
const OVER_KEPT = 30; // dialogues that are over stay listed until there are more than these

export class Store {
  constructor() {
    this.me = null; // the welcome frame
    this.words = { canned: [], closing_text: "", suspended: "" };
    this.people = [];
    this.legs = new Map();
    this.outbox = new Map(); // key -> {leg, key, type, text, at, failed}
    this.groups = new Map(); // group -> its frame, with `open` and the `legs` that were opened
    this.drafts = new Map(); // dialogue -> text
    this.selected = "";
    this.clicked = new Map(); // leg -> since when we wait to hear who has it
    this.acknowledged = new Map(); // leg -> sequence, group -> version
    this.blocks = []; // whom this PSAP has blocked; for supervisors
    this.blocking = new Map(); // key -> caller of blocks that have no answer yet
    this.handOver = null; // the colleague's question we have not answered
    this.notice = null; // {words, until}
    this.offset = 0; // gateway's clock minus ours, seconds
    this.delay = null; // round trip in ms
    this.connected = false;
    this.trouble = "";
    this.ready = new Set(); // legs whose outbox may be sent (again) now
    this.news = []; // lines of callers that just came
  }

  now() {
    return Date.now() / 1000 + this.offset;
  }

  apply(frame) {
    switch (frame.type) {
      case "welcome": return this.#welcome(frame);
      case "words": this.words = frame; return;
      case "people": this.people = frame.people; return;
      case "leg": return this.#leg(frame);
      case "line": return this.#line(frame.leg, frame.line, true);
      case "burst": return this.#burst(frame);
      case "lines": return this.#change(frame.leg, {}, (leg) => fill(leg, frame.lines));
      case "chart": return this.#change(frame.leg, { chart: frame.chart });
      case "group": return this.#group(frame);
      case "members": return this.#members(frame);
      case "typed":
      case "sending": return this.#live(frame);
      case "turn": return this.#change(frame.leg, { line: frame.line });
      case "delivery": return this.#deliver(frame.leg, frame.sequence, frame.delivery, frame.note);
      case "card": return this.#change(frame.leg, { card: frame.card });
      case "owner": return this.#owner(frame);
      case "not_taken": return this.#failed(frame.key, frame.reason);
      case "quiet": return this.#change(frame.leg, { closes_at: frame.closes_at });
      case "stalled": return this.#change(frame.leg, { stalled: frame.stalled });
      case "closed": return this.#closed(frame);
      case "hand_over_asked": this.handOver = frame.legs.length ? frame : null; return;
      case "blocks": this.blocks = frame.blocks; return;
      case "not_possible":
        this.clicked.delete(frame.leg);
        this.say(frame.reason);
        return;
      default: // later versions may say more; what we do not know, we do not need
    }
  }

  say(words) {
    this.notice = { words, until: this.now() + 12 };
  }

  #welcome(frame) {
    this.me = frame;
    this.acknowledged.clear();
    this.clicked.clear();
    this.blocking.clear();
    this.handOver = null;
    this.groups.clear();
    // Everything open follows in the same message; what has no lines need not be resumed.
    for (const [id, leg] of this.legs) if (leg.lines.length === 0) this.legs.delete(id);
  }

  #leg(frame) {
    // What was acknowledged before the gateway knew the leg (again) did not count.
    this.acknowledged.delete(frame.leg);
    let leg = this.legs.get(frame.leg);
    const isNew = leg === undefined;
    if (isNew) {
      leg = {
        lines: [], folds: [], at: new Map(), pace: [], unread: 0, closed: "", closedAt: 0,
        dismissed: false,
      };
      this.legs.set(frame.leg, leg);
    }
    const { lines, deliveries, folds, grown, ...state } = frame;
    leg.folds.push(...folds);
    if (!state.readable && leg.card) state.card = { ...leg.card, ...state.card };
    Object.assign(leg, state, { closed: "" });
    for (const line of lines) this.#line(frame.leg, line, !isNew);
    for (const line of grown) {
      const at = leg.at.get(line.sequence);
      if (at !== undefined) leg.lines[at] = line;
    }
    tidy(leg);
    for (const [sequence, delivery, note] of deliveries) {
      this.#deliver(frame.leg, sequence, delivery, note);
    }
    if (this.isMine(leg)) this.ready.add(frame.leg);
  }

  #line(id, line, isNews) {
    const leg = this.legs.get(id);
    if (leg === undefined) return;
    if (line.key) this.outbox.delete(line.key);
    if (leg.at.has(line.sequence)) return;
    leg.at.set(line.sequence, leg.lines.length);
    leg.lines.push(line);
    if (line.kind === "caller") came(leg, line.at, 1);
    if (leg.lines.length % TIDY_EVERY === 0) tidy(leg);
    if (line.kind !== "caller" || !isNews) return;
    this.news.push(id);
    if (id !== this.selected) leg.unread += 1;
  }

  /** Many lines at once, most of them as a count. */
  #burst({ leg: id, after, folded, lines }) {
    const leg = this.legs.get(id);
    if (leg === undefined) return;
    if (folded > 0) {
      leg.folds.push({ after, last: lines[0].sequence - 1, count: folded });
      came(leg, lines[0].at, folded);
      if (id !== this.selected) leg.unread += folded;
    }
    for (const line of lines) this.#line(id, line, true);
    tidy(leg);
  }

  #group(frame) {
    for (const id of frame.joined) this.#change(id, { group: frame.group });
    if (frame.callers === 0) this.groups.delete(frame.group);
    else {
      const before = this.groups.get(frame.group) ?? { open: false, legs: [] };
      this.groups.set(frame.group, { ...before, ...frame });
    }
  }

  #members({ group: id, skip, legs }) {
    const group = this.groups.get(id);
    if (group !== undefined) group.legs = skip === 0 ? legs : [...new Set([...group.legs, ...legs])];
  }

  /** The caller goes on typing, or a reply goes on leaving. */
  #live(frame) {
    const leg = this.legs.get(frame.leg);
    const at = leg?.at.get(frame.sequence);
    if (at !== undefined) leg.lines[at] = lived(leg.lines[at], frame) ?? leg.lines[at];
  }

  #deliver(id, sequence, delivery, note) {
    const leg = this.legs.get(id);
    const at = leg?.at.get(sequence);
    if (at !== undefined) {
      leg.lines[at] = { ...leg.lines[at], delivery, delivery_note: note };
    }
  }

  #change(id, what, then = () => {}) {
    const leg = this.legs.get(id);
    if (leg === undefined) return;
    Object.assign(leg, what);
    then(leg);
  }

  #owner(frame) {
    const leg = this.legs.get(frame.leg);
    if (leg === undefined) return;
    const clicked = this.clicked.delete(frame.leg);
    const before = leg.owner;
    Object.assign(leg, {
      owner: frame.owner, answered_at: frame.at, state: "answered", ring_until: 0, stalled: false,
    });
    leg.readable = frame.owner === this.me.user || this.me.role === "supervisor";
    if (frame.owner === this.me.user) {
      leg.unread = 0;
      this.ready.add(frame.leg);
      if (clicked || !this.legs.get(this.selected)) this.selected = frame.leg;
    } else if (clicked) {
      this.say(`${frame.owner} has answered ${leg.card.caller}.`);
    } else if (before === this.me.user) {
      this.say(`${frame.owner} has taken ${leg.card.caller} over from you.`);
    }
    if (!leg.readable && this.selected === frame.leg) this.selected = "";
  }

  #failed(key, reason) {
    const one = this.outbox.get(key);
    if (one !== undefined) one.failed = reason;
    const caller = this.blocking.get(key);
    if (this.blocking.delete(key)) this.say(`${caller} is not blocked: ${reason}`);
  }

  #closed(frame) {
    const leg = this.legs.get(frame.leg);
    // A gateway that has restarted does not know what was over before: how it ended stays.
    if (leg === undefined || leg.closed) return;
    if (this.clicked.delete(frame.leg)) this.say(`${leg.card.caller}: ${frame.reason}`);
    leg.closed = frame.reason;
    leg.closedAt = this.now();
    leg.closes_at = 0;
    for (const one of this.outbox.values()) {
      if (one.leg !== frame.leg) continue;
      if (one.type === "end") this.outbox.delete(one.key);
      else one.failed ||= `The dialogue is over. ${frame.reason}`;
    }
    if (!leg.lines.length) this.legs.delete(frame.leg);
    const over = [...this.legs.values()].filter((one) => one.closed);
    over.sort((a, b) => a.closedAt - b.closedAt);
    for (const one of over.slice(0, Math.max(0, over.length - OVER_KEPT))) {
      if (one.leg !== this.selected) this.legs.delete(one.leg);
    }
  }

  // --- questions ---------------------------------------------------------------------------

  isMine(leg) {
    return leg.owner === this.me?.user && !leg.closed;
  }

  current() {
    return this.legs.get(this.selected);
  }

  #list(test, by) {
    return [...this.legs.values()].filter(test).sort((a, b) => by(a) - by(b));
  }

  /** Those who ring with a card of their own, whoever waits longest first. */
  ringing() {
    return this.#list((leg) => this.#rings(leg) && !this.groups.has(leg.group),
      (leg) => leg.card.opened_at);
  }

  #rings(leg) {
    return !leg.closed && !leg.owner;
  }

  /** The groups, likewise. They stand below: a copied message hides nobody. */
  ringingGroups() {
    return [...this.groups.values()].sort((a, b) => a.oldest_at - b.oldest_at);
  }

  /** Those members of an open group that were fetched and still ring. */
  membersOf(group) {
    if (!group.open) return [];
    return group.legs.map((id) => this.legs.get(id))
      .filter((leg) => leg && this.#rings(leg) && leg.group === group.group);
  }

  /** How many callers wait, in groups or not. */
  waiting() {
    return this.ringingGroups().reduce((sum, one) => sum + one.callers, this.ringing().length);
  }

  /** {leg, since} of who is answered first, or null. */
  first() {
    const [single] = this.ringing();
    if (single) return { leg: single.leg, since: single.card.opened_at };
    const [group] = this.ringingGroups();
    return group ? { leg: group.oldest, since: group.oldest_at } : null;
  }

  mine() {
    return this.#list((leg) => this.isMine(leg), (leg) => leg.answered_at);
  }

  others() {
    return this.#list(
      (leg) => !leg.closed && leg.owner && !this.isMine(leg),
      (leg) => (leg.stalled ? 0 : leg.answered_at),
    );
  }

  /** Over and still worth seeing: mine until dismissed, and those nobody answered. */
  over() {
    const worth = (leg) => leg.closed && !leg.dismissed
      && (!leg.owner || leg.owner === this.me?.user);
    return this.#list(worth, (leg) => -leg.closedAt);
  }

  mayTake(leg) {
    return Boolean(leg.owner) && !leg.closed && !this.isMine(leg)
      && (leg.stalled || this.me.role === "supervisor");
  }

  mayBlock(leg) {
    return this.me?.role === "supervisor" && !leg.closed && leg.readable;
  }

  /** Those that still hold: they end by themselves. */
  blocked() {
    return this.blocks.filter((one) => one.until > this.now());
  }

  /** Since when the caller waits for a reply, or 0. */
  waitingSince(leg) {
    let since = 0;
    for (let at = leg.lines.length - 1; at >= 0; at -= 1) {
      if (leg.lines[at].kind === "psap") break;
      if (leg.lines[at].kind === "caller") since = leg.lines[at].at;
    }
    return since;
  }

  last(leg, kind) {
    return leg.lines.findLast((line) => line.kind === kind);
  }

  unsent(leg) {
    return [...this.outbox.values()].filter((one) => one.leg === leg.leg);
  }

  resume() {
    const known = {};
    for (const [id, leg] of this.legs) if (leg.lines.length) known[id] = leg.lines.at(-1).sequence;
    return known;
  }
}
