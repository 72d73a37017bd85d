import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../src/chat/clock.ts";
import { createAuthenticator } from "../src/http/auth/authenticator.ts";
import { noopLog } from "../src/telemetry/log.ts";
import { tokenSecret } from "./support/tokens.ts";

const path = join(import.meta.dir, "../src/print-token.ts");

/** In an environment of its own: a secret of whoever runs the tests is not for them. */
async function run(args: string[], env: Record<string, string> = { JWT_SECRET: tokenSecret }) {
  const child = Bun.spawn([process.execPath, path, ...args], { env, stdout: "pipe", stderr: "pipe" });
  const written = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
  const [output = "", problem = ""] = await Promise.all(written);
  return { exitCode: await child.exited, output: output.trim(), problem };
}

async function identityOf(token: string, env = {}) {
  const config = { jwtSecret: tokenSecret, ...env };
  const verdict = await createAuthenticator(config, systemClock, noopLog)?.verify(token);
  if (!verdict?.ok) throw new Error(verdict?.message);
  return verdict.identity;
}

test("prints a token for an hour that the server takes", async () => {
  const { output, exitCode } = await run(["--sub", "alice"]);
  const { user, issuedAt, expiresAt } = await identityOf(output);
  expect([exitCode, user]).toEqual([0, { id: "alice", name: "alice", image: null }]);
  expect((expiresAt ?? 0) - issuedAt).toBe(3_600_000);
});

test("writes everything into it that is said", async () => {
  const picture = "https://example.com/a.png";
  const args = ["--sub", "ops", "--name", "Ops", "--picture", picture, "--rooms", "group:a, group:b-*"];
  const { output } = await run([...args, "--scope", "admin publish", "--expires", "7d"]);
  const identity = await identityOf(output);
  expect(identity).toMatchObject({
    user: { id: "ops", name: "Ops", image: picture },
    rooms: ["group:a", "group:b-*"],
    isAdmin: true,
    mayPublish: true,
  });
  expect((identity.expiresAt ?? 0) - identity.issuedAt).toBe(7 * 86_400_000);
});

test("names the issuer and the audience that the server expects", async () => {
  const { output } = await run(["--sub", "alice"], {
    JWT_SECRET: tokenSecret,
    JWT_ISSUER: "https://issuer.test",
    JWT_AUDIENCE: "chat",
  });
  const expected = { jwtIssuer: "https://issuer.test", jwtAudience: "chat" };
  expect((await identityOf(output, expected)).user.id).toBe("alice");
});

test("explains itself without a secret", async () => {
  const { exitCode, output } = await run(["--help"], {});
  expect([exitCode, output]).toEqual([0, expect.stringContaining("Usage: JWT_SECRET=")]);
});

describe("says what is wrong, and prints no token", () => {
  const secret = { JWT_SECRET: tokenSecret };
  const cases: [what: string, args: string[], env: Record<string, string>, problem: string][] = [
    ["no secret", ["--sub", "a"], {}, "JWT_SECRET: expected the secret of the server"],
    [
      "a short secret",
      ["--sub", "a"],
      { JWT_SECRET: "hunter2" },
      "JWT_SECRET=(hidden): expected at least 32",
    ],
    ["no user", [], secret, "--sub: expected 1 to 128 characters"],
    ["an odd user", ["--sub", "a\nb"], secret, "--sub: expected 1 to 128 characters"],
    ["a local picture", ["--sub", "a", "--picture", "a.png"], secret, "--picture: expected a URL"],
    ["another scope", ["--sub", "a", "--scope", "root"], secret, "--scope: expected admin, publish or both"],
    ["a time without a unit", ["--sub", "a", "--expires", "60"], secret, "--expires: expected a time"],
    ["no time at all", ["--sub", "a", "--expires", "0s"], secret, "--expires: expected a time"],
    ["an unknown option", ["--sub", "a", "--role", "x"], secret, "--role"],
  ];
  test.each(cases)("%s", async (_what, args, env, expected) => {
    const { exitCode, output, problem } = await run(args, env);
    expect([exitCode, output]).toEqual([1, ""]);
    expect(problem).toContain(expected);
    expect(problem).not.toContain("hunter2");
  });
});
