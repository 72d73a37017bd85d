import { UsageError } from "../client/cli/read-arguments.ts";
import type { ClientOptions } from "../client/index.ts";
import { type Config, describeProblems, loadConfig } from "../src/config.ts";
import { signToken } from "../src/sign-token.ts";

const tokenLifeSeconds = 3600;

/** Who a deploy's programs are to the server. */
export interface DeployUsers {
  /** How many different ones there are; Infinity where each more costs nothing. */
  readonly count: number;
  /** Null: a guest. From index 0; the tokens there are begin again behind the last. */
  tokenOf(index: number): Promise<string | null>;
  /** For the SDK. */
  optionsOf(index: number): Pick<ClientOptions, "token" | "getToken">;
}

type Found =
  | { readonly ok: true; readonly users: DeployUsers }
  | { readonly ok: false; readonly message: string };

interface Wanted {
  /** By which users are called that a token is signed for; numbers from 1 follow. */
  readonly prefix: string;
  /** Rooms they may be in, where that needs a claim. */
  readonly rooms?: readonly string[];
}

/** As the server itself reads it. Throws UsageError. */
export function readConfig(): Config {
  const loaded = loadConfig();
  if (!loaded.ok) throw new UsageError(describeProblems(loaded.problems));
  return loaded.config;
}

/** Signed with `JWT_SECRET`, else those of `DEPLOY_PROBE_TOKENS`, else guests where the server takes them. */
export function findUsers(config: Config, wanted: Wanted): Found {
  if (config.jwtSecret !== undefined) return { ok: true, users: signedUsers(config, wanted) };
  const tokens = config.deployProbeTokens;
  if (tokens.length === 0 && config.jwksUrl === undefined) return { ok: true, users: guests };
  if (new Set(tokens.map(subjectOf)).size >= 2) return { ok: true, users: givenUsers(tokens) };
  return {
    ok: false,
    message: "DEPLOY_PROBE_TOKENS: expected tokens of two different users, since JWKS_URL is set",
  };
}

const guests: DeployUsers = {
  count: Number.POSITIVE_INFINITY,
  tokenOf: async () => null,
  optionsOf: () => ({}),
};

function signedUsers(config: Config, { prefix, rooms = [] }: Wanted): DeployUsers {
  const tokenOf = (index: number) => {
    const sub = `${prefix}-${index + 1}`;
    return signToken(config, { sub, name: sub, rooms }, tokenLifeSeconds);
  };
  return {
    count: Number.POSITIVE_INFINITY,
    tokenOf,
    optionsOf: (index) => ({ getToken: () => tokenOf(index) }),
  };
}

/** Of each user the first token. */
function givenUsers(tokens: readonly string[]): DeployUsers {
  const distinct = [...new Map(tokens.toReversed().map((token) => [subjectOf(token), token])).values()];
  const given = distinct.toReversed();
  const tokenOf = (index: number) => given[index % given.length] ?? "";
  return {
    count: given.length,
    tokenOf: async (index) => tokenOf(index),
    optionsOf: (index) => ({ token: tokenOf(index) }),
  };
}

/** Who the token is for; it is the server that checks it. */
function subjectOf(token: string): string {
  try {
    const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    return String(JSON.parse(claims).sub);
  } catch {
    return token;
  }
}
