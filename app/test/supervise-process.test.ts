import { expect, test } from "bun:test";
import { join } from "node:path";

const entry = join(import.meta.dir, "support/supervised-process.ts");

const cases: [how: string, output: string][] = [
  ["in a hurry", ""],
  ["paced", "stopped\n"],
];
test.each(cases)(
  "a server that is slow to stop, %s, prints %j and is gone",
  async (how, output) => {
    const child = Bun.spawn([process.execPath, entry, how], { stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toBe(output);
    expect(await child.exited).toBe(0);
  },
  20_000,
);
