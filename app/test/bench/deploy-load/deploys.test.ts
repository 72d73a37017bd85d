import { expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploy } from "../../../bench/deploy-load/deploys.ts";
import { Timeline } from "../../../bench/deploy-load/timeline.ts";
import { timelineTable } from "../../../bench/deploy-load/timeline-table.ts";

const traffic = "traefik/dynamic/90-traffic.yml";

/** A deploy that is `script`, in a directory of its own where blue serves. Returns what it was and what happened, in order. */
async function deployed(script: string) {
  const root = await mkdtemp(join(tmpdir(), "holdline-deploys-"));
  try {
    await mkdir(join(root, "traefik/dynamic"), { recursive: true });
    await writeFile(join(root, traffic), "name: websocket-blue");
    await writeFile(join(root, "deploy"), `#!/bin/sh\n${script}\n`);
    await chmod(join(root, "deploy"), 0o755);
    const events: string[] = [];
    const result = await deploy(root, ["./deploy", "--soak", "1"], {
      switched: () => {
        events.push("switched");
        void writeFile(join(root, "seen"), "");
      },
      drained: () => events.push("drained"),
    });
    return { ...result, events };
  } finally {
    await rm(root, { recursive: true });
  }
}

const whole = `echo "to $*"
echo "name: websocket-green" >${traffic}
until [ -e seen ]; do :; done
echo "  drain      ok             7.733 s  242 moved, 160 forced"
echo "  retire     ok             1.353 s" >&2`;

test("says when new connections go elsewhere, and when everybody has moved", async () => {
  const { color, exitCode, events, lines, ...times } = await deployed(whole);
  expect([color, exitCode, events]).toEqual(["green", 0, ["switched", "drained"]]);
  expect(lines.map(({ text }) => text.trim().split(/ +/).slice(0, 2).join(" "))).toEqual([
    "to green",
    "drain ok",
    "retire ok",
  ]);
  const inOrder = [times.beganAt, times.switchedAt, times.drainedAt, times.endedAt];
  expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
});

test("counts all of a deploy that failed as moving", async () => {
  const { exitCode, events, switchedAt, drainedAt, endedAt } = await deployed("exit 7");
  expect([exitCode, events, switchedAt, drainedAt]).toEqual([7, [], Number.NaN, endedAt]);
});

test("is shown slice by slice, with what it said", () => {
  const timeline = new Timeline();
  for (const ms of [3, 9]) timeline.delivered(10_300, ms);
  timeline.turned(10_300, 4);
  const line = { at: 10_400, text: "  switch  ok" };
  const times = { beganAt: 12_000, switchedAt: 12_250, drainedAt: 12_300, endedAt: 12_400 };
  const table = timelineTable(timeline, [{ color: "green", exitCode: 0, lines: [line], ...times }]);
  const [title, ...rows] = table.split("\n").map((row) => row.trim().split(/ +/).join(" "));
  expect([title?.startsWith("to green: "), rows.length]).toEqual([true, 10]);
  expect([rows[0], rows[1]]).toEqual(["-2.25 0 0.0 0.0 0.0 0", "-2.00 2 3.0 9.0 9.0 4 switch ok"]);
});
