import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { AskedInstances } from "../support/asked-instances.ts";
import { eventually } from "../support/eventually.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { WsClient } from "../support/ws-client.ts";

let world: HttpWorld;
let others: AskedInstances;

beforeEach(async () => {
  world = await HttpWorld.start();
  others = new AskedInstances();
  world.engine.others = others;
});
afterEach(() => world.stop());

const url = () => `${world.url}/ws/chat/s`;
const asked = (count: number) => eventually("a question", () => others.asked.length === count);
const codeOf = ({ body }: { readonly body: string }) => JSON.parse(body).error.code;

describe("a handshake that the other instances have to be asked about", () => {
  test("becomes a WebSocket when they have answered", async () => {
    const connected = WsClient.connect(url(), { protocols: ["holdline.v1"] });
    await asked(1);
    others.grant(1);
    expect((await connected).protocol).toBe("holdline.v1");
    expect(world.measured.map(({ status }) => status)).toEqual([101]);
  });

  test.each([
    ["session_taken", 409, null],
    ["connection_limit_user", 429, "10"],
    ["connection_limit_ip", 429, "10"],
    ["unavailable", 503, "2"],
  ] as const)("is refused with their %s, as is a plain GET", async (code, status, retryAfter) => {
    const answers = [rawRequest(url(), "GET", upgradeHeaders), rawRequest(url())];
    await asked(2);
    for (const { answer } of others.asked) answer({ ok: false, code });
    for (const answer of await Promise.all(answers))
      expect([answer.status, codeOf(answer), answer.headers.get("retry-after")]).toEqual([
        status,
        code,
        retryAfter,
      ]);
    expect(world.rejected).toEqual([code]);
  });

  test("is told that it would be accepted, without a claim, where it asks for no WebSocket of ours", async () => {
    const answers = [
      rawRequest(url()),
      rawRequest(url(), "GET", { ...upgradeHeaders, "sec-websocket-version": "8" }),
    ];
    await asked(2);
    for (const index of [0, 1]) others.grant(1, 0, index);
    expect((await Promise.all(answers)).map(({ body }) => JSON.parse(body).error)).toEqual([
      { code: "upgrade_required", message: expect.stringContaining("would be accepted") },
      { code: "upgrade_required", message: expect.stringContaining("speaks version 13") },
    ]);
    expect(others.asked.map(({ isTrial }) => isTrial)).toEqual([true, true]);
  });

  test("lets go of its session where it is not well-formed", async () => {
    const answer = rawRequest(url(), "GET", { ...upgradeHeaders, "sec-websocket-key": "short" });
    await asked(1);
    others.grant(4);
    expect([codeOf(await answer), others.released]).toEqual(["bad_request", [["s", 4, 0]]]);
  });

  test("lets go of its session where the client has gone meanwhile", async () => {
    const gone = new AbortController();
    const answer = fetch(url(), { headers: upgradeHeaders, signal: gone.signal }).catch(() => "gone");
    await asked(1);
    gone.abort();
    expect(await answer).toBe("gone");
    others.grant(4);
    await eventually("a release", () => others.released.length > 0);
    expect([others.released, world.hub.connectionCount]).toEqual([[["s", 4, 0]], 0]);
  });
});
