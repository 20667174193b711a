// The right column: where the caller is, in a map drawn from the gateway's own geometry, and in words.

import { $, clock, counted, el, joined, keyed, plain, put, show, span } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const OLD_AFTER = 120; // seconds: an older fix is marked
const METHODS = {
  Cell: "cell tower or sector", GPS: "satellite (GPS)", "A-GPS": "satellite, network-assisted",
  Default: "default of the carrier, not a fix", Manual: "entered by hand", "802.11": "Wi-Fi",
};

let drawn = null; // the card the map shows
let drawnChart = null;

export function drawPlace(store, on) {
  // With nothing open, whoever waits longest: where they are is known before F1 is pressed.
  const leg = store.current() ?? store.legs.get(store.first()?.leg);
  const readable = leg?.readable ? leg : undefined;
  show($("map"), Boolean(readable));
  show($("place"), Boolean(readable));
  drawPeople(store);
  drawBlocked(store, on);
  if (readable === undefined) {
    drawn = null;
    return;
  }
  if (readable.chartOf !== readable.card) { // the place is new, or may be
    readable.chartOf = readable.card;
    if (readable.card.place) on.chart(readable.leg);
  }
  const chart = readable.chart ?? null;
  if (drawn !== readable.card || drawnChart !== chart) {
    [drawn, drawnChart] = [readable.card, chart];
    drawMap($("map"), readable.card, chart);
  }
  put($("place-title"), readable === store.current() ? "Location" : "Location of who waits longest");
  drawFacts(store, readable.card);
}

function drawBlocked(store, on) {
  const blocked = store.me.role === "supervisor" ? store.blocked() : [];
  show($("blocked"), blocked.length > 0);
  keyed($("blocks"), blocked, (one) => one.id,
    (one) => el("li", {}, el("b", {}, plain(one.caller)), " ", el("span", { class: "dim" }),
      el("button", { type: "button", class: "small", onclick: () => on.unblock(one.id) }, "Lift\u2026")),
    (node, one) => put(node.querySelector("span"),
      `until ${clock(one.until)}, another ${span(one.until - store.now())} \u00b7 ${one.by}: ${plain(one.reason)}`));
}

function drawPeople(store) {
  const people = store.people.map((one) => ({ ...one, has: 0 }));
  for (const leg of store.legs.values()) {
    const one = people.find((person) => person.name === leg.owner);
    if (one && !leg.closed) one.has += 1;
  }
  keyed($("people"), people, (one) => one.name,
    () => el("li", {}, el("b"), " ", el("span", { class: "dim" })),
    (node, one) => {
      put(node.firstChild, one.name);
      const role = one.role === "supervisor" ? "supervisor" : "";
      const open = counted(one.has, "dialogue");
      put(node.lastChild, joined(one.position, role, open));
    });
}

/** "41.55900, -72.65200": as other programs take it. */
export const coordinates = (place) => `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;

const metres = (m) =>
  (m >= 1000 ? `${Number((m / 1000).toFixed(m >= 10000 ? 0 : 1))} km` : `${Math.round(m)} m`);

function drawFacts(store, card) {
  const place = card.place;
  const facts = [["Town", plain(card.town || "not known"), "strong"]];
  if (place) {
    const age = store.now() - place.at;
    const old = age > OLD_AFTER;
    facts.push(
      ["Uncertainty", `within ${metres(place.radius)}, ${place.confidence} % sure`, "strong"],
      ["Method", METHODS[place.method] ?? plain(place.method), ""],
      ["Fix age", `${span(age)}${old ? " \u25b2 old" : ""} \u00b7 ${clock(place.at)}`, old ? "warn" : ""],
      ["Lat, lon", coordinates(place), "mono"],
      ["Source", plain(place.source), ""],
    );
  } else facts.push(["Place", "No location came for this caller. Ask where they are.", "warn"]);
  facts.push(["Why routed here", plain(card.routed_because || "not said"), "dim"]);
  keyed($("facts"), facts, (fact) => fact[0],
    (fact) => el("div", {}, el("dt", {}, fact[0]), el("dd")),
    (node, [, value, kind]) => {
      put(node.lastChild, value);
      if (node.lastChild.className !== kind) node.lastChild.className = kind;
    });
}

function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function drawMap(parent, card, chart) {
  const { place } = card;
  if (!place || !chart) {
    parent.replaceChildren(el("p", { class: "nomap dim" }, place ? "No map of this place." : "No map: the caller's place is not known."));
    return;
  }
  // Half the map's height in metres: the circle with room around it, never beyond what the chart has.
  const half = Math.min(Math.max(place.radius * 1.9, 600), Math.max(chart.radius, place.radius * 1.25));
  const wide = half * 1.45;
  const unit = half / 100; // one hundredth of the half height: sizes of text and strokes
  const svg = shape("svg", {
    viewBox: `${-wide} ${-half} ${2 * wide} ${2 * half}`,
    preserveAspectRatio: "xMidYMid meet", role: "img", "aria-label": inWords(card),
  });
  for (const town of chart.outlines) {
    const d = town.rings.map((ring) => `M${ring.map((p) => p.join(" ")).join("L")}Z`).join("");
    svg.append(shape("path", {
      d, class: town.home ? "town home" : "town", "stroke-width": unit * (town.home ? 1.6 : 0.9),
    }));
  }
  svg.append(
    shape("circle", { class: "doubt", cx: 0, cy: 0, r: place.radius, "stroke-width": unit * 1.4 }),
    shape("path", { class: "centre", d: `M${-6 * unit} 0H${6 * unit}M0 ${-6 * unit}V${6 * unit}`, "stroke-width": unit * 2 }),
  );
  const names = new Names(svg, wide, half, unit);
  scale(svg, names, wide, half, unit);
  const circle = `${metres(place.radius)} \u00b7 ${place.confidence} %`;
  // Inside the circle when there is room, else below it.
  names.put([[0, place.radius > 34 * unit ? 24 * unit : place.radius + 15 * unit]], circle, "note", true);
  const edge = (value, limit) => Math.min(limit, Math.max(-limit, value));
  // The home town is always named, and first; a neighbour only where its name belongs and has room.
  for (const town of [...chart.outlines].sort((a, b) => Number(b.home) - Number(a.home))) {
    const [x, y] = town.label;
    const inside = Math.abs(x) < wide && Math.abs(y) < half;
    if (!inside && !town.home) continue;
    const [atX, atY] = [edge(x, wide), edge(y, half * 0.8)];
    const around = [0, -18, 18, -36, 36].map((by) => [atX, atY + by * unit]);
    const corners = town.home ? [-0.7, 0.7].map((by) => [-wide, half * by]) : [];
    names.put([...around, ...corners], plain(town.name), town.home ? "name home" : "name", town.home);
  }
  parent.replaceChildren(svg);
}

/** Names on the map, none over another, over the caller's place or over the edge. */
class Names {
  constructor(svg, wide, half, unit) {
    Object.assign(this, { svg, wide, half, unit });
    this.taken = [{ x: 0, y: 4 * unit, w: 9 * unit, h: 9 * unit }]; // middles and half sizes
  }

  take(x, y, w, h) { this.taken.push({ x, y, w, h }); }

  /** Written at the first place that is free; with none at the last one, if it must be there. */
  put(places, text, kind, always = false) {
    const w = text.length * 3.6 * this.unit;
    const h = 7 * this.unit;
    const most = Math.max(0, this.wide - w - 3 * this.unit);
    const held = places.map(([x, y]) => [
      Math.min(most, Math.max(-most, x)), Math.min(this.half * 0.95, Math.max(-this.half * 0.88, y)),
    ]);
    const free = held.find(([x, y]) => this.taken.every((one) =>
      Math.abs(one.x - x) >= one.w + w || Math.abs(one.y - y) >= one.h + h));
    if (free === undefined && !always) return;
    const [x, y] = free ?? held.at(-1);
    this.take(x, y, w, h);
    label(this.svg, x, y, text, this.unit, kind);
  }
}

function label(svg, x, y, text, unit, kind) {
  svg.append(shape("text", {
    x, y, class: kind, "font-size": unit * 11, "stroke-width": unit * 3,
  }, text));
}

/** A bar of 1, 2 or 5 times a power of ten metres, at most half the width. */
function scale(svg, names, wide, half, unit) {
  const most = wide * 0.62;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
  const [right, y] = [wide * 0.93, half * 0.88];
  const tick = 3 * unit;
  svg.append(shape("path", {
    class: "scale", "stroke-width": unit * 1.4,
    d: `M${right - length} ${y - tick}V${y}H${right}V${y - tick}`,
  }));
  label(svg, right - length / 2, y - 4 * unit, metres(length), unit, "note");
  names.take(right - length / 2, y - 4 * unit, Math.max(length / 2, 16 * unit), 9 * unit);
}

function inWords(card) {
  const { place } = card;
  const north = `${Math.abs(place.latitude).toFixed(4)} degrees ${place.latitude < 0 ? "south" : "north"}`;
  const east = `${Math.abs(place.longitude).toFixed(4)} degrees ${place.longitude < 0 ? "west" : "east"}`;
  return `Map of ${plain(card.town || "the area")}: the caller is within ${metres(place.radius)}, `
    + `${place.confidence} percent sure, of ${north}, ${east}`;
}
