import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { isStackAsked, Stack } from "../support/stack.ts";
import { unhurried } from "../support/unhurried.ts";

const startMs = 240_000;
const testMs = 120_000;
const hardened = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

let stack: Stack;

/** As a deploy does it: in the colour's image, with the colour's own environment. */
async function containerOf(program: string, options: readonly string[]): Promise<string[]> {
  const format = "{{range .Config.Env}}{{println .}}{{end}}";
  const env = await stack.run("docker", "inspect", "--format", format, stack.container("websocket-green"));
  await Bun.write(`${stack.directory}/green.env`, env);
  const name = `--name=${stack.container(program)}`;
  return ["docker", "run", name, ...options, ...hardened, `--env-file=${stack.directory}/green.env`];
}

async function run(program: string, network: string, ...args: string[]) {
  const container = await containerOf(program, ["--rm", `--network=${network}`]);
  return stack.tryTo(...container, "holdline:green", "bun", "run", "--silent", program, ...args);
}

describe.skipIf(!isStackAsked)("a deploy's programs in containers (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start();
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  const edge = () => `${stack.prefix}holdline-edge`;
  const urlOf = (color: string) => `http://${stack.container(`websocket-${color}`)}:3001`;

  test(
    "the smoke test passes, with its limits on",
    async () => {
      const colors = ["--url", urlOf("green"), "--color", "green", "--other-url", urlOf("blue")];
      const { exitCode, text } = await run("smoke", edge(), ...colors);
      expect([exitCode, text]).toEqual([0, expect.stringContaining("100 messages each way in order")]);
    },
    testMs,
  );

  test(
    "the load has an address per socket, in the colour's network",
    async () => {
      const network = `container:${stack.container("websocket-green")}`;
      const args = ["--url", "http://127.0.0.1:3001", "--seconds", "2", "--p95-ms", "10000"];
      const { exitCode, text } = await run("smoke-load", network, ...args);
      expect([exitCode, text]).toEqual([0, expect.stringMatching(/^ok {2}200 sockets, /)]);
    },
    testMs,
  );

  test(
    "the figures are the colour's own",
    async () => {
      const figures = ["bun", "run", "--silent", "figures", "--seconds", "1"];
      const text = await stack.run("docker", "exec", stack.container("websocket-green"), ...figures);
      expect(JSON.parse(text)).toMatchObject({ errorsPerSecond: 0, connections: 0 });
    },
    testMs,
  );

  test(
    "the probe follows users to the other colour, and says what became of it all",
    async () => {
      const container = await containerOf("probe", ["--detach", `--network=${edge()}`]);
      await stack.run(
        ...container,
        "holdline:green",
        "bun",
        "run",
        "--silent",
        "probe",
        "--url",
        "http://traefik",
      );
      const name = stack.container("probe");
      const logs = async () => (await stack.tryTo("docker", "logs", name)).text;
      const says = (text: string, count = 1) =>
        eventually(
          text,
          unhurried(async () => (await logs()).split(text).length > count),
          { withinMs: testMs / 2 },
        );
      try {
        await says('"ready"');
        await stack.switchTo("green");
        const drain = ["bun", "run", "--silent", "control", "drain", "--follow", "--timeout", "60"];
        const followed = await stack.run("docker", "exec", stack.container("websocket-blue"), ...drain);
        expect(followed).toMatch(/moved 2 forced 0 lost 0 remaining 0 of 2\n$/);
        await says('"color":"green"', 2);
        await stack.run("docker", "kill", "--signal=TERM", name);
        expect(await stack.run("docker", "wait", name)).toBe("0\n");
        const verdict = JSON.parse((await logs()).trim().split("\n").at(-1) ?? "");
        expect(verdict).toMatchObject({ lost: 0, doubled: 0, disordered: 0, handovers: 2, left: 0 });
        expect(verdict.longestGapMs).toBe(0);
      } finally {
        await stack.tryTo("docker", "rm", "--force", name);
      }
    },
    testMs,
  );
});
