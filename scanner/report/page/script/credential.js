/* credential.js - a leaked credential, or whoever else has a story: where it stands, since when. */

const PLACES = 50;

/* --- what is known of it --- */

const isPast = (f) => f.git !== null && !f.git.in_work_tree;
const place = (f) => {
  const at = f.location.line ? `:${f.location.line}:${f.location.column}` : "";
  return (f.location.path || `(message of ${f.git ? f.git.kind : "commit"})`) + at;
};
const storyOf = new Map(report.stories.map((story) => [story.id, story]));

function findingText(f) {
  return [
    f.rule, f.fingerprint, f.access_key_id, f.account, f.account_label, place(f),
    f.secret_location && f.secret_location.path, f.s3 && f.s3.uri,
    f.git && [f.git.author, f.git.first_commit, f.git.repository, ...f.git.paths].join(" "),
  ].join(" ");
}

function storyText(story) {
  return [
    story.id, story.user, ...story.indicators.flatMap((r) => [r.id, r.title, r.evidence]),
    ...story.derived.flatMap((d) => [d.id, d.role]),
    ...story.steps.map(stepText),
  ].join(" ");
}

/* What has a story only has no findings. */
function credential(findings, story) {
  const first = findings[0] || null;
  const gits = findings.map((f) => f.git).filter(Boolean);
  const written = findings.map((f) => !f.git && f.s3 && f.s3.last_modified).filter(Boolean);
  const starts = [...gits.map((g) => g.date), ...written].map(Date.parse).filter(Number.isFinite);
  const ends = gits.map((g) => Date.parse(g.last_date || g.date)).filter(Number.isFinite);
  const inFiles = findings.some((f) => !isPast(f));
  const atHead = gits.some((g) => g.at_head === true);
  const verdicts = findings.map((f) => f.verification && f.verification.status);
  const checked = findings.find((f) => f.verification && f.verification.status === "live");
  const severity = first ? first.severity : story.severity || "none";
  let text = null;
  return {
    findings, first, story, inFiles, atHead, severity,
    account: first ? first.account || (first.verification && first.verification.account) || "" : story.account || "",
    still: inFiles || atHead,
    past: first !== null && findings.every(isPast),
    remote: gits.some((g) => g.on_remote === true),
    s3: findings.some((f) => f.s3 !== null),
    live: verdicts.includes("live"),
    checked: checked ? checked.verification.checked_at : null,
    verdict: verdicts.find((v) => v && v !== "unverified") || "",
    start: starts.length ? Math.min(...starts) : null,
    end: ends.length ? Math.max(...ends) : null,
    inGit: gits.length > 0,
    grade: GRADES.includes(severity) ? GRADES.indexOf(severity) : GRADES.length,
    score: story ? story.score : -1,
    used: story !== null && story.calls > 0,
    places: sum(findings, (f) => Math.max(f.count || 1, 1)),
    name: first ? first.access_key_id || first.secret_access_key || first.value || first.rule : nameOf(story),
    /* Made when somebody searches: of a thousand stories it is long. */
    get text() {
      if (text === null) text = [...findings.map(findingText), story ? storyText(story) : ""].join(" ").toLowerCase();
      return text;
    },
  };
}

function credentials() {
  const groups = new Map(), told = new Set();
  for (const finding of report.findings) {
    const group = groups.get(finding.fingerprint);
    if (group) group.push(finding); else groups.set(finding.fingerprint, [finding]);
  }
  const list = [...groups.values()].map((findings) => {
    const story = storyOf.get(findings[0].access_key_id) || null;
    if (story) told.add(story);
    return credential(findings, story);
  });
  return [...list, ...report.stories.filter((story) => !told.has(story)).map((story) => credential([], story))];
}

const all = credentials();
const begin = all.reduce((least, c) => (c.start === null ? least : Math.min(least, c.start)), now);
const span = Math.max(now - begin, 1);
const percent = (at) => Math.min(Math.max((at - begin) / span, 0), 1) * 100;

/* --- on the page --- */

function exposure(c) {
  if (c.start === null) return null;
  const bar = make("div", { class: "bar", "aria-hidden": "true" });
  bar.append(placed(make("i", { class: "past" }), percent(c.start), 100));
  bar.append(placed(make("i", { class: "still" }), percent(c.start), percent(c.still ? now : c.end)));
  const days = Math.max(Math.round((now - c.start) / DAY), 0);
  const since = c.inGit ? `In the repository for ${many(days, "day")}: first committed ${dayOf(c.start)}` : `In the bucket for ${many(days, "day")}: written ${dayOf(c.start)}`;
  const until = c.still ? "still there" : `last in a commit of ${dayOf(c.end)}, and in the history since`;
  return make("div", { class: "line" }, bar, make("p", {}, `${since}, ${until}.`));
}

function tags(c) {
  const list = make("ul", { class: "tags" });
  const tag = (text, kind) => list.append(make("li", kind ? { class: kind } : {}, text));
  if (c.verdict) tag(c.verdict, c.live ? "hot" : c.verdict === "dead" || c.verdict === "expired" ? "calm" : "");
  if (c.used) tag("used", "hot");
  if (c.inFiles) tag("in a file");
  if (c.atHead) tag("at HEAD");
  if (c.past && !c.atHead) tag("in history only");
  if (c.remote) tag("on a remote", "hot");
  if (c.s3) tag("in a bucket");
  if (c.first.confidence !== "high") tag(`${c.first.confidence} confidence`);
  const decoded = c.first.location.decoded;
  if (decoded.length) tag(`encoded: ${decoded.join(", ")}`);
  return list.childElementCount ? list : null;
}

function placeItem(f) {
  const notes = [];
  if (f.count > 1) notes.push(many(f.count, "place"));
  if (f.secret_location && f.secret_location.path !== f.location.path) {
    notes.push(`secret in ${f.secret_location.path}:${f.secret_location.line}:${f.secret_location.column}`);
  } else if (f.secret_location && f.secret_location.line !== f.location.line) {
    notes.push(`secret at ${f.secret_location.line}:${f.secret_location.column}`);
  }
  if (f.s3) notes.push(f.s3.uri + (f.s3.version_id ? ` (version ${f.s3.version_id})` : ""));
  if (f.git) {
    const commits = f.git.commits ? `, ${many(f.git.commits, "commit")}` : "";
    notes.push(f.git.first_commit
      ? `since commit ${f.git.first_commit.slice(0, 12)} of ${day(f.git.date)} by ${f.git.author || "nobody"}${commits}`
      : `object ${(f.git.blob || "").slice(0, 12)}, which no commit holds`);
    if (f.git.repository) notes.push(`repository ${f.git.repository}`);
    const others = f.git.paths.filter((p) => isPast(f) && p !== f.location.path);
    if (others.length) notes.push(`also as ${others.slice(0, 5).join(", ")}${others.length > 5 ? ` and ${many(others.length - 5, "path")} more` : ""}`);
  }
  return make("li", {}, code(place(f)), isPast(f) ? " in history" : null, ...notes.map((note) => make("span", {}, note)));
}

/* What to type: by the logs where they tell of it, by what is known of a live key, else by the rule. */
function advice(c) {
  const rule = c.first && report.rules[c.first.rule] || {};
  const id = c.first && c.first.access_key_id;
  const live = c.findings.find((f) => f.next_steps);
  const lines = c.used || !c.first ? c.story.next_steps
    : live ? live.next_steps.map((step) => step.command)
      : [rule.look, rule.close].filter((command) => command && id).map((command) => `${command} ${id}`);
  const box = make("div", {}, rule.next ? make("p", {}, rule.next) : null);
  if (lines.length) box.append(make("pre", {}, ...lines.map((line) => make("span", {}, line))));
  return box;
}

function inside(c) {
  const box = make("div", { class: "inside" }, advice(c));
  if (!c.first) return box;
  const list = make("ul", {}, ...c.findings.slice(0, PLACES).map(placeItem));
  if (c.findings.length > PLACES) list.append(make("li", {}, `and ${count(c.findings.length - PLACES)} more places`));
  box.append(make("h3", {}, "Where it stands"), list, make("h3", {}, "Fingerprint"), code(c.first.fingerprint));
  return box;
}

function whatItIs(c) {
  const what = make("p", { class: "what" });
  const add = (...text) => what.append(make("span", {}, ...text));
  if (c.first) add((report.rules[c.first.rule] || {}).name || c.first.rule);
  else add({ key: "access key", user: "IAM user", principal: "principal" }[c.story.kind]);
  if (c.account) add(`account ${c.account}${c.first && c.first.account_label ? ` (${c.first.account_label})` : ""}`);
  const secret = c.first && (c.first.secret_access_key || c.first.value);
  if (secret && c.first.access_key_id) add("secret ", code(secret));
  if (c.first && c.first.session_token) add("token ", code(c.first.session_token));
  return what;
}

function whereItIs(c) {
  const more = c.findings.length - 1;
  return make("div", { class: "where" }, make("p", {}, code(place(c.first)), more ? ` and ${many(more, "more place", "more places")}` : ""), tags(c));
}

function item(c) {
  const title = c.findings.length > 1 ? `What to do, and all ${many(c.findings.length, "place")}` : "What to do";
  return make("li", { class: "item" },
    make("div", { class: "head" }, make("span", { class: "id" }, c.name),
      c.severity === "none" ? "" : make("span", { class: `grade ${c.severity}` }, c.severity), whatItIs(c)),
    c.first ? whereItIs(c) : "", exposure(c),
    c.story ? storySection(c.story, c.checked) : "",
    folded(title, () => inside(c)));
}
