import { harmless } from "../client/cli/harmless.ts";
import { subprotocol } from "../src/protocol/names.ts";
import { signToken } from "../src/sign-token.ts";
import { CheckFailed } from "./check-list.ts";
import { isBuild } from "./smoke-test.ts";

const answerMaxMs = 5000;
const attemptsMax = 5;
const retryMs = 1000;

/** Healthy and ready. */
export async function checkHealth(url: string): Promise<string> {
  const health = await get(`${url}/health`);
  if (health.status !== 200) throw new CheckFailed(`/health answers ${health.status}`);
  const ready = await get(`${url}/health/ready`);
  if (ready.status !== 200) throw new CheckFailed(`/health/ready answers ${ready.status}`);
  return "healthy and ready";
}

export async function checkVersion(url: string, build: string | undefined): Promise<string> {
  const { version } = (await (await get(`${url}/health`)).json()) as { version?: unknown };
  const shown = harmless(String(version));
  if (build !== undefined && !isBuild(shown, build)) throw new CheckFailed(`it is ${shown}, not ${build}`);
  return `version ${shown}`;
}

/** Signed by nobody that the server could know. */
export async function checkForgedToken(url: string): Promise<string> {
  const claims = { sub: "deploy-forged", name: "forged" };
  const token = await signToken({ jwtSecret: crypto.randomUUID() + crypto.randomUUID() }, claims, 60);
  const target = `${url}/ws/chat/${crypto.randomUUID()}`;
  if (await isLetIn(target.replace("http", "ws"), token)) throw new CheckFailed("a forged token was let in");
  const { status } = await askUnhurried(target, token);
  if (status !== 401) throw new CheckFailed(`expected 401 for a forged token, got ${status}`);
  return "refuses a forged token";
}

function isLetIn(target: string, token: string): Promise<boolean> {
  const socket = new WebSocket(target, [subprotocol, `bearer.${token}`]);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.onopen = () => resolve(true);
  socket.onerror = socket.onclose = () => resolve(false);
  return promise.finally(() => socket.close());
}

/** Each refusal counts as several handshakes, of which the server may have had enough for a moment. */
async function askUnhurried(target: string, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  for (let attempt = 1; ; attempt += 1) {
    const response = await get(target, headers);
    if (response.status !== 429 || attempt === attemptsMax) return response;
    await Bun.sleep(retryMs);
  }
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(answerMaxMs) });
  } catch {
    throw new CheckFailed(`${new URL(url).pathname.split("/").slice(0, 3).join("/")} cannot be reached`);
  }
}
