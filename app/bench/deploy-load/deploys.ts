import { join } from "node:path";
import { linesOf } from "./lines-of.ts";
import { machineTime } from "./message-code.ts";

type Color = "blue" | "green";

/** What the deploy script says when that phase has ended. */
const drainEnd = /^ *drain +ok /;

/** How often it is looked whether new connections go elsewhere. */
const lookMs = 20;

/** Times are ms of the machine's clock. */
export interface DeployResult {
  readonly color: Color;
  readonly exitCode: number;
  readonly beganAt: number;
  readonly switchedAt: number;
  /** Whoever was on the old colour has left it. */
  readonly drainedAt: number;
  readonly endedAt: number;
  readonly lines: readonly DeployLine[];
}

/** What it said, and when. */
export interface DeployLine {
  readonly at: number;
  readonly text: string;
}

/** The colour that new connections go to: what the deploy script writes for Traefik. */
async function activeColor(root: string): Promise<Color> {
  const text = await Bun.file(join(root, "traefik/dynamic/90-traffic.yml"))
    .text()
    .catch(() => "");
  return /websocket-green/.test(text) && !/websocket-blue/.test(text) ? "green" : "blue";
}

/** Who is told when it begins to concern connections, and when that is over. */
export interface Moves {
  switched(): void;
  drained(): void;
}

/** Deploys to the colour that does not serve. */
export async function deploy(
  root: string,
  command: readonly string[],
  { switched, drained }: Moves,
): Promise<DeployResult> {
  const color = (await activeColor(root)) === "blue" ? "green" : "blue";
  const [program = "", ...options] = command;
  const beganAt = machineTime();
  const child = Bun.spawn([program, color, ...options], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const lines: DeployLine[] = [];
  const hear = (text: string) => {
    lines.push({ at: machineTime(), text });
    if (drainEnd.test(text)) drained();
  };
  const heard = Promise.all([child.stdout, child.stderr].map((stream) => listen(stream, hear)));
  let switchedAt = Number.NaN;
  while (child.exitCode === null && Number.isNaN(switchedAt)) {
    await Bun.sleep(lookMs);
    if ((await activeColor(root)) !== color) continue;
    switchedAt = machineTime();
    switched();
  }
  const exitCode = await child.exited;
  const endedAt = machineTime();
  await heard;
  const drainedAt = lines.find(({ text }) => drainEnd.test(text))?.at ?? endedAt;
  return { color, exitCode, beganAt, switchedAt, drainedAt, endedAt, lines };
}

async function listen(stream: ReadableStream<Uint8Array>, hear: (line: string) => void): Promise<void> {
  for await (const text of linesOf(stream)) hear(text);
}
