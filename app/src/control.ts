import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DrainStatus } from "./chat/drain.ts";
import type { DrainPace } from "./chat/drain-run.ts";
import type { Config } from "./config.ts";
import type { Log } from "./telemetry/log.ts";

/** What is controlled: a server, or the workers that share its port. */
export interface Controlled {
  status(): ControlStatus | Promise<ControlStatus>;
  /** False: the process is about to end, and nothing changes that. */
  drain(pace: DrainPace): boolean | Promise<boolean>;
  undrain(): boolean | Promise<boolean>;
}

/** What `status` answers, and every other command after it has taken effect. */
export interface ControlStatus {
  readonly instance: string;
  readonly color: string;
  readonly version: string;
  readonly ready: boolean;
  readonly connections: number;
  /** Handshakes that were accepted since the start. */
  readonly opened: number;
  readonly sessions: number;
  readonly drain: DrainStatus;
  /** Each of those that share the port, where there are such. */
  readonly workers?: readonly WorkerStatus[];
}

export interface WorkerStatus {
  readonly instance: string;
  readonly pid: number;
  /** `silent`: it was asked, and did not answer in time. */
  readonly state: "starting" | "serving" | "leaving" | "silent";
  readonly rssBytes?: number;
  readonly connections?: number;
  readonly drain?: DrainStatus;
}

/** The longest path that a socket may have (sun_path of Linux, less its end). */
const pathBytesMax = 107;

/**
 * A unix socket for who runs the server, never reachable from the network: its file may be used by its owner alone.
 * `GET /status`, `POST /drain {ratePerSecond?, graceMs?, percent?}`, `POST /undrain`. Null: it could not be opened, which
 * is logged; the server serves all the same.
 */
export async function openControl(
  path: string,
  controlled: Controlled,
  defaults: Config["drain"],
  log: Log,
): Promise<{ close(): void } | null> {
  try {
    if (Buffer.byteLength(path) > pathBytesMax)
      throw new Error(`the path is longer than ${pathBytesMax} bytes`);
    mkdirSync(dirname(path), { recursive: true });
    if (await answers(path)) throw new Error("another process listens there");
    rmSync(path, { force: true });
    const server = Bun.serve({
      unix: path,
      development: false,
      fetch: (request) => handle(request, controlled, defaults),
    });
    chmodSync(path, 0o600);
    let isOpen = true;
    return {
      close() {
        // The file may be that of another process by the second time.
        if (isOpen) rmSync(path, { force: true });
        isOpen = false;
        void server.stop(true);
      },
    };
  } catch (error) {
    log.error("control.failed", { path, error });
    return null;
  }
}

async function answers(path: string): Promise<boolean> {
  return fetch("http://localhost/status", { unix: path }).then(
    () => true,
    () => false,
  );
}

async function handle(
  request: Request,
  controlled: Controlled,
  defaults: Config["drain"],
): Promise<Response> {
  const answer = async (isDone: boolean) =>
    isDone ? Response.json(await controlled.status()) : refuse(409, ending);
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case "GET /status":
      return await answer(true);
    case "POST /drain": {
      const pace = readPace(await request.json().catch(() => null), defaults);
      if (pace === null) return refuse(400, expectedPace);
      return await answer(await controlled.drain(pace));
    }
    case "POST /undrain":
      return await answer(await controlled.undrain());
    default:
      return refuse(404, "GET /status, POST /drain or POST /undrain");
  }
}

const ending = "The process is about to end.";
const expectedPace =
  "ratePerSecond: a whole number from 1, graceMs: from 1000, percent: from 1 to 100; each may be left out.";

const refuse = (status: number, message: string): Response =>
  Response.json({ error: { message } }, { status });

/** Null: not valid. */
function readPace(body: unknown, defaults: Config["drain"]): DrainPace | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const {
    ratePerSecond = defaults.ratePerSecond,
    graceMs = defaults.graceMs,
    percent = 100,
  } = body as Record<string, unknown>;
  const isValid = isWhole(ratePerSecond, 1) && isWhole(graceMs, 1000) && isWhole(percent, 1, 100);
  return isValid ? { ratePerSecond, graceMs, percent } : null;
}

const isWhole = (value: unknown, min: number, max = 2_147_483_647): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
