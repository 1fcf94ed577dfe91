// The dashboard: asks /status every second and draws it, the whole balancer or one target.
import { BalancerTable } from "./balancers.js";
import { element, figureTable, say, sparkline } from "./elements.js";
import { History, duration, given, groupOf, keyed, load, number, quantity, stateOf, valueAt } from "./figures.js";
import { TargetPage, addressOf } from "./target.js";

const EVERY_MILLIS = 1000;
const TIMEOUT_MILLIS = 3000;
const DECISIONS = 6;

const byId = (id) => document.getElementById(id);
const history = new History();
const tiles = new Map();
const panels = new Map();
let answeredAt;
let lost = false;
/** Which metrics there are, from /catalogue. */
let catalogue;

function tile(name, hint, withLine) {
  const value = element("b");
  const more = element("small");
  const spark = withLine ? sparkline() : undefined;
  const box = element("div", {}, element("dt", {}, name), element("dd", {}, value, more));
  if (spark) box.lastChild.append(spark.svg);
  byId("tiles").append(box);
  say(more, hint);
  tiles.set(name, (text, line, hintNow = hint) => {
    say(value, text);
    say(more, hintNow);
    if (spark) spark.draw(line);
  });
}

tile("Requests per second", "mean of the last 10 s", true);
tile("In flight", "not answered completely yet", true);
tile("Held", "wait for a target with room", true);
tile("Server errors (5xx)", "", false);
tile("Refused (4xx)", "", false);

const sum = (figure) => (status) => status.targetGroups.reduce((total, group) => total + figure(group), 0);
const requests = sum((group) => group.requests);
const errors = sum((group) => group.targetErrors + group.balancerErrors);
const held = sum((group) => group.requestsHeld);
const inFlight = (status) => status.requestsInFlight;
const refused = (status) => status.refused;

let whole;

function showWhole(status) {
  whole ??= figureTable(catalogue.balancer, "All figures of the whole balancer");
  if (!whole.box.isConnected) byId("tiles").after(whole.box);
  whole.show(status, (key) => history.rate((it) => valueAt(it, key)));
  showWhose(status);
  const since = (count) => `a second; ${number(count(status))} since the start`;
  tiles.get("Requests per second")(number(history.rate(requests)), history.rates(requests));
  tiles.get("In flight")(number(inFlight(status)), history.values(inFlight));
  tiles.get("Held")(number(held(status)), history.values(held));
  tiles.get("Server errors (5xx)")(number(history.rate(errors)), [], since(errors));
  tiles.get("Refused (4xx)")(number(history.rate(refused)), [], since(refused));
}

let balancers;
let back;

/** Of which balancer this is. Where several are forwarded to one port, the status says so. */
function showWhose(status) {
  const one = `version ${status.version}, up for ${duration(status.uptimeMillis)}, transport ${status.transport}`;
  const many = status.balancers && `${status.balancers.length} balancers added up, ${one}`;
  say(byId("about"), many ?? (status.balancer ? `${status.balancer}, ${one}` : one));
  if (status.all && !back) {
    back = element("p", { class: "asked" }, element("a", { href: status.all }, "← All balancers"));
    byId("news").after(back);
  }
  if (!status.balancers) return;
  if (!balancers) {
    balancers = new BalancerTable();
    byId("balancers").append(balancers.section);
  }
  balancers.show(status, history);
}

const COLUMNS = ["Target", "State", "In flight", "Requests/s", "Share", "Response time", "Load", "Failed"];

/** Everything of one target group that is seen; what changes is filled in by `show`. */
class Panel {
  constructor(group) {
    this.name = group.name;
    this.rows = new Map();
    this.counts = element("p", { class: "counts" });
    this.rate = element("b");
    this.spark = sparkline();
    this.open = element("p", { class: "notice", hidden: "" });
    this.all = figureTable(catalogue.targetGroup, "All figures of this group");
    this.body = element("tbody", { role: "rowgroup" });
    const heads = COLUMNS.map((it) => element("th", { scope: "col", role: "columnheader" }, it));
    const table = element(
      "table",
      { role: "table", class: "targets" },
      element("caption", { class: "hidden" }, `Targets of ${group.name}`),
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
      this.body,
    );
    const title = element("h2", {}, group.name);
    const policy = element("p", { class: "policy" }, "Policy ", element("b", {}, group.policy));
    if (group.policySummary) policy.append(`: ${group.policySummary}`);
    this.section = element(
      "section",
      { "aria-label": `Target group ${group.name}`, class: "group" },
      element("div", { class: "top" }, title, element("p", { class: "rate" }, this.spark.svg, this.rate, " requests/s")),
      policy,
      this.counts,
      this.open,
      table,
      this.all.box,
      this.#why(),
    );
  }

  show(status) {
    const group = groupOf(status, this.name);
    const targets = keyed(group);
    const all = (it) => groupOf(it, this.name)?.requests;
    say(this.rate, number(history.rate(all)));
    this.spark.draw(history.rates(all));
    this.#count(group, targets);
    this.all.show(group, (key) => history.rate((it) => valueAt(groupOf(it, this.name), key)));
    const of = (key, figure) => (it) => {
      const target = keyed(groupOf(it, this.name)).get(key);
      return target && figure(target);
    };
    const rates = new Map([...targets.keys()].map((key) => [key, history.rate(of(key, given))]));
    const total = [...rates.values()].reduce((a, b) => a + (b ?? 0), 0);
    for (const [key, target] of targets) {
      if (!this.rows.has(key)) this.rows.set(key, new Row(target, addressOf(this.name, key)));
      const mean = history.mean(of(key, (it) => it.responseMillisTotal), of(key, (it) => it.responses));
      this.rows.get(key).show(target, group.policy, rates.get(key), total, mean);
    }
    for (const key of this.rows.keys()) if (!targets.has(key)) this.rows.delete(key);
    const order = [...targets.keys()].map((key) => this.rows.get(key).line);
    if (order.length !== this.body.children.length || order.some((it, i) => it !== this.body.children[i])) {
      this.body.replaceChildren(...order);
    }
  }

  #count(group, targets) {
    const states = [...targets.values()].map(stateOf);
    const counted = ["healthy", "unhealthy", "ejected", "draining", "new"]
      .map((state) => [state, states.filter((it) => it === state).length])
      .filter(([state, count]) => count > 0 || state === "healthy" || state === "unhealthy")
      .map(([state, count]) => `${count} ${state}`);
    const waiting = group.requestsHeld > 0 ? [`${number(group.requestsHeld)} requests held`] : [];
    say(this.counts, `${targets.size === 1 ? "1 target" : `${targets.size} targets`}: ${[...counted, ...waiting].join(", ")}`);
    this.open.hidden = !group.failOpen;
    say(this.open, group.failOpen ? "Fail open: no target is healthy, so requests go to all of them." : "");
  }

  #why() {
    const list = element("ol", { class: "decisions" });
    const when = element("span", { role: "status" });
    const again = element("button", { type: "button" }, "Ask again");
    const box = element(
      "details",
      { class: "why" },
      element("summary", {}, "Why did the last requests go where they went?"),
      element("p", { class: "asked" }, again, " ", when),
      list,
    );
    const askWhy = async () => {
      try {
        const answer = await ask(`explain?group=${encodeURIComponent(this.name)}&limit=${DECISIONS}`);
        list.replaceChildren(...answer.decisions.map((it) => decision(it, answer.policy)));
        say(when, answer.decisions.length ? `As of ${time(new Date())}, the newest first.` : "No request has needed a choice yet.");
      } catch (e) {
        say(when, `The balancer did not say: ${e.message}.`);
      }
    };
    again.addEventListener("click", askWhy);
    box.addEventListener("toggle", () => box.open && askWhy());
    return box;
  }
}

/** One target's line of the table. */
class Row {
  constructor(target, page) {
    this.cells = COLUMNS.slice(1).map((name) => element("td", { role: "cell", "data-name": name }));
    const [state, , , share, response] = this.cells;
    this.state = element("span");
    this.weight = element("small");
    state.append(this.state, this.weight);
    this.share = element("span");
    this.bar = element("i");
    share.append(this.share, element("span", { class: "bar", "aria-hidden": "true" }, this.bar));
    this.response = element("span");
    this.probe = element("small");
    response.append(this.response, this.probe);
    this.line = element(
      "tr",
      { role: "row" },
      element("th", { scope: "row", role: "rowheader" }, element("a", { href: page }, target.id), element("small", {}, target.address)),
      ...this.cells,
    );
  }

  show(target, policy, rate, total, mean) {
    const [, flying, perSecond, , , loaded, failed] = this.cells;
    const state = stateOf(target);
    this.mean = mean ?? this.mean;
    say(this.state, state);
    this.state.className = `state ${state}`;
    this.state.title = target.unhealthyBecause ?? "";
    say(this.weight, target.weight === 0 ? "weight 0: gets nothing" : target.weight === 1 ? "" : `weight ${target.weight}`);
    say(flying, number(target.requestsInFlight));
    say(perSecond, number(rate));
    const share = total > 0 ? (rate ?? 0) / total : undefined;
    say(this.share, share === undefined ? "–" : `${Math.round(share * 100)} %`);
    this.bar.style.width = `${100 * (share ?? 0)}%`;
    say(this.response, quantity(this.mean, "ms"));
    say(this.probe, target.probedResponseMillis === null ? "" : `probe ${quantity(target.probedResponseMillis, "ms")}`);
    say(loaded, load(policy, target.load));
    say(failed, number(target.failed));
    failed.className = target.failed > 0 ? "some" : "";
  }
}

const ANSWERS = { WAIT: "it waits in the balancer", NONE: "nowhere" };

/** One choice: where to, by which rule, and what the candidates looked like at that moment. */
function decision(it, policy) {
  const candidates = it.candidates.map((candidate) => {
    const chosen = candidate.id === it.answer;
    const text = ` load ${load(policy, candidate.load)}, ${number(candidate.requestsInFlight)} in flight`;
    return element("li", chosen ? { class: "chosen" } : {}, element("b", {}, candidate.id), text, chosen ? ", chosen" : "");
  });
  const waited = it.requestsHeld > 0 ? ` ${number(it.requestsHeld)} others waited.` : "";
  return element(
    "li",
    {},
    element("p", {}, `${ago(it.agoMillis)}${it.balancer ? ` at ${it.balancer}` : ""}: `, element("b", {}, ANSWERS[it.answer] ?? it.answer), `, ${it.rule || "no rule given"}.${waited}`),
    element("ul", { "aria-label": "Candidates" }, ...candidates),
  );
}

function ago(millis) {
  return millis < 1000 ? `${Math.round(millis)} ms ago` : `${duration(millis)} ago`;
}

function time(date) {
  return date.toLocaleTimeString("en-GB");
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  if (!answer.ok) throw new Error(`it answered with status ${answer.status}`);
  return answer.json();
}

function show(status) {
  history.add(status);
  showWhole(status);
  const names = status.targetGroups.map((it) => it.name);
  if (names.length !== panels.size || names.some((it) => !panels.has(it))) {
    panels.clear();
    for (const group of status.targetGroups) panels.set(group.name, new Panel(group));
    byId("groups").replaceChildren(...[...panels.values()].map((it) => it.section));
  }
  for (const panel of panels.values()) panel.show(status);
  showTarget(status);
}

let page;

/** The page of the target that the address names, in place of everything else. */
function showTarget(status) {
  if (page && page.address !== location.hash) {
    page.section.remove();
    page = undefined;
  }
  if (!page && location.hash.startsWith("#target/")) {
    page = new TargetPage(location.hash, catalogue);
    byId("news").after(page.section);
    scrollTo(0, 0);
  }
  for (const id of ["whole-section", "balancers", "groups"]) byId(id).hidden = Boolean(page);
  page?.show(status, history);
}

addEventListener("hashchange", () => {
  const last = history.last();
  if (last) showTarget(last);
});

/** A notice that stays until the balancer answers. */
function tellLost() {
  const since = answeredAt
    ? `has not answered since ${time(answeredAt)}. What is below is what it said then`
    : `has not answered since this page was opened at ${time(new Date())}`;
  byId("news").replaceChildren(element("p", { class: "notice" }, `The balancer ${since}. This page goes on asking every second.`));
  document.body.classList.add("stale");
}

async function watch() {
  let status;
  try {
    catalogue ??= await ask("catalogue");
    status = await ask("status");
  } catch {
    if (!lost) tellLost();
    lost = true;
  }
  if (status) {
    answeredAt = new Date();
    if (lost) byId("news").replaceChildren();
    document.body.classList.remove("stale");
    lost = false;
    show(status);
  }
  setTimeout(watch, EVERY_MILLIS);
}

watch();
