import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Guests } from "../../src/http/guests.ts";

async function guestsWith(secret: Uint8Array): Promise<Guests> {
  const guests = new Guests({ installSecret: async () => secret });
  await guests.prepare();
  return guests;
}

const secret = new Uint8Array(32).fill(7);

test("a guest is the keyed hash of the connectionId", async () => {
  const digest = createHmac("sha256", secret).update("abc").digest("hex");
  const guests = await guestsWith(secret);
  expect(guests.identify("abc")).toEqual({
    id: `guest-${digest.slice(0, 16)}`,
    name: `guest-${digest.slice(0, 6)}`,
    image: null,
  });
});

test("another id or another secret is another guest", async () => {
  const [guests, others] = [await guestsWith(secret), await guestsWith(new Uint8Array(32))];
  const ids = [guests.identify("abc"), guests.identify("abd"), others.identify("abc")].map(
    (user) => user?.id,
  );
  expect(new Set(ids).size).toBe(3);
});

test("nobody is known before the secret is", () => {
  const guests = new Guests({ installSecret: () => Promise.reject(new Error("no engine")) });
  expect([guests.isReady, guests.identify("abc")]).toEqual([false, null]);
});
