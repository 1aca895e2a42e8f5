
"use strict";
(() => {
  const STEP = 100, PLACES = 50;
  const GRADES = ["critical", "high", "medium", "low"];
  const report = JSON.parse(document.getElementById("report").textContent);
  const now = Date.parse(report.ended);
  const byId = (id) => document.getElementById(id);
  const count = (n) => n.toLocaleString("en");
  const many = (n, one, more) => `${count(n)} ${n === 1 ? one : more || one + "s"}`;
  const day = (date) => (date || "").slice(0, 10);

  /* Text only ever becomes text: nothing of the report is read as markup. */
  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== false) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /* --- findings of one credential --- */

  const isPast = (f) => f.git !== null && !f.git.in_work_tree;
  const place = (f) => {
    const at = f.location.line ? `:${f.location.line}:${f.location.column}` : "";
    return (f.location.path || `(message of ${f.git ? f.git.kind : "commit"})`) + at;
  };

  function credential(findings) {
    const first = findings[0];
    const gits = findings.map((f) => f.git).filter(Boolean);
    const starts = gits.map((g) => Date.parse(g.date)).filter(Number.isFinite);
    const ends = gits.map((g) => Date.parse(g.last_date || g.date)).filter(Number.isFinite);
    const inFiles = findings.some((f) => !isPast(f));
    const atHead = gits.some((g) => g.at_head === true);
    const verdicts = findings.map((f) => f.verification && f.verification.status);
    const account = first.account || (first.verification && first.verification.account) || "";
    return {
      findings, first, account, inFiles, atHead,
      still: inFiles || atHead,
      past: findings.every(isPast),
      remote: gits.some((g) => g.on_remote === true),
      s3: findings.some((f) => f.s3 !== null),
      live: verdicts.includes("live"),
      verdict: verdicts.find((v) => v && v !== "unverified") || "",
      start: starts.length ? Math.min(...starts) : null,
      end: ends.length ? Math.max(...ends) : null,
      grade: GRADES.indexOf(first.severity),
      places: findings.reduce((n, f) => n + Math.max(f.count || 1, 1), 0),
      name: first.access_key_id || first.secret_access_key || first.value || first.rule,
      text: findings.map((f) => [
        f.rule, f.fingerprint, f.access_key_id, f.account, f.account_label, place(f),
        f.secret_location && f.secret_location.path, f.s3 && f.s3.uri,
        f.git && [f.git.author, f.git.first_commit, f.git.repository, ...f.git.paths].join(" "),
      ].join(" ")).join(" ").toLowerCase(),
    };
  }

  const groups = new Map();
  for (const finding of report.findings) {
    const group = groups.get(finding.fingerprint);
    if (group) group.push(finding); else groups.set(finding.fingerprint, [finding]);
  }
  const all = [...groups.values()].map(credential);
  const begin = all.reduce((least, c) => (c.start === null ? least : Math.min(least, c.start)), now);
  const span = Math.max(now - begin, 1);
  const percent = (time) => Math.min(Math.max((time - begin) / span, 0), 1) * 100;

  /* --- one credential on the page --- */

  function exposure(c) {
    if (c.start === null) return null;
    const bar = make("div", { class: "bar" });
    const segment = (kind, from, to) => {
      const part = make("i", { class: kind });
      part.style.left = `${percent(from)}%`;
      part.style.width = `${Math.max(percent(to) - percent(from), 0)}%`;
      bar.append(part);
    };
    segment("past", c.start, now);
    segment("still", c.start, c.still ? now : c.end);
    const days = Math.max(Math.round((now - c.start) / 864e5), 0);
    const until = c.still ? "still there" : `last in a commit of ${day(new Date(c.end).toISOString())}, and in the history since`;
    return make("div", { class: "line" }, bar,
      make("p", {}, `In the repository for ${many(days, "day")}: first committed ${day(new Date(c.start).toISOString())}, ${until}.`));
  }

  function tags(c) {
    const list = make("ul", { class: "tags" });
    const tag = (text, kind) => list.append(make("li", kind ? { class: kind } : {}, text));
    if (c.verdict) tag(c.verdict, c.live ? "hot" : c.verdict === "dead" || c.verdict === "expired" ? "calm" : "");
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
    return make("li", {}, make("code", {}, place(f)), isPast(f) ? " in history" : null,
      ...notes.map((note) => make("span", {}, note)));
  }

  function inside(c) {
    const rule = report.rules[c.first.rule] || {};
    const box = make("div", { class: "inside" }, make("p", {}, rule.next || ""));
    const id = c.first.access_key_id;
    const commands = [rule.look, rule.close].filter((command) => command && id);
    if (commands.length) box.append(make("pre", {}, commands.map((command) => `${command} ${id}`).join("\n")));
    box.append(make("h3", {}, "Where it stands"));
    const list = make("ul", {}, ...c.findings.slice(0, PLACES).map(placeItem));
    if (c.findings.length > PLACES) list.append(make("li", {}, `and ${count(c.findings.length - PLACES)} more places`));
    box.append(list, make("h3", {}, "Fingerprint"), make("code", {}, c.first.fingerprint));
    return box;
  }

  function item(c) {
    const secret = c.first.secret_access_key || c.first.value;
    const rule = report.rules[c.first.rule] || {};
    const what = make("p", { class: "what" }, make("span", {}, rule.name || c.first.rule));
    if (c.account) what.append(make("span", {}, `account ${c.account}${c.first.account_label ? ` (${c.first.account_label})` : ""}`));
    if (secret && c.first.access_key_id) what.append(make("span", {}, "secret ", make("code", {}, secret)));
    if (c.first.session_token) what.append(make("span", {}, "token ", make("code", {}, c.first.session_token)));
    const more = c.findings.length - 1;
    const details = make("details", {}, make("summary", {}, more ? `What to do, and all ${many(c.findings.length, "place")}` : "What to do"));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(inside(c));
    });
    return make("li", { class: "item" },
      make("div", { class: "head" }, make("span", { class: "id" }, c.name),
        make("span", { class: `grade ${c.first.severity}` }, c.first.severity), what),
      make("div", { class: "where" }, make("p", {}, make("code", {}, place(c.first)), more ? ` and ${many(more, "more place", "more places")}` : ""), tags(c)),
      exposure(c), details);
  }

  /* --- filters --- */

  const filters = [
    ...GRADES.map((grade, i) => ({ name: grade, kind: "grade", test: (c) => c.grade === i })),
    { name: "verified live", kind: "verdict", test: (c) => c.live },
    { name: "in files", kind: "where", test: (c) => c.inFiles },
    { name: "in history only", kind: "where", test: (c) => c.past },
    { name: "on a remote", kind: "reach", test: (c) => c.remote },
    { name: "in buckets", kind: "where", test: (c) => c.s3 },
  ].filter((filter) => { filter.count = all.filter(filter.test).length; return filter.count && filter.count < all.length; });
  const pressed = new Set();
  for (const filter of filters) {
    const chip = make("button", { type: "button", class: "chip", "aria-pressed": "false" }, `${filter.name} `, make("b", {}, count(filter.count)));
    chip.addEventListener("click", () => {
      if (!pressed.delete(filter)) pressed.add(filter);
      chip.setAttribute("aria-pressed", String(pressed.has(filter)));
      update();
    });
    byId("chips").append(chip);
  }

  const accounts = new Map();
  for (const c of all) accounts.set(c.account, (accounts.get(c.account) || 0) + 1);
  const label = (account) => account || "not known";
  byId("account").append(make("option", { value: "*" }, "all"),
    ...[...accounts.keys()].sort().map((a) => make("option", { value: a }, `${label(a)} (${accounts.get(a)})`)));

  const severe = (a, b) => b.live - a.live || a.grade - b.grade || b.still - a.still || (a.start || now) - (b.start || now);
  const orders = {
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
        list.append(make("li", { class: "account" }, c.account ? `Account ${c.account}` : "Account not known", make("span", {}, many(n, "credential"))));
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
    byId("shown").textContent = shown.length === all.length ? "" : `${count(shown.length)} of ${many(all.length, "credential")}`;
    byId("axis").hidden = !shown.some((c) => c.start !== null);
    if (!shown.length && all.length) byId("list").append(make("li", { class: "empty" }, "No credential matches. Clear the search or a filter to see more."));
    draw();
  }

  /* --- the rest of the page --- */

  function axis() {
    const from = new Date(begin).getUTCFullYear(), to = new Date(now).getUTCFullYear();
    const years = Math.max(Math.ceil((to - from) / 6), 1);
    const box = byId("axis");
    const tick = (text, at) => { const s = make("span", {}, text); s.style.left = `${at}%`; box.append(s); };
    tick(day(new Date(begin).toISOString()), 0);
    for (let year = from + 1; year <= to; year += years) {
      const at = percent(Date.UTC(year, 0, 1));
      if (at > 14 && at < 88) tick(String(year), at);
    }
    tick("this report", 100);
  }

  function figures() {
    const figure = (n, text, hot) => byId("figures").append(make("p", { class: hot && n ? "figure hot" : "figure" }, make("span", {}, text), make("b", {}, count(n))));
    const still = all.filter((c) => c.still).length;
    figure(all.length, all.length === 1 ? "credential" : "credentials");
    if (all.some((c) => c.verdict)) figure(all.filter((c) => c.live).length, "verified live", true);
    figure(all.filter((c) => c.grade === 0).length, "critical", true);
    figure(still, "still in files or at HEAD");
    figure(all.length - still, "in history only");
    figure([...accounts.keys()].filter(Boolean).length, "accounts");
    figure(all.reduce((n, c) => n + c.places, 0), "places");
  }

  function rest() {
    const summary = report.summary;
    const n = all.length;
    byId("headline").textContent = n ? `${many(n, "leaked credential")}${accounts.size > 1 ? ` of ${many([...accounts.keys()].filter(Boolean).length, "AWS account")}` : ""}` : summary.complete ? "No leaked credentials" : "No leaked credentials in what was read";
    if (!summary.complete) {
      byId("alarm").hidden = false;
      byId("alarm").append(make("p", {}, make("b", {}, "This scan is not complete. "), `${many(summary.errors, "thing")} could not be read, so that there may be more than is shown here.`));
    }
    for (const error of report.errors) {
      byId("unread").hidden = false;
      byId("unread").querySelector("ul").append(make("li", {}, make("code", {}, error.path || error.target || "scan"), ` ${error.message}`));
    }
    const rows = { ...summary, ...Object.fromEntries(Object.entries(summary.skipped).map(([k, v]) => [`skipped: ${k}`, v])) };
    for (const [name, value] of Object.entries(rows)) {
      if (typeof value === "number" && value && !["report_version", "findings", "credentials"].includes(name)) {
        byId("coverage").append(make("div", {}, make("dt", {}, name.replace(/_/g, " ")), make("dd", {}, count(value))));
      }
    }
    if (!n) for (const id of ["figures", "controls", "axis"]) byId(id).hidden = true;
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
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

  figures();
  axis();
  rest();
  update();
  byId("app").hidden = false;
})();
