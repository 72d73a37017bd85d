import { expect, test } from "bun:test";
import { addBlock, listBlocks, removeBlock } from "../../src/chat/block-list.ts";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import type { Identity } from "../../src/chat/identity.ts";
import { ChatWorld } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const alice = identityOf("alice");

const refused: readonly [name: string, who: Identity, userId: string, otherId: string, code: string][] = [
  ["for somebody else", alice, "bob", "carol", "forbidden"],
  ["for somebody else, of oneself", alice, "bob", "alice", "forbidden"],
  ["for somebody else, by a backend", identityOf("b", { mayPublish: true }), "bob", "carol", "forbidden"],
  ["of oneself", alice, "alice", "alice", "forbidden"],
  ["of somebody by themselves, for them", admin, "bob", "bob", "forbidden"],
  ["of nobody", alice, "alice", "", "bad_message"],
  ["of what is no user id", alice, "alice", "x".repeat(129), "bad_message"],
  ["for what is no user id", admin, "\u0000", "alice", "bad_message"],
];

test.each(refused)("a block is refused: %s", async (_, who, userId, otherId, code) => {
  const { hub, engine } = new ChatWorld();
  for (const decide of [addBlock, removeBlock])
    expect(await decide(hub, who, userId, otherId)).toMatchObject({ ok: false, code });
  expect(engine.asked.control).toBe(0);
});

test("one's own, and anybody's for an admin, are set and listed in pages", async () => {
  const { hub } = new ChatWorld();
  await addBlock(hub, alice, "alice", "dave");
  await addBlock(hub, admin, "alice", "bob");
  expect(await addBlock(hub, alice, "alice", "carol")).toEqual({
    ok: true,
    payload: { userId: "alice", otherId: "carol", isBlocked: true },
  });
  expect(await removeBlock(hub, alice, "alice", "dave")).toMatchObject({ payload: { isBlocked: false } });
  const first = await listBlocks(hub, alice, { after: null, limit: 1 });
  expect(first).toMatchObject({ payload: { blocks: [{ userId: "bob" }] } });
  const { next } = (first as unknown as { payload: { next: string } }).payload;
  expect(await listBlocks(hub, alice, { after: next, limit: 1 })).toMatchObject({
    payload: { blocks: [{ userId: "carol" }], next: null },
  });
  expect(await listBlocks(hub, admin, { after: null, limit: 9 })).toMatchObject({ payload: { blocks: [] } });
});

test("the 1,001st is too large; one that is there may be repeated", async () => {
  const { hub } = new ChatWorld();
  for (let index = 0; index < 1000; index += 1) await addBlock(hub, alice, "alice", `u${index}`);
  expect(await addBlock(hub, alice, "alice", "one-more")).toMatchObject({ ok: false, code: "too_large" });
  expect(await addBlock(hub, alice, "alice", "u7")).toMatchObject({ ok: true });
});

test("an engine that does not answer makes it unavailable", async () => {
  const { hub, engine } = new ChatWorld();
  engine.failsWith = () => new EngineUnavailable("down");
  expect(await addBlock(hub, alice, "alice", "bob")).toMatchObject({ ok: false, code: "unavailable" });
});
