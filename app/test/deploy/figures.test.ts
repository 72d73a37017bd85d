import { expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { MetricsSample } from "../../deploy/metrics-sample.ts";
import { excesses, figuresBetween } from "../../deploy/server-figures.ts";
import { DeployProgram } from "../support/deploy-program.ts";
import { ServerHome } from "../support/server-home.ts";

const testMs = 30_000;
const bounds = { errorsPerSecond: 1, latencyP95Ms: 1000, failedResumesPercent: 5 };

/** A second later. */
const grown = (before: string, after: string) =>
  figuresBetween(new MetricsSample(before, 0), new MetricsSample(after, 1000));

const histogram = (...counts: number[]) =>
  ["0.1", "1", "10", "+Inf"]
    .map((bound, index) => `websocket_message_latency_seconds_bucket{le="${bound}"} ${counts[index]}`)
    .join("\n");

test("counts what is the server's fault, since the first look", () => {
  const errors = (internal: number, unavailable: number, others: number) =>
    [
      `websocket_errors_total{code="internal"} ${internal}`,
      `websocket_errors_total{code="unavailable"} ${unavailable}`,
      `websocket_errors_total{code="rate_limited"} ${others}`,
    ].join("\n");
  expect(grown(errors(5, 1, 0), errors(7, 2, 900)).errorsPerSecond).toBe(3);
});

test("the latency is of the commands between the two looks", () => {
  const before = histogram(0, 0, 1000, 1000);
  expect(grown(before, histogram(100, 100, 1100, 1100)).latencyP95Ms).toBe(95);
  expect(grown(before, histogram(50, 100, 1100, 1100)).latencyP95Ms).toBe(910);
  expect(grown(before, histogram(0, 0, 1000, 1100)).latencyP95Ms).toBe(10_000);
  expect(grown(before, before).latencyP95Ms).toBeNull();
});

test("a resume fails where what was missed is gone, or the server could not", () => {
  const resumes = [
    'websocket_resumes_total{result="recovered",reason="none"} 90',
    'websocket_resumes_total{result="recovered",reason="more"} 1',
    'websocket_resumes_total{result="new",reason="new"} 50',
    'websocket_resumes_total{result="reset",reason="epoch"} 2',
    'websocket_resumes_total{result="refused",reason="unavailable"} 3',
    'websocket_resumes_total{result="refused",reason="internal"} 4',
    'websocket_resumes_total{result="refused",reason="forbidden"} 70',
  ].join("\n");
  expect(grown("", resumes)).toMatchObject({ resumes: 100, failedResumes: 9 });
});

test("handshakes and connections", () => {
  const at = (opened: number, now: number) =>
    `websocket_connections_opened_total ${opened}\nwebsocket_connections_total ${now}`;
  expect(grown(at(100, 3), at(140, 7))).toMatchObject({ opened: 140, openedPerSecond: 40, connections: 7 });
  expect(grown(at(100, 3), at(1, 1)).openedPerSecond).toBe(0);
});

const quiet = grown("", "");
const excessive: [figures: Partial<typeof quiet>, lines: string[]][] = [
  [{}, []],
  [{ errorsPerSecond: 1, latencyP95Ms: 1000, resumes: 100, failedResumes: 5 }, []],
  [{ errorsPerSecond: 1.01 }, ["errors-per-second: 1.01 is over 1"]],
  [{ latencyP95Ms: 1000.5 }, ["latency-p95-ms: 1000.5 is over 1000"]],
  [{ resumes: 20, failedResumes: 2 }, ["failed-resumes-percent: 10 is over 5"]],
  [{ resumes: 19, failedResumes: 19 }, []],
  [
    { errorsPerSecond: 9, latencyP95Ms: 9000 },
    ["errors-per-second: 9 is over 1", "latency-p95-ms: 9000 is over 1000"],
  ],
];
test.each(excessive)("%j: %j", (figures, lines) => {
  expect(excesses({ ...quiet, ...figures }, bounds)).toEqual(lines);
});

test(
  "a real server's own, with its token",
  async () => {
    await using home = await ServerHome.create();
    const METRICS_TOKEN = "figures-token";
    await home.start({ env: { METRICS_TOKEN } });
    const client = createClient({ url: home.url });
    await client.room("room:figures").join();
    const running = DeployProgram.run("figures", ["--seconds", "2"], {
      METRICS_TOKEN,
      PORT: String(home.port),
    });
    const { exitCode, lines, complaint } = await running;
    expect([exitCode, complaint]).toEqual([0, ""]);
    expect(JSON.parse(lines.join(""))).toMatchObject({ errorsPerSecond: 0, opened: 1, connections: 1 });
    client.close();
    const refused = await DeployProgram.run("figures", ["--url", home.url], {});
    expect([refused.exitCode, refused.complaint]).toEqual([
      1,
      expect.stringMatching(/^\/metrics answers 40[13]\n$/),
    ]);
  },
  testMs,
);

test(
  "a bound that is exceeded is exit 1, beside the figures",
  async () => {
    let reads = 0;
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => {
        reads += 1;
        return new Response(`websocket_errors_total{code="internal"} ${reads * 1000}\n`);
      },
    });
    const args = ["--url", server.url.origin, "--seconds", "1"];
    const { exitCode, lines, complaint } = await DeployProgram.run("figures", args);
    expect([exitCode, complaint]).toEqual([
      1,
      expect.stringMatching(/^errors-per-second: [\d.]+ is over 1\n$/),
    ]);
    expect(JSON.parse(lines.join("")).errorsPerSecond).toBeGreaterThan(1);
    const tolerant = await DeployProgram.run("figures", [...args, "--errors-per-second", "5000"]);
    expect(tolerant.exitCode).toBe(0);
  },
  testMs,
);

test("without a server there are no figures", async () => {
  const { exitCode, complaint } = await DeployProgram.run("figures", ["--url", "http://127.0.0.1:9"]);
  expect([exitCode, complaint]).toEqual([1, "No server answers at http://127.0.0.1:9\n"]);
});

const mistakes: [args: string[], complaint: string][] = [
  [["--seconds", "0"], "--seconds"],
  [["--seconds", "301"], "--seconds"],
  [["--latency-p95-ms", "x"], "--latency-p95-ms"],
  [["--errors-per-second", "-1"], "--errors-per-second"],
];
test.each(mistakes)("%j: exit 64", async (args, complaint) => {
  const answer = await DeployProgram.run("figures", args);
  expect([answer.exitCode, answer.complaint]).toEqual([64, expect.stringContaining(complaint)]);
});
