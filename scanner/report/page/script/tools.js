/* tools.js - the report's data, and what every part of the page is made with. */

const report = JSON.parse(document.getElementById("report").textContent);
const now = Date.parse(report.ended);
const GRADES = ["critical", "high", "medium", "low"];

const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en");
const many = (n, one, more) => `${count(n)} ${n === 1 ? one : more || one + "s"}`;
const day = (date) => (date || "").slice(0, 10);
const dayOf = (time) => day(new Date(time).toISOString());
const clock = (date) => (date || "").slice(0, 19).replace("T", " ");
const least = (list, value) => list.reduce((n, entry) => Math.min(n, value(entry)), Infinity);
const most = (list, value) => list.reduce((n, entry) => Math.max(n, value(entry)), -Infinity);
const sum = (list, value) => list.reduce((n, entry) => n + value(entry), 0);

/* What has no shape, or turns the direction of writing: shown as its number. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const visible = (text) => text.replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/* Text only ever becomes text: nothing of the report is read as markup. */
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, visible(String(value)));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined)
    .map((child) => (child instanceof Node ? child : visible(String(child)))));
  return node;
}

const time = (date) => (date ? make("time", { datetime: date }, clock(date)) : null);
const code = (text) => make("code", {}, text);

/* A button that is on or off. */
function chip(name, n, press) {
  const button = make("button", { type: "button", class: "chip", "aria-pressed": "false" }, `${name} `, make("b", {}, count(n)));
  button.addEventListener("click", () => press(button));
  return button;
}

/* Of the buttons of `group`, which exclude each other, `button` is on. */
function press(group, button) {
  for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
}

/* What is only made when somebody opens it. */
function folded(title, fill) {
  const details = make("details", {}, make("summary", {}, title));
  details.unfold = () => { if (details.childElementCount === 1) details.append(fill()); };
  details.addEventListener("toggle", () => { if (details.open) details.unfold(); });
  return details;
}

/*
 * A table with its heading. A column is its heading, the cell that a row has in it, and what kind
 * it is: "number", "wide". On a phone a row is a block of lines, and roles keep it a table for
 * screen readers.
 */
function table(caption, columns, rows) {
  const cell = (column, row) => make("td", { role: "cell", class: column.kind, "data-name": column.name }, column.of(row));
  const line = (row) => make("tr", { role: "row", class: row.mark }, ...columns.map((column) => cell(column, row)));
  const body = make("tbody", { role: "rowgroup" }, ...rows.map(line));
  const node = make("table", { role: "table" }, caption && make("caption", {}, caption),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" },
      ...columns.map((column) => make("th", { role: "columnheader", scope: "col", class: column.kind }, column.name)))), body);
  node.add = (more) => body.append(...more.map(line));
  return node;
}
