import { expect, test } from "bun:test";
import {
  optionsOf,
  scaleOf,
  scenarios,
  sessionSeconds,
  stagesOf,
} from "../../../../scripts/load/load-scenarios.js";

const full = scaleOf({});

const usersMax = (stages: readonly { readonly target: number }[]) =>
  Math.max(...stages.map(({ target }) => target));

test("ramp, stress and spike reach their users", () => {
  const reached = (["ramp", "stress", "spike"] as const).map((name) =>
    usersMax(stagesOf(name, full, Infinity)),
  );
  expect(reached).toEqual([1000, 2000, 5000]);
  expect(scenarios.stress.stages).toContainEqual([600, 2000]);
});

test("a scale shortens users and time, and never to nothing", () => {
  const [tenth, speck] = [scaleOf({ SCALE: "0.1" }), scaleOf({ SCALE: "0.001" })];
  expect(stagesOf("ramp", tenth, Infinity)).toContainEqual({ duration: "12s", target: 100 });
  expect(stagesOf("spike", speck, Infinity)).toContainEqual({ duration: "1s", target: 5 });
});

test("time can be shortened alone", () => {
  const scale = scaleOf({ SCALE: "0.5", TIME: "0.5" });
  expect(stagesOf("ramp", scale, Infinity)).toContainEqual({ duration: "30s", target: 500 });
  expect(sessionSeconds(scale)).toBe(15);
});

test("no more users come than the way to the server carries", () => {
  expect(usersMax(optionsOf("spike", { USERS_MAX: "2000" }).scenarios.spike?.stages ?? [])).toBe(2000);
});

test("a session that begins in the last moment may end by itself", () => {
  const { gracefulStop } = optionsOf("ramp", { SCALE: "1" }).scenarios.ramp ?? {};
  expect(Number.parseInt(gracefulStop ?? "", 10)).toBeGreaterThan(sessionSeconds(full) * 1.25);
});

test("patience stretches the goals for times, and no other", () => {
  const { thresholds } = optionsOf("ramp", { PATIENCE: "3" });
  const { connect_time, message_latency, errors, success, lost } = thresholds;
  expect([connect_time, message_latency]).toEqual([["p(95)<6000"], ["p(95)<3000"]]);
  expect([errors, success, lost]).toEqual([["rate<0.01"], ["rate>0.95"], ["count==0"]]);
});
