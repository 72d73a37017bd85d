import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Guests } from "../../src/http/guests.ts";
import { type LogEvent, noopLog } from "../../src/telemetry/log.ts";

const secret = new Uint8Array(32).fill(7);
const guestsWith = (key: Uint8Array) => new Guests({ installSecret: async () => key }, noopLog);

async function userOf(guests: Guests, connectionId: string) {
  const identified = await guests.identify(connectionId, null);
  return identified.ok ? identified.identity.user : null;
}

test("a guest is the keyed hash of the connectionId, for ever and with no rights", async () => {
  const digest = createHmac("sha256", secret).update("abc").digest("hex");
  expect(await guestsWith(secret).identify("abc", null)).toEqual({
    ok: true,
    identity: {
      user: { id: `guest-${digest.slice(0, 16)}`, name: `guest-${digest.slice(0, 6)}`, image: null },
      rooms: [],
      isAdmin: false,
      mayPublish: false,
      issuedAt: 0,
      expiresAt: null,
    },
  });
});

test("another id or another secret is another guest", async () => {
  const [guests, others] = [guestsWith(secret), guestsWith(new Uint8Array(32))];
  const users = [await userOf(guests, "abc"), await userOf(guests, "abd"), await userOf(others, "abc")];
  expect(new Set(users.map((user) => user?.id)).size).toBe(3);
});

test("guests are known at once when the secret is", async () => {
  const guests = guestsWith(secret);
  expect(guests.identify("abc", null)).toBeInstanceOf(Promise);
  await guests.identify("abc", null);
  expect(guests.identify("abc", null)).toMatchObject({ ok: true });
});

test("nobody is known before the secret is", async () => {
  const logged: LogEvent[] = [];
  const log = { error: (event: LogEvent) => void logged.push(event) };
  const guests = new Guests({ installSecret: () => Promise.reject(new Error("no engine")) }, log);
  expect(await guests.identify("abc", null)).toMatchObject({ ok: false, code: "unavailable" });
  expect(logged).toEqual(["task.failed"]);
});

test("a guest with a token is refused, as nobody can check it", async () => {
  expect(await guestsWith(secret).identify("abc", "")).toMatchObject({ ok: false, code: "unauthorized" });
});
