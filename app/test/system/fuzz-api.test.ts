import { describe, expect, test } from "bun:test";
import { type FuzzingResult, fuzzApi, hasFuzzer } from "../support/fuzzer.ts";
import { ServerHome } from "../support/server-home.ts";
import { type Claims, signToken, tokenSecret } from "../support/tokens.ts";

const seconds = Number(process.env.FUZZ_SECONDS ?? 10);
const seed = Number(process.env.FUZZ_SEED ?? 1);

const users: Claims[] = [
  { sub: "backend", scope: "admin publish" },
  { sub: "alice", rooms: ["group:*"] },
];

describe.skipIf(!hasFuzzer)("the API, fuzzed from its own document (needs schemathesis)", () => {
  test(
    `answers as described, whatever it is asked for ${seconds} s (FUZZ_SEED=${seed})`,
    async () => {
      await using home = await ServerHome.create();
      const server = await home.start({ env: { JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "0" } });
      const { url, directory } = home;
      const fuzz = async (claims: Claims): Promise<FuzzingResult> =>
        fuzzApi({ url, directory, token: await signToken(claims), seconds, seed });
      const results = await Promise.all(users.map(fuzz));
      const findings = results.filter(({ exitCode }) => exitCode !== 0).map(({ output }) => output);
      expect(findings.join("\n")).toBe("");
      expect(await home.metric("websocket_engine_up")).toBe(1);
      expect(server.output).not.toContain("error");
    },
    (seconds + 60) * 1000,
  );
});
