// A caller on a line: letters that come one by one, whose turn it is, how much of a reply has left.
// What a caller typed enters the page as text only.

import { $, counted, el, plain, put, show, write } from "./dom.js";

const UNSURE = "Received badly: this may be another letter";
const TURNS = {
  ours: ["\u25cb", "The line is free: type", ""],
  sending: ["\u25b6", "We are typing", "ok"],
  interrupting: ["\u25b6", "We are typing, whatever the caller types", "warn"],
  stopping: ["\u25a0", "Both typed: ours waits for the caller", "warn"],
  muted: ["\u25cb", "Our last letters die away", ""],
  hearing: ["\u25cf", "Caller is typing", "warn"],
  speaking: ["\u25cf", "Caller is speaking", "warn"],
  theirs: ["\u25cb", "Caller's turn", "warn"],
};
const painted = new WeakMap(); // node -> {text, unsure} as it shows them

/** The words of a caller's line. What is there already stays, so that a selection in it does too. */
export function paint(node, { text, live }) {
  const unsure = live?.unsure ?? [];
  const letters = [...text];
  const before = painted.get(node);
  let from = before?.letters.length ?? 0;
  const kept = before !== undefined && text.startsWith(before.text)
    && before.unsure.join() === unsure.filter((at) => at < from).join();
  if (kept && before.text === text) return;
  if (!kept) {
    node.replaceChildren();
    from = 0;
  }
  const marked = new Set(unsure);
  while (from < letters.length) {
    let to = from + 1;
    while (to < letters.length && marked.has(to) === marked.has(from)) to += 1;
    const some = letters.slice(from, to).join("");
    if (marked.has(from)) node.append(write(el("u", { class: "unsure", title: UNSURE }), some));
    else write(node, some);
    from = to;
  }
  node.normalize();
  painted.set(node, { text, letters, unsure: [...unsure] });
}

/** Beside the words of a line: a cursor while the caller goes on, what is typed and what has left. */
export function drawLive(node, line) {
  const { live } = line;
  node.classList.toggle("open", Boolean(live?.open));
  const words = node.querySelector(".words");
  if (line.kind === "caller" && words !== null) {
    paint(words, line);
    node.classList.toggle("taken-back", line.text === "");
  }
  if (!live?.typed) return;
  let wire = node.querySelector(".wire");
  if (wire === null) {
    wire = el("p", { class: "wire mono", title: "As it is typed to the caller" },
      el("span", { class: "left" }), el("span", { class: "rest" }));
    words.after(wire);
  }
  const letters = [...live.typed];
  // A TTY's CR LF is one new line, and the last one shows nothing.
  const lines = (some) => plain(some.join("").replace(/\r\n?|\u2028/gu, "\n"));
  put(wire.firstChild, lines(letters.slice(0, live.left)));
  put(wire.lastChild, lines(letters.slice(live.left)).trimEnd());
  show(wire, live.left < letters.length || line.delivery === "lost" || differs(line.text, live.typed));
}

/** Whether it is typed in other words than its own capitals. */
export function differs(text, typed) {
  const bare = (some) => some.toUpperCase().replace(/\s+/gu, " ").trim();
  return bare(text) !== bare(typed);
}

/** What is said of a reply on its way, for the states that only a line has; or "". */
export function progress(line) {
  if (line.delivery === "typing" && line.live?.seconds) {
    return `typing, ${Math.ceil(line.live.seconds)} s left`;
  }
  return "";
}

/** The badge and the interrupt key. */
export function drawLine(store, leg) {
  const { line } = leg;
  show($("line"), Boolean(line) && !leg.closed);
  if (!line) return;
  const rtt = leg.card.channel === "rtt" && !line.gone;
  const [shape, words, kind] = line.gone ? ["\u2715", `The line is gone: ${plain(line.gone)}`, "bad"]
    : rtt ? ["\u21c4", "Both may type at once", ""]
      : TURNS[line.state] ?? ["?", plain(line.state), "warn"];
  const token = line.token && !line.gone ? ` \u00b7 ${plain(line.token)}` : "";
  const voice = line.speaks && line.state !== "speaking" ? " \u00b7 a voice is heard" : "";
  put($("turn"), `${shape} ${words}${token}${voice}`);
  if ($("turn").className !== kind) $("turn").className = kind;
  const held = leg.lines.filter((one) => one.delivery === "held").length;
  put($("held"), held && !line.gone ? counted(held, "reply waits", "replies wait") : "");
  show($("interrupt"), store.isMine(leg) && !line.gone && !rtt);
  drawVoice(store.isMine(leg), line, leg.card.channel);
}

/** The telephone beside the letters, where there is one: how it is, and its keys for who has the call. */
function drawVoice(mine, line, channel) {
  show($("voice"), Boolean(line.voice));
  if (!line.voice) return;
  const both = channel === "rtt"; // beside text of its own a voice goes both ways
  const [words, kind] = voiceWords(mine, line, both);
  put($("voice-state"), words);
  if ($("voice-state").className !== kind) $("voice-state").className = kind;
  for (const button of $("voice").querySelectorAll("button")) {
    show(button, mine && !(both && button.dataset.mode === "hco"));
    button.setAttribute("aria-pressed", String((line.mode ?? "") === button.dataset.mode));
  }
  put($("voice-vco"), both ? "Caller speaks and hears" : "Caller speaks (VCO)");
}

function voiceWords(mine, line, both) {
  const does = both ? "the caller speaks and hears"
    : { vco: "the caller speaks", hco: "the caller hears" }[line.mode] ?? "";
  switch (line.voice) {
    case "open": return [`\u260e Voice is connected: ${does}`, "ok"];
    case "calling": return [`\u260e ${mine ? "Your telephone" : "The telephone"} rings: ${does}`, "warn"];
    default:
      if (line.note) return [`\u2715 No voice: ${plain(line.note)}`, "bad"];
      return line.speaks ? ["\u25cf The caller speaks, and nobody hears it", "warn"] : ["", ""];
  }
}

/** What the key makes of the voice: the caller speaks, the caller hears, off, and around again; beside
    real-time text on and off. */
export function nextMode(line, channel) {
  if (channel === "rtt") return line.mode ? "" : "vco";
  return { "": "vco", vco: "hco", hco: "" }[line.mode ?? ""];
}

/** What a line of the store becomes by a frame, or undefined when it is not about lines that live. */
export function lived(line, frame) {
  switch (frame.type) {
    case "typed":
      return { ...line, text: frame.text, live: { ...line.live, unsure: frame.unsure, open: frame.open } };
    case "sending": {
      const { typed, left, seconds } = frame;
      return { ...line, live: { ...line.live, typed, left, seconds } };
    }
    default:
      return undefined;
  }
}
