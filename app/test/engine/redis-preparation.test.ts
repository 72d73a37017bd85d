import { describe, expect, test } from "bun:test";
import { EngineUnusable } from "../../src/engine/engine-unusable.ts";
import { checkVersion } from "../../src/engine/redis-preparation.ts";

const ofVersion = (version: string) => ({
  info: async () => `# Server\r\nredis_version:${version}\r\nrun_id:x\r\n`,
});

describe("the version of a cluster", () => {
  test.each(["7.0.0", "7.2.4", "10.0.1"])("%s has sharded pub/sub", async (version) => {
    await checkVersion(ofVersion(version), 7);
  });

  test.each(["6.2.14", "3.0.7"])("%s has none", async (version) => {
    await expect(checkVersion(ofVersion(version), 7)).rejects.toThrow(EngineUnusable);
  });
});
