/* story.js - what one key did: why it is suspicious, from where, whom it led to, step by step. */

const ROWS = 100;

for (const story of report.stories) story.ours = new Set([story.id, ...story.derived.map((d) => d.id)]);

/* --- who --- */

/* Of an ARN what stands behind its account: "role/NAME". */
const shortName = (arn) => (/^arn:(?:[^:]*:){4}/.test(arn || "") ? arn.split(":").slice(5).join(":") : arn || "");
const userName = (user) => user.slice(user.indexOf(":") + 1);

function nameOf(story) {
  if (story.kind === "key") return story.id;
  return story.kind === "user" ? `user ${userName(story.id)}` : shortName(story.id);
}

function derivedName(d) {
  if (d.kind === "user") return `user ${userName(d.id)}`;
  if (d.kind !== "key") return shortName(d.id);
  return d.id + (d.role ? ` of ${shortName(d.role)}` : d.user ? ` of user ${userName(d.user)}` : "");
}

function whoMade(story, step) {
  if (step.actor === story.id) return story.kind === "key" ? "the key" : "it";
  const derived = story.derived.find((d) => d.id === step.actor);
  return derived ? derivedName(derived) : shortName(step.by) || "somebody";
}

/* --- its figures --- */

function verdictOf(story) {
  if (!story.calls) return "Not used in these logs";
  if (!story.indicators.length) return "Used, nothing suspicious";
  return `Suspicion ${story.score} of 100`;
}

/* What happened to the key, in order of time; `checked` is when it was found to be live. */
function momentsOf(story, checked) {
  const list = [];
  const add = (name, kind, date) => {
    const at = Date.parse(date);
    if (Number.isFinite(at)) list.push({ name, kind, date, at });
  };
  add("created", "made", story.created && story.created.time);
  add("leaked", "leak", story.exposed_since);
  add("first used after it", "used", story.first_use_since_exposed);
  if (story.state === "inactive" || story.state === "deleted") add(story.state, "off", story.state_since);
  add("verified live", "leak", checked);
  return list.sort((a, b) => a.at - b.at);
}

function facts(story, checked) {
  const list = make("dl", { class: "facts" });
  const add = (name, ...what) => list.append(make("div", {}, make("dt", {}, name), make("dd", {}, ...what)));
  if (story.kind === "key") add("User", story.user ? `${userName(story.user)} in account ${story.account}` : "not in these logs");
  if (story.created) add("Created", time(story.created.time), ` by ${shortName(story.created.by)} from ${story.created.address}`);
  if (story.exposed_since) add("Leaked", time(story.exposed_since), story.first_use_since_exposed ? "" : ", not used since");
  if (story.first_use_since_exposed) add("First used since", time(story.first_use_since_exposed));
  if (checked) add("Verified live", time(checked));
  if (story.calls) add("Used", time(story.first), " to ", time(story.last));
  if (story.kind === "key" && story.calls) add("State", story.state && story.state !== "active" ? `${story.state} since ${clock(story.state_since)}` : "on, as far as these logs say");
  if (story.calls_after_deactivation) add("Used after that", many(story.calls_after_deactivation, "call"));
  if (story.bytes) add("Objects given out", `${count(story.bytes)} bytes`);
  if (story.calls_of_user_by_other_means) add("Its user by other means", many(story.calls_of_user_by_other_means, "call"));
  return list;
}

/* AWS's own services, which act for the caller, stand where an address does. */
const byService = (address) => address === "AWS Internal" || (address || "").endsWith(".amazonaws.com");

function sentence(story) {
  const parts = [many(story.calls, "call")];
  if (story.denied) parts.push(`${count(story.denied)} refused`);
  const services = story.addresses.filter((a) => byService(a.address)).length;
  parts.push(`from ${many(story.addresses.length - services, "address", "addresses")}${services ? ` and through ${many(services, "service of AWS", "services of AWS")}` : ""}`);
  return `${parts.join(", ")}.`;
}

/* What came of it and still gives access, in words; null: nothing. */
function openNow(story) {
  const open = story.derived.filter((d) => d.open);
  const kinds = [["key", (d) => d.kind === "key" && !d.expires], ["session", (d) => d.kind === "key" && d.expires], ["user", (d) => d.kind !== "key"]];
  const parts = kinds.map(([name, is]) => [name, open.filter(is).length]).filter(([, n]) => n).map(([name, n]) => many(n, name));
  return parts.length ? `${parts.join(", ")} of its making still ${open.length === 1 ? "gives" : "give"} access.` : null;
}

/* --- tables --- */

const NUMBER = "number";
const times = [{ name: "First", of: (row) => time(row.first) }, { name: "Last", of: (row) => time(row.last) }];
const calls = [{ name: "Calls", kind: NUMBER, of: (row) => count(row.calls) }, { name: "Failed", kind: NUMBER, of: (row) => (row.errors ? make("b", { class: "bad" }, count(row.errors)) : "0") }];
const fresh = (row) => (row.new ? make("b", { class: "new" }, "new") : null);

function reasons(story) {
  return table("Why it is suspicious", [
    { name: "Score", kind: NUMBER, of: (r) => `+${r.score}` },
    { name: "Severity", of: (r) => make("span", { class: `grade ${r.severity}` }, r.severity) },
    { name: "What", kind: "wide", of: (r) => make("span", {}, r.title, make("small", {}, code(r.evidence))) },
    { name: "First", of: (r) => time(r.first) },
    { name: "Times", kind: NUMBER, of: (r) => count(r.count) },
  ], story.indicators);
}

function addresses(story) {
  const agents = new Map(story.addresses.map((a) => [a.address, new Set()]));
  for (const step of story.steps) {
    if (story.ours.has(step.actor) && agents.has(step.address)) agents.get(step.address).add(step.user_agent);
  }
  const columns = [
    { name: "Address", kind: "wide", of: (a) => make("span", {}, code(a.address || "not told"), " ", fresh(a), ...[...agents.get(a.address)].filter(Boolean).map((agent) => make("small", {}, agent))) },
    ...calls, ...times,
  ];
  if (story.addresses.some((a) => a.country)) columns.splice(1, 0, { name: "Country", of: (a) => a.country });
  return table("Source addresses, and the programs that called from them", columns, story.addresses);
}

function uses(caption, column, rows, name) {
  return table(caption, [{ name: column, kind: "wide", of: (row) => make("span", {}, row[name] || "not told", " ", fresh(row)) }, ...calls, ...times], rows);
}

function derived(story) {
  const rows = [...story.derived].sort((a, b) => b.open - a.open);
  return table("Whom it led to", [
    { name: "Access", of: (d) => (d.open ? make("b", { class: "bad" }, "open") : "closed") },
    { name: "Who", kind: "wide", of: (d) => make("span", {}, code(derivedName(d)), d.from && d.from !== story.id ? make("small", {}, `through ${d.from}`) : "") },
    { name: "By", of: (d) => d.how },
    { name: "Made", of: (d) => time(d.made) },
    { name: "Ends", of: (d) => time(d.expires) || (d.state && d.state !== "active" ? d.state : "") },
  ], rows);
}

/* --- steps --- */

const stepFilters = [
  ["all", () => true], ["does something", (s) => !s.looks], ["refused or failed", (s) => Boolean(s.error)],
  ["by others", (s, story) => !story.ours.has(s.actor)],
];

const stepText = (s) => [s.by, s.event, s.error, s.detail, s.address, s.region, s.user_agent, s.event_source].join(" ");

const stepColumns = (story) => [
  { name: "Time", of: (s) => make("span", {}, time(s.time), s.last !== s.time ? make("small", {}, "to ", time(s.last)) : "") },
  { name: "Who", of: (s) => make("span", { class: story.ours.has(s.actor) ? "" : "other" }, whoMade(story, s)) },
  { name: "Call", kind: "wide", of: (s) => make("span", {}, make(s.looks ? "span" : "b", {}, s.event), s.error ? make("b", { class: "bad" }, ` ${s.error}`) : "",
    make("small", {}, [s.detail, (s.event_source || "").replace(".amazonaws.com", ""), s.region].filter(Boolean).join(" · "))) },
  { name: "From", kind: "from", of: (s) => code(s.address || "not told") },
  { name: "Times", kind: NUMBER, of: (s) => count(s.count) },
];

function steps(story) {
  const box = make("div", { class: "steps" }), chips = make("div", { class: "chips", role: "group", "aria-label": "Show only these steps" });
  const more = make("button", { type: "button", class: "more" });
  const status = make("p", { class: "shown", role: "status" });
  let list = [], drawn = 0, body = null;

  const words = make("input", { type: "search", placeholder: "Search these steps", "aria-label": "Search these steps", autocomplete: "off", spellcheck: "false" });
  const holds = (s, wanted) => { const text = stepText(s).toLowerCase(); return wanted.every((word) => text.includes(word)); };
  let chosen = stepFilters[0][1];

  const marked = (s) => Object.assign({ mark: kindOf(s) }, s);
  const draw = () => {
    body.add(list.slice(drawn, drawn + ROWS).map(marked));
    drawn = Math.min(drawn + ROWS, list.length);
    more.hidden = drawn === list.length;
    more.textContent = `Show ${count(Math.min(list.length - drawn, ROWS))} more of ${count(list.length - drawn)} steps`;
  };
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    list = story.steps.filter((s) => chosen(s, story) && holds(s, wanted));
    const next = table(null, stepColumns(story), []);
    next.setAttribute("aria-label", "Step by step");
    if (body) body.replaceWith(next); else box.append(next);
    body = next;
    drawn = 0;
    draw();
    status.textContent = list.length === story.steps.length ? "" : `${count(list.length)} of ${many(story.steps.length, "step")}`;
  };
  for (const [name, test] of stepFilters) {
    const n = story.steps.filter((s) => test(s, story)).length;
    if (n && (name === "all" || n < story.steps.length)) chips.append(chip(name, n, (button) => { chosen = test; press(chips, button); show(); }));
  }
  box.append(make("h3", {}, "Step by step"), make("p", { class: "shown" }, "In UTC. Calls that are alike are one step, at the time of the first."));
  if (story.steps.length > 5) box.append(make("div", { class: "narrow" }, words, chips.childElementCount > 1 ? chips : null), status);
  press(chips, chips.firstChild);
  show();
  words.addEventListener("input", show);
  more.addEventListener("click", draw);
  box.append(more);
  if (story.steps_left) box.append(make("p", { class: "shown" }, `And ${many(story.steps_left, "step")} more, which --format jsonl tells.`));
  return box;
}

/* --- the whole --- */

function storyInside(story, checked) {
  const box = make("div", { class: "inside wide" }, facts(story, checked));
  if (story.indicators.length) box.append(reasons(story));
  if (story.addresses.length) box.append(addresses(story));
  if (story.derived.length) box.append(derived(story));
  if (story.steps.length) box.append(steps(story));
  if (story.calls) box.append(uses("User agents", "User agent", story.user_agents, "user_agent"), uses("Services", "Service", story.services, "service"), uses("Regions", "Region", story.regions, "region"));
  return box;
}

/* A story in short, with its chart; its tables open on demand. */
function storySection(story, checked) {
  const box = make("section", { class: "story", "aria-label": `What ${nameOf(story)} did` });
  const grade = story.indicators.length ? story.severity : story.calls ? "low" : "none";
  const open = openNow(story);
  box.append(make("p", { class: "verdict" }, make("b", { class: `grade ${grade}` }, verdictOf(story)),
    story.calls ? make("span", {}, sentence(story)) : "",
    open ? make("span", { class: "bad" }, open) : ""));
  if (story.indicators.length) {
    const first = story.indicators.slice(0, 3), left = story.indicators.length - first.length;
    box.append(make("ul", { class: "why" }, ...first.map((r) => make("li", {}, r.title)), left ? make("li", {}, `and ${many(left, "reason")} more`) : null));
  }
  box.append(chart(story, momentsOf(story, checked)) || "");
  const what = [many(story.steps.length + story.steps_left, "step"), story.calls && "addresses", story.derived.length && "whom it led to", story.indicators.length && "why it is suspicious"].filter(Boolean);
  if (story.steps.length) box.append(folded(`What it did: ${what.join(", ")}`, () => storyInside(story, checked)));
  return box;
}
