/* page.js - the list of credentials with its search and filters, and the rest of the page. */

const STEP = 100;
const NOUN = report.summary ? "credential" : report.trail.hunt ? "principal" : "key";

/* --- filters --- */

const filters = [
  ...GRADES.map((grade, i) => ({ name: grade, kind: "grade", test: (c) => c.grade === i })),
  { name: "suspicious", kind: "use", test: (c) => c.score > 0 },
  { name: "used", kind: "use", test: (c) => c.used },
  { name: "used since the leak", kind: "use", test: (c) => c.used && c.story.first_use_since_exposed !== null },
  { name: "not used", kind: "use", test: (c) => c.story !== null && !c.used },
  { name: "verified live", kind: "verdict", test: (c) => c.live },
  { name: "in files", kind: "where", test: (c) => c.inFiles },
  { name: "in history only", kind: "where", test: (c) => c.past },
  { name: "on a remote", kind: "reach", test: (c) => c.remote },
  { name: "in buckets", kind: "where", test: (c) => c.s3 },
].filter((filter) => { filter.count = all.filter(filter.test).length; return filter.count && filter.count < all.length; });
const pressed = new Set();
for (const filter of filters) {
  byId("chips").append(chip(filter.name, filter.count, (button) => {
    if (!pressed.delete(filter)) pressed.add(filter);
    button.setAttribute("aria-pressed", String(pressed.has(filter)));
    update();
  }));
}

const accounts = new Map();
for (const c of all) accounts.set(c.account, (accounts.get(c.account) || 0) + 1);
const label = (account) => account || "not known";
byId("account").append(make("option", { value: "*" }, "all"),
  ...[...accounts.keys()].sort().map((a) => make("option", { value: a }, `${label(a)} (${accounts.get(a)})`)));

const severe = (a, b) => b.live - a.live || a.grade - b.grade || b.still - a.still || (a.start || now) - (b.start || now);
const orders = {
  suspicion: (a, b) => b.score - a.score || b.used - a.used || severe(a, b),
  severity: severe,
  oldest: (a, b) => (a.start === null) - (b.start === null) || a.start - b.start || severe(a, b),
  places: (a, b) => b.places - a.places || severe(a, b),
  account: (a, b) => (a.account === "") - (b.account === "") || (a.account < b.account ? -1 : a.account > b.account ? 1 : severe(a, b)),
};

function matches(c, words, account) {
  if (account !== "*" && c.account !== account) return false;
  if (!words.every((word) => c.text.includes(word))) return false;
  const kinds = new Map();
  for (const f of pressed) kinds.set(f.kind, kinds.get(f.kind) || f.test(c));
  return [...kinds.values()].every(Boolean);
}

let shown = [], drawn = 0, grouped = false;

function draw() {
  const list = byId("list");
  for (const end = Math.min(drawn + STEP, shown.length); drawn < end; drawn++) {
    const c = shown[drawn];
    if (grouped && (drawn === 0 || shown[drawn - 1].account !== c.account)) {
      const n = shown.filter((other) => other.account === c.account).length;
      list.append(make("li", { class: "account" }, c.account ? `Account ${c.account}` : "Account not known", make("span", {}, many(n, NOUN))));
    }
    list.append(item(c));
  }
  const left = shown.length - drawn;
  byId("more").hidden = left === 0;
  byId("more").textContent = `Show ${count(Math.min(left, STEP))} more of ${count(left)}`;
}

function update() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  grouped = byId("order").value === "account";
  shown = all.filter((c) => matches(c, words, byId("account").value)).sort(orders[byId("order").value]);
  byId("list").textContent = "";
  drawn = 0;
  byId("shown").textContent = shown.length === all.length ? "" : `${count(shown.length)} of ${many(all.length, NOUN)}`;
  byId("axis").hidden = !shown.some((c) => c.start !== null);
  if (!shown.length && all.length) byId("list").append(make("li", { class: "empty" }, `No ${NOUN} matches. Clear the search or a filter to see more.`));
  draw();
}

/* --- the rest of the page --- */

function axis() {
  const from = new Date(begin).getUTCFullYear(), to = new Date(now).getUTCFullYear();
  const years = Math.max(Math.ceil((to - from) / 6), 1);
  const box = byId("axis");
  const tick = (text, at) => { box.append(placed(make("span", {}, text), at)); };
  tick(dayOf(begin), 0);
  for (let year = from + 1; year <= to; year += years) {
    const at = percent(Date.UTC(year, 0, 1));
    if (at > 14 && at < 88) tick(String(year), at);
  }
  tick("this report", 100);
}

function figure(n, one, more, hot) {
  byId("figures").append(make("p", { class: hot && n ? "figure hot" : "figure" }, make("span", {}, n === 1 ? one : more), make("b", {}, count(n))));
}

function storyFigures() {
  const told = report.stories;
  if (report.trail.hunt) figure(told.length, "principal", "principals");
  else figure(told.filter((story) => story.calls).length, "key was used", "keys were used", true);
  figure(told.filter((story) => story.score).length, "suspicious", "suspicious", true);
  const open = sum(told, (story) => story.derived.filter((d) => d.open).length);
  if (open) figure(open, "of their making still open", "of their making still open", true);
}

function figures() {
  const leaked = all.filter((c) => c.first);
  const still = leaked.filter((c) => c.still).length;
  if (report.summary) figure(leaked.length, "credential", "credentials");
  if (leaked.some((c) => c.verdict)) figure(leaked.filter((c) => c.live).length, "verified live", "verified live", true);
  if (report.trail) storyFigures();
  if (report.summary) {
    figure(leaked.filter((c) => c.grade === 0).length, "critical", "critical", true);
    figure(still, "still in files or at HEAD", "still in files or at HEAD");
  }
  if (report.summary && !report.trail) figure(leaked.length - still, "in history only", "in history only");
  figure([...accounts.keys()].filter(Boolean).length, "account", "accounts");
  if (report.summary && !report.trail) figure(sum(leaked, (c) => c.places), "place", "places");
}

function headline() {
  const leaked = all.filter((c) => c.first).length, used = report.stories.filter((story) => story.calls).length;
  const owners = [...accounts.keys()].filter(Boolean).length;
  if (!report.summary) {
    if (report.trail.hunt) return all.length ? `${many(all.length, "principal")} ${all.length === 1 ? "shows" : "show"} signs of an attacker` : "Nobody shows what a hunt looks for";
    if (all.length === 1) return used ? "The key was used" : "The key was not used";
    return `${used ? count(used) : "None"} of ${count(all.length)} keys ${used < 2 ? "was" : "were"} used`;
  }
  if (!leaked) return report.summary.complete ? "No leaked credentials" : "No leaked credentials in what was read";
  return many(leaked, "leaked credential") + (accounts.size > 1 ? ` of ${many(owners, "AWS account")}` : "") + (report.trail ? `, ${used ? count(used) : "none"} used` : "");
}

function alarm(about, errors, text) {
  byId("alarm").hidden = false;
  byId("alarm").append(make("p", {}, make("b", {}, `${about} `), errors ? `${many(errors, "thing")} could not be read, so that ${text}` : `A limit was reached, so that ${text}`));
}

function covered(list, name, value) {
  if (typeof value === "number" && value && !["report_version", "findings", "credentials", "stories"].includes(name)) {
    list.append(make("div", {}, make("dt", {}, name.replace(/_/g, " ")), make("dd", {}, count(value))));
  }
}

function unread(errors, what) {
  for (const error of errors) {
    byId("unread").hidden = false;
    byId("unread").querySelector("ul").append(make("li", {}, code(error.path || error.target || what), ` ${error.message}`));
  }
}

function rest() {
  byId("headline").textContent = headline();
  unread(report.errors, "scan");
  if (report.summary) {
    const skipped = Object.entries(report.summary.skipped).map(([reason, n]) => [`skipped: ${reason}`, n]);
    if (!report.summary.complete) alarm("This scan is not complete.", report.summary.errors, "there may be more than is shown here.");
    for (const [name, value] of [...Object.entries(report.summary), ...skipped]) covered(byId("coverage"), name, value);
  } else {
    byId("coverage").parentNode.hidden = true;
  }
  if (report.trail) {
    const { not_read: errors, limits, complete, ...counts } = report.trail;
    byId("logs").parentNode.hidden = false;
    if (!complete) alarm("Not all of the logs were read.", counts.errors + counts.broken + counts.unknown, "the keys may have done more than is shown here.");
    for (const limit of limits) byId("alarm").append(make("p", {}, `A limit was reached: ${limit}.`));
    for (const [name, value] of Object.entries(counts)) covered(byId("logs"), name, value);
    unread(errors, "logs");
    byId("order").prepend(make("option", { value: "suspicion" }, "most suspicious first"));
    byId("order").value = "suspicion";
    byId("search").placeholder = "Search keys, accounts, paths, addresses, calls";
  }
  if (!report.summary) for (const order of ["oldest", "places"]) byId("order").querySelector(`[value=${order}]`).remove();
  if (!all.length) for (const id of ["figures", "controls", "axis"]) byId(id).hidden = true;
}

let waiting = 0;
byId("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 120); });
byId("account").addEventListener("change", update);
byId("order").addEventListener("change", update);
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("more").addEventListener("click", draw);
document.addEventListener("keydown", (event) => {
  const search = byId("search");
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    update();
  }
});
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
    details.unfold();
  }
});

figures();
axis();
rest();
update();
byId("app").hidden = false;
