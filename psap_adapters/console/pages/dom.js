// Small tools for building the page. Text enters the document as text nodes only, never as markup.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children; strings become text nodes. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Change text only when it differs: screen readers and selections stay undisturbed. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Make the children of `parent` those of `items`, in order, keeping nodes that stay. */
export function keyed(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let node = old.get(key);
    if (node === undefined) {
      node = make(item);
      node.dataset.key = key;
    }
    old.delete(key);
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
    update(node, item);
  }
  for (const node of old.values()) node.remove();
}

/** "3:28", or "1:02:03" from an hour on. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** The words that are there, each once: a supervisor who sits at "Supervisor" is one. */
export const joined = (...words) => words.filter((word, at) => word
  && !words.slice(0, at).some((one) => one?.toLowerCase() === word.toLowerCase())).join(" \u00b7 ");

/** "1 text", "2 texts"; `more`: what several are called where that is not `one` with an s. */
export const counted = (number, one, more = `${one}s`) => `${number} ${number === 1 ? one : more}`;

/** Wall clock of a moment in UTC seconds, "14:05:37". */
export function clock(at) {
  return new Date(at * 1000).toLocaleTimeString("en-GB", { hour12: false });
}

// C0 and C1 controls except the line feed, and what would reorder the line around it.
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;

/** What somebody wrote, with every invisible control made visible. Appended to `node` as text. */
export function write(node, text) {
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    node.append(text.slice(from, found.index));
    const code = found[0].codePointAt(0);
    const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    node.append(el("span", { class: "control", title: "control character" }, name));
    from = found.index + 1;
  }
  node.append(text.slice(from));
  return node;
}

/** The same for places that hold plain text only. */
export const plain = (text) => text.replace(UNSEEN, "\u00b7");

export const CHANNELS = { sms: "SMS", tty: "TTY", rtt: "RTT" };
