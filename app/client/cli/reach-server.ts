import { type Config, describeProblems, loadConfig } from "../../src/config.ts";
import { isUserId } from "../../src/protocol/names.ts";
import { signToken } from "../../src/sign-token.ts";
import type { ClientOptions } from "../index.ts";
import { UsageError } from "./read-arguments.ts";

const tokenLifeSeconds = 3600;

/** What programs are told of a server. */
export interface Reach {
  readonly url: string | undefined;
  readonly token: string | undefined;
}

/**
 * How somebody reaches the server: with the token that is given, with one that is signed where `JWT_SECRET` is set, or
 * as the guest whose name is the connectionId. Throws UsageError.
 */
export function reachServer({
  url,
  token,
}: Reach): (name?: string, rooms?: readonly string[]) => ClientOptions {
  const config = readConfig();
  const base = { url: url ?? `http://localhost:${config.port}` };
  return (name, rooms = []) => {
    if (token !== undefined) return { ...base, token };
    if (config.jwtSecret === undefined) return name === undefined ? base : { ...base, connectionId: name };
    const sub = name ?? crypto.randomUUID();
    if (!isUserId(sub)) throw new UsageError("--as: expected 1 to 128 characters");
    return { ...base, getToken: () => signToken(config, { sub, rooms }, tokenLifeSeconds) };
  };
}

function readConfig(): Config {
  const loaded = loadConfig();
  if (!loaded.ok) throw new UsageError(describeProblems(loaded.problems));
  return loaded.config;
}
