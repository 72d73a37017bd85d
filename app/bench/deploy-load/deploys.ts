import { join } from "node:path";

type Color = "blue" | "green";

/** How often it is looked whether new connections go elsewhere. */
const lookMs = 20;

export interface DeployResult {
  readonly color: Color;
  readonly exitCode: number;
  /** From the switch to the end of the drain. */
  readonly movedMs: number;
  readonly output: string;
}

/** The colour that new connections go to: what the deploy script writes for Traefik. */
async function activeColor(root: string): Promise<Color> {
  const text = await Bun.file(join(root, "traefik/dynamic/90-traffic.yml"))
    .text()
    .catch(() => "");
  return /websocket-green/.test(text) && !/websocket-blue/.test(text) ? "green" : "blue";
}

/** Deploys to the colour that does not serve. `switched` is called when new connections go there. */
export async function deploy(
  root: string,
  command: readonly string[],
  switched: () => void,
): Promise<DeployResult> {
  const color = (await activeColor(root)) === "blue" ? "green" : "blue";
  const [program = "", ...options] = command;
  const child = Bun.spawn([program, color, ...options], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const output = Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()));
  let switchedAt = Number.NaN;
  while (child.exitCode === null && Number.isNaN(switchedAt)) {
    await Bun.sleep(lookMs);
    if ((await activeColor(root)) !== color) continue;
    switchedAt = performance.now();
    switched();
  }
  const exitCode = await child.exited;
  return { color, exitCode, movedMs: performance.now() - switchedAt, output: (await output).join("") };
}
