// What is tried, as data. A stage is how many seconds it takes to get to how many users, each of whom says something
// every `intervalMs` to a room of ten. k6 takes some 0.2 ms of a core for each message that a user hears: who wants to
// load the server, and not k6, lets many users say little.

/**
 * @typedef {{ readonly about: string, readonly intervalMs: number, readonly stages: ReadonlyArray<readonly [seconds: number, users: number]> }} Scenario
 * @type {Readonly<Record<"ramp" | "stress" | "spike", Scenario>>}
 */
export const scenarios = {
  ramp: {
    about: "up to 1,000 users, step by step",
    intervalMs: 5_000,
    stages: [
      [30, 100],
      [60, 500],
      [60, 1000],
      [120, 1000],
      [30, 0],
    ],
  },
  stress: {
    about: "2,000 users for 10 minutes",
    intervalMs: 10_000,
    stages: [
      [60, 2000],
      [600, 2000],
      [30, 0],
    ],
  },
  spike: {
    about: "from 500 users to 5,000 within 10 s, and back",
    intervalMs: 20_000,
    stages: [
      [20, 500],
      [20, 500],
      [10, 5000],
      [60, 5000],
      [10, 500],
      [20, 500],
      [10, 0],
    ],
  },
};

/**
 * By the names of load-figures.js; times in ms. `acked`: a run in which nobody said anything proves nothing.
 * @param {number} patience how many times as long as usual things may take, on a slow machine
 */
const thresholdsFor = (patience) => ({
  connect_time: [`p(95)<${2000 * patience}`],
  message_latency: [`p(95)<${1000 * patience}`],
  success: ["rate>0.95"],
  errors: ["rate<0.01"],
  lost: ["count==0"],
  unacked: ["count==0"],
  doubled: ["count==0"],
  out_of_order: ["count==0"],
  acked: ["count>0"],
});

/** How long a user stays connected before it comes anew, in seconds, at full scale. */
const sessionSecondsMax = 60;
const sessionSecondsMin = 3;
/** For whoever is told to stop: the last answers, the last look at the log, the close. */
const leavingSeconds = 30;

/**
 * Between two messages of a user; of a run by flags alone as in `ramp`.
 * @param {string} name
 */
export function intervalMsOf(name) {
  return (name in scenarios ? scenarios[/** @type {keyof typeof scenarios} */ (name)] : scenarios.ramp)
    .intervalMs;
}

/**
 * What a scenario is multiplied by.
 * @typedef {{ readonly users: number, readonly time: number }} Scale
 */

/** @param {Pick<Scale, "time">} scale */
export function sessionSeconds({ time }) {
  return Math.min(sessionSecondsMax, Math.max(sessionSecondsMin, sessionSecondsMax * time));
}

/**
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {Scale}
 */
export function scaleOf(environment) {
  const scale = Number(environment.SCALE || 1);
  return { users: scale, time: scale * Number(environment.TIME || 1) };
}

/**
 * @param {keyof typeof scenarios} name
 * @param {Scale} scale
 * @param {number} usersMax what the way to the server can carry
 */
export function stagesOf(name, scale, usersMax) {
  return scenarios[name].stages.map(([seconds, users]) => ({
    duration: `${Math.max(1, Math.round(seconds * scale.time))}s`,
    target: Math.min(usersMax, Math.ceil(users * scale.users)),
  }));
}

/**
 * k6's options of one scenario. A session that has begun may end by itself.
 * @param {keyof typeof scenarios} name
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
export function optionsOf(name, environment) {
  const scale = scaleOf(environment);
  const stages = stagesOf(name, scale, Number(environment.USERS_MAX || Infinity));
  const grace = `${Math.ceil(sessionSeconds(scale) * 1.25) + leavingSeconds}s`;
  const executor = { executor: "ramping-vus", startVUs: 0, stages };
  return {
    scenarios: { [name]: { ...executor, gracefulRampDown: grace, gracefulStop: grace } },
    thresholds: thresholdsFor(Number(environment.PATIENCE || 1)),
    summaryTrendStats: ["count", "med", "p(95)", "p(99)", "max"],
  };
}
