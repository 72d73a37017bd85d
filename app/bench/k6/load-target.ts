import { LOAD_SECRET } from "../load/token.ts";
import { type Server, Servers } from "../servers.ts";
import { stackSecret } from "../stack-secret.ts";

export type TargetName = "own" | "stack" | "url";

/** A server that is there for one scenario. */
export interface LoadTarget {
  readonly url: string;
  /** Null: all users are guests. */
  readonly jwtSecret: string | null;
  /** What the way to it can carry. */
  readonly usersMax: number;
  /** The container in front of it, if that has to believe what addresses the users say they have. */
  readonly proxy: string | null;
  stop(): Promise<void>;
}

/** More sockets than that get lost on the way through a port that Docker publishes. */
const publishedSocketsMax = 2000;
const answerMaxMs = 5000;
/** compose.loadtest.yml adds this machine as containers see it. */
const trustVariable = "TRAEFIK_ENTRYPOINTS_WEB_FORWARDEDHEADERS_TRUSTEDIPS";
/** Nothing is pinned: k6 takes what cores it can get, as clients elsewhere would. */
const anyCore = { server: undefined, load: undefined, remark: "" };

const elsewhere = {
  jwtSecret: null,
  usersMax: Number.POSITIVE_INFINITY,
  proxy: null,
  stop: () => Promise.resolve(),
};

/** Opens what is to be loaded, and ends what it started. */
export class LoadTargets {
  readonly #servers = new Servers(anyCore);

  async open(name: TargetName, url: string): Promise<LoadTarget> {
    if (name === "own") return ownTarget(await this.#servers.start("ours", {}));
    const { JWT_SECRET, STACK_PREFIX = "", HTTP_PORT = "80" } = Bun.env;
    if (name === "url") return { ...elsewhere, url, jwtSecret: JWT_SECRET ?? null };
    return {
      ...elsewhere,
      url: `http://localhost:${HTTP_PORT}`,
      jwtSecret: await stackSecret(STACK_PREFIX),
      usersMax: publishedSocketsMax,
      proxy: `${STACK_PREFIX}traefik-lb`,
    };
  }

  /** For the end of the run, whatever ended it. */
  endAll(): void {
    this.#servers.endAll();
  }
}

function ownTarget({ port, stop }: Server): LoadTarget {
  return { ...elsewhere, url: `http://127.0.0.1:${port}`, jwtSecret: LOAD_SECRET, stop };
}

/** Null: it can be loaded. */
export async function whyUnfit({ url, proxy }: LoadTarget): Promise<string | null> {
  if (!(await isLive(url))) return `${url} does not answer`;
  if (proxy === null || (await believesAddresses(proxy))) return null;
  return `${proxy} takes all users for one: start the stack with -f scripts/load/compose.loadtest.yml`;
}

async function isLive(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(answerMaxMs) })).ok;
  } catch {
    return false;
  }
}

async function believesAddresses(container: string): Promise<boolean> {
  const format = "{{json .Config.Env}}";
  const answer = await Bun.$`docker inspect --format ${format} ${container}`.nothrow().quiet();
  return answer.exitCode === 0 && answer.text().includes(`${trustVariable}=127.0.0.1/32,`);
}
