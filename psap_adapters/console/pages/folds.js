// A noisy caller's lines, as this page holds them: the first and the newest, and between them a count.
// Whatever is folded can be fetched again, so memory stays small however long a flood lasts.

const HEAD = 10; // lines at the beginning of a run that are never folded: why somebody texted
const NEWEST = 20; // and at its end
const NOISY = 60; // a run of one caller's lines up to this long is not folded
const OPENED_MAX = 1000; // lines that were opened by hand and stay; then the oldest fold again
const PACE = 20; // seconds over which texts are counted for the badge
const FAST = 10; // texts in that time, from which on it is said
export const FETCH = 200; // lines fetched at once

/** Lines and folds of a leg in their order. A fold has a `count`. */
export function rows(leg) {
  const all = [];
  let next = 0;
  for (const line of leg.lines) {
    while (next < leg.folds.length && leg.folds[next].last < line.sequence) all.push(leg.folds[next++]);
    all.push(line);
  }
  return all.concat(leg.folds.slice(next));
}

/** How many texts of the caller there are, folded or not. */
export const texts = (leg) => leg.folds.reduce((sum, fold) => sum + fold.count,
  leg.lines.filter((line) => line.kind === "caller").length);

/** Fold what is too much of a run of the caller's lines. */
export function tidy(leg) {
  if (leg.lines.length <= NOISY && leg.folds.length === 0) return;
  const [lines, folds] = [[], []];
  let run = [];
  for (const row of rows(leg)) {
    if (row.count || row.kind === "caller") run.push(row);
    else {
      foldRun(run, lines, folds);
      lines.push(row);
      run = [];
    }
  }
  foldRun(run, lines, folds);
  hold(leg, lines, folds);
}

function foldRun(run, lines, folds) {
  const own = run.filter((row) => !row.count);
  const first = run.findIndex((row) => row.count);
  const last = run.findLastIndex((row) => row.count);
  // Beginning and end have no fold within: else there would be two, and with the next flood three.
  const [head, tail] = first < 0 ? [run, run] : [run.slice(0, first), run.slice(last + 1)];
  const stays = new Set(first < 0 && own.length <= NOISY ? own : [
    ...head.slice(0, HEAD), ...tail.slice(-NEWEST), ...own.filter((row) => row.opened).slice(-OPENED_MAX),
  ]);
  let fold = null;
  for (const row of run) {
    if (stays.has(row)) {
      lines.push(row);
      fold = null;
      continue;
    }
    if (fold === null) {
      fold = { after: row.after ?? lines.at(-1)?.sequence ?? -1, last: 0, count: 0 };
      folds.push(fold);
    }
    fold.last = row.last ?? row.sequence;
    fold.count += row.count || 1;
  }
}

/** Lines that were fetched: those that are folded here come out of their folds. */
export function fill(leg, found) {
  if (found.length === 0) return;
  const opened = [];
  for (const fold of leg.folds) {
    const inside = found.filter((line) =>
      line.sequence > fold.after && line.sequence <= fold.last && !leg.at.has(line.sequence));
    if (inside.length === 0) continue;
    fold.count = found[0].sequence <= fold.after ? 0 : Math.max(0, fold.count - inside.length);
    fold.last = inside[0].sequence - 1;
    for (const line of inside) opened.push({ ...line, opened: true });
  }
  const lines = [...leg.lines, ...opened].sort((a, b) => a.sequence - b.sequence);
  hold(leg, lines, leg.folds.filter((fold) => fold.count > 0));
}

function hold(leg, lines, folds) {
  leg.lines = lines;
  leg.folds = folds;
  leg.at = new Map(lines.map((line, at) => [line.sequence, at]));
}

/** Texts that came just now, for the badge. */
export function came(leg, at, count) {
  leg.pace.push([at, count]);
  while (leg.pace.length > 1 && leg.pace[0][0] < at - PACE) leg.pace.shift();
}

/** "214 texts in 20 s", or "" as long as somebody writes like a person. */
export function pace(leg, now) {
  const count = leg.pace.reduce((sum, [at, n]) => (at > now - PACE ? sum + n : sum), 0);
  return count > FAST ? `${count} texts in ${PACE} s` : "";
}
