// The operator page: asks /status.json once a second and writes it down with textContent only.
// It never says that all is well when it does not know: without an answer it says so.

const EVERY_MS = 1000;
const ANSWER_WITHIN_MS = 3000;
const EVENTS_SHOWN = 30;

const place = (id) => document.getElementById(id);
const MARKS = { good: "●", warn: "▲", bad: "◆" };
const LOOKS = { notice: "warn", warning: "warn", critical: "bad" };

function element(tag, text = "", look = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (look) made.className = look;
  return made;
}

function marked(look, words) {
  return element("span", `${MARKS[look]} ${words}`, look);
}

function row(cells, look = "") {
  const line = element("tr", "", look);
  for (const [content, style] of cells) {
    const cell = element("td", "", style ?? "");
    cell.append(content);
    line.append(cell);
  }
  return line;
}

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const two = (n) => String(n).padStart(2, "0");
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
  if (hours) return `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** "1 bind", "2 binds". */
function counted(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-US", { hour12: false });
}

function milliseconds(value) {
  if (value >= 1000) return [(value / 1000).toFixed(1), "s p99"];
  return [value >= 10 ? value.toFixed(0) : value.toFixed(2), "ms p99"];
}

function hop(now) {
  const box = element("div", "", "panel hop");
  box.append(element("h2", now.name));
  const value = element("div", "", "value");
  const [figure, unit] = milliseconds(now.p99_ms);
  value.append(now.count ? `${figure} ` : "– ", element("small", now.count ? unit : "no traffic"));
  const meter = element("meter");
  meter.max = now.limit_ms;
  meter.high = now.limit_ms * 0.7;
  meter.optimum = 0;
  meter.value = Math.min(now.p99_ms, now.limit_ms);
  meter.setAttribute("aria-label", `${now.name}: share of its limit`);
  const holds = !now.count || now.p99_ms <= now.limit_ms;
  const foot = element("div", `limit ${now.limit_ms} ms · `, "foot");
  foot.append(holds ? element("span", "holds", "good") : marked("bad", "broken"));
  box.append(value, meter, foot);
  return box;
}

function bind(carrier, one, number, now) {
  const good = one.state === "bound";
  return row([
    [number === 1 ? carrier.display : ""],
    [`${number} ${one.mode}`],
    [marked(good ? "good" : "warn", one.state)],
    [span(now - one.since), "r"],
    [String(one.texts_in), "r"],
    [String(one.replies_out), "r"],
    [`${one.in_flight} / ${one.window}`, "r"],
    [one.heard_at ? `${span(now - one.heard_at)} ago` : "never", "r"],
  ], good ? "" : "warn");
}

function unreached(carrier, one, now) {
  const dash = ["–", "r"];
  const next = one.tries_at ? `, next try in ${span(one.tries_at - now)}` : "";
  return row([
    [carrier.display],
    [`to ${one.where}`],
    [marked("warn", one.reason ? `${one.state}: ${one.reason}${next}` : one.state)],
    [span(now - one.since), "r"], dash, dash, dash, dash,
  ], "warn");
}

function unbound(carrier) {
  const dash = ["–", "r"];
  return row([
    [carrier.display], ["none"], [marked("bad", "no bind")], dash, dash, dash, dash, dash,
  ], "bad");
}

function psap(one) {
  let look = "good";
  let words = "attended";
  if (!one.reachable) [look, words] = ["warn", one.reason || "cannot be reached"];
  else if (!one.people) [look, words] = ["warn", "nobody logged in"];
  if (one.stalled) [look, words] = ["bad", `${one.stalled} without their telecommunicator`];
  return row([
    [one.display],
    [one.kind],
    [marked(look, words)],
    [String(one.ringing), "r"],
    [String(one.live), "r"],
    [String(one.people), "r"],
    [one.overflow.join(" → ") || "–", "dim"],
  ], look === "good" ? "" : look);
}

function dialogue(one, now) {
  const state = one.waiting ? marked("bad", one.state) : element("span", one.state);
  if (one.psap) state.append(` · ${one.psap}`);
  return row([
    [element("span", one.id, "mono")],
    [one.town || "not known"],
    [state],
    [span(now - one.opened_at), "r"],
  ], one.waiting ? "bad" : "");
}

function happened(one) {
  const line = element("li");
  line.append(element("span", clock(one.at), "dim mono"));
  const look = LOOKS[one.severity];
  const loud = one.severity !== "notice" && look;
  line.append(loud ? marked(look, one.sentence) : element("span", one.sentence));
  return line;
}

function say(look, sentence) {
  place("say").className = `panel ${look}`;
  place("mark").textContent = MARKS[look];
  // The same words are not written again, so that a screen reader speaks only what is new.
  if (place("sentence").textContent !== sentence) place("sentence").textContent = sentence;
}

function show(status) {
  const worst = status.alarms.some((one) => one.severity === "critical") || !status.ready;
  say(worst ? "bad" : status.alarms.length ? "warn" : "good", status.sentence);
  document.title = `${worst ? "◆ " : status.alarms.length ? "▲ " : ""}${status.name} · text911`;
  place("name").textContent = status.name;
  place("version").textContent =
    `version ${status.version} · up ${span(status.now - status.started_at)}`;
  place("ready").replaceChildren(
    status.ready ? marked("good", "Ready") : marked("bad", "Not ready"),
  );
  place("clock").textContent = clock(status.now);
  const wrongs = [
    ...status.reasons.map((reason) => ["bad", reason]),
    ...status.alarms.map((one) => [
      LOOKS[one.severity], `${one.sentence} (for ${span(status.now - one.since)})`,
    ]),
  ];
  place("alarms").hidden = wrongs.length < 2;
  place("alarm-list").replaceChildren(...wrongs.map(([look, words]) => {
    const line = element("li");
    line.append(marked(look, words));
    return line;
  }));
  place("hops").replaceChildren(...status.hops.map(hop));
  place("binds").replaceChildren(...status.carriers.flatMap((carrier) => [
    ...carrier.binds.map((one, at) => bind(carrier, one, at + 1, status.now)),
    ...(carrier.binds.length ? [] : [unbound(carrier)]),
    ...(carrier.reaches ?? [])
      .filter((one) => one.state !== "connected")
      .map((one) => unreached(carrier, one, status.now)),
  ]));
  const binds = status.carriers.reduce((sum, carrier) => sum + carrier.binds.length, 0);
  place("binds-note").textContent = `${counted(status.carriers.length, "carrier")}, ${counted(binds, "bind")}`;
  place("psaps").replaceChildren(...status.psaps.map(psap));
  place("dialogues").replaceChildren(
    ...status.dialogues.map((one) => dialogue(one, status.now)),
  );
  const more = status.dialogues_total - status.dialogues.length;
  place("dialogues-note").textContent =
    `${status.dialogues_total} in all${more > 0 ? `, ${more} not shown` : ""}`;
  place("events").replaceChildren(...status.events.slice(0, EVENTS_SHOWN).map(happened));
}

let heardAt = 0;

async function ask() {
  try {
    const answer = await fetch("status.json", {
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
    heardAt = Date.now();
  } catch (cause) {
    const since = heardAt ? ` What you see below is ${span((Date.now() - heardAt) / 1000)} old.` : "";
    say("bad", `The gateway does not answer this page (${cause.message}).${since}`);
    document.title = "◆ no answer · text911";
    place("ready").replaceChildren(marked("bad", "No answer"));
  }
  setTimeout(ask, EVERY_MS);
}

ask();
