// The balancers of a group, where the status is of all of them added up: a line for each.
import { element, say } from "./elements.js";
import { duration, number } from "./figures.js";

const COLUMNS = ["Balancer", "State", "In flight", "Requests/s", "Share", "5xx/s", "Hears"];

/** One balancer's figures in a status. */
const of = (id, figure) => (status) => {
  const one = status.balancers?.find((it) => it.id === id);
  return one && figure(one);
};
const requests = (it) => it.requests;
const errors = (it) => it.errors;

/** The section with all balancers; what changes is filled in by `show`. */
export class BalancerTable {
  constructor() {
    this.rows = new Map();
    this.title = element("h2");
    this.body = element("tbody", { role: "rowgroup" });
    const heads = COLUMNS.map((it) => element("th", { scope: "col", role: "columnheader" }, it));
    this.section = element(
      "section",
      { "aria-label": "Balancers", class: "group" },
      element("div", { class: "top" }, this.title),
      element("p", { class: "policy" }, "Everything else on this page is their sum; the state of a target is the worst that any of them sees."),
      element(
        "table",
        { role: "table", class: "targets balancers" },
        element("caption", { class: "hidden" }, "Balancers"),
        element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
        this.body,
      ),
    );
  }

  show(status, history) {
    const ids = status.balancers.map((it) => it.id);
    say(this.title, `${ids.length} balancers`);
    const rates = new Map(ids.map((id) => [id, history.rate(of(id, requests))]));
    const total = [...rates.values()].reduce((a, b) => a + (b ?? 0), 0);
    for (const one of status.balancers) {
      if (!this.rows.has(one.id)) this.rows.set(one.id, new Row(one.id));
      this.rows.get(one.id).show(one, rates.get(one.id), total, history.rate(of(one.id, errors)));
    }
    for (const id of this.rows.keys()) if (!ids.includes(id)) this.rows.delete(id);
    const lines = ids.map((id) => this.rows.get(id).line);
    if (lines.length !== this.body.children.length || lines.some((it, i) => it !== this.body.children[i])) {
      this.body.replaceChildren(...lines);
    }
  }
}

class Row {
  constructor(id) {
    this.cells = COLUMNS.slice(1).map((name) => element("td", { role: "cell", "data-name": name }));
    this.state = element("span");
    this.since = element("small");
    this.cells[0].append(this.state, this.since);
    this.share = element("span");
    this.bar = element("i");
    this.cells[3].append(this.share, element("span", { class: "bar", "aria-hidden": "true" }, this.bar));
    this.line = element(
      "tr",
      { role: "row" },
      element("th", { scope: "row", role: "rowheader" }, element("a", { href: `${encodeURIComponent(id)}/` }, id)),
      ...this.cells,
    );
  }

  show(one, rate, total, failed) {
    const [, inFlight, perSecond, , errors, hears] = this.cells;
    say(this.state, one.answers ? "answers" : "silent");
    this.state.className = `state ${one.answers ? "healthy" : "unhealthy"}`;
    say(this.since, one.answers ? `up for ${duration(one.uptimeMillis)}` : "");
    say(inFlight, number(one.requestsInFlight));
    say(perSecond, number(rate));
    const share = total > 0 ? (rate ?? 0) / total : undefined;
    say(this.share, share === undefined ? "–" : `${Math.round(share * 100)} %`);
    this.bar.style.width = `${100 * (share ?? 0)}%`;
    say(errors, number(failed));
    errors.className = failed > 0 ? "some" : "";
    say(hears, one.answers && one.peers ? `${one.peersUsed} of ${one.peers} others` : "–");
  }
}
