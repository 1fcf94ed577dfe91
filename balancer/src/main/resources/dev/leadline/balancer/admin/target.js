// The page of one target: what it does now and did in the last two minutes.
import { chart, element, figureTable, say } from "./elements.js";
import { given, groupOf, keyed, load, number, quantity, stateOf, valueAt } from "./figures.js";

/** Where the page of a target is. */
export function addressOf(group, key) {
  return `#target/${encodeURIComponent(group)}/${encodeURIComponent(key)}`;
}

const REASONS = {
  new: "No health check has decided yet.",
  unhealthy: "It gets no requests: its health checks fail.",
  ejected: "It gets no requests for a while: its answers to requests were errors, or late.",
  draining: "It was taken out of the group, gets nothing new and ends what it has.",
};

const percent = (value) => (Number.isFinite(value) ? `${Math.round(value * 100)} %` : "–");
const millis = (value) => quantity(value, "ms");

export class TargetPage {
  /** `address` is the part of the page's address from its # on. */
  constructor(address, catalogue) {
    this.address = address;
    [this.group, this.key] = address.split("/").slice(1).map(decodeURIComponent);
    this.title = element("h2", {}, this.key);
    this.state = element("span");
    this.why = element("p", { role: "status" });
    this.response = chart("Response time", "mean, to the first byte", millis);
    this.requests = chart("Requests", "a second", number);
    this.share = chart("Share", "of the group's requests", percent);
    this.inFlight = chart("In flight", "sent and not ended", number);
    this.failed = chart("Failed", "a second", number);
    this.load = chart("Load", "as the policy sees it", (value) => load(this.policy, value));
    this.all = figureTable(catalogue.target, "All figures of this target");
    const charts = [this.response, this.requests, this.share, this.inFlight, this.failed, this.load];
    this.section = element(
      "section",
      { "aria-label": `Target ${this.key}`, class: "group" },
      element("p", {}, element("a", { href: "#" }, "← All targets")),
      element("div", { class: "top" }, this.title, this.state),
      element("p", { class: "policy" }, "Target group ", element("b", {}, this.group)),
      this.why,
      element("div", { class: "charts" }, ...charts.map((it) => it.box)),
      this.all.box,
    );
  }

  show(status, history) {
    const group = groupOf(status, this.group);
    const target = keyed(group).get(this.key);
    if (!target) {
      say(this.state, "gone");
      this.state.className = "state";
      say(this.why, "The balancer has no such target any more. The charts end where it left.");
      return;
    }
    this.policy = group.policy;
    const state = stateOf(target);
    say(this.state, state);
    this.state.className = `state ${state}`;
    say(this.why, reason(target, state));
    const of = (figure) => (it) => {
      const then = keyed(groupOf(it, this.group)).get(this.key);
      return then && figure(then);
    };
    const requests = history.rates(of(given));
    const all = history.rates((it) => total(groupOf(it, this.group)));
    const times = [of((it) => it.responseMillisTotal), of((it) => it.responses)];
    this.response.draw(history.means(...times), history.mean(...times));
    this.requests.draw(requests, history.rate(of(given)));
    this.share.draw(requests.map((it, i) => (all[i] > 0 ? it / all[i] : undefined)));
    this.inFlight.draw(history.values(of((it) => it.requestsInFlight)));
    this.failed.draw(history.rates(of((it) => it.failed)));
    this.load.draw(history.values(of((it) => it.load ?? undefined)));
    this.all.show(target, (key) => history.rate(of((it) => valueAt(it, key))));
  }
}

function total(group) {
  return [...keyed(group).values()].reduce((sum, it) => sum + given(it), 0);
}

/** Why it gets no requests, or as many as any other. */
function reason(target, state) {
  const said = target.unhealthyBecause ? ` The last one: ${target.unhealthyBecause}.` : "";
  if (state === "healthy" && target.weight === 0) return `It gets no requests: its weight is 0.${said}`;
  return (REASONS[state] ?? "It gets its part of the requests.") + said;
}
