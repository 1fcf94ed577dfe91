// The dashboard's arithmetic; DashboardScriptTest runs this with Node.
import assert from "node:assert/strict";
import { test } from "node:test";

const { History, duration, figure, given, keyed, load, number, quantity, stateOf, valueAt } = await import(process.env.FIGURES);

const at = (uptimeMillis, count) => ({ uptimeMillis, count });
const count = (status) => status.count;

test("a rate is of the last ten seconds, by the balancer's clock", () => {
  const history = new History();
  history.add(at(0, 0));
  assert.equal(history.rate(count), undefined, "one answer says nothing of a rate");
  history.add(at(20_000, 1000));
  assert.equal(history.rate(count), undefined, "too long ago to be called now");
  history.add(at(25_000, 1100));
  assert.equal(history.rate(count), 20);
  history.add(at(35_000, 1100));
  assert.equal(history.rate(count), 0, "only the 10 s between the last two");
});

test("a balancer that started anew is not compared with itself before", () => {
  const history = new History();
  history.add(at(50_000, 900));
  history.add(at(1000, 3));
  assert.equal(history.rate(count), undefined);
  history.add(at(2000, 7));
  assert.equal(history.rate(count), 4);
});

test("a target that joined began with nothing", () => {
  const history = new History();
  history.add(at(1000, undefined));
  history.add(at(2000, 5));
  assert.equal(history.rate(count), 5);
});

test("a mean is of what happened in between, or of all there was if nothing is known of before", () => {
  const history = new History();
  const answers = (uptimeMillis, millis, responses) => ({ uptimeMillis, millis, responses });
  const mean = () => history.mean((it) => it.millis, (it) => it.responses);
  history.add(answers(1000, 300, 3));
  assert.equal(mean(), 100);
  history.add(answers(2000, 320, 4));
  assert.equal(mean(), 20);
  history.add(answers(13_000, 320, 4));
  history.add(answers(14_000, 320, 4));
  assert.equal(mean(), undefined, "nothing was answered");
});

test("a chart of means has a gap where nothing was answered", () => {
  const history = new History();
  const answers = (uptimeMillis, millis, responses) => ({ uptimeMillis, millis, responses });
  [answers(1000, 300, 3), answers(2000, 320, 4), answers(3000, 320, 4), answers(4000, 380, 6)].forEach((it) => history.add(it));
  assert.deepEqual(history.means((it) => it.millis, (it) => it.responses), [20, undefined, 30]);
  assert.equal(history.last().uptimeMillis, 4000);
});

test("a sparkline has one point less than there were answers, and at most two minutes of them", () => {
  const history = new History();
  for (let i = 0; i < 300; i++) history.add(at(i * 1000, i * 2));
  assert.deepEqual(history.rates(count), new Array(119).fill(2));
  assert.equal(history.values(count).length, 120);
});

test("a key with a dot is one of an object within", () => {
  assert.equal(valueAt({ a: 1, b: { c: 2 } }, "b.c"), 2);
  assert.equal(valueAt({ a: 1 }, "b.c"), undefined);
  assert.equal(valueAt(undefined, "a"), undefined);
});

test("what was given to a target is what ended and what has not", () => {
  assert.equal(given({ succeeded: 5, failed: 2, ignored: 1, requestsInFlight: 4 }), 12);
});

test("a target that leaves is not taken for the one that joins in its place", () => {
  const targets = keyed({ targets: [{ id: "a", address: "h:1", n: 1 }, { id: "a", address: "h:1", n: 2 }] });
  assert.deepEqual([...targets.values()].map((it) => it.n), [1, 2]);
  assert.equal(keyed(undefined).size, 0);
});

test("the worst that can be said of a target is said", () => {
  const target = { health: "healthy", ejected: false, draining: false };
  assert.equal(stateOf(target), "healthy");
  assert.equal(stateOf({ ...target, health: "initial" }), "new");
  assert.equal(stateOf({ ...target, ejected: true }), "ejected");
  assert.equal(stateOf({ ...target, ejected: true, draining: true }), "draining");
});

test("figures are written for people", () => {
  assert.deepEqual([undefined, null, NaN, 0, 0.004, 1.234, 12.34, 123.4, 12345.6].map(number), ["–", "–", "–", "0", "0.004", "1.23", "12.3", "123", "12,346"]);
  assert.equal(quantity(1.5, "ms"), "1.5 ms");
  assert.equal(quantity(undefined, "ms"), "–");
  assert.deepEqual([0, 59_999, 61_000, 3_600_000, 90_061_000].map(duration), ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h"]);
});

test("a metric is written as its description says", () => {
  assert.equal(figure({ type: "flag", unit: "" }, true), "yes");
  assert.equal(figure({ type: "flag", unit: "" }, false), "no");
  assert.equal(figure({ type: "counter", unit: "" }, 12345), "12,345");
  assert.equal(figure({ type: "gauge", unit: "ms" }, 1.5), "1.5 ms");
  assert.equal(figure({ type: "gauge", unit: "ms" }, null), "–");
});

test("a load has its policy's unit", () => {
  assert.equal(load("leadline", 0.0042), "4.2 ms");
  assert.equal(load("peak_ewma", 4_200_000), "4.2 ms");
  assert.equal(load("least_outstanding_requests", 3), "3");
  assert.equal(load("round_robin", null), "–");
});
