/*
 * chart.js - who called from where and when: a lane for each address, and the moments that matter.
 *
 * It is drawn by boxes placed in percent, so that its words keep their size on a phone. The tables
 * tell the same to those who do not see it.
 */

const LANES = 6, CELLS = 240, MINUTE = 6e4, DAY = 864e5;
const TICKS = [1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 720, 1440, 2880, 5760, 10080, 20160, 43200, 129600, 525600].map((n) => n * MINUTE);

/* What a call was: the worst of a place is what is drawn. */
const kindOf = (step) => (step.error ? "failed" : step.looks ? "looks" : "acts");
const KINDS = [["looks", "only looks"], ["acts", "does something"], ["failed", "refused or failed"]];

const began = (step) => Date.parse(step.time);
const ended = (step) => Date.parse(step.last);

function placed(node, from, to) {
  node.style.left = `${from}%`;
  if (to !== undefined) node.style.width = `${to - from}%`;
  return node;
}

/* The time that the chart spans: all steps, and moments that are not far off. */
function spanOf(steps, moments) {
  let from = least(steps, began), to = most(steps, ended);
  const reach = Math.max(to - from, MINUTE) / 2;
  for (const moment of moments) {
    if (moment.at < from && moment.at > from - reach) from = moment.at;
    if (moment.at > to && moment.at < to + reach) to = moment.at;
  }
  const room = Math.max((to - from) * .02, MINUTE);
  return { from: from - room, to: to + room, x: (at) => (at - from + room) / (to - from + 2 * room) * 100 };
}

/* Steps by address, the busiest first, then by time; others' own, and what has no lane, apart. */
function lanesOf(story, steps) {
  const seen = new Set(steps.filter((step) => story.ours.has(step.actor)).map((step) => step.address));
  const known = story.addresses.filter((a) => seen.has(a.address));
  const busy = known.slice(0, known.length > LANES ? LANES - 1 : LANES);
  const lanes = new Map(busy.sort((a, b) => (a.first < b.first ? -1 : 1)).map((a) => [a.address, {
    name: a.address || "not told", note: [a.country, a.new && "new"].filter(Boolean).join(", "), fresh: a.new, steps: [],
  }]));
  const others = { name: "by others", note: "", steps: [] };
  const rest = { name: many(known.length - busy.length, "more address", "more addresses"), note: "", steps: [] };
  for (const step of steps) {
    (story.ours.has(step.actor) ? lanes.get(step.address) || rest : others).steps.push(step);
  }
  return [others, ...lanes.values(), rest].filter((lane) => lane.steps.length);
}

/* One box for each cell of a lane that has calls, and a line where calls went on. */
function marks(lane, span) {
  const boxes = new Map(), track = make("div", { class: "track" });
  for (const step of lane.steps) {
    const kind = kindOf(step), from = span.x(began(step)), to = span.x(ended(step));
    const key = `${kind} ${Math.floor(from * CELLS / 100)} ${Math.floor(to * CELLS / 100)}`;
    const box = boxes.get(key);
    if (box) { box.count += step.count; box.names.add(step.event); continue; }
    boxes.set(key, { kind, from, to, count: step.count, names: new Set([step.event]), time: step.time });
  }
  const order = KINDS.map(([kind]) => kind);
  for (const box of [...boxes.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    const names = [...box.names], more = names.length - 4;
    track.append(placed(make("i", { class: box.to - box.from > 2 ? `${box.kind} long` : box.kind, title: `${clock(box.time)}: ${names.slice(0, 4).join(", ")}${more > 0 ? ` and ${more} more` : ""} (${many(box.count, "call")})` }), box.from, box.to));
  }
  return track;
}

/* A moment beside the chart's span stands at its edge, with its date. */
function momentLine(moment, span) {
  const at = Math.min(Math.max(span.x(moment.at), 0), 100);
  const beside = span.x(moment.at) < 0 ? "← " : span.x(moment.at) > 100 ? "→ " : "";
  const text = `${beside}${moment.name} ${beside ? day(moment.date) : clock(moment.date).slice(0, 16)}`;
  return placed(make("p", { class: `moment ${moment.kind}${at > 55 ? " left" : ""}` }, make("span", {}, text)), at);
}

function ticks(span) {
  const step = TICKS.find((length) => (span.to - span.from) / length <= 5) || DAY * 730;
  const box = make("div", { class: "ticks" });
  for (let at = Math.ceil(span.from / step) * step; at < span.to; at += step) {
    const x = span.x(at), text = new Date(at).toISOString();
    if (x > 6 && x < 94) box.append(placed(make("span", {}, step < DAY ? text.slice(5, 16).replace("T", " ") : day(text)), x));
  }
  return box;
}

/* The steps from the first sign of an attacker on, where they are a small part of the whole time. */
function suspicious(story, steps) {
  const from = least(story.indicators.map((r) => Date.parse(r.first)).filter(Number.isFinite), (at) => at);
  const part = steps.filter((step) => began(step) >= from);
  const length = (list) => most(list, ended) - least(list, began);
  return part.length && length(part) < length(steps) / 4 ? part : null;
}

function figureOf(story, steps, moments) {
  const span = spanOf(steps, moments), lanes = lanesOf(story, steps);
  const used = KINDS.filter(([kind]) => steps.some((step) => kindOf(step) === kind));
  const said = `Calls by address from ${clock(new Date(span.from).toISOString())} to ${clock(new Date(span.to).toISOString())} UTC: ${lanes.map((lane) => lane.name).join(", ")}. ${moments.map((m) => `${m.name} ${clock(m.date)}`).join(", ")}`;
  return make("figure", { class: "chart", role: "img", "aria-label": said },
    make("div", { class: "plot" },
      make("div", { class: "moments" }, ...moments.map((moment) => momentLine(moment, span))),
      ...lanes.map((lane) => make("div", { class: lane.fresh ? "lane new" : "lane" },
        make("span", { class: "name" }, make("span", {}, lane.name), lane.note && make("b", {}, lane.note)), marks(lane, span)))),
    ticks(span),
    make("figcaption", {}, ...used.map(([kind, text]) => make("span", { class: "key" }, make("i", { class: kind }), text)),
      make("span", { class: "key" }, "times in UTC")));
}

/* The chart of a story whose moments are {name, kind, date, at}; null where it has no step. */
function chart(story, moments) {
  const steps = story.steps.filter((step) => Number.isFinite(began(step) + ended(step)));
  if (!steps.length) return null;
  const part = suspicious(story, steps), box = make("div", {}, figureOf(story, steps, moments));
  if (!part) return box;
  const chips = make("div", { class: "chips", role: "group", "aria-label": "Time of the chart" });
  const choose = (button, list) => {
    press(chips, button);
    box.replaceChild(figureOf(story, list, moments), box.lastChild);
  };
  chips.append(chip("whole time", steps.length, (button) => choose(button, steps)), chip("since the first sign of an attacker", part.length, (button) => choose(button, part)));
  press(chips, chips.firstChild);
  box.prepend(chips);
  return box;
}
