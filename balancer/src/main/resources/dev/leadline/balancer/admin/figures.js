// Figures from /status: what happened between two of its answers, and how to write that down.

/** Rates are of this long: short enough to see a change, long enough not to flicker. */
const WINDOW_MILLIS = 10_000;
/** Samples that are kept, one a second: what a sparkline shows. */
const KEPT = 120;

/** How many requests a target was given since the start: those that ended and those that have not. */
export function given(target) {
  return target.succeeded + target.failed + target.ignored + target.requestsInFlight;
}

/** Targets of a group by a name that stays theirs, even if one leaves while its successor is there already. */
export function keyed(group) {
  const targets = new Map();
  for (const target of group?.targets ?? []) {
    let key = `${target.id} ${target.address}`;
    while (targets.has(key)) key += "+";
    targets.set(key, target);
  }
  return targets;
}

/** The value of a metric; a key with a dot is one of an object within. */
export function valueAt(values, key) {
  return key.split(".").reduce((it, part) => it?.[part], values);
}

/** The group of this name. */
export function groupOf(status, name) {
  return status.targetGroups.find((it) => it.name === name);
}

/** Answers of /status in their order, and the rates between them. */
export class History {
  #samples = [];

  /** Takes one more. A balancer that has started anew counts from 0: nothing before it counts. */
  add(status) {
    const last = this.#samples.at(-1);
    if (last && status.uptimeMillis < last.uptimeMillis) this.#samples = [];
    this.#samples.push(status);
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  /** Growth a second of a count over the last ten seconds; undefined while there is only one answer. */
  rate(count) {
    const now = this.#samples.at(-1);
    return this.#perSecond(this.#before(now), now, count);
  }

  /** Mean of what `sum` adds up and `count` counts, over the last ten seconds; undefined if there was nothing. */
  mean(sum, count) {
    const now = this.#samples.at(-1);
    const then = this.#before(now);
    const [sums, counts] = [sum, count].map((of) => (of(now) ?? 0) - (then ? (of(then) ?? 0) : 0));
    return counts > 0 ? sums / counts : undefined;
  }

  /** Growth a second from one answer to the next, the oldest first. */
  rates(count) {
    return this.#samples.slice(1).map((now, i) => this.#perSecond(this.#samples[i], now, count) ?? 0);
  }

  /** Means from one answer to the next, the oldest first; undefined where there was nothing. */
  means(sum, count) {
    return this.#samples.slice(1).map((now, i) => {
      const then = this.#samples[i];
      const [sums, counts] = [sum, count].map((of) => (of(now) ?? 0) - (of(then) ?? 0));
      return counts > 0 ? sums / counts : undefined;
    });
  }

  /** The last answer. */
  last() {
    return this.#samples.at(-1);
  }

  /** A figure in every answer, the oldest first. */
  values(figure) {
    return this.#samples.map(figure);
  }

  #before(now) {
    return this.#samples.find((it) => it !== now && now.uptimeMillis - it.uptimeMillis <= WINDOW_MILLIS + 500);
  }

  /** What was not there before, such as a target that has joined, began with 0. */
  #perSecond(then, now, count) {
    if (!then || now.uptimeMillis === then.uptimeMillis) return undefined;
    const seconds = (now.uptimeMillis - then.uptimeMillis) / 1000;
    return Math.max(0, (count(now) ?? 0) - (count(then) ?? 0)) / seconds;
  }
}

/** Three digits that matter, thousands apart; a dash for what is not known. */
export function number(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  const digits = value === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 0.01 ? 5 : digits });
}

/** With its unit, if there is a number. */
export function quantity(value, unit) {
  const text = number(value);
  return text === "–" ? text : `${text} ${unit}`;
}

/** A metric's value as people read it; `metric` is its description from /catalogue. */
export function figure(metric, value) {
  if (metric.type === "flag") return value ? "yes" : "no";
  return metric.unit ? quantity(value, metric.unit) : number(value);
}

/** A length of time in words: the two greatest units. */
export function duration(millis) {
  const seconds = Math.floor(millis / 1000);
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** What a target is at the moment: a key for style, and a word. */
export function stateOf(target) {
  if (target.draining) return "draining";
  if (target.ejected) return "ejected";
  return target.health === "initial" ? "new" : target.health;
}

/** Policies whose loads are no plain number: by what to multiply them, and the unit then. */
const LOADS = {
  leadline: [1e3, "ms"],
  peak_ewma: [1e-6, "ms"],
  prequal: [1e-6, "ms"],
  fastest: [1e-6, "ms"],
};

/** A load as people read it. */
export function load(policy, value) {
  if (value === null || value === undefined) return "–";
  const [factor, unit] = LOADS[policy] ?? [1, ""];
  return `${number(value * factor)} ${unit}`.trim();
}
