// Parts of the dashboard's pages. All text goes in as text, never as HTML: names come from configuration.
import { figure, number, valueAt } from "./figures.js";

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawing(width, height, style) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", style);
  svg.append(line);
  return { svg, line };
}

/** Changes nothing where nothing has changed: whoever selects or listens is not disturbed. */
export function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** A path through values that end at the right; what is not known leaves a gap. */
function path(values, width, height, most) {
  const step = (i) => width - values.length + i;
  const place = (value) => (height - 1 - ((height - 2) * value) / most).toFixed(1);
  let drawing = false;
  return values
    .map((value, i) => {
      const known = Number.isFinite(value);
      const part = known ? `${drawing ? "L" : "M"}${step(i)} ${place(value)}h.01` : "";
      drawing = known;
      return part;
    })
    .join("");
}

const greatest = (values) => Math.max(...values.filter(Number.isFinite), 1e-9);

/** A line of the last two minutes; for eyes only, the figure beside it says the same. */
export function sparkline() {
  const { svg, line } = drawing(120, 24, "spark");
  return { svg, draw: (values) => line.setAttribute("d", path(values, 120, 24, greatest(values))) };
}

/** A chart of the last two minutes with its name, the value now, and the greatest one. */
export function chart(name, hint, written) {
  const { svg, line } = drawing(120, 60, "chart");
  const now = element("b");
  const most = element("small");
  const box = element("figure", {}, element("figcaption", {}, name, element("small", {}, hint)), now, svg, most);
  const draw = (values, value = values.at(-1)) => {
    line.setAttribute("d", path(values, 120, 60, greatest(values)));
    say(now, written(value));
    say(most, values.some(Number.isFinite) ? `most in two minutes: ${written(greatest(values))}` : "nothing in two minutes");
  };
  return { box, draw };
}

/** Every metric of a level of the catalogue: what it is now, and a second. */
export function figureTable(metrics, title) {
  const body = element("tbody", { role: "rowgroup" });
  const rows = metrics.map((metric) => {
    const [now, rate] = [1, 2].map(() => element("td", { role: "cell" }));
    const row = element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, metric.help), now, rate);
    body.append(row);
    return { metric, row, now, rate };
  });
  const heads = ["Figure", "Now", "A second"].map((it) => element("th", { scope: "col", role: "columnheader" }, it));
  const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
  const table = element("table", { role: "table", class: "figures" }, head, body);
  const box = element("details", { class: "why" }, element("summary", {}, title), table);
  /** `rateOf` says how much a key grows in a second. */
  const show = (values, rateOf) => {
    for (const { metric, row, now, rate } of rows) {
      const value = valueAt(values, metric.key);
      // There are many reasons why a request was not served; most never happen.
      row.hidden = metric.key.includes(".") && !value;
      say(now, figure(metric, value));
      say(rate, metric.type === "counter" ? number(rateOf(metric.key)) : "");
    }
  };
  return { box, show };
}
